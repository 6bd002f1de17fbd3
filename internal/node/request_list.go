package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
)

// RequestQuery asks for a page of requests of one side.
type RequestQuery struct {
	Side    string `json:"side"`              // mine: asked by us; theirs: asked of us
	Open    bool   `json:"open,omitempty"`    // only those that somebody still has to answer
	Overdue bool   `json:"overdue,omitempty"` // only those whose clock has lapsed unanswered
	After   string `json:"after,omitempty"`
	Limit   int    `json:"limit,omitempty"` // 1 to 200; 0: 50
}

// The sides of a query.
const (
	SideMine   = "mine"
	SideTheirs = "theirs"
)

// RequestList is a page of requests.
type RequestList struct {
	Rows []RequestRow `json:"rows"`
	Next string       `json:"next,omitempty"` // empty on the last page
}

// RequestRow is one request with where it stands at each party that it asks.
type RequestRow struct {
	Row
	Invokes   string          `json:"invokes,omitempty"` // the article
	Clock     string          `json:"clock,omitempty"`
	Title     string          `json:"clock_title,omitempty"`
	Disputed  string          `json:"clock_disputed,omitempty"` // the clock that the agreement names instead. CLOCK-7
	Open      bool            `json:"open"`
	Withdrawn string          `json:"withdrawn,omitempty"` // the entry that withdraws it
	Answers   []RequestAnswer `json:"answering,omitempty"`
}

// RequestAnswer is where a request stands with one addressed party.
type RequestAnswer struct {
	Party     parley.Party  `json:"party"`
	Status    string        `json:"status"`
	Says      string        `json:"says,omitempty"` // what the status rests on
	By        parley.Body   `json:"by,omitempty"`
	Ref       string        `json:"ref,omitempty"`
	Said      time.Time     `json:"said,omitzero"`      // by its author's clock
	Delivered time.Time     `json:"delivered,omitzero"` // as that party's mirror signed
	Running   *Running      `json:"clock,omitempty"`    // nil: no clock runs
	Backdated bool          `json:"backdated,omitempty"`
	Aside     []RequestWord `json:"aside,omitempty"` // what was said and does not count
}

// RequestWord is something that was said to a request and changes nothing.
type RequestWord struct {
	Says    string      `json:"says"`
	By      parley.Body `json:"by"`
	Ref     string      `json:"ref"`
	Said    time.Time   `json:"said"`
	Because string      `json:"because"`
}

// RequestView is one request with all that was said to it.
type RequestView struct {
	RequestRow
	Fields []form.Row    `json:"fields"`
	Thread []RequestItem `json:"thread"` // the other messages of the thread, in canonical order
	Next   []string      `json:"next"`   // the steps that a body of ours may take now
}

// RequestItem is one message of a request's thread.
type RequestItem struct {
	View
	Fields  []form.Row `json:"fields,omitempty"`
	Because string     `json:"because,omitempty"` // why it changes nothing
}

