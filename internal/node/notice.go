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
	if _, ok := form.Find(r.Kind, r.Step, 1); !ok {
		return Held{}, parley.E(parley.Invalid, "a notice has no step %.40q: want give, change, cancel or end", r.Step)
	}
	if r.Step != parley.NoticeGive {
		var err error
		if r, err = n.goOnNotice(ctx, r); err != nil {
			return Held{}, err
		}
	}
	l, m, err := n.fillForm(ctx, r)
	if err != nil {
		return Held{}, err
	}
	if _, err := n.ahead("ends", content[form.NoticeContent](m.Raw).Ends); err != nil {
		return Held{}, err
	}
	return l.send(ctx, m)
}

// goOnNotice puts a step into its notice. Conflict where that is over.
func (n *Node) goOnNotice(ctx context.Context, r FormRequest) (FormRequest, error) {
	r, m, err := n.goOn(ctx, r, itsAuthor)
	if err != nil {
		return r, err
	}
	steps, err := n.stepsOf(ctx, m)
	if err != nil {
		return r, err
	}
	for _, last := range []string{parley.NoticeCancel, parley.NoticeEnd} {
		if slices.Contains(steps, last) {
			return r, parley.E(parley.Conflict, "%s is over already, by the step %s", m.Short, last).WithHint("give a new notice")
		}
	}
	return r, nil
}
