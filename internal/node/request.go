package node

import (
	"context"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// RequestRegister is what use cases and lists of requests need of the registers;
// register.Register has it.
type RequestRegister interface {
	Folded
	Requests(ctx context.Context, q register.RequestQuery) (register.RequestPage, error)
	Request(ctx context.Context, ref parley.Ref) (register.Request, error)
}

// Requests asks, answers and lists. Safe for concurrent use.
type Requests struct {
	node   *Node
	folded RequestRegister
	lists  *Lists
}

// NewRequests puts the requests of a node on its registers.
func NewRequests(n *Node, f RequestRegister) *Requests {
	return &Requests{node: n, folded: f, lists: NewLists(n, f)}
}

// Ask queues a request. Its clock is that of the first commitment by which one of
// the addressees owes an answer; none where the agreement promises none. REQUEST-3
func (s *Requests) Ask(ctx context.Context, r FormRequest) (Held, error) {
	r.Kind = parley.KindRequest
	l, m, err := s.node.fillForm(ctx, r)
	if err != nil {
		return Held{}, err
	}
	a, err := l.text()
	if err != nil {
		return Held{}, err
	}
	if m.Precedence == "" {
		m.Precedence = parley.Routine
	}
	if m.From, err = l.speaker(m.From); err != nil {
		return Held{}, err
	}
	if c, ok := a.AnswerOwed(r.Kind, r.Step, m.Precedence, parties(m.To)...); ok {
		m.Clock = c.Clock
		if m.Due, err = dueOf(a, c.Clock, m.From, r.Kind, m.Precedence, parties(m.To), s.node.now()); err != nil {
			return Held{}, err
		}
	}
	return l.send(ctx, m)
}

func parties(list []parley.Body) (out []parley.Party) {
	for _, b := range list {
		if p := b.Party(); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	return out
}

// Respond queues a response, or a contest, to the request that r.Answers names, by
// the body of ours that was asked. REQUEST-13
func (s *Requests) Respond(ctx context.Context, r FormRequest) (Held, error) {
	if r.Kind == "" {
		r.Kind = parley.KindResponse
	}
	m, q, l, err := s.find(ctx, r.Answers)
	if err != nil {
		return Held{}, err
	}
	if m.Ours {
		return Held{}, parley.E(parley.Invalid, "%s is a request of ours: its addressee answers it", m.Short).WithHint("`parley request withdraw` takes it back")
	}
	asked := ourBodies(m.To, l.us)
	if len(asked) == 0 {
		return Held{}, parley.E(parley.Forbidden, "%s does not ask a body of ours", m.Short)
	}
	if r.From == "" {
		r.From = string(asked[0])
	}
	if !slices.Contains(asked, parley.Body(r.From)) {
		return Held{}, parley.E(parley.Forbidden, "%s was not asked by %s: its answer would count for nothing", r.From, m.Short).
			WithHint("it asks %s", joined(asked))
	}
	if done, err := s.repeated(ctx, l, r); err != nil || done != nil {
		return *orEmpty(done), err
	}
	if q.Withdrawn != nil {
		return Held{}, parley.E(parley.Conflict, "%s was withdrawn by %s: no answer is owed", m.Short, q.Withdrawn.From).
			WithHint("answer it in words, if there is something to say")
	}
	says := string(r.Kind)
	if r.Step != "" {
		says += "." + r.Step
	}
	before, err := s.said(ctx, l, &q, parley.Body(r.From))
	if err != nil {
		return Held{}, err
	}
	if why := register.MayFollow(before, says); why != "" {
		return Held{}, parley.E(parley.Conflict, "%s: %s %s", m.Short, r.From, why).WithHint("a result may still follow; a mistake is put right by a correction")
	}
	if len(r.To) == 0 {
		r.To = []string{string(m.From)}
	}
	likeRequest(&r, &m)
	return s.node.SendForm(ctx, r)
}

// Withdraw queues the withdrawal of a request of ours, by the body that asked. REQUEST-9
func (s *Requests) Withdraw(ctx context.Context, r FormRequest) (Held, error) {
	r.Kind, r.Step = parley.KindWithdraw, ""
	m, q, l, err := s.find(ctx, r.Answers)
	if err != nil {
		return Held{}, err
	}
	switch {
	case !m.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s is a request of %s: only its asker withdraws it", m.Short, m.From)
	case r.From == "":
		r.From = string(m.From)
	case parley.Body(r.From) != m.From:
		return Held{}, parley.E(parley.Forbidden, "%s was asked by %s: only that body withdraws it", m.Short, m.From)
	}
	if done, err := s.repeated(ctx, l, r); err != nil || done != nil {
		return *orEmpty(done), err
	}
	switch {
	case q.Withdrawn != nil:
		return Held{}, parley.E(parley.Conflict, "%s is withdrawn already", m.Short)
	case !q.Open:
		return Held{}, parley.E(parley.Conflict, "%s is answered by all whom it asked: there is nothing to withdraw", m.Short)
	}
	waiting, err := s.waiting(ctx, l, m.ID, m.From)
	if err != nil {
		return Held{}, err
	}
	if slices.Contains(waiting, string(parley.KindWithdraw)) {
		return Held{}, parley.E(parley.Conflict, "a withdrawal of %s waits in the outbox", m.Short)
	}
	r.To = nil
	for _, b := range m.To {
		r.To = append(r.To, string(b))
	}
	likeRequest(&r, &m)
	return s.node.SendForm(ctx, r)
}

// likeRequest gives what is said to a request its precedence, its marking and its
// being an exercise, where nothing else is said.
func likeRequest(r *FormRequest, m *Message) {
	if r.Precedence == "" {
		r.Precedence = string(m.Precedence)
	}
	if r.Marking == "" {
		r.Marking = m.Marking
	}
	r.Exercise = r.Exercise || m.Exercise
}

// find is a request by its name, as it stands.
func (s *Requests) find(ctx context.Context, name string) (m Message, q register.Request, l *Line, err error) {
	if name == "" {
		return m, q, nil, parley.E(parley.Invalid, "no request is named").WithHint("`parley request list` shows them")
	}
	if m, err = s.node.Message(ctx, name); err != nil {
		return m, q, nil, err
	}
	if m.Kind != parley.KindRequest {
		return m, q, nil, parley.E(parley.Invalid, "%s is no request", m.Short).WithHint("`parley request list` shows them")
	}
	if q, err = s.folded.Request(ctx, m.ref); err != nil {
		return m, q, nil, err
	}
	if q.Void != "" {
		return m, q, nil, parley.E(parley.Conflict, "%s is void: %s", m.Short, q.Void)
	}
	l, err = s.node.Line(m.Agreement.String())
	return m, q, l, err
}

// repeated finds what was sent with the same nonce before: the same message.
func (s *Requests) repeated(ctx context.Context, l *Line, r FormRequest) (*Held, error) {
	if r.Nonce == "" {
		return nil, nil
	}
	nonce, err := parley.ParseNonce(r.Nonce)
	if err != nil {
		return nil, err
	}
	h, _, ok, err := l.sent(ctx, Outbound{From: parley.Body(r.From), Nonce: nonce, Kind: r.Kind})
	if err != nil || !ok {
		return nil, err
	}
	return &h, nil
}

func orEmpty(h *Held) *Held {
	if h == nil {
		return new(Held)
	}
	return h
}

// said is what a body of ours has said to a request: in the registers, and then
// in the outbox.
func (s *Requests) said(ctx context.Context, l *Line, q *register.Request, from parley.Body) ([]string, error) {
	var list []string
	for i := range q.Steps {
		if q.Steps[i].From == from {
			list = append(list, q.Steps[i].Says)
		}
	}
	waiting, err := s.waiting(ctx, l, q.ID, from)
	return append(list, waiting...), err
}

// waiting is what a body of ours says to a message in the outbox.
func (s *Requests) waiting(ctx context.Context, l *Line, to parley.MessageID, from parley.Body) ([]string, error) {
	rows, err := sqldb.Read(ctx, s.node.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outbox(l.origin()) })
	if err != nil {
		return nil, err
	}
	var list []string
	for _, row := range rows {
		o, err := decodeOutgoing(row.Payload)
		if err != nil {
			return nil, err
		}
		if o.Answers != to || o.From != from {
			continue
		}
		f, err := seal.ParseFacts(o.Facts)
		if err != nil {
			return nil, err
		}
		says := string(f.Kind)
		if f.Step != "" {
			says += "." + f.Step
		}
		list = append(list, says)
	}
	return list, nil
}

func ourBodies(list []parley.Body, us parley.Party) (ours []parley.Body) {
	for _, b := range list {
		if b.Party() == us {
			ours = append(ours, b)
		}
	}
	return ours
}

func joined(list []parley.Body) string {
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = string(b)
	}
	return strings.Join(names, ", ")
}
