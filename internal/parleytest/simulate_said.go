package parleytest

import (
	"context"
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
)

// say translates or corrects some message that its node holds, one's own or not, or
// opens a matter. The node's own rules are passed
// over, so that every order of words comes to be folded.
func (s *simulation) say(ctx context.Context, m *Member) error {
	x := &sent{by: m, form: &node.FormRequest{}}
	for i := range x.nonce {
		x.nonce[i] = byte(s.rand.Uint32())
	}
	x.request.Nonce, x.request.Now = x.nonce.String(), s.chance(0.5)
	x.request.Precedence = precedences[s.rand.IntN(len(precedences))]
	x.request.Text = fmt.Sprintf("message %d of %s", len(s.sent), m.Name)
	x.request.From = m.Name + "/cert"
	about, ok := s.anyMessage(ctx, m)
	if ok && about.Box == register.BoxOut {
		for _, b := range about.To {
			x.request.To = append(x.request.To, string(b))
		}
	} else if ok {
		x.request.To = []string{string(about.From)}
	}
	for len(x.request.To) == 0 {
		if to := s.circle.Order[s.rand.IntN(s.partyCount())]; to != m.Name {
			x.request.To = []string{to + "/cert"}
		}
	}
	text := map[string]any{"text": x.request.Text}
	now := m.Now().UTC().Truncate(time.Second)
	kind := s.pick(2, 2, 2, 1)
	if !ok && kind < 2 {
		kind = 2
	}
	switch kind {
	case 0:
		x.form.Kind = parley.KindTranslation
		x.form.Fields = map[string]any{"into": "ru", "machine": s.chance(0.5), "texts": []any{map[string]any{"field": []string{"text", "facts", "nothing"}[s.rand.IntN(3)], "text": text}}}
	case 1:
		x.form.Kind = parley.KindCorrect
		x.form.Fields = map[string]any{"changes": []any{map[string]any{"field": "text", "text": text}}}
	case 2:
		x.form.Kind, x.form.Step = parley.KindIncident, parley.StageEarly
		x.form.Fields = map[string]any{"class": "malicious-code", "malicious": "yes", "cross-border": "no", "facts": text, "detected": now.Format(time.RFC3339)}
		ok = false
	case 3:
		x.form.Kind, x.form.Step, ok = parley.KindNotice, parley.NoticeGive, false
		x.form.Fields = map[string]any{"sort": "drill", "begins": now.Format(time.RFC3339), "ends": now.Add(time.Hour).Format(time.RFC3339), "looks-like": text}
	}
	if ok {
		x.request.Answers = about.Ref.String()
	}
	s.sent = append(s.sent, x)
	return s.submit(ctx, x)
}

// anyMessage is one of the newest messages that a node shows; false where there is none.
func (s *simulation) anyMessage(ctx context.Context, m *Member) (register.Message, bool) {
	if m.Node == nil {
		return register.Message{}, false
	}
	page, err := m.Register.List(ctx, register.Query{Limit: 10})
	if err != nil || len(page.Messages) == 0 {
		return register.Message{}, false
	}
	about := page.Messages[s.rand.IntN(len(page.Messages))]
	return about, about.Void == "" && !about.ID.IsZero() && about.From != ""
}
