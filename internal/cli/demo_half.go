package cli

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/review"
)

// halfYear is what Aster asked of Borea between January and July, and what became
// of it.
type halfYear struct {
	w     *quietWorld
	asked int
	plan  []happening
	cut   string // at the end, before the last line came up again
}

// happening is one thing that somebody does at some time.
type happening struct {
	at time.Time
	do func(ctx context.Context) error
}

// fate is what becomes of a request.
type fate int

const (
	answered fate = iota
	refused
	answeredLate
	silent
	contested
	withdrawn
)

// fates are what becomes of the requests that Borea's node has, in the order in
// which they are sent, some days apart.
var fates = []fate{
	answered, answered, refused, answered, silent, answered, contested, answered, answered, answeredLate, answered, answered, refused, silent,
	answered, answered, answered, withdrawn, answered, contested, refused, answered, silent, answered, answered, answeredLate, answered, answered,
	refused, answered, silent, contested, answered, answered, answeredLate, refused, answered, answered, silent, answered, withdrawn, answered,
}

// lost is how many requests Aster writes at the end, while its line is cut.
const lost = 3

// tell lets it all happen, and fixes the cut.
func (h *halfYear) tell(ctx context.Context) error {
	begin := h.w.now
	end := begin.AddDate(0, 6, 0)
	at := begin.AddDate(0, 0, 1).Add(2 * time.Hour)
	gap := end.AddDate(0, 0, -21).Sub(at) / time.Duration(len(fates))
	for i, f := range fates {
		h.request(at.Add(time.Duration(i)*gap).Truncate(time.Minute), i, f)
	}
	aster := h.w.nodes[demoAster]
	cut := end.AddDate(0, 0, -1).Add(-4 * time.Hour)
	h.add(cut, func(context.Context) error { aster.apart = true; return nil })
	for i := range lost {
		h.add(cut.Add(time.Duration(i+1)*time.Hour), func(ctx context.Context) error {
			_, err := h.ask(ctx, len(fates)+i)
			return err
		})
	}
	h.add(end, func(ctx context.Context) error {
		out, err := aster.node.Review(ctx, node.ReviewRequest{})
		if err != nil {
			return err
		}
		c, err := review.ParseCut(out.Review)
		h.cut = c.String()
		return err
	})
	h.add(end.Add(time.Hour), func(context.Context) error { aster.apart = false; return nil })
	return h.run(ctx)
}

func (h *halfYear) add(at time.Time, do func(context.Context) error) {
	h.plan = append(h.plan, happening{at, do})
}

// run goes through the plan; after each thing all nodes do what is due. What is
// done may plan more.
func (h *halfYear) run(ctx context.Context) error {
	for len(h.plan) > 0 {
		slices.SortStableFunc(h.plan, func(a, b happening) int { return cmp.Compare(a.at.UnixNano(), b.at.UnixNano()) })
		next := h.plan[0]
		h.plan = h.plan[1:]
		h.w.until(next.at)
		if err := next.do(ctx); err != nil {
			return err
		}
		for range 3 {
			if err := h.w.step(ctx); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return parley.E(parley.Unavailable, "the demo took longer than it may")
		}
	}
	for range 5 { // Aster's line came up last
		if err := h.w.step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func text(s string) map[string]any { return map[string]any{"language": "en", "text": s} }

// ask is one request of Aster's.
func (h *halfYear) ask(ctx context.Context, i int) (node.Held, error) {
	h.asked++
	r := node.FormRequest{Kind: parley.KindRequest, Step: parley.RequestAssistance, SendRequest: node.SendRequest{To: []string{demoBorea + "/cert"}, Language: "en", Now: true},
		Fields: map[string]any{"invokes": "3", "reading": text("Assistance with an incident is what this article is about."),
			"situation": text("Hosts of a ministry are scanned from addresses of your constituency."), "wanted": text("Please tell us who uses them, and stop it.")}}
	if i%3 == 1 {
		r.Step = parley.RequestInformation
		delete(r.Fields, "situation")
		delete(r.Fields, "wanted")
		r.Fields["question"], r.Fields["use"] = text("Which of your networks do these addresses belong to?"), text("To close the incident.")
	}
	return h.w.nodes[demoAster].ask.Ask(ctx, r)
}

// request plans a request and what becomes of it.
func (h *halfYear) request(at time.Time, i int, f fate) {
	borea := h.w.nodes[demoBorea]
	h.add(at, func(ctx context.Context) error {
		held, err := h.ask(ctx, i)
		if err != nil {
			return err
		}
		respond := func(after time.Duration, step string, fields map[string]any) {
			h.add(at.Add(after), func(ctx context.Context) error {
				m, err := h.w.nodes[demoAster].node.Message(ctx, held.Nonce.String())
				if err != nil {
					return err
				}
				r := node.FormRequest{Kind: parley.KindResponse, Step: step, Fields: fields, SendRequest: node.SendRequest{Answers: m.Ref, Language: "en", Now: true}}
				if step == "" {
					r.Kind = parley.KindContest
				}
				_, err = borea.ask.Respond(ctx, r)
				return err
			})
		}
		const day = 24 * time.Hour
		switch f {
		case answered:
			respond(2*day, parley.ResponseResult, map[string]any{"outcome": "given", "text": text("They belong to a provider; it has stopped the customer.")})
		case refused:
			respond(day, parley.ResponseRefuse, map[string]any{"ground": "law", "text": text("Our law does not let us name the customer without an order of a court.")})
		case answeredLate:
			respond(20*day, parley.ResponseResult, map[string]any{"outcome": "nothing-found", "text": text("We found nothing.")})
		case contested:
			respond(30*day, "", map[string]any{"claim": "answered-elsewhere", "channel": "telephone", "reference": "call of the duty officer", "text": text("This was answered by telephone.")})
		case withdrawn:
			h.add(at.Add(day), func(ctx context.Context) error {
				m, err := h.w.nodes[demoAster].node.Message(ctx, held.Nonce.String())
				if err != nil {
					return err
				}
				_, err = h.w.nodes[demoAster].ask.Withdraw(ctx, node.FormRequest{Kind: parley.KindWithdraw, Fields: map[string]any{"reason": "no-longer-needed"},
					SendRequest: node.SendRequest{Answers: m.Ref, Now: true}})
				return err
			})
		}
		return nil
	})
}
