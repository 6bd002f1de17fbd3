package node

import (
	"context"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// Folded is what lists need of the registers; register.Register has it.
type Folded interface {
	List(ctx context.Context, q register.Query) (register.Page, error)
	Waiting(ctx context.Context, limit int) ([]register.Message, error)
	CountWaiting(ctx context.Context) (all, flash int, err error)
	At(ctx context.Context, ref parley.Ref) (register.Message, error)
	Thread(ctx context.Context, id parley.MessageID) ([]register.Message, error)
}

// Lists shows messages with where they stand: what the outbox knows before a
// message has a place, and what the registers have folded after. It writes
// nothing and is safe for concurrent use.
type Lists struct {
	node   *Node
	folded Folded
}

// NewLists puts the lists of a node on its registers.
func NewLists(n *Node, f Folded) *Lists { return &Lists{node: n, folded: f} }

// ListRequest asks for a page.
type ListRequest struct {
	After string `json:"after,omitempty"` // List.Next of the page before; empty: the first
	Limit int    `json:"limit,omitempty"` // rows from the registers, 1 to 200; 0: 50
}

// List is a page of rows. What waits for a person and what is in the outbox
// comes on the first page, beside the limit.
type List struct {
	Rows []Row  `json:"rows"`
	Next string `json:"next,omitempty"` // empty on the last page
}

// Row is one message in a list.
type Row struct {
	ID         string            `json:"id"` // message id; before the entry exists, the nonce
	State      string            `json:"state"`
	Short      string            `json:"short,omitempty"` // what to type for it: aster/118, or <origin>/118 where that is not enough
	Ref        string            `json:"ref,omitempty"`   // <origin>/118
	Nonce      string            `json:"nonce,omitempty"` // before the entry exists
	Agreement  parley.Hash       `json:"agreement"`
	Ours       bool              `json:"ours"`
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"`
	Kind       parley.Kind       `json:"kind"`
	Step       string            `json:"step,omitempty"`
	Precedence parley.Precedence `json:"precedence"`
	Thread     string            `json:"thread,omitempty"`
	Answers    string            `json:"answers,omitempty"`
	Marking    string            `json:"marking,omitempty"`
	Said       time.Time         `json:"said,omitzero"`   // by its author's clock
	Stored     time.Time         `json:"stored,omitzero"` // by ours
	Held       time.Time         `json:"held_until,omitzero"`
	Due        string            `json:"due,omitempty"`
	Exercise   bool              `json:"exercise,omitempty"`
	Files      int               `json:"files,omitempty"`
	Waits      bool              `json:"waits,omitempty"`                 // for a person of ours
	Answer     string            `json:"answer,omitempty"`                // what people of ours last said to it
	Unsigned   bool              `json:"second_signature_owed,omitempty"` // it went on one; the second has not followed yet
	Why        string            `json:"why,omitempty"`                   // why it is void or in conflict
	Line       string            `json:"line,omitempty"`                  // the beginning of the text, one line
	With       []Addressee       `json:"with,omitempty"`                  // how far it is with each party addressed
}

// Addressee is how far a message is with one party, and what proves that.
type Addressee struct {
	Party    parley.Party `json:"party"`
	State    string       `json:"state"`
	Ref      string       `json:"ref,omitempty"`      // the receipt or answer that says so
	Cosigner string       `json:"cosigner,omitempty"` // or the key whose cosignature does,
	Size     uint64       `json:"size,omitempty"`     // at this size of the journal
}

// Step is a statement about a message and the entry that carries it.
type Step struct {
	Says string      `json:"says"`
	From parley.Body `json:"from"`
	Ref  string      `json:"ref"`
	Said time.Time   `json:"said"`
	Blob string      `json:"blob,omitempty"` // held: which attachment
	Why  string      `json:"why,omitempty"`  // a reason, a note
}

// View is one message with its text and every step.
type View struct {
	Row
	Text     string            `json:"text"`
	Subject  string            `json:"subject,omitempty"`
	Readable bool              `json:"readable"`
	Unread   string            `json:"unreadable_because,omitempty"`
	Erased   string            `json:"erased,omitempty"` // why our copy was erased
	Attached []seal.Attachment `json:"attached"`
	Steps    []Step            `json:"steps"`

	Reading      *Reading      `json:"reading,omitempty"`      // of a kind with a form, in the language that was asked for
	Translations []Translation `json:"translations,omitempty"` // beside the original, never instead of it
	Corrections  []Correction  `json:"corrections,omitempty"`
}

// Hotline lists hotline messages, ours and theirs, the newest here first.
func (s *Lists) Hotline(ctx context.Context, r ListRequest) (List, error) {
	return s.list(ctx, r, register.Query{Kind: parley.KindHotline}, func(h Held) bool { return h.Kind == parley.KindHotline })
}

// Inbox lists what is addressed to us: first what waits for a person, the most
// urgent and then the oldest first; then the rest, the newest here first.
func (s *Lists) Inbox(ctx context.Context, r ListRequest) (List, error) {
	list, err := s.list(ctx, r, register.Query{Box: register.BoxIn}, nil)
	if err != nil {
		return List{}, err
	}
	waiting, err := s.folded.Waiting(ctx, 200)
	if err != nil {
		return List{}, err
	}
	first := map[string]bool{}
	var rows []Row
	for i := range waiting {
		row := s.row(ctx, &waiting[i])
		first[row.Ref] = true
		if r.After == "" {
			rows = append(rows, row)
		}
	}
	for _, row := range list.Rows {
		if !first[row.Ref] {
			rows = append(rows, row)
		}
	}
	list.Rows = rows
	return list, nil
}

// Sent lists what we have sent, the newest first, and what is in the outbox.
func (s *Lists) Sent(ctx context.Context, r ListRequest) (List, error) {
	return s.list(ctx, r, register.Query{Box: register.BoxOut}, func(h Held) bool { return !seal.RunsTheLine(h.Kind) })
}

// CountWaiting counts what waits for a person of ours, at most 10,000, and the flashes
// among it.
func (s *Lists) CountWaiting(ctx context.Context) (all, flash int, err error) {
	return s.folded.CountWaiting(ctx)
}

// list reads a page; outbox picks what of the outbox belongs on the first.
func (s *Lists) list(ctx context.Context, r ListRequest, q register.Query, outbox func(Held) bool) (out List, err error) {
	if q.After, q.Limit = r.After, r.Limit; q.Limit == 0 {
		q.Limit = 50
	}
	out.Rows = []Row{}
	if r.After == "" && outbox != nil {
		for _, l := range s.node.Lines() {
			held, err := l.Outbox(ctx)
			if err != nil {
				return out, err
			}
			for _, h := range held {
				if outbox(h) {
					row := l.heldRow(h)
					if len(out.Rows) < maxHeldShown {
						s.fillHeld(ctx, h.Nonce, &View{Row: row}, &row)
					}
					out.Rows = append(out.Rows, row)
				}
			}
		}
	}
	page, err := s.folded.List(ctx, q)
	if err != nil {
		return out, err
	}
	for i := range page.Messages {
		out.Rows = append(out.Rows, s.row(ctx, &page.Messages[i]))
	}
	out.Next = page.Next
	return out, nil
}

// Show is one message with its text and every step; the name is what Find
// takes, or the nonce of a message in the outbox. Forms are read in the first of
// the languages that they have.
func (s *Lists) Show(ctx context.Context, name string, languages ...string) (View, error) {
	if nonce, err := parley.ParseNonce(name); err == nil {
		row, o, err := s.node.waiting(ctx, nonce)
		if err != nil && parley.KindOf(err) != parley.NotFound {
			return View{}, err
		}
		if l, ok := s.node.LineOf(row.Origin); ok && err == nil {
			v := View{Row: l.heldRow(held(row, o, s.node.now())), Attached: []seal.Attachment{}, Steps: []Step{}}
			s.fillHeld(ctx, nonce, &v, &v.Row)
			return v, nil
		}
	}
	m, err := s.node.Message(ctx, name)
	if err != nil {
		return View{}, err
	}
	f, err := s.folded.At(ctx, m.ref)
	if err != nil {
		return View{}, err
	}
	return s.view(ctx, &f, m, languages...), nil
}

// Thread is the messages of the thread that a message stands in, in canonical
// order, receipts left out: they are the steps of the messages.
func (s *Lists) Thread(ctx context.Context, name string, languages ...string) ([]View, error) {
	m, err := s.node.Message(ctx, name)
	if err != nil {
		return nil, err
	}
	folded, err := s.folded.Thread(ctx, m.ID)
	if err != nil {
		return nil, err
	}
	list := []View{}
	for i := range folded {
		f := &folded[i]
		if seal.RunsTheLine(f.Kind) {
			continue
		}
		m, err := s.node.MessageAt(ctx, f.Ref)
		if err != nil {
			return nil, err
		}
		list = append(list, s.view(ctx, f, m, languages...))
	}
	return list, nil
}

func (s *Lists) view(ctx context.Context, f *register.Message, m Message, languages ...string) View {
	v := View{Row: s.foldedRow(f), Text: m.Text, Subject: m.Subject, Readable: m.Readable, Unread: m.Why, Erased: m.Erased, Attached: m.Files, Steps: []Step{}}
	v.Line = firstLine(m)
	v.Ours = m.Ours
	if v.Reading = s.node.Read(ctx, &m, languages...); m.Readable {
		v.Translations = s.node.translations(ctx, &m, f.Steps, languages...)
		v.Corrections = s.node.corrections(ctx, &m, f.Steps, languages...)
	}
	for _, st := range f.Steps {
		step := Step{Says: st.Says, From: st.From, Ref: s.node.Name(st.Ref), Said: st.Said, Why: st.Why}
		if !st.Blob.IsZero() {
			step.Blob = st.Blob.String()
		}
		v.Steps = append(v.Steps, step)
	}
	return v
}

// row is a folded message with the beginning of its text. A text that cannot be
// read leaves the line empty: the row shows the message all the same.
func (s *Lists) row(ctx context.Context, f *register.Message) Row {
	r := s.foldedRow(f)
	if m, err := s.node.MessageAt(ctx, f.Ref); err == nil {
		r.Line, r.Ours = firstLine(m), m.Ours
	}
	return r
}

func (s *Lists) foldedRow(f *register.Message) Row {
	r := Row{ID: f.ID.String(), State: string(f.State), Short: s.node.Name(f.Ref), Ref: f.Ref.String(), Agreement: f.Agreement,
		Ours: f.Box == register.BoxOut, From: f.From, To: f.To, Kind: f.Kind, Step: f.Step, Precedence: f.Precedence, Marking: f.Marking,
		Said: f.Said, Stored: f.Stored, Due: f.Due, Exercise: f.Exercise, Files: f.Blobs, Waits: f.Waits, Answer: f.Answer, Why: f.Conflict}
	if f.Void != "" {
		r.Why = string(f.Void)
	} else if l, ok := s.node.LineOf(f.Ref.Origin); ok && !f.Released {
		r.Unsigned = l.mayFollow(f.Ref, f.From, f.Kind, f.Precedence)
	}
	if f.ID.IsZero() { // malformed: only its place names it
		r.ID = r.Ref
	}
	if !f.Thread.IsZero() {
		r.Thread = f.Thread.String()
	}
	if !f.Answers.IsZero() {
		r.Answers = f.Answers.String()
	}
	for _, a := range f.Addressees {
		with := Addressee{Party: a.Party, State: string(a.State), Cosigner: a.Proof.Cosigner, Size: a.Proof.Size}
		if a.Proof.Ref.Origin != "" {
			with.Ref = s.node.Name(a.Proof.Ref)
		}
		r.With = append(r.With, with)
	}
	return r
}

// maxHeldShown is how many messages of the outbox a list opens to show their first line.
const maxHeldShown = 200

// fillHeld adds what a message says that still waits: its sender may take it back, and
// must know what. One that has just gone is left as it is.
func (s *Lists) fillHeld(ctx context.Context, nonce parley.Nonce, v *View, r *Row) {
	p, err := s.node.Pending(ctx, nonce)
	if err != nil {
		return
	}
	r.Line, r.Marking, r.Exercise, r.Files = firstLine(Message{Text: p.Text, Subject: p.Subject}), p.Marking, p.Exercise, len(p.Files)
	if !p.Answers.IsZero() {
		r.Answers = p.Answers.String()
	}
	v.Text, v.Subject, v.Readable, v.Attached = p.Text, p.Subject, true, append(v.Attached, p.Files...)
}

func (l *Line) heldRow(h Held) Row {
	r := Row{ID: h.Nonce.String(), Nonce: h.Nonce.String(), State: h.State, Agreement: l.id, Ours: true, From: h.From, To: h.To,
		Kind: h.Kind, Precedence: h.Precedence, Stored: h.Queued}
	if !h.Thread.IsZero() {
		r.Thread = h.Thread.String()
	}
	if h.State == StateHeldBack {
		r.Held = h.HoldUntil
	}
	return r
}

// firstLine is the subject or the first line of a text, at most 200 characters.
func firstLine(m Message) string {
	text := m.Subject
	if text == "" {
		text = m.Text
	}
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	runes := []rune(text)
	if len(runes) > 200 {
		runes = append(runes[:199], '…')
	}
	return string(runes)
}
