package parleytest

import (
	"context"
	"fmt"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
)

// askedTerms is what an agreement of the simulation needs for requests.
const askedTerms = `
[[legal.article]]
id = "3"
title = { en = "Assist" }
text = { en = "Each party answers an appropriate request of the other." }

[[words.refusal]]
id = "law"
title = { en = "Not permitted by our law" }
article = "3"
`

// ask writes a request, or says something to one that is open here: by a body that
// was asked or by another, in an order that makes sense or not. The node's own
// rules are passed over, so that every order of words comes to be folded.
func (s *simulation) ask(ctx context.Context, m *Member) error {
	x := &sent{by: m, form: &node.FormRequest{Kind: parley.KindRequest, Step: []string{parley.RequestInformation, parley.RequestAssistance}[s.rand.IntN(2)]}}
	for i := range x.nonce {
		x.nonce[i] = byte(s.rand.Uint32())
	}
	x.request.Nonce, x.request.Now = x.nonce.String(), s.chance(0.5)
	x.request.Precedence = precedences[s.rand.IntN(len(precedences))]
	x.request.Text = fmt.Sprintf("message %d of %s", len(s.sent), m.Name)
	x.request.From = m.Name + []string{"/cert", "/mfa"}[s.pick(4, 1)]
	if !s.reply(ctx, m, x) {
		for len(x.request.To) < 1+s.pick(3, 1) {
			to := s.circle.Order[s.rand.IntN(s.partyCount())]
			body := to + []string{"/cert", "/mfa"}[s.rand.IntN(2)]
			if to != m.Name && (len(x.request.To) == 0 || x.request.To[0] != body) {
				x.request.To = append(x.request.To, body)
			}
		}
	}
	f, _ := form.Find(x.form.Kind, x.form.Step, 1)
	x.form.Fields = map[string]any{}
	for _, d := range f.Fields {
		switch {
		case d.Type == form.Text && (d.Required || d.Name == "text" || d.Name == "note"):
			x.form.Fields[d.Name] = x.request.Text
		case d.Name == "invokes":
			x.form.Fields[d.Name] = "3"
		case d.Name == "ground":
			x.form.Fields[d.Name] = "law"
		case d.Required && len(d.Choices) > 0:
			x.form.Fields[d.Name] = d.Choices[0].ID
		}
	}
	s.sent = append(s.sent, x)
	return s.submit(ctx, x)
}

// reply turns x into a word to a request that is open here; false where there is
// none, or another one is to be asked.
func (s *simulation) reply(ctx context.Context, m *Member, x *sent) bool {
	if m.Node == nil || s.chance(0.4) {
		return false
	}
	box := []string{register.BoxIn, register.BoxOut}[s.pick(5, 1)]
	page, err := m.Register.Requests(ctx, register.RequestQuery{Box: box, Open: s.chance(0.8), Limit: 5})
	if err != nil || len(page.Requests) == 0 {
		return false
	}
	q := &page.Requests[s.rand.IntN(len(page.Requests))]
	x.request.Answers = q.Ref.String()
	if box == register.BoxOut {
		x.form.Kind, x.form.Step = parley.KindWithdraw, ""
		for _, b := range q.To {
			x.request.To = append(x.request.To, string(b))
		}
		return true
	}
	x.request.To = []string{string(q.From)}
	steps := form.Of(parley.KindResponse, 1)
	if n := s.rand.IntN(len(steps) + 1); n < len(steps) {
		x.form.Kind, x.form.Step = parley.KindResponse, steps[n].Step
	} else {
		x.form.Kind, x.form.Step = parley.KindContest, ""
	}
	return true
}
