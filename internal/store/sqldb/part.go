package sqldb

import (
	"database/sql"
	"slices"
	"time"

	"parley.example/parley"
)

// Part is a sealed or clear part, at most parley.MaxSealed octets. Parts belong to
// one journal and are never shared across journals: a hash alone opens nothing.
type Part struct {
	Hash   parley.Hash
	Bytes  []byte
	Stored time.Time
}

// PutParts stores parts whose hash the caller has checked; one that is there stays.
func (t *Tx) PutParts(journal int64, list []Part) error {
	const width = 4
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		rows = append(rows, journal, list[i].Hash[:], toMicros(list[i].Stored), list[i].Bytes)
	}
	return t.insert("log_part", "journal, hash, stored_at, bytes", "ON CONFLICT DO NOTHING", width, rows)
}

// Part reads one part; NotFound where it is not held.
func (t *Tx) Part(journal int64, h parley.Hash) ([]byte, error) {
	b, _, _, known := t.ahead.part(journal, h)
	ok, err := b != nil, error(nil)
	if !known {
		ok, err = t.one(`SELECT bytes FROM log_part WHERE journal = $1 AND hash = $2`, []any{journal, h[:]}, &b)
	}
	if err == nil && !ok {
		err = parley.E(parley.NotFound, "the part %s is not held", h)
	}
	return b, err
}

// HasPart says whether a part is held.
func (t *Tx) HasPart(journal int64, h parley.Hash) (bool, error) {
	var n int64
	return t.one(`SELECT 1 FROM log_part WHERE journal = $1 AND hash = $2`, []any{journal, h[:]}, &n)
}

// HeldParts says which of these parts are held.
func (t *Tx) HeldParts(journal int64, hashes []parley.Hash) (map[parley.Hash]bool, error) {
	held := make(map[parley.Hash]bool, len(hashes))
	for chunk := range slices.Chunk(hashes, lookups[len(lookups)-1]) {
		values := make([][]byte, len(chunk))
		for i := range chunk {
			values[i] = chunk[i][:]
		}
		err := t.inMany(heldPartsText, journal, values, func(r *sql.Rows) error {
			var h parley.Hash
			err := r.Scan(hash{&h})
			held[h] = true
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return held, nil
}

var heldPartsText = textsAfter(1, `SELECT hash FROM log_part WHERE journal = $1 AND hash IN (`, `)`)

// PutGone records that the author said, at an index, that it has a part no more.
func (t *Tx) PutGone(journal int64, part parley.Hash, index uint64) error {
	_, err := t.exec(`INSERT INTO log_gone (journal, part, idx) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		journal, part[:], int64(index))
	return err
}

// Gone is the index of the author's entry that calls a part gone.
func (t *Tx) Gone(journal int64, part parley.Hash) (uint64, bool, error) {
	return t.first(`SELECT idx FROM log_gone WHERE journal = $1 AND part = $2`, journal, part[:])
}

// ErasePart removes a part and the stored keys of the entries that name it, and
// records why. The freed pages are overwritten; Scrub empties the write-ahead log.
func (t *Tx) ErasePart(journal int64, part parley.Hash, reason string, at time.Time) error {
	if _, err := t.exec(`DELETE FROM log_part WHERE journal = $1 AND hash = $2`, journal, part[:]); err != nil {
		return err
	}
	if _, err := t.exec(`DELETE FROM log_filekey WHERE journal = $1 AND idx IN
		(SELECT idx FROM log_entry WHERE journal = $1 AND part = $2)`, journal, part[:]); err != nil {
		return err
	}
	_, err := t.exec(`INSERT INTO log_erased (journal, part, erased_at, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		journal, part[:], toMicros(at), reason)
	return err
}

// Erased says when and why a part was erased here.
func (t *Tx) Erased(journal int64, part parley.Hash) (at time.Time, reason string, ok bool, err error) {
	ok, err = t.one(`SELECT erased_at, reason FROM log_erased WHERE journal = $1 AND part = $2`, []any{journal, part[:]}, micros{&at}, &reason)
	return at, reason, ok, err
}

// Lost says that a part is not held, and was not erased.
func (t *Tx) Lost(journal int64, part parley.Hash) (bool, error) {
	if held, err := t.HasPart(journal, part); held || err != nil {
		return false, err
	}
	_, _, erased, err := t.Erased(journal, part)
	return !erased, err
}

// DropPart removes a part that this node need not keep (an archive's, once the
// addressee has it). It is not an erasure: the part lives on elsewhere.
func (t *Tx) DropPart(journal int64, part parley.Hash) error {
	_, err := t.exec(`DELETE FROM log_part WHERE journal = $1 AND hash = $2`, journal, part[:])
	return err
}

// DropStrayParts removes parts stored before a time that no entry names, and says how many.
func (t *Tx) DropStrayParts(journal int64, before time.Time) (int64, error) {
	return t.exec(`DELETE FROM log_part WHERE journal = $1 AND stored_at < $2 AND NOT EXISTS
		(SELECT 1 FROM log_entry e WHERE e.part = log_part.hash AND e.journal = log_part.journal)`, journal, toMicros(before))
}

// PartsAfter lists the parts of a journal in the order of their hashes, from the
// one behind after (the zero hash is no part's), at most limit.
func (t *Tx) PartsAfter(journal int64, after parley.Hash, limit int) ([]Part, error) {
	var list []Part
	err := t.query(`SELECT hash, bytes, stored_at FROM log_part WHERE journal = $1 AND hash > $2 ORDER BY hash LIMIT $3`,
		[]any{journal, after[:], limit}, func(r *sql.Rows) error {
			var p Part
			if err := r.Scan(hash{&p.Hash}, &p.Bytes, micros{&p.Stored}); err != nil {
				return err
			}
			list = append(list, p)
			return nil
		})
	return list, err
}
