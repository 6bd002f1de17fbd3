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

// TranslateRequest says what a message says, in another language. Its sender is
// the translator, and answers for it.
type TranslateRequest struct {
	SendRequest                   // Answers: the message that is translated; To: empty: everybody who has it
	Into        string            `json:"into"`              // the language of the translation
	Machine     bool              `json:"machine,omitempty"` // a program translated it
	Texts       map[string]string `json:"texts"`             // by the name of the field: text, subject, impact.text
	Note        string            `json:"note,omitempty"`    // the translator's
}

// Translate queues a translation. Invalid where the message does not say anything
// in a field that is translated. FORM-16
func (n *Node) Translate(ctx context.Context, r TranslateRequest) (Held, error) {
	m, err := n.concerned(ctx, &r.SendRequest)
	if err != nil {
		return Held{}, err
	}
	var texts []any
	for _, path := range slices.Sorted(maps.Keys(r.Texts)) {
		if _, ok := n.said(&m, path); !ok {
			return Held{}, parley.E(parley.Invalid, "%s says nothing in the field %.80q: want a field that it has", m.Short, path).
				WithHint("`parley message show %s --json` shows the path of each", m.Short)
		}
		texts = append(texts, map[string]any{"field": path, "text": map[string]any{"language": r.Into, "text": r.Texts[path]}})
	}
	fields := map[string]any{"into": r.Into, "machine": r.Machine, "texts": texts}
	if r.Note != "" {
		fields["note"] = r.Note
	}
	return n.SendForm(ctx, FormRequest{SendRequest: r.SendRequest, Kind: parley.KindTranslation, Fields: fields})
}

// concerned finds the message that a translation or a correction is about, and
// addresses the request to everybody else who has it.
func (n *Node) concerned(ctx context.Context, r *SendRequest) (Message, error) {
	if r.Answers == "" {
		return Message{}, parley.E(parley.Invalid, "want the message that it is about")
	}
	m, err := n.Message(ctx, r.Answers)
	switch {
	case err != nil:
		return m, err
	case !m.Readable:
		return m, parley.E(parley.Invalid, "%s does not open here: %s", m.Short, m.Why)
	}
	r.Answers = m.ID.String()
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return m, err
	}
	if len(r.To) == 0 {
		for _, b := range append([]parley.Body{m.From}, m.To...) {
			if s := string(b); b.Party() != l.us && !slices.Contains(r.To, s) {
				r.To = append(r.To, s)
			}
		}
	}
	if r.From == "" {
		r.From = string(m.From)
		if !m.Ours {
			r.From = string(l.bodyAmong(m.To))
		}
	}
	if r.Precedence == "" {
		r.Precedence = string(m.Precedence)
	}
	return m, nil
}

// Translation is one as its reader sees it, beside the original.
type Translation struct {
	ID      string            `json:"id"`
	Short   string            `json:"short"`
	By      parley.Body       `json:"by"` // who translated, and signed it
	Said    time.Time         `json:"said"`
	Into    string            `json:"into"`
	Machine bool              `json:"machine"`
	Texts   []TranslatedText  `json:"texts"`
	Note    *form.TextContent `json:"note,omitempty"`
}

// TranslatedText is one field of it.
type TranslatedText struct {
	Field    string `json:"field"`
	Title    string `json:"title,omitempty"` // empty where the original does not have the field
	Text     string `json:"text"`
	Language string `json:"language"`
	Original string `json:"original,omitempty"`
}

// translations are those of a message, from the steps of its thread: by whom it
// was sent to and by its author's party. Each stands beside the original. FORM-16
func (n *Node) translations(ctx context.Context, m *Message, steps []register.Step, languages ...string) []Translation {
	var list []Translation
	for _, st := range steps {
		if st.Says != string(parley.KindTranslation) {
			continue
		}
		t, err := n.MessageAt(ctx, st.Ref)
		var c form.TranslationContent
		if err != nil || !t.Readable || t.Kind != parley.KindTranslation || json.Unmarshal(t.Content, &c) != nil {
			continue
		}
		one := Translation{ID: t.ID.String(), Short: t.Short, By: t.From, Said: t.Time, Into: c.Into, Machine: c.Machine, Note: c.Note}
		for _, x := range c.Texts {
			text := TranslatedText{Field: x.Field, Text: x.Text.Text, Language: x.Text.Language}
			if s, ok := n.said(m, x.Field, languages...); ok {
				text.Title, text.Original = s.title, s.text
			}
			one.Texts = append(one.Texts, text)
		}
		list = append(list, one)
	}
	return list
}
