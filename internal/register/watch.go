package register

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// LastWatch is the newest statement of a body about its watch in one journal:
// by index, whatever its times say. ok is false where there is none. CALL-7
func (r *Register) LastWatch(ctx context.Context, journal parley.Origin, from parley.Body) (m Message, ok bool, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(journal)
		if err != nil {
			return err
		}
		rows, err := tx.WatchStatements(j.ID, from, 8)
		if err != nil {
			return err
		}
		for i := range rows {
			if rows[i].Void != "" {
				continue
			}
			list, err := r.read(tx, rows[i:i+1])
			if err != nil {
				return err
			}
			m, ok = list[0], true
			return nil
		}
		return nil
	})
	return m, ok, err
}
