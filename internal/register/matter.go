package register

import (
	"context"
	"strings"

	"parley.example/parley"
)

// Matters is the register of a kind that goes on in steps of its own: a page of the
// messages that open one, the newest here first. Its cost depends on the limit alone.
func (r *Register) Matters(ctx context.Context, kind parley.Kind, after string, limit int) (Page, error) {
	return r.List(ctx, Query{Kind: kind, Opens: true, After: after, Limit: limit})
}

// Taken is a step of a matter: the message that opened it, or one that goes on with it.
type Taken struct {
	Step string // of its kind: final, cancel, lift
	From parley.Body
	Ref  parley.Ref
}

// Taken lists the steps of the matter that a message opens, itself the first, the
// others in canonical order.
func (m *Message) Taken() []Taken {
	list := []Taken{{m.Step, m.From, m.Ref}}
	for i := range m.Steps {
		s := &m.Steps[i]
		if step, ok := strings.CutPrefix(s.Says, string(m.Kind)+"."); ok {
			list = append(list, Taken{step, s.From, s.Ref})
		}
	}
	return list
}
