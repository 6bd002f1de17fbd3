package mirror

import (
	"context"
	"errors"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// forked ends a transaction in which a fork was proven; afterwards stores it.
type forked struct{ proof.Fork }

func (e *forked) Error() string { return e.Fork.String() }

// unexplained ends a transaction in which a signed checkpoint had no valid proof:
// no fork yet, since a bad proof convicts nobody. JOURNAL-50
type unexplained struct {
	cp  proof.Checkpoint
	why error
}

func (e *unexplained) Error() string { return e.why.Error() }
func (e *unexplained) Unwrap() error {
	return &parley.Error{Kind: parley.Untrusted, Msg: e.why.Error(), Received: e.cp.Note}
}

// afterwards stores what a refused transaction has shown. The transaction itself
// left nothing behind.
func (m *Mirror) afterwards(ctx context.Context, err error) error {
	var f *forked
	var u *unexplained
	switch {
	case errors.As(err, &f):
		return m.Convict(ctx, f.Fork)
	case errors.As(err, &u):
		e := m.store.Update(ctx, func(tx *sqldb.Tx) error {
			return tx.RaiseAlarm(AlarmUnexplained, string(m.cfg.Origin),
				"a signed checkpoint of "+string(m.cfg.Origin)+" came without a proof that it continues what is held; it is not cosigned, what was delivered stands", m.cfg.Now())
		})
		if e != nil {
			return e
		}
	}
	return err
}

// Kinds of alarms that mirrors raise; the subject is the origin.
const (
	AlarmFork        = "fork"
	AlarmUnexplained = "unexplained"
)

// Convict stores the evidence of a fork, raises the alarm and stops the mirror for
// good. It returns what every later call returns: Forbidden, with the evidence. JOURNAL-49
func (m *Mirror) Convict(ctx context.Context, f proof.Fork) error {
	evidence := f.Format()
	if again, err := proof.ParseFork(evidence, m.cfg.Log...); err != nil || again.A.Origin != m.cfg.Origin {
		return parley.E(parley.Untrusted, "this is no evidence of a fork of %s", m.cfg.Origin)
	}
	var s state
	err := m.store.Update(ctx, func(tx *sqldb.Tx) error {
		now, h := m.cfg.Now(), parley.Sum(evidence)
		if err := tx.PutEvidence(sqldb.Evidence{Hash: h, Kind: AlarmFork, Origin: m.cfg.Origin, Bytes: evidence, Stored: now}); err != nil {
			return err
		}
		if err := tx.PutEnd(m.row.ID, sqldb.End{How: sqldb.Forked, Detail: h.String(), At: now}); err != nil {
			return err
		}
		if err := tx.RaiseAlarm(AlarmFork, string(m.cfg.Origin), f.String()+". Nothing more of this journal is cosigned; what was delivered stands; our own messages still go out. The way back is a succession signed by its identity key.", now); err != nil {
			return err
		}
		var err error
		s, err = m.state(tx)
		return err
	})
	if err != nil {
		return err
	}
	e := m.whole(s)
	var p *parley.Error
	if errors.As(e, &p) {
		p.Received, p.Proves = evidence, true
	}
	return e
}

// Investigate looks for the first leaf at which a signed but unexplained checkpoint
// differs from what is held, by reading the author's own tree (its tiles). What it
// finds convicts: the result is that of Convict. Untrusted: the tree that was read
// is not that of the checkpoint. Nil: the two do not contradict each other.
func (m *Mirror) Investigate(ctx context.Context, raw proof.RawCheckpoint, theirs tlog.HashReader) error {
	b, err := m.open(raw)
	if err != nil {
		return err
	}
	a, _, err := m.Latest(ctx)
	if err != nil {
		if parley.KindOf(err) == parley.NotFound {
			return nil // nothing that could contradict it
		}
		return err
	}
	// No transaction is held while the author answers: stored nodes never change.
	f, err := compareTrees(a, m.HashReader(ctx), b, theirs, m.row.MinIndex)
	if err != nil || f == nil {
		return err
	}
	return m.Convict(ctx, *f)
}

// compareTrees finds the first leaf in which two trees differ, from the smaller
// one's complete subtrees downwards, and proves it in both.
func compareTrees(a proof.Checkpoint, ra tlog.HashReader, b proof.Checkpoint, rb tlog.HashReader, from uint64) (*proof.Fork, error) {
	if a.Size == b.Size && a.Root != b.Root {
		f, err := proof.NewFork(a, b)
		return &f, err
	}
	size := min(a.Size, b.Size)
	for _, i := range sqldb.Peaks(size) {
		level, n := tlog.SplitStoredHashIndex(i)
		if same, err := sameNode(ra, rb, level, n); err != nil {
			return nil, err
		} else if same {
			continue
		}
		for ; level > 0; level-- {
			n *= 2
			if same, err := sameNode(ra, rb, level-1, n); err != nil {
				return nil, err
			} else if same {
				n++
			}
		}
		if uint64(n) < from {
			return nil, parley.E(parley.Untrusted, "the trees differ before the first entry held")
		}
		return leafFork(uint64(n), a, ra, b, rb)
	}
	return nil, nil
}

func sameNode(ra, rb tlog.HashReader, level int, n int64) (bool, error) {
	index := []int64{tlog.StoredHashIndex(level, n)}
	x, err := ra.ReadHashes(index)
	if err != nil {
		return false, err
	}
	y, err := rb.ReadHashes(index)
	if err != nil {
		return false, err
	}
	return x[0] == y[0], nil
}

func leafFork(index uint64, a proof.Checkpoint, ra tlog.HashReader, b proof.Checkpoint, rb tlog.HashReader) (*proof.Fork, error) {
	x, err := leafOf(index, a.Size, ra)
	if err != nil {
		return nil, err
	}
	y, err := leafOf(index, b.Size, rb)
	if err != nil {
		return nil, err
	}
	f, err := proof.NewLeafFork(index, a, x, b, y)
	return &f, err
}

func leafOf(index, size uint64, r tlog.HashReader) (proof.ForkLeaf, error) {
	h, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(index))})
	if err != nil {
		return proof.ForkLeaf{}, err
	}
	path, err := proof.ProveInclusion(r, index, size)
	return proof.ForkLeaf{Hash: h[0], Proof: path}, err
}
