package register

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// How a call on record stands. CALL-3, CALL-4
const (
	CallRecorded  = "recorded"
	CallConfirmed = "confirmed"
	CallDenied    = "denied"
	CallConflict  = "conflict" // one body said both, or two contradict each other
)

// Calls is the register of calls: messages of kind call, ours and theirs. It has
// what follows a record too, and the secrets.
func (r *Register) Calls(ctx context.Context, after string, limit int) (Page, error) {
	return r.List(ctx, Query{Kind: parley.KindCall, After: after, Limit: limit})
}

// CallSecrets are the newest messages by which a body made a secret for call words.
func (r *Register) CallSecrets(ctx context.Context, from parley.Body, limit int) (list []Message, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.CallSecrets(from, limit)
		if err != nil {
			return err
		}
		list, err = r.read(tx, rows)
		return err
	})
	return list, err
}

// CallState says what the bodies that a record names have said of it. Only their
// steps are here: what anybody else says counts for nothing. CALL-3, CALL-4
func CallState(m *Message) string {
	state := CallRecorded
	for i := range m.Steps {
		var said string
		switch m.Steps[i].Says {
		case saysConfirmed:
			said = CallConfirmed
		case saysDenied:
			said = CallDenied
		default:
			continue
		}
		if state != CallRecorded && state != said {
			return CallConflict
		}
		state = said
	}
	return state
}