// List is a page of requests of one side, the newest here first. Where only
// overdue ones are wanted, it looks at a bounded number of open ones: a page may be
// short and have a next one.
func (s *Requests) List(ctx context.Context, r RequestQuery) (out RequestList, err error) {
	q := register.RequestQuery{Open: r.Open || r.Overdue, After: r.After, Limit: r.Limit}
	switch r.Side {
	case SideMine:
		q.Box = register.BoxOut
	case SideTheirs:
		q.Box = register.BoxIn
	default:
		return out, parley.E(parley.Invalid, "requests of %.20q: want mine or theirs", r.Side)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	out.Rows = []RequestRow{}
	for range overduePages {
		page, err := s.folded.Requests(ctx, q)
		if err != nil {
			return out, err
		}
		for i := range page.Requests {
			row, err := s.row(ctx, &page.Requests[i])
			if err != nil {
				return out, err
			}
			if !r.Overdue || row.overdue() {
				out.Rows = append(out.Rows, row)
			}
		}
		out.Next, q.After = page.Next, page.Next
		if !r.Overdue || page.Next == "" || len(out.Rows) > 0 {
			break
		}
	}
	return out, nil
}

// overduePages bounds the pages of open requests that one page of overdue ones looks at.
const overduePages = 8

func (r *RequestRow) overdue() bool {
	return slices.ContainsFunc(r.Answers, func(a RequestAnswer) bool { return a.Running != nil && a.Running.Lapsed })
}

// Show is one request with its thread, its fields in the first of the reader's
// languages that there is.
func (s *Requests) Show(ctx context.Context, name string, languages ...string) (v RequestView, err error) {
	m, q, l, err := s.find(ctx, name)
	if err != nil {
		return v, err
	}
	if v.RequestRow, err = s.row(ctx, &q); err != nil {
		return v, err
	}
	a, err := l.textAt(m.ref)
	if err != nil {
		return v, err
	}
	v.Fields = readForm(m, a, languages)
	thread, err := s.lists.Thread(ctx, m.ID.String())
	if err != nil {
		return v, err
	}
	because := map[string]string{}
	for _, with := range v.Answers {
		for _, w := range with.Aside {
			because[w.Ref] = w.Because
		}
	}
	v.Thread = []RequestItem{}
	for i := range thread {
		item := RequestItem{View: thread[i]}
		if item.ID == v.ID {
			continue
		}
		if one, err := s.node.Message(ctx, item.Ref); err == nil {
			item.Fields = readForm(one, a, languages)
		}
		item.Because = because[item.Short]
		if item.Because == "" && item.Row.Answers == v.ID && isWord(item.Kind) && !slices.ContainsFunc(q.Steps, func(st register.Step) bool { return st.Ref.String() == item.Ref }) {
			item.Because = string(register.NotAsked) // a third's, or a withdrawal by somebody who did not ask
		}
		if item.Kind == parley.KindWithdraw && item.Row.Answers == v.ID && item.From != m.From {
			item.Because = string(register.NotAsked)
		}
		v.Thread = append(v.Thread, item)
	}
	v.Next = s.next(&q, l)
	return v, nil
}

func isWord(k parley.Kind) bool {
	return k == parley.KindResponse || k == parley.KindContest || k == parley.KindWithdraw
}

// next are the steps that are open to a body of ours.
func (s *Requests) next(q *register.Request, l *Line) []string {
	list := []string{}
	if q.Withdrawn != nil {
		return list
	}
	if q.From.Party() == l.us {
		if q.Open {
			list = append(list, string(parley.KindWithdraw))
		}
		return list
	}
	ours := ourBodies(q.To, l.us)
	if len(ours) == 0 {
		return list
	}
	for _, f := range append(form.Of(parley.KindResponse, 1), form.Of(parley.KindContest, 1)...) {
		for _, from := range ours {
			var before []string
			for i := range q.Steps {
				if q.Steps[i].From == from {
					before = append(before, q.Steps[i].Says)
				}
			}
			if register.MayFollow(before, f.Name()) == "" {
				list = append(list, f.Name())
				break
			}
		}
	}
	return list
}

// readForm is what a message with a form says, in the reader's language.
func readForm(m Message, a *agreement.Agreement, languages []string) []form.Row {
	f, ok := form.Find(m.Kind, m.Step, 1)
	if !ok || !m.Readable {
		return nil
	}
	return f.Read(m.Content, a, languages...)
}

func (s *Requests) row(ctx context.Context, q *register.Request) (RequestRow, error) {
	out := RequestRow{Row: s.lists.foldedRow(&q.Message), Clock: q.Clock, Open: q.Open}
	l, ok := s.node.LineOf(q.Ref.Origin)
	if !ok {
		return out, parley.E(parley.NotFound, "no journal %s here", q.Ref.Origin)
	}
	a, err := l.textAt(q.Ref)
	if err != nil {
		return out, err
	}
	if m, err := s.node.MessageAt(ctx, q.Ref); err == nil && m.Readable {
		for _, r := range readForm(m, a, []string{"en"}) {
			switch {
			case r.Name == "invokes":
				out.Invokes = r.Values[0].Value
			case out.Line == "" && r.Type == form.Text && r.Name != "reading":
				out.Line = firstLine(Message{Text: r.Values[0].Text})
			}
		}
	}
	if q.Withdrawn != nil {
		out.Withdrawn = s.node.Name(q.Withdrawn.Ref)
	}
	if promised, ok := a.AnswerOwed(q.Kind, q.Step, q.Precedence, parties(q.To)...); ok != (q.Clock != "") || ok && promised.Clock != q.Clock {
		out.Disputed = "none"
		if ok {
			out.Disputed = promised.Clock
		}
	}
	if c, ok := a.Clock(q.Clock); ok {
		out.Title = form.Pick(c.Title, "en")
	}
	for i := range q.With {
		answer, err := s.answer(ctx, q, &q.With[i], a)
		if err != nil {
			return out, err
		}
		out.Answers = append(out.Answers, answer)
	}
	return out, nil
}

func (s *Requests) answer(ctx context.Context, q *register.Request, w *register.Answering, a *agreement.Agreement) (RequestAnswer, error) {
	out := RequestAnswer{Party: w.Party, Status: string(w.Status), Delivered: w.Delivered.Time}
	if w.Word != nil {
		out.Says, out.By, out.Ref, out.Said = w.Word.Says, w.Word.From, s.node.Name(w.Word.Ref), w.Word.Said
		out.Backdated = backdated(w, a.Tolerance())
	}
	for _, x := range w.Aside {
		out.Aside = append(out.Aside, RequestWord{Says: x.Says, By: x.From, Ref: s.node.Name(x.Ref), Said: x.Said, Because: string(x.Because)})
	}
	b, err := s.node.bounds(ctx, q, w)
	if err != nil {
		return out, err
	}
	out.Running = running(q, w, a, b, s.node.now())
	return out, nil
}

// backdated: an answer says that it was said before its own party's mirror signed
// that it held the request. The asker's clock is not asked: one that runs ahead
// makes nobody look dishonest. REQUEST-11
func backdated(w *register.Answering, tolerance time.Duration) bool {
	word := w.Word
	if w.Answer != nil {
		word = w.Answer
	}
	return word.From.Party() == w.Party && !w.Delivered.Time.IsZero() && word.Said.Add(tolerance).Before(w.Delivered.Time)
}

// textAt is the text in force at an entry.
func (l *Line) textAt(ref parley.Ref) (*agreement.Agreement, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.At(ref)
}
