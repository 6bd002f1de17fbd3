package journal

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Config names a journal and gives it its keys.
type Config struct {
	Origin    parley.Origin
	Agreement parley.Hash    // of the founding text
	Keys      []proof.Signer // all of them sign: Ed25519 and ML-DSA-44, named as the origin
	Keep      Keep           // wraps file keys before they are stored; nil: none is stored
	Continues bool           // nothing can have been put back since the journal last spoke: Open need not ask. JOURNAL-29
}

// Keep wraps a file key for storage. label says what it belongs to, and must be
// given again to unwrap it.
type Keep interface {
	Wrap(label string, key []byte) ([]byte, error)
	Unwrap(label string, wrapped []byte) ([]byte, error)
}

// Journal is one log of ours. Safe for concurrent use; several processes may open
// the same one, and one of two that append at once is told to try again.
type Journal struct {
	Log    // its row is set before anybody else has the journal
	cfg    Config
	public []proof.Key

	mu       sync.Mutex
	edge     sqldb.Edge  // guarded by mu; of the last size that this process saw
	asking   atomic.Bool // changed under mu, read without it; Append is refused
	silenced uint64      // guarded by mu; how often Silence was called
	resuming atomic.Bool // one Resume at a time; the others are told to come again

	latest   sqldb.Cached[proof.Checkpoint]
	cosigned sync.Map // of cosignerKey to *sqldb.Cached[cosigned]
}

// Create registers a new journal with fresh keys. Nobody can hold anything of it,
// so that it may speak at once. A journal that exists is a Conflict: Open it.
func Create(ctx context.Context, store Store, cfg Config, at time.Time) (*Journal, error) {
	j, err := newJournal(store, cfg)
	if err != nil {
		return nil, err
	}
	err = store.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Journal(cfg.Origin); parley.KindOf(err) != parley.NotFound {
			if err == nil {
				err = parley.E(parley.Conflict, "journal %s exists", cfg.Origin)
			}
			return err
		}
		row, err := tx.PutJournal(sqldb.Journal{Origin: cfg.Origin, Agreement: cfg.Agreement,
			Party: cfg.Origin.Party(), Role: sqldb.Ours, Opened: at})
		j.row = row
		return err
	})
	return j, err
}

// Open opens a journal that exists. It is asking: Append is Unavailable until
// Resume or Override. JOURNAL-24
func Open(ctx context.Context, store Store, cfg Config) (*Journal, error) {
	j, err := newJournal(store, cfg)
	if err != nil {
		return nil, err
	}
	j.asking.Store(true)
	err = store.View(ctx, func(tx *sqldb.Tx) error {
		if j.row, err = tx.Journal(cfg.Origin); err != nil {
			return err
		}
		if j.row.Role != sqldb.Ours {
			return parley.E(parley.Conflict, "journal %s is not ours to write", cfg.Origin)
		}
		size, err := tx.Size(j.row)
		if err != nil {
			return err
		}
		if j.edge, err = tx.Edge(j.row.ID, 0, size); err != nil {
			return err
		}
		if latest, _, err := tx.LatestSize(j.row.ID); err != nil {
			return err
		} else if cfg.Continues && latest == size {
			j.asking.Store(false)
		}
		return nil
	})
	return j, err
}

func newJournal(store Store, cfg Config) (*Journal, error) {
	if len(cfg.Keys) == 0 {
		return nil, parley.E(parley.Internal, "journal %s: no key given", cfg.Origin)
	}
	j := &Journal{Log: NewLog(store, sqldb.Journal{}), cfg: cfg}
	for _, k := range cfg.Keys {
		if k.Key().Name != string(cfg.Origin) {
			return nil, parley.E(parley.Invalid, "journal %s: key of %s: want one named as the origin", cfg.Origin, k.Key().Name)
		}
		j.public = append(j.public, k.Key())
	}
	return j, nil
}

// Origin names the journal.
func (j *Journal) Origin() parley.Origin { return j.cfg.Origin }

// Asking says whether the journal waits for what others hold of it.
func (j *Journal) Asking() bool { return j.asking.Load() }

// Resuming says whether a Resume runs.
func (j *Journal) Resuming() bool { return j.resuming.Load() }

// Latest is the largest checkpoint that we signed; NotFound before the first. The
// database is read once for each.
func (j *Journal) Latest(ctx context.Context) (proof.Checkpoint, error) {
	return j.latest.Get(j.store, sqldb.Checkpoints(j.row.ID), func() (proof.Checkpoint, error) {
		return j.checkpoint(ctx, func(tx *sqldb.Tx) (sqldb.Checkpoint, bool, error) { return tx.LatestCheckpoint(j.row.ID) })
	})
}

// CheckpointAt is the one of exactly this size; NotFound where that was never signed.
func (j *Journal) CheckpointAt(ctx context.Context, size uint64) (proof.Checkpoint, error) {
	return j.checkpoint(ctx, func(tx *sqldb.Tx) (sqldb.Checkpoint, bool, error) { return tx.CheckpointAt(j.row.ID, size) })
}

// CheckpointFrom is the smallest one of at least this size; NotFound where there is none.
func (j *Journal) CheckpointFrom(ctx context.Context, size uint64) (proof.Checkpoint, error) {
	return j.checkpoint(ctx, func(tx *sqldb.Tx) (sqldb.Checkpoint, bool, error) { return tx.CheckpointFrom(j.row.ID, size) })
}

func (j *Journal) checkpoint(ctx context.Context, get func(*sqldb.Tx) (sqldb.Checkpoint, bool, error)) (cp proof.Checkpoint, err error) {
	err = j.store.View(ctx, func(tx *sqldb.Tx) error {
		row, ok, err := get(tx)
		if err == nil && !ok {
			err = parley.E(parley.NotFound, "journal %s has no such checkpoint", j.cfg.Origin)
		}
		cp = j.trusted(row)
		return err
	})
	return cp, err
}

// trusted is a checkpoint that this journal signed and stored itself.
func (j *Journal) trusted(row sqldb.Checkpoint) proof.Checkpoint {
	return proof.Checkpoint{Origin: j.cfg.Origin, Size: row.Size, Root: row.Root, Note: slices.Clip(row.Note)}
}

// Silence makes the journal ask again before it speaks: somebody holds more of it
// than it does.
func (j *Journal) Silence() {
	j.mu.Lock()
	j.silenced++
	j.asking.Store(true)
	j.mu.Unlock()
}
