package node

import (
	"context"
	"iter"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// SendRequest is a message as a person or a program writes it. Its use case
// decides the kind.
type SendRequest struct {
	Agreement  string   `json:"agreement,omitempty"` // identifier or its beginning; empty: the one that names the addressee
	From       string   `json:"from,omitempty"`      // a body of ours; empty: the first
	To         []string `json:"to"`
	Precedence string   `json:"precedence,omitempty"` // empty: routine
	Subject    string   `json:"subject,omitempty"`    // memos
	Text       string   `json:"text"`
	Files      []File   `json:"files,omitempty"`
	Marking    string   `json:"marking,omitempty"`
	Language   string   `json:"language,omitempty"`
	Answers    string   `json:"answers,omitempty"` // a message; empty: this opens a thread
	Exercise   bool     `json:"exercise,omitempty"`
	Nonce      string   `json:"nonce,omitempty"` // 32 hex digits; the same again is the same message
	Now        bool     `json:"now,omitempty"`   // no hold-back

	Stream iter.Seq2[File, error] `json:"-"` // more files, as the desk gets them from a browser
}

// SendHotline queues a hotline message: a person speaks to a person.
func (n *Node) SendHotline(ctx context.Context, r SendRequest) (Held, error) {
	return n.sendText(ctx, r, parley.KindHotline, func(text string, whole int) seal.Content {
		return &seal.Hotline{Text: text, Whole: whole}
	})
}

// SendMemo queues free text and files.
func (n *Node) SendMemo(ctx context.Context, r SendRequest) (Held, error) {
	return n.sendText(ctx, r, parley.KindMemo, func(text string, whole int) seal.Content {
		return &seal.Memo{Subject: r.Subject, Text: text, Whole: whole}
	})
}

// sendText is what all kinds with a text share: addressees, thread, and a text
// too long for a message, which goes as its first attachment. ENTRY-20
func (n *Node) sendText(ctx context.Context, r SendRequest, kind parley.Kind, content func(string, int) seal.Content) (Held, error) {
	l, m, err := n.outbound(ctx, r, kind)
	if err != nil {
		return Held{}, err
	}
	if err := l.writes(r.Language); err != nil {
		return Held{}, err
	}
	text, cut := seal.Beginning(r.Text)
	whole := 0
	if cut {
		m.Files = append([]File{{Name: "message.txt", Body: strings.NewReader(r.Text)}}, m.Files...)
		whole = 1
	}
	m.Content = content(text, whole)
	h, err := l.send(ctx, m)
	if err == nil && m.Precedence == parley.Flash && l.runs.Load() {
		l.Sequence(ctx) // at once, whatever the loop is at; what fails here is tried again and told there
	}
	return h, err
}

// outbound reads the addressing of a request.
func (n *Node) outbound(ctx context.Context, r SendRequest, kind parley.Kind) (*Line, Outbound, error) {
	m := Outbound{Kind: kind, Marking: r.Marking, Exercise: r.Exercise, Files: r.Files, Stream: r.Stream, Now: r.Now, Precedence: parley.Precedence(r.Precedence)}
	var err error
	if r.Precedence != "" {
		if m.Precedence, err = parley.ParsePrecedence(r.Precedence); err != nil {
			return nil, m, err
		}
	}
	if r.Nonce != "" {
		if m.Nonce, err = parley.ParseNonce(r.Nonce); err != nil {
			return nil, m, err
		}
	}
	if r.Language != "" {
		m.Languages = []string{r.Language}
	}
	if r.From != "" {
		if m.From, err = parley.ParseBody(r.From); err != nil {
			return nil, m, err
		}
	}
	for _, s := range r.To {
		b, err := parley.ParseBody(s)
		if err != nil {
			return nil, m, err
		}
		m.To = append(m.To, b)
	}
	if r.Answers != "" {
		return n.answering(ctx, r, m)
	}
	l, err := n.lineTo(r.Agreement, m.To)
	return l, m, err
}

// writes says whether messages may be written in a language: one of the working
// languages, or where none is named of the authentic ones. AGREEMENT-12
func (l *Line) writes(tag string) error {
	if tag == "" {
		return nil
	}
	a, err := l.text()
	if err != nil {
		return err
	}
	list := a.Language.Working
	if len(list) == 0 {
		list = a.Language.Authentic
	}
	if !slices.Contains(list, tag) {
		return parley.E(parley.Invalid, "language %.20q: messages of this agreement are written in %s", tag, strings.Join(list, ", "))
	}
	return nil
}

// answering puts a message into the thread of the one that it answers; without
// an addressee it goes to whoever wrote that.
func (n *Node) answering(ctx context.Context, r SendRequest, m Outbound) (*Line, Outbound, error) {
	asked, err := n.Message(ctx, r.Answers)
	if err != nil {
		return nil, m, err
	}
	m.Thread, m.Answers = asked.Thread, asked.ID
	l, err := n.Line(asked.Agreement.String())
	if err != nil {
		return nil, m, err
	}
	if len(m.To) == 0 && !asked.Ours {
		m.To = []parley.Body{asked.From}
	} else if len(m.To) == 0 {
		m.To = asked.To
	}
	if m.From == "" && !asked.Ours {
		m.From = l.bodyAmong(asked.To)
	}
	return l, m, nil
}

// lineTo finds the agreement that all addressees are bodies of.
func (n *Node) lineTo(id string, to []parley.Body) (*Line, error) {
	if id != "" {
		return n.Line(id)
	}
	var found *Line
	for _, l := range n.Lines() {
		a, err := l.text()
		if err != nil {
			return nil, err
		}
		all := true
		for _, b := range to {
			_, ok := a.Body(b)
			all = all && ok
		}
		if !all {
			continue
		}
		if found != nil {
			return nil, parley.E(parley.Invalid, "more than one agreement names the addressees").WithHint("name the agreement: `parley line status` lists them")
		}
		found = l
	}
	if found == nil {
		if len(n.Lines()) == 0 {
			return nil, parley.E(parley.NotFound, "no agreement is in force here").WithHint("`parley agreement accept FILE` brings one into force")
		}
		return nil, parley.E(parley.Invalid, "no agreement here names %s", joined(to)).WithHint("`parley line status` lists the agreements and their parties")
	}
	return found, nil
}

// bodyAmong is the first of our bodies in a list; empty where there is none.
func (l *Line) bodyAmong(list []parley.Body) parley.Body {
	for _, b := range list {
		if b.Party() == l.us {
			return b
		}
	}
	return ""
}
