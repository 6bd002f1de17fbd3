package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/form"
)

// FormRequest is a message of a kind that has a form, as a person or a program
// writes it. Text, Subject and their like of SendRequest are not used: what the
// message says stands in Fields.
type FormRequest struct {
	SendRequest
	Kind   parley.Kind    `json:"kind"`
	Step   string         `json:"step,omitempty"`
	Fields map[string]any `json:"fields"` // by name: strings as people write them, or the values of a JSON content
}

// SendForm queues a message of any kind with a form. Errors are Invalid where the
// kind or the step has none, where the message stands in the wrong place of a
// thread, and where a field does not fit.
func (n *Node) SendForm(ctx context.Context, r FormRequest) (Held, error) {
	l, m, err := n.fillForm(ctx, r)
	if err != nil {
		return Held{}, err
	}
	return l.send(ctx, m)
}

// fillForm is the message as its form spells it, before it is sent: what a use case
// decides about its content, it decides by Raw, never by how a person wrote it.
// Errors are those of SendForm.
func (n *Node) fillForm(ctx context.Context, r FormRequest) (*Line, Outbound, error) {
	f, ok := form.Find(r.Kind, r.Step, 1)
	if !ok {
		return nil, Outbound{}, parley.E(parley.Invalid, "no form for kind %.40q with the step %.40q", r.Kind, r.Step).WithHint("`parley form list` shows all forms")
	}
	if err := f.Place.Fits(r.Answers != ""); err != nil {
		return nil, Outbound{}, parley.E(parley.KindOf(err), "%s: %w", f.Name(), err)
	}
	l, m, err := n.outbound(ctx, r.SendRequest, r.Kind)
	if err != nil {
		return l, m, err
	}
	a, err := l.text()
	if err != nil {
		return l, m, err
	}
	if r.Kind != parley.KindTranslation { // which is in whatever language a reader needs
		if err := l.writes(r.Language); err != nil {
			return l, m, err
		}
	}
	if r.Fields, err = n.nameMessages(ctx, f, r.Fields, a); err != nil {
		return l, m, err
	}
	m.Raw, err = f.FillIn(r.Language, r.Fields, a)
	m.Step = r.Step
	return l, m, err
}
