package mirror

import (
	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// keepPending is how many pending checkpoints are kept as values of upload_end. JOURNAL-41
const keepPending = 16

// state is the picture that a decision is taken from.
type state struct {
	mirror     sqldb.Checkpoint // zero where nothing is cosigned yet
	pending    sqldb.Checkpoint // the largest known one; zero where the log never showed any
	hasPending bool
	next       uint64
	forked     string     // hash of the evidence; "" while the journal is whole
	closed     *sqldb.End // by a succession; nil while the journal goes on
}

func (m *Mirror) state(tx *sqldb.Tx) (s state, err error) {
	if s.mirror, _, err = tx.LatestCheckpoint(m.row.ID); err != nil {
		return s, err
	}
	if s.pending, s.hasPending, err = tx.Pending(m.row.ID); err != nil {
		return s, err
	}
	if s.mirror.Note != nil && s.mirror.Size > s.pending.Size {
		s.pending, s.hasPending = s.mirror, true // a combined push has no pending one
	}
	if s.next, err = tx.Size(m.row); err != nil {
		return s, err
	}
	ends, err := tx.Ends(m.row.ID)
	for i, e := range ends {
		switch e.How {
		case sqldb.Forked:
			s.forked = e.Detail
		case sqldb.Closed:
			s.closed = &ends[i]
		}
	}
	return s, err
}

// taking is the state of a mirror that may take something; Forbidden once a fork is proven.
func (m *Mirror) taking(tx *sqldb.Tx) (state, error) {
	s, err := m.state(tx)
	if err == nil {
		err = m.whole(s)
	}
	return s, err
}

// whole refuses everything once a fork is proven. JOURNAL-49
func (m *Mirror) whole(s state) error {
	if s.forked == "" {
		return nil
	}
	return parley.E(parley.Forbidden, "journal %s has two histories (evidence %s): nothing of it is taken any more", m.cfg.Origin, s.forked).
		WithHint("its party's identity key can sign a succession")
}

// within refuses a checkpoint behind the end that a succession set. SUCCESSION-3
func (m *Mirror) within(s state, cp proof.Checkpoint) error {
	if s.closed == nil || cp.Size < s.closed.Size || cp.Size == s.closed.Size && cp.Root == s.closed.Root {
		return nil
	}
	return parley.E(parley.Forbidden, "journal %s was closed at size %d: %s follows it", m.cfg.Origin, s.closed.Size, s.closed.Detail)
}

// target is the checkpoint that an upload_end names: the mirror's or a pending one.
func (m *Mirror) target(tx *sqldb.Tx, s state, end uint64) (sqldb.Checkpoint, bool, error) {
	if s.mirror.Note != nil && s.mirror.Size == end {
		return s.mirror, true, nil
	}
	if end < s.mirror.Size {
		return sqldb.Checkpoint{}, false, nil
	}
	return tx.PendingAt(m.row.ID, end)
}

func (m *Mirror) pendingRow(cp proof.Checkpoint, learned []byte) sqldb.Checkpoint {
	return sqldb.Checkpoint{Size: cp.Size, Root: cp.Root, Note: cp.Note, Stored: m.cfg.Now(), Learned: learned}
}
