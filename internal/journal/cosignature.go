package journal

import (
	"context"
	"time"

	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Cosignatures lists what is stored under the checkpoint of a size.
func (j *Journal) Cosignatures(ctx context.Context, size uint64) (list []sqldb.Cosignature, err error) {
	err = j.store.View(ctx, func(tx *sqldb.Tx) error {
		list, err = tx.Cosignatures(j.row.ID, size)
		return err
	})
	return list, err
}

// cosigned is how far one key has signed.
type cosigned struct {
	size uint64
	at   time.Time
}

// cosignerKey names a key.
type cosignerKey struct {
	name string
	id   uint32
}

// Cosigned is the largest size that this key has cosigned, and its stamp; 0 where
// none. The database is read only where there are more cosignatures than before.
func (j *Journal) Cosigned(ctx context.Context, key proof.Key) (size uint64, at time.Time, err error) {
	held, _ := j.cosigned.LoadOrStore(cosignerKey{key.Name, key.ID}, new(sqldb.Cached[cosigned]))
	c, err := held.(*sqldb.Cached[cosigned]).Get(j.store, sqldb.Cosignatures(j.row.ID), func() (c cosigned, err error) {
		err = j.store.View(ctx, func(tx *sqldb.Tx) error {
			row, _, err := tx.LatestCosignature(j.row.ID, key.Name, key.ID)
			c = cosigned{row.Size, row.Signed}
			return err
		})
		return c, err
	})
	return c.size, c.at, err
}

// Receipt is the first stored cosignature by this key that covers an entry: the
// delivery receipt where the key is the addressee's. ok is false while there is none.
func (j *Journal) Receipt(ctx context.Context, index uint64, key proof.Key) (c sqldb.Cosignature, ok bool, err error) {
	err = j.store.View(ctx, func(tx *sqldb.Tx) error {
		c, ok, err = tx.FirstCosignatureOver(j.row.ID, index, key.Name, key.ID)
		return err
	})
	return c, ok, err
}

// Checkpoint is the newest checkpoint with every cosignature stored under it, as
// c2sp.org/tlog-tiles serves it.
func (j *Journal) Checkpoint(ctx context.Context) (note []byte, err error) {
	err = j.store.View(ctx, func(tx *sqldb.Tx) error {
		_, note, err = latestNote(tx, j.row)
		return err
	})
	return note, err
}
