package cli

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/term"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/report"
	"parley.example/parley/proof"
)

// agreementCmd is about the text that all parties sign.
type agreementCmd struct {
	New         agreementNew         `cmd:"" help:"Make a draft from a template and the cards of all parties."`
	Check       agreementCheck       `cmd:"" help:"Check a text: every slip by its line."`
	Show        agreementShow        `cmd:"" help:"Show a text, or print it for people to read and sign."`
	Sign        agreementSign        `cmd:"" help:"Add our lines to a copy: identity, bodies, release keys."`
	Accept      agreementAccept      `cmd:"" help:"Take over a signed text; when all lines are there, open our journal."`
	Status      agreementStatus      `cmd:"" help:"Show how far each agreement has come."`
	Amend       agreementAmend       `cmd:"" help:"Begin an amendment: the text that it amends, to be changed and signed by all."`
	Notice      agreementNotice      `cmd:"" help:"Give notice to the other parties: suspend, resume, denounce, or revoke a denunciation."`
	Fingerprint agreementFingerprint `cmd:"" help:"Print the fingerprint that two people compare aloud."`
}

type agreementNew struct {
	Template string   `required:"" placeholder:"T" help:"bilateral, multilateral, models/NAME, or a file."`
	Card     []string `required:"" placeholder:"FILE" help:"A party's or an archive's card. One for each."`
	Title    string   `help:"Title of the agreement, in the template's first language."`
	SignBy   string   `placeholder:"INSTANT" help:"No signature is taken after it: 2027-01-31T00:00:00Z."`
	Output   string   `short:"o" placeholder:"FILE" help:"Write the draft there instead of to standard output."`

	Phrasebook string `default:"starter" enum:"starter,none" placeholder:"WORD" help:"starter: sixty sentences in English, Russian and Chinese, where the template has none of its own; or none."`
}

// Run makes a draft. What a template leaves open is said, and is no failure.
func (n agreementNew) Run(c *Context) error {
	text, err := n.template(c)
	if err != nil {
		return err
	}
	var cards []*agreement.Card
	for _, file := range n.Card {
		card, err := readCard(c, file)
		if err != nil {
			return err
		}
		c.Say("card of %s: %s", card.Name(), card.Fingerprint())
		cards = append(cards, card)
	}
	draft := agreement.Draft(text, cards...)
	if err := writeOut(c, n.Output, draft); err != nil {
		return err
	}
	a, err := agreement.Parse(draft)
	if err != nil {
		c.Say("the draft is not complete yet:\n%s", err)
		return nil
	}
	c.Say("fingerprint of the draft: %s", a.Fingerprint())
	return nil
}

func (n agreementNew) template(c *Context) ([]byte, error) {
	text, err := agreements.Template(n.Template)
	if err != nil {
		if _, statErr := os.Stat(n.Template); statErr != nil {
			return nil, usage(err)
		}
		if text, err = readBounded(c, n.Template, agreement.MaxText); err != nil {
			return nil, err
		}
	}
	if n.SignBy != "" {
		if t, err := time.Parse(time.RFC3339, n.SignBy); err != nil || t.UTC().Format(time.RFC3339) != n.SignBy {
			return nil, usage(parley.E(parley.Invalid, "--sign-by %q: want an instant such as 2027-01-31T00:00:00Z", n.SignBy))
		}
		text = replaceLine(text, "sign_by", `sign_by = "`+n.SignBy+`"`)
	}
	if n.Title != "" {
		if strings.ContainsAny(n.Title, "\"\\\n") {
			return nil, usage(parley.E(parley.Invalid, "--title: want a line without quotation marks and backslashes"))
		}
		text = replaceLine(text, "title", `title = { en = "`+n.Title+`" }`)
	}
	if n.Phrasebook == "starter" {
		starter, err := agreements.Phrasebook(n.Phrasebook)
		if err != nil {
			return nil, err
		}
		text = agreements.WithPhrasebook(text, starter)
	}
	return text, nil
}

// replaceLine replaces the first line of the head that sets a key, or adds one
// after the first key.
func replaceLine(text []byte, key, line string) []byte {
	lines := bytes.SplitAfter(text, []byte("\n"))
	at := -1
	for i, l := range lines {
		switch {
		case bytes.HasPrefix(l, []byte("[")):
			if at >= 0 {
				lines[at] = append(bytes.Clone(lines[at]), line+"\n"...)
			}
			return bytes.Join(lines, nil)
		case bytes.HasPrefix(l, []byte(key+" =")):
			lines[i] = []byte(line + "\n")
			return bytes.Join(lines, nil)
		case at < 0 && bytes.HasPrefix(l, []byte("agreement =")):
			at = i
		}
	}
	return text
}

