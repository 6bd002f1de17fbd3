package register

import (
	"strings"

	"parley.example/parley"
)

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
