package sqldb

import (
	"context"
	"database/sql"

	"parley.example/parley"
)

// fits says whether a database has each column that the migrations make: one whose
// migrations were others, under the same numbers, is refused before anything is asked of
// it. What it has besides is no fault: a newer binary may have made that.
func fits(ctx context.Context, db *sql.DB) error {
	model, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return parley.E(parley.Internal, "open database: %w", err)
	}
	defer model.Close()
	model.SetMaxOpenConns(1) // each connection has a memory of its own
	if err := migrate(ctx, model); err != nil {
		return err
	}
	want, err := columns(ctx, model)
	if err != nil {
		return err
	}
	have, err := columns(ctx, db)
	if err != nil {
		return err
	}
	there := map[column]bool{}
	for _, c := range have {
		there[c] = true
	}
	for _, c := range want {
		if !there[c] {
			return parley.E(parley.Conflict, "the database was made by another version of this program: its table %s has no column %s, and no migration adds it", c.table, c.name).
				WithHint("serve it with the version that made it; or move this home away, and restore a backup or make a new one with this version")
		}
	}
	return nil
}

// column is one of a table; both names as the migrations spell them.
type column struct{ table, name string }

// columns are those of all tables, in order.
func columns(ctx context.Context, db *sql.DB) (list []column, err error) {
	rows, err := db.QueryContext(ctx, `SELECT t.name, c.name FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY t.name, c.cid`)
	if err != nil {
		return nil, storeError(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c column
		if err := rows.Scan(&c.table, &c.name); err != nil {
			return nil, storeError(err)
		}
		list = append(list, c)
	}
	return list, storeError(rows.Err())
}
