package sqldb

import (
	"database/sql"
	"encoding/hex"

	"parley.example/parley"
)

// FindPrefix lists entries whose message id begins with these hex digits (at
// least 8), in any journal.
func (t *Tx) FindPrefix(digits string, limit int) ([]parley.Ref, error) {
	low, err := hex.DecodeString(digits[:len(digits)&^1])
	if err != nil || len(low) < 4 || len(digits) > 64 {
		return nil, nil
	}
	high := append([]byte(nil), low...)
	for len(high) < 32 {
		high = append(high, 0xff)
	}
	var refs []parley.Ref
	err = t.query(`SELECT j.origin, e.idx, e.id FROM log_entry e JOIN log_journal j ON j.journal = e.journal
		WHERE e.id >= $1 AND e.id <= $2 ORDER BY e.id LIMIT $3`, []any{low, high, limit}, func(r *sql.Rows) error {
		var ref parley.Ref
		var id []byte
		if err := r.Scan(&ref.Origin, (*int64bits)(&ref.Index), &id); err != nil {
			return err
		}
		if hex.EncodeToString(id)[:len(digits)] == digits {
			refs = append(refs, ref)
		}
		return nil
	})
	return refs, err
}
