package sqldb

import (
	"database/sql"
	"slices"
	"time"

	"parley.example/parley"
)

// Entry is one leaf as stored. ID, From, Nonce and Part are zero where the bytes
// are no entry; Raw is always what was logged.
type Entry struct {
	Index  uint64
	ID     parley.MessageID
	From   parley.Body
	Nonce  parley.Nonce
	Part   parley.Hash
	Owed   bool // this node must hold the part before it cosigns
	Stored time.Time
	Raw    []byte
}

// Size is the number of leaves held: the index of the next entry.
func (t *Tx) Size(j Journal) (uint64, error) {
	n := int64bits(j.MinIndex)
	_, err := t.one(`SELECT idx + 1 FROM log_entry WHERE journal = $1 ORDER BY idx DESC LIMIT 1`, []any{j.ID}, &n)
	return uint64(n), err
}

// PutEntries adds leaves. An index that is there already is an error: an entry is
// never replaced.
func (t *Tx) PutEntries(journal int64, list []Entry) error {
	const width = 9
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		e := &list[i]
		rows = append(rows, journal, int64(e.Index), orNull(e.ID[:]), string(e.From), orNull(e.Nonce[:]),
			orNull(e.Part[:]), bit(e.Owed), toMicros(e.Stored), e.Raw)
	}
	return t.insert("log_entry", "journal, idx, id, author, nonce, part, owed, stored_at, raw", "", width, rows)
}

// Entries reads the leaves [start, end) in order; fewer where the log is shorter.
func (t *Tx) Entries(journal int64, start, end uint64) ([]Entry, error) {
	var list []Entry
	err := t.EachEntry(journal, start, end, func(e Entry) error {
		list = append(list, e)
		return nil
	})
	return list, err
}

// EachEntry calls f with each leaf of [start, end) in order.
func (t *Tx) EachEntry(journal int64, start, end uint64, f func(Entry) error) error {
	return t.query(`SELECT idx, id, author, nonce, part, owed, stored_at, raw FROM log_entry
		WHERE journal = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`,
		[]any{journal, int64(start), int64(end)}, func(r *sql.Rows) error {
			var e Entry
			if err := r.Scan((*int64bits)(&e.Index), octets(e.ID[:]), &e.From, octets(e.Nonce[:]),
				hash{&e.Part}, &e.Owed, micros{&e.Stored}, &e.Raw); err != nil {
				return err
			}
			return f(e)
		})
}

// Find lists where entries with this message id stand, in any journal. Foreign
// logs may repeat each other's bytes, so that there can be more than one; at most limit.
func (t *Tx) Find(id parley.MessageID, limit int) ([]parley.Ref, error) {
	var list []parley.Ref
	err := t.query(`SELECT j.origin, e.idx FROM log_entry e JOIN log_journal j ON j.journal = e.journal
		WHERE e.id = $1 ORDER BY e.journal, e.idx LIMIT $2`, []any{id[:], limit}, func(r *sql.Rows) error {
		var ref parley.Ref
		if err := r.Scan(&ref.Origin, (*int64bits)(&ref.Index)); err != nil {
			return err
		}
		list = append(list, ref)
		return nil
	})
	return list, err
}

// FirstID is the lowest index at which a message id stands in one journal.
func (t *Tx) FirstID(journal int64, id parley.MessageID) (uint64, bool, error) {
	return t.first(`SELECT idx FROM log_entry WHERE journal = $1 AND id = $2 ORDER BY idx LIMIT 1`, journal, id[:])
}

// FirstNonce is the lowest index at which a body used a nonce in one journal.
func (t *Tx) FirstNonce(journal int64, from parley.Body, n parley.Nonce) (uint64, bool, error) {
	if i, ok, known := t.ahead.nonce(journal, from, n); known {
		return i, ok, nil
	}
	return t.first(`SELECT idx FROM log_entry WHERE journal = $1 AND nonce = $2 AND author = $3 ORDER BY idx LIMIT 1`,
		journal, n[:], string(from))
}

// FirstPart is the lowest index at which a part is named in one journal.
func (t *Tx) FirstPart(journal int64, part parley.Hash) (uint64, bool, error) {
	if _, i, ok, known := t.ahead.part(journal, part); known {
		return i, ok, nil
	}
	return t.first(`SELECT idx FROM log_entry WHERE journal = $1 AND part = $2 ORDER BY idx LIMIT 1`, journal, part[:])
}

func (t *Tx) first(query string, args ...any) (uint64, bool, error) {
	var n int64bits
	ok, err := t.one(query, args, &n)
	return uint64(n), ok, err
}

// OwedParts lists the parts of [start, end) that are owed and not held, at most limit.
func (t *Tx) OwedParts(journal int64, start, end uint64, limit int) ([]parley.Hash, error) {
	var list []parley.Hash
	err := t.query(`SELECT e.part FROM log_entry e WHERE e.journal = $1 AND e.idx >= $2 AND e.idx < $3 AND e.owed = 1
		AND NOT EXISTS (SELECT 1 FROM log_part p WHERE p.journal = e.journal AND p.hash = e.part) ORDER BY e.idx LIMIT $4`,
		[]any{journal, int64(start), int64(end), limit}, func(r *sql.Rows) error {
			var h parley.Hash
			if err := r.Scan(hash{&h}); err != nil {
				return err
			}
			list = append(list, h)
			return nil
		})
	return list, err
}

// Used lists where nonces stand in one journal already; a nonce of several bodies
// is listed for each.
func (t *Tx) Used(journal int64, nonces []parley.Nonce) ([]Entry, error) {
	var list []Entry
	for chunk := range slices.Chunk(nonces, 64) {
		n := 1 // few texts: the list is filled up by repeating its last member
		for n < len(chunk) {
			n *= 4
		}
		args := []any{journal}
		for i := range n {
			args = append(args, chunk[min(i, len(chunk)-1)][:])
		}
		err := t.query(usedTexts[n], args, func(r *sql.Rows) error {
			var e Entry
			if err := r.Scan((*int64bits)(&e.Index), octets(e.ID[:]), &e.From, octets(e.Nonce[:]), hash{&e.Part}, &e.Raw); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

var usedTexts = func() map[int]string {
	texts := map[int]string{}
	for n := 1; n <= 64; n *= 4 {
		texts[n] = `SELECT idx, id, author, nonce, part, raw FROM log_entry WHERE journal = $1 AND nonce IN (` + holders(2, n) + `)`
	}
	return texts
}()