// textFile is a file that most of these commands read.
type textFile struct {
	File string `arg:"" help:"A draft or a signed text; - is standard input."`
}

func (f textFile) open(c *Context) (*agreement.Signed, error) {
	raw, err := readBounded(c, f.File, proof.MaxNote)
	if err != nil {
		return nil, err
	}
	s, err := agreement.OpenSigned(raw)
	if err != nil {
		return nil, inFile(f.File, err)
	}
	return s, nil
}

type agreementCheck struct{ textFile }

// Run says every slip with its line. AGREEMENT-10
func (k agreementCheck) Run(c *Context) error {
	raw, err := readBounded(c, k.File, proof.MaxNote)
	if err != nil {
		return err
	}
	s, err := agreement.OpenSigned(raw)
	var pe *agreement.ParseError
	if errors.As(err, &pe) {
		all := append([]*agreement.ParseError{pe}, pe.More...)
		faults := make([]faultView, len(all))
		for i, e := range all {
			faults[i] = faultView{e.Line, e.Key, e.What, e.Want}
		}
		if c.JSON {
			if err := c.Data(checkView{Faults: faults}, nil); err != nil {
				return err
			}
		}
		return inFile(k.File, err)
	}
	if err != nil {
		return inFile(k.File, err)
	}
	return c.Data(checkView{OK: true, Fingerprint: s.Agreement.Fingerprint(), Missing: s.Missing()}, func(w io.Writer) { summary(w, s) })
}

type checkView struct {
	OK          bool        `json:"ok"`
	Fingerprint string      `json:"fingerprint,omitempty"`
	Missing     []string    `json:"missing,omitempty"`
	Faults      []faultView `json:"faults,omitempty"`
}

type faultView struct {
	Line int    `json:"line"`
	Key  string `json:"key"`
	What string `json:"what"`
	Want string `json:"want"`
}

type agreementShow struct {
	Text     string   `arg:"" optional:"" help:"A file, or the beginning of the identifier of an agreement of this home; without it, the one that there is."`
	Print    bool     `help:"Print an HTML document: one language, or several side by side; the fingerprint stands on each page."`
	Language []string `short:"l" placeholder:"TAG" help:"Languages to print; default all authentic ones, side by side."`
	Output   string   `short:"o" placeholder:"PATH" help:"Write there instead of to standard output: the text with its signatures; with --print the document, into a folder one per language and one side by side."`
}

// Run shows or prints a text.
func (v agreementShow) Run(c *Context) error {
	s, err := v.open(c)
	if err != nil {
		return err
	}
	if !v.Print && v.Output != "" {
		return writeOut(c, v.Output, s.Note())
	}
	if !v.Print {
		return c.Data(checkView{OK: true, Fingerprint: s.Agreement.Fingerprint(), Missing: s.Missing()}, func(w io.Writer) {
			summary(w, s)
			io.WriteString(w, "\n"+printableText(string(s.Agreement.Text())))
		})
	}
	if fi, err := os.Stat(v.Output); v.Output != "" && err == nil && fi.IsDir() {
		return printAll(c, v.Output, s)
	}
	var b bytes.Buffer
	if err := report.Agreement(&b, s, v.Language...); err != nil {
		return err
	}
	return writeOut(c, v.Output, b.Bytes())
}

// open reads the file, or asks the node where no such file is.
func (v agreementShow) open(c *Context) (*agreement.Signed, error) {
	if _, err := os.Stat(v.Text); v.Text == "-" || err == nil {
		return textFile{v.Text}.open(c)
	}
	var held noteOut
	if err := c.Call("agreement.note", named{v.Text}, &held); err != nil {
		return nil, err
	}
	return agreement.OpenSigned(held.Note)
}

