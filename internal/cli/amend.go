package cli

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
)

type agreementAmend struct {
	textFile
	Card   []string `placeholder:"FILE" help:"The card of a party or an archive that joins. Repeat for more."`
	Output string   `short:"o" placeholder:"FILE" help:"Write the draft there instead of to standard output."`
}

// Run makes the draft of an amendment. AGREEMENT-5, AGREEMENT-22
func (v agreementAmend) Run(c *Context) error {
	s, err := v.open(c)
	if err != nil {
		return err
	}
	if !s.Complete() {
		return parley.E(parley.Conflict, "%s is not signed by all: change it instead", v.File)
	}
	var cards []*agreement.Card
	for _, file := range v.Card {
		card, err := readCard(c, file)
		if err != nil {
			return err
		}
		cards = append(cards, card)
	}
	a := s.Agreement
	text := a.Text()
	for _, key := range []string{"founding", "amends", "sign_by"} {
		text = dropLine(text, key)
	}
	text = replaceLine(text, "amends", fmt.Sprintf("amends = %q", a.Hash()))
	text = replaceLine(text, "founding", fmt.Sprintf("founding = %q", a.ID()))
	if text, err = v.replaced(c, a, text); err != nil {
		return err
	}
	c.Say("amends %s", a.Fingerprint())
	c.Hint("change what is to be changed, but no keys; then all parties sign it")
	return writeOut(c, v.Output, agreement.Draft(text, cards...))
}

// replaced names the identity keys that were replaced since the text, and quotes what
// led to them, as our node knows it. A home that is in no such agreement knows nothing
// of it: then somebody else's does. KEYS-10
func (v agreementAmend) replaced(c *Context, a *agreement.Agreement, text []byte) ([]byte, error) {
	var list []node.Replaced
	err := c.Call("agreement.replaced", named{a.ID().String()}, &list)
	if err != nil && parley.KindOf(err) != parley.NotFound {
		return nil, err
	} else if err != nil {
		c.Hint("no home here is in this agreement: identity keys that were replaced since are not filled in")
		return text, nil
	}
	for _, r := range list {
		p, ok := a.Party(r.Party)
		if !ok {
			continue
		}
		quoted := make([]string, len(r.Notes))
		for i, note := range r.Notes {
			quoted[i] = strconv.Quote(note)
		}
		was := []byte(strconv.Quote(p.Identity.Key.String()))
		text = bytes.Replace(text, was, fmt.Appendf(nil, "%q\nreplaced = [%s]", r.Identity, strings.Join(quoted, ", ")), 1)
		c.Say("%s has another identity key since: filled in, with what led to it", r.Party)
	}
	return text, nil
}

// dropLine takes out a line of the head that sets a key.
func dropLine(text []byte, key string) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	for i, l := range lines {
		if bytes.HasPrefix(l, []byte("[")) {
			break
		}
		if bytes.HasPrefix(l, []byte(key+" =")) {
			return bytes.Join(append(lines[:i:i], lines[i+1:]...), nil)
		}
	}
	return text
}

type agreementNotice struct {
	What      string `arg:"" enum:"suspend,resume,denounce,revoke" help:"suspend, resume, denounce or revoke."`
	Agreement string `placeholder:"ID" help:"The agreement, where there is more than one."`
	Effect    string `placeholder:"INSTANT" help:"When it takes effect; default: as soon as the agreement allows."`
	Reason    string `help:"A reason that all parties can read."`
}

// Run puts the notice into our journal. AGREEMENT-23
func (v agreementNotice) Run(c *Context) error {
	var out node.NoticeOut
	if err := c.Call("agreement.notice", node.NoticeIn{Agreement: v.Agreement, Notice: v.What, Effect: v.Effect, Reason: v.Reason}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s with effect of %s\n", v.What, out.Effect) })
}
