package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/form"
)

// phraseCmd speaks in the agreement's own sentences.
type phraseCmd struct {
	List phraseList `cmd:"" help:"List the sentences of an agreement's phrasebook."`
	Send phraseSend `cmd:"" help:"Send a sentence: its number and its values; each side reads it in its own language."`
}

type phraseList struct {
	Agreement string `arg:"" optional:"" help:"The agreement: a file, or one of this home; default: the only one here."`
	tongue
}

// phraseRow is a sentence in a list.
type phraseRow struct {
	Number int               `json:"number"`
	Text   string            `json:"text"`
	Slots  map[string]string `json:"slots,omitempty"` // the type of each value
}

func (l *phraseList) Run(c *Context) error {
	a, err := law{l.Agreement}.orOnly(c)
	if err != nil {
		return err
	}
	languages := c.reader()
	if l.Language != "" { // a phrasebook is in the languages of its agreement
		languages = []string{l.Language}
		for _, p := range a.Words.Phrases {
			if _, ok := p.Text[l.Language]; !ok {
				return usage(parley.E(parley.Invalid, "--language %.20q: sentence %d has no text in it, only in %s", l.Language, p.Number, strings.Join(slices.Sorted(maps.Keys(p.Text)), ", ")))
			}
		}
	}
	rows := []phraseRow{}
	for _, p := range a.Words.Phrases {
		r := phraseRow{Number: p.Number, Text: form.Pick(p.Text, languages...)}
		for _, s := range p.Slots {
			if r.Slots == nil {
				r.Slots = map[string]string{}
			}
			r.Slots[s.Name] = s.Kind
		}
		rows = append(rows, r)
	}
	return c.Data(rows, func(w io.Writer) {
		for _, r := range rows {
			fmt.Fprintf(w, "%4d  %s\n", r.Number, printable(r.Text))
		}
	})
}

type phraseSend struct {
	To     string   `arg:"" help:"The body addressed, such as borea.example/cert."`
	Number string   `arg:"" help:"The number of the sentence."`
	Set    []string `placeholder:"SLOT=VALUE" sep:"none" help:"The value of a slot: since=2027-01-31T09:00Z."`
	sending
}

func (p *phraseSend) Run(c *Context) error {
	x, _ := form.Find(parley.KindPhrase, "", 1)
	f := formSend{filling: filling{Set: []string{"number=" + p.Number}}, sending: p.sending}
	for _, s := range p.Set {
		f.Set = append(f.Set, "values."+s)
	}
	return f.fill(c, x, []string{p.To})
}