// printAll writes a document per language, and one side by side where there are several.
func printAll(c *Context, dir string, s *agreement.Signed) error {
	languages := s.Agreement.Language.Authentic
	names := map[string][]string{}
	for _, l := range languages {
		names["agreement."+l+".html"] = []string{l}
	}
	if len(languages) > 1 {
		names["agreement."+strings.Join(languages, "-")+".html"] = languages
	}
	for name, list := range names {
		var b bytes.Buffer
		if err := report.Agreement(&b, s, list...); err != nil {
			return err
		}
		if err := writeOut(c, filepath.Join(dir, name), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

type agreementSign struct {
	textFile
	Fingerprint string `placeholder:"F" help:"Sign only the text with this fingerprint, which you have compared aloud."`
	Yes         bool   `help:"Do not ask whether the fingerprint was compared."`
	Output      string `short:"o" placeholder:"FILE" help:"Write the signed copy there instead of to standard output."`
	identityFlag
}

// Run adds our lines to a copy. AGREEMENT-7
func (v agreementSign) Run(c *Context) error {
	s, err := v.open(c)
	if err != nil {
		return err
	}
	a := s.Agreement
	c.Say("%s: %s", a.Title.In("en"), a.Fingerprint())
	switch {
	case v.Fingerprint != "":
		if !sameFingerprint(v.Fingerprint, a.Fingerprint()) {
			return parley.E(parley.Untrusted, "%s has another fingerprint: %s", v.File, a.Fingerprint()).WithHint("compare the texts with the other side before anybody signs")
		}
	case !v.Yes && terminal(c.In):
		var yes string
		newQuestions(c).may("Has the fingerprint been compared aloud with all other parties? yes or no", &yes, "no")
		if yes != "yes" {
			return parley.E(parley.Conflict, "nothing was signed")
		}
	case !v.Yes:
		return usage(parley.E(parley.Invalid, "nobody is there to ask whether the fingerprint was compared: say --yes, or --fingerprint with what you heard"))
	}
	if by, err := time.Parse(time.RFC3339, a.SignBy); err == nil && time.Now().After(by) {
		return parley.E(parley.Conflict, "%s was to be signed by %s", v.File, a.SignBy).WithHint("sign a new text with a later sign_by")
	}
	home := node.Home{Dir: c.Home}.WithIdentity(v.path())
	if err := home.SignAgreement(s); err != nil {
		return err
	}
	if missing := s.Missing(); len(missing) > 0 {
		c.Say("still missing: %s", strings.Join(missing, ", "))
	} else {
		c.Say("all lines are there")
	}
	return writeOut(c, v.Output, s.Note())
}

// sameFingerprint compares the digits; people put spaces where they like.
func sameFingerprint(a, b string) bool {
	return strings.Join(strings.Fields(a), "") == strings.Join(strings.Fields(b), "")
}

func terminal(r io.Reader) bool {
	f, ok := r.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

type agreementAccept struct {
	Files []string `arg:"" name:"file" help:"The signed text; - is standard input. Where an amendment brings you in: also the texts before it."`
}

// Run hands the texts to the node, which merges their lines. AGREEMENT-7, AGREEMENT-8
func (v agreementAccept) Run(c *Context) error {
	var in acceptIn
	for _, file := range v.Files {
		s, err := textFile{file}.open(c)
		if err != nil {
			return err
		}
		in.Notes = append(in.Notes, s.Note())
	}
	var st node.AgreementStatus
	if err := c.Call("agreement.accept", in, &st); err != nil {
		return err
	}
	return c.Data(st, func(w io.Writer) { statusText(w, []node.AgreementStatus{st}) })
}

type agreementStatus struct {
	Agreement string `arg:"" optional:"" help:"Only this one: the beginning of its identifier, or its fingerprint."`
}

// Run lists the agreements of this home. AGREEMENT-11
func (v agreementStatus) Run(c *Context) error {
	list := []node.AgreementStatus{}
	if err := c.Call("agreement.list", ctl.None{}, &list); err != nil {
		return err
	}
	if v.Agreement != "" {
		var found []node.AgreementStatus
		for _, st := range list {
			if strings.HasPrefix(st.ID, v.Agreement) || st.Fingerprint == v.Agreement {
				found = append(found, st)
			}
		}
		if len(found) == 0 {
			return parley.E(parley.NotFound, "no agreement %q here", v.Agreement)
		}
		list = found
	}
	return c.Data(list, func(w io.Writer) { statusText(w, list) })
}

type agreementFingerprint struct{ textFile }

// Run prints the fingerprint. AGREEMENT-6
func (v agreementFingerprint) Run(c *Context) error {
	s, err := v.open(c)
	if err != nil {
		return err
	}
	out := struct {
		Fingerprint string `json:"fingerprint"`
		Hash        string `json:"hash"`
		Agreement   string `json:"agreement"`
	}{s.Agreement.Fingerprint(), s.Agreement.Hash().String(), s.Agreement.ID().String()}
	return c.Data(out, func(w io.Writer) { io.WriteString(w, out.Fingerprint+"\n") })
}
