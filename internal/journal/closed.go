package journal

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Past is a journal of ours that a succession closed: it is read, brought to those
// who lack entries of it, and never appended to. It has no private key.
type Past struct {
	*Journal
	End  sqldb.End        // where it was closed
	Last proof.Checkpoint // the largest of ours that lies within; Size 0: there is none
}

// OpenPast opens a closed journal; public are its keys, and nothing at or behind limit
// is of the closed tree. NotFound where the store has no such journal, Conflict where
// it goes on. SUCCESSION-1
func OpenPast(ctx context.Context, store Store, o parley.Origin, agreement parley.Hash, public []proof.Key, limit uint64) (*Past, error) {
	p := &Past{Journal: &Journal{Log: NewLog(store, sqldb.Journal{}), cfg: Config{Origin: o, Agreement: agreement}, public: public}}
	p.asking.Store(true) // for good
	err := store.View(ctx, func(tx *sqldb.Tx) (err error) {
		if p.row, err = tx.Journal(o); err != nil {
			return err
		}
		ends, err := tx.Ends(p.row.ID)
		if err != nil {
			return err
		}
		for _, e := range ends {
			if e.How == sqldb.Closed {
				p.End = e
			}
		}
		if p.row.Role != sqldb.Ours || p.End.How == "" {
			return parley.E(parley.Conflict, "journal %s is no closed journal of ours", o)
		}
		latest, ok, err := tx.LatestCheckpoint(p.row.ID)
		if most := min(limit, p.End.Size); err == nil && ok && latest.Size > most {
			latest, ok, err = tx.CheckpointUpTo(p.row.ID, 0, most)
		}
		if ok && (latest.Size < p.End.Size || latest.Root == p.End.Root) {
			p.Last = p.trusted(latest)
		}
		return err
	})
	return p, err
}

// Latest is the largest checkpoint within the end; NotFound where there is none.
func (p *Past) Latest(context.Context) (proof.Checkpoint, error) {
	if p.Last.Size == 0 {
		return p.Last, parley.E(parley.NotFound, "journal %s has no checkpoint before its end", p.cfg.Origin)
	}
	return p.Last, nil
}

// CheckpointFrom is Journal.CheckpointFrom within the end.
func (p *Past) CheckpointFrom(ctx context.Context, size uint64) (proof.Checkpoint, error) {
	cp, err := p.Journal.CheckpointFrom(ctx, size)
	switch {
	case err == nil && cp.Size <= p.Last.Size:
		return cp, nil
	case size <= p.Last.Size:
		return p.Last, nil
	case err == nil:
		err = parley.E(parley.NotFound, "journal %s has no checkpoint of %d entries before its end", p.cfg.Origin, size)
	}
	return cp, err
}

// Tail is Journal.Tail within the end.
func (p *Past) Tail(ctx context.Context, start, least uint64, room Room, wanted func(uint64, *seal.Envelope) bool) (Tail, bool, error) {
	if start >= p.Last.Size {
		return Tail{Checkpoint: p.Last, Start: start}, start == p.Last.Size, nil
	}
	room.Entries = int(min(uint64(room.Entries), p.Last.Size-start))
	return p.Journal.Tail(ctx, start, least, room, wanted)
}

// Whole says whether we hold all of it up to its end.
func (p *Past) Whole() bool { return p.Last.Size == p.End.Size && p.Last.Root == p.End.Root }
