package node

import (
	"context"
	"errors"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// said finds a message of a party by its body and nonce, in the newest of its journals
// where it counts. What stands there without its part has not been told to all that it
// was for, and whoever has its text says it again, under a nonce that follows from the
// lost entry: names are the nonces that the message has had, the last of which is the
// one that it has now, and ok says that it stands under that one. at is where it, or the
// last that was lost, stands. ENTRY-32
func (l *Line) said(tx *sqldb.Tx, from parley.Body, nonce parley.Nonce) (names []parley.Nonce, at parley.Ref, ok bool, err error) {
	names = []parley.Nonce{nonce}
	for {
		e, ref, journal, err := l.stands(tx, from, names[len(names)-1])
		if err != nil || journal == 0 {
			return names, at, false, err
		}
		at = ref
		lost, err := tx.Lost(journal, e.Part)
		if err != nil || !lost {
			return names, at, err == nil, err
		}
		names = append(names, e.ID.Again())
	}
}

// stands finds the entry of a body and nonce, in the newest journal of its party first.
// The journal is 0 where none has it.
func (l *Line) stands(tx *sqldb.Tx, from parley.Body, nonce parley.Nonce) (e sqldb.Entry, at parley.Ref, journal int64, err error) {
	for _, o := range slices.Backward(l.originsOf(from.Party())) {
		j, err := tx.Journal(o)
		if notFoundIsNil(err) != nil {
			return e, at, 0, err
		}
		if err != nil {
			continue
		}
		list, err := tx.Used(j.ID, []parley.Nonce{nonce})
		if err != nil {
			return e, at, 0, err
		}
		for _, e := range list {
			if at := (parley.Ref{Origin: o, Index: e.Index}); e.From == from && !l.isDead(at) {
				return e, at, j.ID, nil
			}
		}
	}
	return e, at, 0, nil
}

// sayAgain seals once more what a row of the outbox says whose entry has come back from
// others and whose part has not: the text is here, perhaps nowhere else. ENTRY-32
func (l *Line) sayAgain(ctx context.Context, row sqldb.Outgoing) error {
	drop := func(tx *sqldb.Tx) (bool, error) { return tx.DropOutgoing(row.Origin, row.Body, row.Nonce) }
	q, err := l.again(ctx, row)
	switch {
	case errors.Is(err, errSaid):
		return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
			gone, err := drop(tx)
			if err == nil && gone {
				err = doom(tx, row)
			}
			return err
		})
	case err != nil:
		return parley.E(parley.KindOf(err), "message %s, which is lost in our journal, cannot be said again yet: %w", row.Nonce, err)
	}
	if err := l.replace(ctx, q, row.State, drop, new(carried)); err != nil {
		return err
	}
	l.node.log.Warn("a message is said again whose sealed part was lost", "event", "message.again", "lost", row.Nonce.String(), "nonce", q.row.Nonce.String())
	ring(l.bell)
	return nil
}
