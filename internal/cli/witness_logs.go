package cli

import (
	"context"
	"encoding/json"
	"slices"
	"sync"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// witnessedLogs are the journals that a witness follows, over successions. Safe for
// concurrent use.
type witnessedLogs struct {
	db *sqldb.DB

	mu     sync.Mutex
	chains []*agreement.Chain // guarded by mu
}

const witnessedSuccessions = "witness/successions"

// openWitnessedLogs knows the successions that were taken before.
func openWitnessedLogs(ctx context.Context, db *sqldb.DB, chains []*agreement.Chain) (*witnessedLogs, error) {
	w := &witnessedLogs{db: db, chains: chains}
	notes, err := sqldb.Read(ctx, db, readWitnessed)
	for _, note := range notes {
		if c := w.chainOf([]byte(note)); c != nil {
			if _, err := c.Succeed([]byte(note)); err != nil {
				return nil, err
			}
		}
	}
	return w, err
}

func readWitnessed(tx *sqldb.Tx) (notes []string, err error) {
	b, ok, err := tx.Setting(witnessedSuccessions)
	if err != nil || !ok {
		return nil, err
	}
	if err := json.Unmarshal(b, &notes); err != nil {
		return nil, parley.E(parley.Internal, "stored successions: %w", err)
	}
	return notes, nil
}

// chainOf finds the agreement of a succession; nil where it is not witnessed here.
// mu is held, or nobody else has the logs yet.
func (w *witnessedLogs) chainOf(note []byte) *agreement.Chain {
	s, err := agreement.ParseSuccession(note)
	if err != nil {
		return nil
	}
	for _, c := range w.chains {
		if c.ID() == s.Agreement {
			return c
		}
	}
	return nil
}

// keys are those of a journal that is witnessed.
func (w *witnessedLogs) keys(o parley.Origin) ([]proof.Key, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chains {
		if keys, err := c.LogKeys(o); err == nil {
			return keys, true
		}
	}
	return nil, false
}

// closed says where a journal ended.
func (w *witnessedLogs) closed(o parley.Origin) (uint64, tlog.Hash, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chains {
		if s, ok := c.Successor(o); ok {
			return s.Size, s.Root, true
		}
	}
	return 0, tlog.Hash{}, false
}

// origins are all journals that are witnessed.
func (w *witnessedLogs) origins() (list []parley.Origin) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.chains {
		list = append(list, c.Origins()...)
	}
	return list
}

// succeed takes a succession: the identity key in the agreement must have signed it,
// and it must close no earlier than what was cosigned here. It is durable before the
// next journal is witnessed. NotFound for an agreement that is not witnessed; Conflict
// where more was cosigned. SUCCESSION-3
func (w *witnessedLogs) succeed(ctx context.Context, note []byte, held func(parley.Origin) (uint64, error)) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.chainOf(note)
	if c == nil {
		return parley.E(parley.NotFound, "no agreement of such a succession is witnessed here")
	}
	s, err := c.CheckSuccession(note)
	if err != nil {
		return err
	}
	if _, again := c.Successor(s.Close); again {
		return nil
	}
	size, err := held(s.Close)
	if err != nil {
		return err
	}
	if size > s.Size {
		return parley.E(parley.Conflict, "%s was cosigned here up to %d: a succession must close it no earlier, not at %d", s.Close, size, s.Size)
	}
	err = w.db.Update(ctx, func(tx *sqldb.Tx) error {
		notes, err := readWitnessed(tx)
		if err != nil || slices.Contains(notes, string(note)) {
			return err
		}
		b, err := json.Marshal(append(notes, string(note)))
		if err != nil {
			return parley.E(parley.Internal, "store a succession: %w", err)
		}
		return tx.SetSetting(witnessedSuccessions, b)
	})
	if err == nil {
		_, err = c.Succeed(note)
	}
	return err
}
