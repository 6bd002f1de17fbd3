package cli

import (
	"bytes"
	"fmt"
	"io"

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
	c.Say("amends %s", a.Fingerprint())
	c.Hint("change what is to be changed, but no keys; then all parties sign it")
	return writeOut(c, v.Output, agreement.Draft(text, cards...))
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
