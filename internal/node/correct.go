package node

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
)

// CorrectRequest says what was wrong in a message of ours.
type CorrectRequest struct {
	SendRequest                   // Answers: the message that is corrected; To: empty: everybody who has it
	Values      map[string]string `json:"values,omitempty"` // what is right, by the path of the field; "" strikes it
	Texts       map[string]string `json:"texts,omitempty"`  // the same of free text
	Why         string            `json:"why,omitempty"`
}

// Correct queues a correction. Forbidden: the message is another party's. Invalid:
// its form has no such field, or the value does not fit. The original stays. FORM-17
func (n *Node) Correct(ctx context.Context, r CorrectRequest) (Held, error) {
	m, err := n.concerned(ctx, &r.SendRequest)
	switch {
	case err != nil:
		return Held{}, err
	case !m.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s is a message of %s: a correction is for a message of one's own", m.Short, m.From.Party()).
			WithHint("answer it and say what you see otherwise")
	}
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return Held{}, err
	}
	a, err := l.law(m.ref)
	if err != nil {
		return Held{}, err
	}
	f, _ := form.Find(m.Kind, m.Step, 1)
	var changes []any
	for _, path := range slices.Sorted(maps.Keys(r.Values)) {
		if _, ok := n.said(&m, path); !ok && !takes(&m, path) {
			return Held{}, noField(&m, path)
		}
		change := map[string]any{"field": path, "value": r.Values[path]}
		if r.Values[path] == "" {
			if at, ok := owedAt(f, path); ok && at.Required {
				return Held{}, parley.E(parley.Invalid, "%s is owed by the form %s: it cannot be struck; want what is right instead", path, f.Name())
			}
			change = map[string]any{"field": path, "struck": true}
		} else if f == nil || isText(f, path) {
			return Held{}, parley.E(parley.Invalid, "%s is free text: want a text, not a value", path)
		} else if _, ok := f.At(path); ok { // a slot of a sentence is not of the form
			if err := f.Takes(path, r.Values[path], a); err != nil {
				return Held{}, err
			}
		}
		changes = append(changes, change)
	}
	for _, path := range slices.Sorted(maps.Keys(r.Texts)) {
		if !takes(&m, path) {
			return Held{}, noField(&m, path)
		}
		if f != nil && !isText(f, path) {
			return Held{}, parley.E(parley.Invalid, "%s is no free text: want a value", path)
		}
		changes = append(changes, map[string]any{"field": path, "text": r.Texts[path]})
	}
	fields := map[string]any{"changes": changes}
	if r.Why != "" {
		fields["why"] = r.Why
	}
	if r.Language == "" && len(m.Languages) > 0 {
		r.Language = m.Languages[0]
	}
	return n.SendForm(ctx, FormRequest{SendRequest: r.SendRequest, Kind: parley.KindCorrect, Fields: fields})
}

func noField(m *Message, path string) error {
	return parley.E(parley.Invalid, "a %s has no field %.80q", m.Kind, path).WithHint("`parley message show %s --json` shows the path of each", m.Short)
}

// owedAt is the field at a path of a form, if there is one.
func owedAt(f *form.Form, path string) (*form.Field, bool) {
	if f == nil {
		return nil, false
	}
	return f.At(path)
}

func isText(f *form.Form, path string) bool {
	at, ok := f.At(path)
	return ok && at.Type == form.Text
}

// Correction is one as its reader sees it, beside what it corrects.
type Correction struct {
	ID      string            `json:"id"`
	Short   string            `json:"short"`
	By      parley.Body       `json:"by"`
	Said    time.Time         `json:"said"`
	Changes []CorrectedField  `json:"changes"`
	Why     *form.TextContent `json:"why,omitempty"`
}

// CorrectedField is one change.
type CorrectedField struct {
	Field    string `json:"field"`
	Title    string `json:"title,omitempty"` // empty where the original did not have the field
	Was      string `json:"was,omitempty"`
	Now      string `json:"now,omitempty"`
	Language string `json:"language,omitempty"` // of a free text
	Struck   bool   `json:"struck,omitempty"`
	Unfit    bool   `json:"unfit,omitempty"` // what it says does not fit the field: shown, not applied
}

// corrections are those of a message by its author's party. FORM-17
func (n *Node) corrections(ctx context.Context, m *Message, steps []register.Step, languages ...string) []Correction {
	var list []Correction
	f, hasForm := form.Find(m.Kind, m.Step, 1)
	for _, st := range steps {
		if st.Says != string(parley.KindCorrect) || st.From.Party() != m.From.Party() {
			continue
		}
		t, err := n.MessageAt(ctx, st.Ref)
		var c form.CorrectContent
		if err != nil || !t.Readable || t.Kind != parley.KindCorrect || json.Unmarshal(t.Content, &c) != nil {
			continue
		}
		one := Correction{ID: t.ID.String(), Short: t.Short, By: t.From, Said: t.Time, Why: c.Why}
		for _, x := range c.Changes {
			change := CorrectedField{Field: x.Field, Now: x.Value, Struck: x.Struck}
			if x.Text != nil {
				change.Now, change.Language = x.Text.Text, x.Text.Language
			} else if hasForm && !x.Struck {
				change.Unfit = f.Takes(x.Field, x.Value, nil) != nil
			}
			if s, ok := n.said(m, x.Field, languages...); ok {
				change.Title, change.Was = s.title, s.text
			}
			one.Changes = append(one.Changes, change)
		}
		list = append(list, one)
	}
	return list
}
