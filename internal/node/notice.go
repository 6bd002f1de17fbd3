package node

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/form"
)

// SendNotice queues a step of a notice: our own drill, scan or maintenance, told in
// advance. Changes, its end and its cancellation go to whom it was given. INCIDENT-9
func (n *Node) SendNotice(ctx context.Context, r FormRequest) (Held, error) {
	r.Kind = parley.KindNotice
	f, ok := form.Find(r.Kind, r.Step, 1)
	if !ok {
		return Held{}, parley.E(parley.Invalid, "a notice has no step %.40q: want give, change, cancel or end", r.Step)
	}
	if until := instant(f, r.Fields, "ends"); !until.IsZero() && !until.After(n.now()) {
		return Held{}, parley.E(parley.Invalid, "ends %s lies in the past: want a time to come", oneOf(r.Fields, "ends"))
	}
	if r.Step == parley.NoticeGive {
		return n.SendForm(ctx, r)
	}
	r, m, err := n.goOn(ctx, r, itsAuthor)
	if err != nil {
		return Held{}, err
	}
	steps, err := n.stepsOf(ctx, m)
	if err != nil {
		return Held{}, err
	}
	for _, last := range []string{parley.NoticeCancel, parley.NoticeEnd} {
		if slices.Contains(steps, last) {
			return Held{}, parley.E(parley.Conflict, "%s is over already, by the step %s", m.Short, last).WithHint("give a new notice")
		}
	}
	return n.SendForm(ctx, r)
}
