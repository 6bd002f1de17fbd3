package register

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// rebuildBatch is how many entries are judged and folded at a time.
const rebuildBatch = 256

// Judge judges and opens one entry anew, from what the transaction sees.
type Judge func(tx *sqldb.Tx, j sqldb.Journal, e sqldb.Entry) (Judged, error)

// Rebuild folds every entry that the live registers have folded once more, into
// an empty scratch store (sqldb.DB.Scratch), and compares. It returns the first
// difference, "" where there is none. The live store is only read, all of it at
// one instant; progress is called with the number of entries done and may be nil.
func Rebuild(ctx context.Context, live, scratch Store, judge Judge, progress func(entries uint64)) (difference string, err error) {
	again, err := New(scratch)
	if err != nil {
		return "", err
	}
	err = live.View(ctx, func(tx *sqldb.Tx) error {
		if err := again.replay(ctx, tx, judge, progress); err != nil {
			return err
		}
		return scratch.View(ctx, func(other *sqldb.Tx) error {
			difference, err = tx.RegisterDifference(other)
			return err
		})
	})
	return difference, err
}

// replay folds one journal after the other, in the order in which they were
// registered: one that succeeds another was registered after it. It goes round
// until none moves, since an order between journals is owed to nobody.
func (r *Register) replay(ctx context.Context, tx *sqldb.Tx, judge Judge, progress func(uint64)) error {
	journals, err := tx.Journals()
	if err != nil {
		return err
	}
	done := uint64(0)
	for moved := true; moved; {
		moved = false
		for _, j := range journals {
			for {
				n, err := r.replayBatch(ctx, tx, j, judge)
				if err != nil {
					return err
				}
				if n == 0 {
					break
				}
				moved, done = true, done+n
				if progress != nil {
					progress(done)
				}
			}
		}
	}
	return nil
}

func (r *Register) replayBatch(ctx context.Context, tx *sqldb.Tx, j sqldb.Journal, judge Judge) (uint64, error) {
	from, err := r.Position(ctx, j.Origin)
	if err != nil {
		return 0, err
	}
	from = max(from, j.MinIndex)
	end, err := tx.FoldPosition(j.ID)
	if err != nil || end.Next <= from {
		return 0, err
	}
	entries, err := tx.Entries(j.ID, from, min(end.Next, from+rebuildBatch))
	if err != nil {
		return 0, err
	}
	if len(entries) == 0 {
		return 0, parley.E(parley.Internal, "journal %s: entry %d is folded and not held", j.Origin, from)
	}
	batch := make([]Judged, 0, len(entries))
	for _, e := range entries {
		one, err := judge(tx, j, e)
		if err != nil {
			return 0, err
		}
		batch = append(batch, one)
	}
	if err := r.Fold(ctx, batch); err != nil {
		return 0, err
	}
	next, err := r.Position(ctx, j.Origin)
	return next - min(from, next), err
}
