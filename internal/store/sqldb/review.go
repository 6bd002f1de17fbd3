package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// Reviewed is one entry as a review reads it.
type Reviewed struct {
	Index  uint64
	Raw    []byte
	Facts  []byte // nil where they are not open here
	Reason string // void by the entry alone or its inside; '' valid
	Folded bool   // Reason is known
}

// EachReviewed calls f with each entry of [start, end) in order.
func (t *Tx) EachReviewed(journal int64, start, end uint64, f func(Reviewed) error) error {
	return t.query(`SELECT e.idx, e.raw, f.facts, m.reason FROM log_entry e
		LEFT JOIN log_facts f ON f.journal = e.journal AND f.idx = e.idx
		LEFT JOIN view_message m ON m.journal = e.journal AND m.idx = e.idx
		WHERE e.journal = $1 AND e.idx >= $2 AND e.idx < $3 ORDER BY e.idx`,
		[]any{journal, int64(start), int64(end)}, func(r *sql.Rows) error {
			var x Reviewed
			var reason sql.NullString
			if err := r.Scan((*int64bits)(&x.Index), &x.Raw, &x.Facts, &reason); err != nil {
				return err
			}
			x.Reason, x.Folded = reason.String, reason.Valid
			return f(x)
		})
}

// SaidOf lists what the receipts of one journal that say a word are about, by their index.
func (t *Tx) SaidOf(journal int64, says string) (map[uint64][]parley.MessageID, error) {
	all := map[uint64][]parley.MessageID{}
	err := t.query(`SELECT idx, about FROM view_statement WHERE journal = $1 AND says = $2`, []any{journal, says}, func(r *sql.Rows) error {
		var index uint64
		var about []byte
		if err := r.Scan((*int64bits)(&index), &about); err != nil {
			return err
		}
		var id parley.MessageID
		copy(id[:], about)
		all[index] = append(all[index], id)
		return nil
	})
	return all, err
}

// FirstSaidAfter is the lowest index of an entry that its author says was written
// after an instant; ok is false where there is none.
func (t *Tx) FirstSaidAfter(journal int64, at time.Time) (uint64, bool, error) {
	return t.first(`SELECT idx FROM view_message WHERE journal = $1 AND said_at > $2 ORDER BY idx LIMIT 1`, journal, toMicros(at))
}
