package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
)

// A matter is a thread that goes on in steps of its own kind: an incident, a
// notice, a vulnerability. INCIDENT-1

// who may take a step of a matter.
type who int

const (
	itsAuthor    who = iota // the party that opened it
	itsAddressee            // a party that it was addressed to
	anybodyOfIt
)

// goOn puts a step into the matter that r.Answers names by any of its messages: it
// answers the message that opened it, and goes to whom that went. Errors are
// Invalid, Forbidden, or NotFound.
func (n *Node) goOn(ctx context.Context, r FormRequest, may who) (FormRequest, Message, error) {
	f := string(r.Kind) + "." + r.Step
	if r.Answers == "" {
		return r, Message{}, parley.E(parley.Invalid, "%s: want the message that opened the matter, or one of its thread", f)
	}
	m, err := n.Message(ctx, r.Answers)
	if err == nil && m.Thread != m.ID {
		m, err = n.Message(ctx, m.Thread.String())
	}
	if err != nil {
		return r, m, err
	}
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return r, m, err
	}
	switch {
	case m.Kind != r.Kind:
		return r, m, parley.E(parley.Invalid, "%s opens no %s: it is a %s", m.Short, r.Kind, m.Kind)
	case may == itsAuthor && !m.Ours:
		return r, m, parley.E(parley.Forbidden, "%s is a matter of %s: only the party that opened it goes on with %s", m.Short, m.From.Party(), f).
			WithHint("answer it with a message, or open a matter of your own")
	case may == itsAddressee && m.Ours:
		return r, m, parley.E(parley.Forbidden, "%s is a matter of ours: %s is for those whom it was addressed to", m.Short, f)
	case !m.Ours && l.bodyAmong(m.To) == "":
		return r, m, parley.E(parley.Forbidden, "%s is not addressed to a body of ours", m.Short)
	}
	r.Answers = m.ID.String()
	if r.From == "" && m.Ours {
		r.From = string(m.From)
	}
	if r.Precedence == "" {
		r.Precedence = string(m.Precedence)
	}
	r.Exercise = r.Exercise || m.Exercise
	if r.Marking == "" {
		r.Marking = m.Marking
	}
	return r, m, nil
}

// stepsOf are the steps of a matter's own kind that its author has taken and that
// are in our journal or a mirror, in no particular order; the one that opened it among them.
func (n *Node) stepsOf(ctx context.Context, m Message) (steps []string, err error) {
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.MessagesBy(sqldb.ByThread, []parley.Hash{parley.Hash(m.ID)})
		for i := range rows {
			if r := &rows[i]; r.Void == "" && r.Kind == m.Kind && r.From.Party() == m.From.Party() {
				steps = append(steps, r.Step)
			}
		}
		return err
	})
	return steps, err
}

// stageClock is the clock that a step of ours starts, where the agreement promises
// a next one, and its deadline. A calendar that does not reach leaves it open. INCIDENT-2
func (n *Node) stageClock(a *agreement.Agreement, us parley.Party, m *Outbound, event string) {
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if len(c.Next) == 0 || !slices.Contains(c.Kinds, m.Kind) || len(c.Steps) > 0 && !slices.Contains(c.Steps, m.Step) {
			continue
		}
		if len(c.Owed) > 0 && !slices.Contains(c.Owed, us) {
			continue
		}
		k, ok := a.Clock(c.Clock)
		if !ok {
			continue
		}
		m.Clock = c.Clock
		start := n.now()
		switch k.Starts {
		case "sent":
		case "event":
			if t, err := time.Parse(time.RFC3339, event); err == nil {
				start = t
			}
		default:
			return // a receipt starts it
		}
		if due, ok, err := a.Due(c.Clock, start, us, us); ok && err == nil {
			m.Due = due.UTC().Format(time.RFC3339)
		}
		return
	}
}

// ahead is an instant of a form, as a deadline that is signed; "" where none is
// said. Invalid where it has passed.
func (n *Node) ahead(field, instant string) (string, error) {
	if instant == "" {
		return "", nil
	}
	t, err := time.Parse(time.RFC3339, instant)
	if err != nil || !t.After(n.now()) {
		return "", parley.E(parley.Invalid, "%s %s lies in the past: want a time to come", field, instant)
	}
	return instant, nil
}
