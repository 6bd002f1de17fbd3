package register

import (
	"context"

	"parley.example/parley/internal/store/sqldb"
)

// Inbox is what is addressed to us: everything that a person's list shows, void
// and unreadable entries too.
func (r *Register) Inbox(ctx context.Context, after string, limit int) (Page, error) {
	return r.List(ctx, Query{Box: BoxIn, After: after, Limit: limit})
}

// Sent is what we have sent and what is sequenced.
func (r *Register) Sent(ctx context.Context, after string, limit int) (Page, error) {
	return r.List(ctx, Query{Box: BoxOut, After: after, Limit: limit})
}

// Waiting is what waits for a person of ours: flash first, then the oldest.
func (r *Register) Waiting(ctx context.Context, limit int) (list []Message, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.WaitingMessages(limit)
		if err != nil {
			return err
		}
		list, err = r.read(tx, rows)
		return err
	})
	return list, err
}

// CountWaiting counts what waits for a person of ours, at most 10,000, and the flashes
// among it.
func (r *Register) CountWaiting(ctx context.Context) (all, flash int, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		all, flash, err = tx.CountWaiting()
		return err
	})
	return all, flash, err
}
