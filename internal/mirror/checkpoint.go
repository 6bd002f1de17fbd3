package mirror

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// AddCheckpoint moves the pending checkpoint. It signs nothing. A huge size costs
// one row; entries are what moves the mirror. Errors, as c2sp.org/tlog-witness has
// them: Forbidden for a signature that is missing or wrong (403), Invalid for an
// old size above the size (400), *SizeConflict (409), Untrusted for a root or a
// proof that does not hold (422). A second root for one size is a fork: the
// evidence is stored and Forbidden returned from then on.
// JOURNAL-40, JOURNAL-49, JOURNAL-50, JOURNAL-53
func (m *Mirror) AddCheckpoint(ctx context.Context, old uint64, path []tlog.Hash, raw proof.RawCheckpoint) error {
	cp, err := m.open(raw)
	if err != nil {
		return err
	}
	if old > cp.Size {
		return parley.E(parley.Invalid, "add-checkpoint: old size %d above the size %d", old, cp.Size)
	}
	err = m.store.Update(ctx, func(tx *sqldb.Tx) error {
		s, err := m.taking(tx)
		if err == nil {
			err = m.contradiction(tx, s, cp)
		}
		if err == nil {
			err = m.within(s, cp)
		}
		if err != nil {
			return err
		}
		if old != s.pending.Size {
			return &SizeConflict{s.pending.Size}
		}
		root := s.pending.Root
		if !s.hasPending {
			root = proof.EmptyRoot()
		}
		if err := proof.CheckConsistency(path, old, root, cp.Size, cp.Root); err != nil {
			return &unexplained{cp, err}
		}
		return tx.PutPending(m.row.ID, m.pendingRow(cp, nil), keepPending)
	})
	return m.afterwards(ctx, err)
}

// open verifies a checkpoint's signatures: all keys of the log must have signed.
func (m *Mirror) open(raw proof.RawCheckpoint) (proof.Checkpoint, error) {
	cp, err := proof.OpenCheckpoint(raw, m.cfg.Log...)
	if parley.KindOf(err) == parley.Untrusted {
		return cp, &parley.Error{Kind: parley.Forbidden, Msg: err.Error(), Err: err}
	}
	if err == nil && cp.Origin != m.cfg.Origin {
		err = parley.E(parley.NotFound, "no journal %s here", cp.Origin)
	}
	return cp, err
}

// contradiction compares a signed checkpoint with what is held at its size: with
// another signed one there it is a fork; with our tree alone it is unexplained.
func (m *Mirror) contradiction(tx *sqldb.Tx, s state, cp proof.Checkpoint) error {
	for _, at := range []func(int64, uint64) (sqldb.Checkpoint, bool, error){tx.CheckpointAt, tx.PendingAt} {
		own, ok, err := at(m.row.ID, cp.Size)
		if err != nil {
			return err
		}
		if ok && own.Root != cp.Root {
			f, err := proof.NewFork(m.trusted(own), cp)
			if err != nil {
				return err
			}
			return &forked{f}
		}
	}
	if cp.Size == 0 && cp.Root != proof.EmptyRoot() {
		return parley.E(parley.Untrusted, "checkpoint of size 0: want the root of the empty tree")
	}
	if cp.Size > s.next || cp.Size < m.row.MinIndex {
		return nil
	}
	edge, err := tx.Edge(m.row.ID, 0, cp.Size)
	if err == nil && edge.Root() != cp.Root {
		err = &unexplained{cp, parley.E(parley.Untrusted, "the entries held make another tree of size %d", cp.Size)}
	}
	return err
}
