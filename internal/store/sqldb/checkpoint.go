package sqldb

import (
	"database/sql"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Checkpoint is a signed tree head as stored: its note was verified before it came here.
type Checkpoint struct {
	Size    uint64
	Root    tlog.Hash
	Note    []byte
	Stored  time.Time
	Learned []byte // pending only: our own cosignature lines, shown to us by others
}

// PutCheckpoint records a checkpoint that we signed (ours) or cosigned (theirs).
// A size stands for one root for ever: the same again is no change, another root
// is a Conflict. JOURNAL-22
func (t *Tx) PutCheckpoint(journal int64, c Checkpoint) error {
	t.touch(Checkpoints(journal), Journals())
	n, err := t.exec(`INSERT INTO log_checkpoint (journal, size, root, note, stored_at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (journal, size) DO NOTHING`, journal, int64(c.Size), c.Root[:], c.Note, toMicros(c.Stored))
	if err != nil || n == 1 {
		return err
	}
	old, ok, err := t.CheckpointAt(journal, c.Size)
	if err == nil && (!ok || old.Root != c.Root) {
		err = parley.E(parley.Conflict, "size %d of this journal is signed with another root", c.Size)
	}
	return err
}

// LatestCheckpoint is the largest one, if there is any.
func (t *Tx) LatestCheckpoint(journal int64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, NULL FROM log_checkpoint WHERE journal = $1 ORDER BY size DESC LIMIT 1`, journal)
}

// LatestSize is the size of the largest one; false where there is none. It reads
// the index alone.
func (t *Tx) LatestSize(journal int64) (size uint64, ok bool, err error) {
	ok, err = t.one(`SELECT size FROM log_checkpoint WHERE journal = $1 ORDER BY size DESC LIMIT 1`, []any{journal}, (*int64bits)(&size))
	return size, ok, err
}

// CheckpointAt is the one of exactly this size.
func (t *Tx) CheckpointAt(journal int64, size uint64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, NULL FROM log_checkpoint WHERE journal = $1 AND size = $2`, journal, int64(size))
}

// CheckpointFrom is the smallest one of at least this size.
func (t *Tx) CheckpointFrom(journal int64, size uint64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, NULL FROM log_checkpoint WHERE journal = $1 AND size >= $2
		ORDER BY size LIMIT 1`, journal, int64(size))
}

// CheckpointUpTo is the largest one of a size in [from, to].
func (t *Tx) CheckpointUpTo(journal int64, from, to uint64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, NULL FROM log_checkpoint WHERE journal = $1 AND size >= $2 AND size <= $3
		ORDER BY size DESC LIMIT 1`, journal, int64(from), int64(to))
}

// Checkpoints lists those with sizes in [from, to), by size.
func (t *Tx) Checkpoints(journal int64, from, to uint64) ([]Checkpoint, error) {
	var list []Checkpoint
	err := t.query(`SELECT size, root, note, stored_at, NULL FROM log_checkpoint WHERE journal = $1 AND size >= $2 AND size < $3 ORDER BY size`,
		[]any{journal, int64(from), int64(to)}, func(r *sql.Rows) error {
			var c Checkpoint
			if err := r.Scan(scanCheckpoint(&c)...); err != nil {
				return err
			}
			list = append(list, c)
			return nil
		})
	return list, err
}

// PutPending records a counterpart's checkpoint that waits for its entries, and
// drops all but the largest keep of them.
func (t *Tx) PutPending(journal int64, c Checkpoint, keep int) error {
	var learned any
	if c.Learned != nil {
		learned = c.Learned
	}
	if _, err := t.exec(`INSERT INTO line_pending (journal, size, root, note, stored_at, learned) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (journal, size) DO UPDATE SET learned = COALESCE(line_pending.learned, excluded.learned)`,
		journal, int64(c.Size), c.Root[:], c.Note, toMicros(c.Stored), learned); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM line_pending WHERE journal = $1 AND learned IS NULL AND size < COALESCE(
		(SELECT size FROM line_pending WHERE journal = $1 ORDER BY size DESC LIMIT 1 OFFSET $2), 0)`, journal, keep-1)
	return err
}

// Pending is the largest pending checkpoint.
func (t *Tx) Pending(journal int64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, learned FROM line_pending WHERE journal = $1 ORDER BY size DESC LIMIT 1`, journal)
}

// PendingAt is the pending checkpoint of exactly this size, if it is still kept.
func (t *Tx) PendingAt(journal int64, size uint64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, learned FROM line_pending WHERE journal = $1 AND size = $2`, journal, int64(size))
}

// LearnedPending is the largest checkpoint that we are known to have cosigned and lost.
func (t *Tx) LearnedPending(journal int64) (Checkpoint, bool, error) {
	return t.checkpoint(`SELECT size, root, note, stored_at, learned FROM line_pending WHERE journal = $1 AND learned IS NOT NULL
		ORDER BY size DESC LIMIT 1`, journal)
}

func (t *Tx) checkpoint(query string, args ...any) (Checkpoint, bool, error) {
	var c Checkpoint
	ok, err := t.one(query, args, scanCheckpoint(&c)...)
	return c, ok, err
}

func scanCheckpoint(c *Checkpoint) []any {
	return []any{(*int64bits)(&c.Size), octets(c.Root[:]), &c.Note, micros{&c.Stored}, &c.Learned}
}

// DropPending removes pending checkpoints below a size that is cosigned now, and
// the one of that size.
func (t *Tx) DropPending(journal int64, size uint64) error {
	_, err := t.exec(`DELETE FROM line_pending WHERE journal = $1 AND size <= $2`, journal, int64(size))
	return err
}
