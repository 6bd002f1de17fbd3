package officer

import (
	"context"
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// ActStore keeps what officers did; a row is never changed.
type ActStore interface {
	AddAct(ctx context.Context, a sqldb.ActRow) error
	// Acts lists what was done about a message, oldest first.
	Acts(ctx context.Context, message string) ([]sqldb.ActRow, error)
}

// Act is something that an officer did at the desk. It stays on this node.
type Act struct {
	At      time.Time `json:"at"`
	Officer string    `json:"officer"`
	Act     string    `json:"act"` // send, undo, release, seen, acknowledge, decline, countersign, settle, erase
}

// Record notes an act before it is carried out: one that then fails stands on
// the record too. The message is its nonce where it is ours, its id where it is theirs.
func (o *Officers) Record(ctx context.Context, who Officer, act, message string) error {
	row := sqldb.ActRow{At: o.now().UnixMicro(), Officer: who.Name, Act: act, Message: message}
	if err := o.store.AddAct(ctx, row); err != nil {
		return fmt.Errorf("record act: %w", err)
	}
	return nil
}

// Acts lists what was done about a message at this desk, oldest first.
func (o *Officers) Acts(ctx context.Context, message string) ([]Act, error) {
	rows, err := o.store.Acts(ctx, message)
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	list := make([]Act, 0, len(rows))
	for _, r := range rows {
		list = append(list, Act{At: time.UnixMicro(r.At).UTC(), Officer: r.Officer, Act: r.Act})
	}
	return list, nil
}

// SecondPerson is Forbidden where the officer wrote the message: two signatures
// are two people. A message that was written on the command line has no author here.
func (o *Officers) SecondPerson(ctx context.Context, who Officer, message string) error {
	acts, err := o.Acts(ctx, message)
	if err != nil {
		return err
	}
	for _, a := range acts {
		if a.Act == "send" && a.Officer == who.Name {
			return parley.E(parley.Forbidden, "you wrote this message: the second signature is another person's")
		}
	}
	return nil
}
