package sqldb

import (
	"database/sql"

	"parley.example/parley"
)

// PutLaw notes entries that changed the law of an agreement, in the order in
// which they were applied. A repeated one keeps its place.
func (t *Tx) PutLaw(agreement parley.Hash, refs []parley.Ref) error {
	rows := make([]any, 0, len(refs)*3)
	for _, r := range refs {
		rows = append(rows, agreement[:], string(r.Origin), int64(r.Index))
	}
	return t.insert("view_law", "agreement, origin, idx", "ON CONFLICT DO NOTHING", 3, rows)
}

// DropLaw forgets those of one journal from an index on: a history that lost.
func (t *Tx) DropLaw(agreement parley.Hash, o parley.Origin, from uint64) error {
	_, err := t.exec(`DELETE FROM view_law WHERE agreement = $1 AND origin = $2 AND idx >= $3`, agreement[:], string(o), int64(from))
	return err
}

// Law lists them in that order.
func (t *Tx) Law(agreement parley.Hash) ([]parley.Ref, error) {
	var list []parley.Ref
	err := t.query(`SELECT origin, idx FROM view_law WHERE agreement = $1 ORDER BY seq`, []any{agreement[:]}, func(r *sql.Rows) error {
		var ref parley.Ref
		if err := r.Scan(&ref.Origin, (*int64bits)(&ref.Index)); err != nil {
			return err
		}
		list = append(list, ref)
		return nil
	})
	return list, err
}
