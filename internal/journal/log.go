package journal

import (
	"context"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Store is where a log lives. *sqldb.DB is one.
type Store interface {
	Update(ctx context.Context, f func(*sqldb.Tx) error) error
	View(ctx context.Context, f func(*sqldb.Tx) error) error
	sqldb.Versioned
}

// Log reads one stored log, ours or mirrored, and keeps what others signed under its
// checkpoints. Each call reads in a picture of its own. Safe for concurrent use.
type Log struct {
	store Store
	row   sqldb.Journal
}

// NewLog reads the log of a row.
func NewLog(store Store, row sqldb.Journal) Log { return Log{store, row} }

// Entries reads the leaves [start, end); NotFound where they are not all held.
func (l *Log) Entries(ctx context.Context, start, end uint64) ([][]byte, error) {
	var raw [][]byte
	err := l.store.View(ctx, func(tx *sqldb.Tx) error {
		return tx.EachEntry(l.row.ID, start, end, func(e sqldb.Entry) error {
			raw = append(raw, e.Raw)
			return nil
		})
	})
	if err == nil && uint64(len(raw)) != end-start {
		err = parley.E(parley.NotFound, "entries %d to %d of %s are not held", start, end, l.row.Origin)
	}
	return raw, err
}

// Part reads a sealed or clear part of the log; NotFound where it is not held.
func (l *Log) Part(ctx context.Context, h parley.Hash) (part []byte, err error) {
	err = l.store.View(ctx, func(tx *sqldb.Tx) error {
		part, err = tx.Part(l.row.ID, h)
		return err
	})
	return part, err
}

// HashReader reads the stored nodes of the tree, for proofs.
func (l *Log) HashReader(ctx context.Context) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) (h []tlog.Hash, err error) {
		err = l.store.View(ctx, func(tx *sqldb.Tx) error {
			h, err = tx.HashReader(l.row.ID).ReadHashes(indexes)
			return err
		})
		return h, err
	})
}

// AddCosignatures stores verified cosignatures on a checkpoint that is held; for each
// cosigner, key and size the first one stays. Conflict where no such one is held.
func (l *Log) AddCosignatures(ctx context.Context, at time.Time, cp proof.Checkpoint, list []proof.Cosignature) error {
	rows := CosignatureRows(cp.Size, at, list)
	return l.store.Update(ctx, func(tx *sqldb.Tx) error {
		own, ok, err := tx.CheckpointAt(l.row.ID, cp.Size)
		if err != nil {
			return err
		}
		if !ok || own.Root != cp.Root || cp.Origin != l.row.Origin {
			return parley.E(parley.Conflict, "cosignatures on %s at size %d: no such checkpoint is held", cp.Origin, cp.Size)
		}
		return tx.PutCosignatures(l.row.ID, rows)
	})
}

// CosignatureRows are verified lines as they are stored.
func CosignatureRows(size uint64, at time.Time, list []proof.Cosignature) []sqldb.Cosignature {
	rows := make([]sqldb.Cosignature, len(list))
	for i, c := range list {
		rows[i] = sqldb.Cosignature{Size: size, Cosigner: c.Key.Name, KeyID: c.Key.ID, Signed: c.Time, Stored: at, Line: c.Line}
	}
	return rows
}
