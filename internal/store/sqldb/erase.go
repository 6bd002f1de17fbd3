package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// OrderErasure records that a part is to go, and why; the first reason stays. Its
// octets go with ErasePart.
func (t *Tx) OrderErasure(journal int64, part parley.Hash, reason string, at time.Time) error {
	_, err := t.exec(`INSERT INTO log_erased (journal, part, erased_at, reason) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		journal, part[:], toMicros(at), reason)
	return err
}

// Ordered is a part whose erasure was ordered and that is still held, with the first
// entry that names it.
type Ordered struct {
	Journal int64
	Index   uint64
	Part    parley.Hash
	Reason  string
}

// OrderedErasures lists them, at most limit.
func (t *Tx) OrderedErasures(limit int) ([]Ordered, error) {
	var list []Ordered
	err := t.query(`SELECT x.journal, MIN(e.idx), x.part, x.reason FROM log_erased x
		JOIN log_part p ON p.journal = x.journal AND p.hash = x.part
		JOIN log_entry e ON e.journal = x.journal AND e.part = x.part
		GROUP BY x.journal, x.part, x.reason ORDER BY 1, 2 LIMIT $1`, []any{limit}, func(r *sql.Rows) error {
		var o Ordered
		if err := r.Scan(&o.Journal, (*int64bits)(&o.Index), hash{&o.Part}, &o.Reason); err != nil {
			return err
		}
		list = append(list, o)
		return nil
	})
	return list, err
}

// Kept is an opened message whose part is held.
type Kept struct {
	Place
	Stored time.Time
	Waits  bool // for a person of ours
}

// KeptAfter lists opened messages of a kind in the order in which they were stored,
// those behind after (the zero one: from the first), at most limit.
func (t *Tx) KeptAfter(kind parley.Kind, after Kept, limit int) ([]Kept, error) {
	var list []Kept
	err := t.query(`SELECT journal, idx, stored_at, waits FROM view_message WHERE kind = $1 AND inside = 'opened' AND reason = ''
		AND (stored_at > $2 OR stored_at = $2 AND (journal > $3 OR journal = $3 AND idx > $4))
		ORDER BY stored_at, journal, idx LIMIT $5`,
		[]any{string(kind), toMicros(after.Stored), after.Journal, int64(after.Index), limit}, func(r *sql.Rows) error {
			var k Kept
			if err := r.Scan(&k.Journal, (*int64bits)(&k.Index), micros{&k.Stored}, &k.Waits); err != nil {
				return err
			}
			list = append(list, k)
			return nil
		})
	return list, err
}
