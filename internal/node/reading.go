package node

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
)

// Reading is what a message of a kind with a form says, in its reader's language.
type Reading struct {
	Form     string     `json:"form"` // request.assistance
	Title    string     `json:"title"`
	Sentence string     `json:"sentence,omitempty"`          // of a phrase
	In       string     `json:"sentence_language,omitempty"` // the language of Sentence
	Fields   []form.Row `json:"fields"`                      // empty where the content does not fit the form
	Of       *About     `json:"about,omitempty"`             // a translation or a correction: which message
}

// About is the message that a translation or a correction is about, and what is
// wrong with that, if anything. FORM-16, FORM-17
type About struct {
	ID    string `json:"id"`
	Short string `json:"short,omitempty"` // empty where it is not held
	Wrong string `json:"wrong,omitempty"` // one of the Wrong words
}

// What can be wrong with a translation or a correction.
const (
	WrongNotHeld = "not-held" // no such message is here
	WrongThread  = "thread"   // the message stands in another thread
	WrongClosed  = "closed"   // the message does not open here, so that nobody can compare
	WrongParty   = "party"    // a correction of another party's message
	WrongField   = "field"    // it names a field that the message does not have
)

// law is the text in force at the message's place.
func (l *Line) law(ref parley.Ref) (*agreement.Agreement, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.At(ref)
}

// Read reads a message of a kind with a form in the first of the languages that
// there is; nil for the other kinds, and for what does not open here.
func (n *Node) Read(ctx context.Context, m *Message, languages ...string) *Reading {
	f, ok := form.Find(m.Kind, m.Step, 1)
	l, held := n.LineOf(m.ref.Origin)
	if !ok || !held || !m.Readable {
		return nil
	}
	a, err := l.law(m.ref)
	if err != nil {
		return nil
	}
	r := &Reading{Form: f.Name(), Title: form.Pick(f.Title, languages...), Fields: f.Read(m.Content, a, languages...)}
	switch m.Kind {
	case parley.KindPhrase:
		r.Sentence, r.In, _ = form.Say(m.Content, a, languages...)
	case parley.KindTranslation, parley.KindCorrect:
		r.Of = n.about(ctx, m)
	}
	return r
}

// ReadPending reads a message of a kind with a form that still waits, under the text
// in force now: whoever gives the second signature must see what it says. nil for
// the other kinds.
func (n *Node) ReadPending(ctx context.Context, p *Pending, languages ...string) *Reading {
	f, ok := form.Find(p.Kind, p.Step, 1)
	l, err := n.Line(p.Agreement.String())
	if !ok || err != nil {
		return nil
	}
	a, err := l.text()
	if err != nil {
		return nil
	}
	r := &Reading{Form: f.Name(), Title: form.Pick(f.Title, languages...), Fields: f.Read(p.Content, a, languages...)}
	switch p.Kind {
	case parley.KindPhrase:
		r.Sentence, r.In, _ = form.Say(p.Content, a, languages...)
	case parley.KindTranslation, parley.KindCorrect:
		r.Of = n.about(ctx, &Message{Kind: p.Kind, Step: p.Step, Agreement: p.Agreement, From: p.From, Thread: p.Thread, Answers: p.Answers, Content: p.Content})
	}
	return r
}

// about finds what a translation or a correction is about.
func (n *Node) about(ctx context.Context, m *Message) *About {
	of := &About{ID: m.Answers.String()}
	asked, err := n.Message(ctx, of.ID)
	if err != nil {
		of.Wrong = WrongNotHeld
		return of
	}
	of.Short = asked.Short
	switch {
	case asked.Thread != m.Thread || asked.Agreement != m.Agreement:
		of.Wrong = WrongThread
	case m.Kind == parley.KindCorrect && asked.From.Party() != m.From.Party():
		of.Wrong = WrongParty
	case !asked.Readable:
		of.Wrong = WrongClosed
	default:
		for _, path := range pathsOf(m) {
			if _, ok := n.said(&asked, path); !ok && !takes(&asked, path) {
				of.Wrong = WrongField
			}
		}
	}
	return of
}

// pathsOf are the fields that a translation or a correction names.
func pathsOf(m *Message) []string {
	var paths []string
	var t form.TranslationContent
	var c form.CorrectContent
	if m.Kind == parley.KindTranslation && json.Unmarshal(m.Content, &t) == nil {
		for _, x := range t.Texts {
			paths = append(paths, x.Field)
		}
	}
	if m.Kind == parley.KindCorrect && json.Unmarshal(m.Content, &c) == nil {
		for _, x := range c.Changes {
			paths = append(paths, x.Field)
		}
	}
	return paths
}

// takes reports whether a message of this kind may have the field at a path: a
// correction may give what the message had left out.
func takes(m *Message, path string) bool {
	f, ok := form.Find(m.Kind, m.Step, 1)
	if !ok {
		return path == "text" || path == "subject" && m.Kind == parley.KindMemo
	}
	_, ok = f.At(path)
	return ok
}

// saidField is a field of a message with what it says.
type saidField struct {
	title    string
	text     string
	language string
}

// said is what a message says at a path; false where it says nothing there.
func (n *Node) said(m *Message, path string, languages ...string) (saidField, bool) {
	switch {
	case m.Kind == parley.KindHotline && path == "text", m.Kind == parley.KindMemo && path == "text":
		return saidField{path, m.Text, strings.Join(m.Languages, ", ")}, true
	case m.Kind == parley.KindMemo && path == "subject":
		return saidField{path, m.Subject, strings.Join(m.Languages, ", ")}, m.Subject != ""
	}
	f, ok := form.Find(m.Kind, m.Step, 1)
	l, held := n.LineOf(m.ref.Origin)
	if !ok || !held || !m.Readable {
		return saidField{}, false
	}
	a, err := l.law(m.ref)
	if err != nil {
		return saidField{}, false
	}
	return saidAt(f.Read(m.Content, a, languages...), path)
}

func saidAt(rows []form.Row, path string) (saidField, bool) {
	for _, r := range rows {
		switch rest, below := strings.CutPrefix(path, r.Path+"."); {
		case r.Path == path && len(r.Values) > 0:
			return saidField{r.Title, r.String(), r.Values[0].Language}, true
		case below && len(r.Values) > 0:
			for i, v := range r.Values {
				if rest == strconv.Itoa(i) {
					return saidField{r.Title, v.Text, v.Language}, true
				}
			}
		case below:
			for _, g := range r.Groups {
				if f, ok := saidAt(g, path); ok {
					return f, true
				}
			}
		}
	}
	return saidField{}, false
}

// gist is what a message of a kind with a form says in a few words, for lists and
// search; "" for other kinds.
func (l *Line) gist(m *Message) string {
	f, ok := form.Find(m.Kind, m.Step, 1)
	if !ok {
		return ""
	}
	a, err := l.law(m.ref)
	if err != nil {
		return ""
	}
	var ours []string
	if p, ok := a.Party(l.us); ok {
		ours = p.Languages
	}
	return f.Gist(m.Content, a, ours...)
}
