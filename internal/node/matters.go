package node

import (
	"context"
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
)

// MatterStep is one step that was taken in a matter, with what it says in the
// reader's language.
type MatterStep struct {
	Step   string          `json:"step"`
	From   parley.Body     `json:"from"`
	Ref    string          `json:"ref"`
	Short  string          `json:"short"`
	Said   time.Time       `json:"said"`
	Due    string          `json:"due,omitempty"`
	Fields []form.Row      `json:"fields,omitempty"` // in the reader's language; one matter only
	Raw    json.RawMessage `json:"content,omitempty"`
	Why    string          `json:"unreadable_because,omitempty"`
}

// openedMatter is a matter with the contents of its steps, in canonical order.
type openedMatter struct {
	line  *Line
	row   Row
	first *register.Message
	steps []MatterStep
}

// maxSteps bounds the steps of one matter that a list opens: the first and the newest.
const maxSteps = 16

// openMatter opens the steps of a matter.
func (s *Lists) openMatter(ctx context.Context, f *register.Message) (openedMatter, error) {
	o := openedMatter{row: s.foldedRow(f), first: f}
	l, err := s.node.Line(f.Agreement.String())
	if err != nil {
		return o, err
	}
	o.line = l
	taken := f.Taken()
	if len(taken) > maxSteps {
		taken = append(taken[:1:1], taken[len(taken)-maxSteps+1:]...)
	}
	for _, t := range taken {
		m, err := s.node.MessageAt(ctx, t.Ref)
		if err != nil {
			return o, err
		}
		o.steps = append(o.steps, MatterStep{Step: t.Step, From: t.From, Ref: m.Ref, Short: m.Short, Said: m.Time, Due: m.Due, Raw: m.Content, Why: m.Why})
	}
	return o, nil
}

// read fills in what the steps say, for a person.
func (o *openedMatter) read(languages ...string) error {
	a, err := o.line.text()
	if err != nil {
		return err
	}
	for i := range o.steps {
		if f, ok := form.Find(o.first.Kind, o.steps[i].Step, 1); ok && o.steps[i].Raw != nil {
			o.steps[i].Fields = f.Read(o.steps[i].Raw, a, languages...)
		}
	}
	return nil
}

// matters reads a page of a kind's matters and gives each to one.
func (s *Lists) matters(ctx context.Context, r ListRequest, kind parley.Kind, one func(openedMatter)) (next string, err error) {
	if r.Limit == 0 {
		r.Limit = 50
	}
	page, err := s.folded.List(ctx, register.Query{Kind: kind, Opens: true, After: r.After, Limit: r.Limit})
	if err != nil {
		return "", err
	}
	for i := range page.Messages {
		o, err := s.openMatter(ctx, &page.Messages[i])
		if err != nil {
			return "", err
		}
		one(o)
	}
	return page.Next, nil
}

// matter finds a matter of a kind by any message of its thread.
func (s *Lists) matter(ctx context.Context, name string, kind parley.Kind) (openedMatter, error) {
	m, err := s.node.Message(ctx, name)
	if err == nil && m.Thread != m.ID {
		m, err = s.node.Message(ctx, m.Thread.String())
	}
	if err != nil {
		return openedMatter{}, err
	}
	f, err := s.folded.At(ctx, m.ref)
	if err != nil {
		return openedMatter{}, err
	}
	if f.Kind != kind || f.Void != "" {
		return openedMatter{}, parley.E(parley.NotFound, "%s opens no %s: it is a %s", m.Short, kind, f.Kind)
	}
	return s.openMatter(ctx, &f)
}

// content reads the content of a step into what a list needs of it.
func content[T any](raw json.RawMessage) (c T) {
	if raw != nil {
		_ = json.Unmarshal(raw, &c) // judged: it fits its form
	}
	return c
}

// zoned is an instant on the clocks of the parties of a matter.
func (o *openedMatter) zoned(t time.Time) []Zoned {
	a, err := o.line.text()
	if err != nil {
		return nil
	}
	var list []Zoned
	seen := map[parley.Party]bool{}
	for _, b := range append([]parley.Body{o.first.From}, o.first.To...) {
		p, ok := a.Party(b.Party())
		if !ok || seen[b.Party()] {
			continue
		}
		seen[b.Party()] = true
		list = append(list, Zoned{b.Party(), p.WorkingTime().Local(t).Format("2006-01-02 15:04 -07:00")})
	}
	return list
}

// Zoned is an instant as one party's clocks show it.
type Zoned struct {
	Party parley.Party `json:"party"`
	Local string       `json:"local"` // 2027-01-31 10:00 +01:00
}

// corrected says whether somebody of the author's party has corrected a step.
func corrected(f *register.Message) bool {
	for i := range f.Steps {
		if s := &f.Steps[i]; s.Says == string(parley.KindCorrect) && s.From.Party() == f.From.Party() {
			return true
		}
	}
	return false
}
