package sqldb

import (
	"context"
	"database/sql"
)

// ActRow is something that an officer did at the desk.
type ActRow struct {
	At      int64 // microseconds
	Officer string
	Act     string
	Message string
}

// AddAct records an act.
func (d *DB) AddAct(ctx context.Context, a ActRow) error {
	return d.Update(ctx, func(t *Tx) error {
		_, err := t.exec(`INSERT INTO officer_act (at, officer, act, message) VALUES ($1, $2, $3, $4)`, a.At, a.Officer, a.Act, a.Message)
		return err
	})
}

// Acts lists what was done about a message, oldest first.
func (d *DB) Acts(ctx context.Context, message string) ([]ActRow, error) {
	return Read(ctx, d, func(t *Tx) (out []ActRow, err error) {
		err = t.query(`SELECT at, officer, act, message FROM officer_act WHERE message = $1 ORDER BY id`, []any{message}, func(rows *sql.Rows) error {
			var a ActRow
			err := rows.Scan(&a.At, &a.Officer, &a.Act, &a.Message)
			out = append(out, a)
			return err
		})
		return out, err
	})
}
