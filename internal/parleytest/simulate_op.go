package parleytest

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// sent is a message that somebody of ours wrote, and what became of it.
type sent struct {
	by      *Member
	nonce   parley.Nonce
	request node.SendRequest
	form    *node.FormRequest // a request, or what is said to one; its request is the one beside
	memo    bool
	file    []byte
	durable bool // the node said so; otherwise it crashed, and the message is there or not
	undone  bool // taken back, and no older copy was put back since
	// mayBeLost: with a home that was put back the last place went that held the
	// entry. mayBeGone: some node still holds the entry, none its part.
	mayBeLost, mayBeGone bool
	backed               bool // an older copy of its author's home was put back
}

var precedences = []string{"flash", "immediate", "priority", "routine"}

// burst writes more than goes over the wire in one request.
func (s *simulation) burst(ctx context.Context, m *Member) error {
	s.report.Faults["burst"]++
	for range 70 {
		if m.Node == nil || m.Crashed() {
			return nil
		}
		if err := s.send(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// send writes a message to one or two bodies of others.
func (s *simulation) send(ctx context.Context, m *Member) error {
	if s.chance(0.25) {
		return s.ask(ctx, m)
	}
	if s.chance(0.35) {
		return s.call(ctx, m)
	}
	if s.chance(0.15) {
		return s.say(ctx, m)
	}
	x := &sent{by: m, memo: s.chance(0.3)}
	for i := range x.nonce {
		x.nonce[i] = byte(s.rand.Uint32())
	}
	others := s.circle.Order[:s.partyCount()]
	for len(x.request.To) < 1+s.pick(3, 1) {
		to := others[s.rand.IntN(len(others))]
		body := to + []string{"/cert", "/mfa"}[s.rand.IntN(2)]
		if to == m.Name || len(x.request.To) > 0 && x.request.To[0] == body {
			continue
		}
		x.request.To = append(x.request.To, body)
	}
	x.request.Nonce = x.nonce.String()
	x.request.Precedence = precedences[s.rand.IntN(len(precedences))]
	x.request.Now = s.chance(0.5)
	x.request.Text = fmt.Sprintf("message %d of %s", len(s.sent), m.Name)
	if s.chance(0.05) {
		x.request.Text += strings.Repeat(" and so on", 2000) // beyond what a message carries
	}
	if s.chance(0.2) {
		x.file = make([]byte, 1+s.rand.IntN(50_000))
		for i := range x.file {
			x.file[i] = byte(s.rand.Uint32())
		}
	}
	if s.chance(0.15) && m.Node != nil {
		if list, err := m.Register.Waiting(ctx, 5); err == nil && len(list) > 0 {
			x.request.Answers = list[s.rand.IntN(len(list))].Ref.String()
			x.request.To = nil
		}
	}
	s.sent = append(s.sent, x)
	return s.submit(ctx, x)
}

func (s *simulation) partyCount() int { return len(s.circle.World.Parties) }

// submit hands a message to its node, for the first time or again.
func (s *simulation) submit(ctx context.Context, x *sent) error {
	m := x.by
	if m.Node == nil {
		return nil
	}
	r := x.request
	if x.file != nil {
		r.Files = []node.File{{Name: "file.bin", Body: bytes.NewReader(x.file)}}
	}
	write := m.Node.SendHotline
	if x.memo {
		write = m.Node.SendMemo
	}
	if x.form != nil {
		write = func(ctx context.Context, r node.SendRequest) (node.Held, error) {
			if x.form.Kind == parley.KindCheck {
				return s.check(ctx, x)
			}
			f := *x.form
			f.SendRequest = r
			return m.Node.SendForm(ctx, f)
		}
	}
	h, err := write(ctx, r)
	s.note("%s sends %s %s to %v: %s %v", m.Name, x.nonce.String()[:8], r.Precedence, r.To, h.State, err)
	if m.Crashed() {
		return s.down(m)
	}
	switch {
	case err == nil:
		if !x.durable {
			s.report.Sent++
		}
		x.durable, x.undone, x.mayBeLost, x.mayBeGone = true, false, false, false
		return nil
	case parley.KindOf(err) == parley.Unavailable && m.Full >= 90:
		return nil
	case parley.KindOf(err) == parley.Conflict && x.form != nil && x.form.Kind == parley.KindCheck:
		return nil // another reply came first
	}
	return fmt.Errorf("send: %w", err)
}

// again hands in a message that was handed in before: it stays one message.
func (s *simulation) again(ctx context.Context, m *Member) error {
	for _, x := range s.sent {
		if x.by == m && !x.undone && s.chance(0.3) {
			s.fault("same nonce again", m)
			return s.submit(ctx, x)
		}
	}
	return nil
}

// undo takes back a message that waits.
func (s *simulation) undo(ctx context.Context, m *Member) error {
	if m.Node == nil {
		return nil
	}
	for _, x := range s.sent {
		if x.by != m || !x.durable || x.undone || !s.chance(0.5) {
			continue
		}
		err := m.Node.Undo(ctx, x.nonce)
		s.note("%s takes %s back: %v", m.Name, x.nonce.String()[:8], err)
		if m.Crashed() {
			x.durable = false
			return s.down(m)
		}
		if err == nil {
			x.undone = true
			return nil
		}
		if k := parley.KindOf(err); k != parley.Conflict && k != parley.Unavailable && k != parley.NotFound {
			return fmt.Errorf("undo: %w", err)
		}
	}
	return nil
}

// answer lets a person acknowledge, decline or note something that waits.
func (s *simulation) answer(ctx context.Context, m *Member) error {
	if m.Node == nil {
		return nil
	}
	list, err := m.Register.Waiting(ctx, 10)
	if err != nil || len(list) == 0 {
		return err
	}
	r := node.AnswerRequest{Message: list[s.rand.IntN(len(list))].Ref.String()}
	switch s.rand.IntN(3) {
	case 0:
		_, err = m.Node.Acknowledge(ctx, r)
	case 1:
		r.Reason = "not ours to say"
		_, err = m.Node.Decline(ctx, r)
	case 2:
		_, err = m.Node.Seen(ctx, r)
	}
	s.note("%s answers %s: %v", m.Name, r.Message, err)
	if m.Crashed() {
		return s.down(m)
	}
	if k := parley.KindOf(err); err != nil && k != parley.Conflict && (k != parley.Unavailable || m.Full < 90) {
		return fmt.Errorf("answer: %w", err)
	}
	return nil
}
