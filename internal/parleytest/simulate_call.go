package parleytest

import (
	"context"
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// call tests a route or replies to a test, puts a call on record or answers one, or
// says until when a desk is attended: by a body that may, or by another.
func (s *simulation) call(ctx context.Context, m *Member) error {
	x := &sent{by: m, form: &node.FormRequest{}}
	for i := range x.nonce {
		x.nonce[i] = byte(s.rand.Uint32())
	}
	x.request.Nonce, x.request.Now, x.request.Precedence = x.nonce.String(), true, "routine"
	x.request.Text = fmt.Sprintf("message %d of %s", len(s.sent), m.Name)
	x.request.From = m.Name + []string{"/cert", "/mfa"}[s.pick(4, 1)]
	for len(x.request.To) == 0 {
		if to := s.circle.Order[s.rand.IntN(s.partyCount())]; to != m.Name {
			x.request.To = []string{to + []string{"/cert", "/mfa"}[s.rand.IntN(2)]}
		}
	}
	note := map[string]any{"note": x.request.Text}
	switch {
	case s.chance(0.7) && (s.answerOpen(ctx, m, x) || s.answerCall(ctx, m, x, note)):
	case s.chance(0.5):
		x.form.Kind, x.form.Step = parley.KindCheck, seal.CheckPing
	case s.chance(0.7):
		x.form.Kind, x.form.Step, x.form.Fields = parley.KindCall, parley.CallRecord, note
		note["at"], note["direction"], note["route"], note["result"] = m.Now().UTC().Truncate(time.Second).Format(time.RFC3339), "out", "telephone", "no-answer"
	default:
		x.form.Kind, x.form.Step, x.form.Fields = parley.KindWatch, parley.WatchAttended, note
		note["until"] = m.Now().UTC().Add(8 * time.Hour).Truncate(time.Second).Format(time.RFC3339)
	}
	s.sent = append(s.sent, x)
	return s.submit(ctx, x)
}

// answerOpen turns x into a reply to a test that waits here; false where none does.
func (s *simulation) answerOpen(ctx context.Context, m *Member, x *sent) bool {
	if m.Node == nil {
		return false
	}
	page, err := m.Register.Checks(ctx, register.CheckQuery{Limit: 20})
	if err != nil {
		return false
	}
	for _, t := range page.Tests {
		if !t.Ours && t.Result == register.CheckOpen && s.chance(0.5) {
			x.form.Kind, x.form.Step = parley.KindCheck, seal.CheckReply
			x.request.Answers, x.request.From, x.request.To = t.Ref.String(), string(t.Body), []string{string(t.From)}
			return true
		}
	}
	return false
}

// answerCall turns x into a word to a call that another party has put on record, by
// a body that it names or by another; false where there is none.
func (s *simulation) answerCall(ctx context.Context, m *Member, x *sent, note map[string]any) bool {
	if m.Node == nil {
		return false
	}
	page, err := m.Register.Calls(ctx, "", 20)
	if err != nil {
		return false
	}
	for _, c := range page.Messages {
		if c.Step != parley.CallRecord || c.Box != register.BoxIn || c.Void != "" {
			continue
		}
		x.form.Kind, x.form.Step, x.form.Fields = parley.KindCall, parley.CallConfirm, note
		if s.chance(0.3) {
			x.form.Step, note["reason"] = parley.CallDeny, "time"
		}
		x.request.Answers, x.request.To = c.Ref.String(), []string{string(c.From)}
		return true
	}
	return false
}

// check hands a ping or a reply to its node. A reply that is no longer right is none.
func (s *simulation) check(ctx context.Context, x *sent) (node.Held, error) {
	n, r := x.by.Node, x.request
	if x.form.Step == seal.CheckPing {
		out, err := n.PingRoute(ctx, node.PingRequest{From: r.From, To: r.To[0], Route: "telephone", Note: r.Text, Nonce: r.Nonce})
		return out.Held, err
	}
	return n.ReplyRoute(ctx, node.RouteReply{Ping: r.Answers, From: r.From, Note: r.Text, Nonce: r.Nonce})
}
