package mirror

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Close takes a succession of the mirrored journal: the caller has verified the
// identity key's signature and opens the mirror of next. What was cosigned stays;
// entries below the size may still come; nothing behind it is taken any more.
//
// A journal with two histories is closed all the same: that is the way back.
//
// Conflict: we cosigned, or hold an entry, at or above the size; then the error's
// Received is our newest cosigned checkpoint, which shows that the close is wrong;
// or the journal was closed for another successor. Untrusted: another root. The
// same again is no change. SUCCESSION-3, SUCCESSION-4
func (m *Mirror) Close(ctx context.Context, size uint64, root tlog.Hash, next parley.Origin) error {
	return m.store.Update(ctx, func(tx *sqldb.Tx) error { return m.CloseIn(tx, size, root, next) })
}

// CloseIn is Close within a transaction of the caller's, who makes the succession
// durable in the same one: it is taken whole or not at all.
func (m *Mirror) CloseIn(tx *sqldb.Tx, size uint64, root tlog.Hash, next parley.Origin) error {
	s, err := m.state(tx)
	if err != nil {
		return err
	}
	if s.closed != nil {
		if s.closed.Detail == string(next) && s.closed.Size == size && s.closed.Root == root {
			return nil
		}
		return parley.E(parley.Conflict, "journal %s was closed at size %d for %s", m.cfg.Origin, s.closed.Size, s.closed.Detail)
	}
	if held := max(s.next, s.mirror.Size); held > size {
		shown, err := m.shown(tx, s)
		if err != nil {
			return err
		}
		return &parley.Error{Kind: parley.Conflict, Received: shown,
			Msg: fmt.Sprintf("we hold %s up to %d: a succession must close it no earlier, not at %d", m.cfg.Origin, held, size)}
	}
	if s.next == size && s.forked == "" { // of two histories it may close the other one
		edge, err := tx.Edge(m.row.ID, 0, size)
		if err != nil {
			return err
		}
		if edge.Root() != root {
			return parley.E(parley.Untrusted, "the succession names another root of size %d than the entries held make", size)
		}
	}
	return tx.PutEnd(m.row.ID, sqldb.End{How: sqldb.Closed, Detail: string(next), At: m.cfg.Now(), Size: size, Root: root})
}

// shown is our newest cosigned checkpoint with our lines; nil before the first.
func (m *Mirror) shown(tx *sqldb.Tx, s state) ([]byte, error) {
	if s.mirror.Note == nil {
		return nil, nil
	}
	lines, err := m.storedLines(tx, s.mirror.Size)
	return append(slices.Clone(s.mirror.Note), lines...), err
}
