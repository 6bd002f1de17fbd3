package sqldb

import (
	"context"
	"database/sql"

	"parley.example/parley"
)

// FeedRow is a feed as stored. Times are in microseconds.
type FeedRow struct {
	Name     string
	Settings string // JSON
	Cursor   string // JSON
	Due      int64
	Last     int64 // 0: never
	State    string
	Objects  int64
}

const feedColumns = `name, settings, cursor, due, last, state, objects`

var errNoFeed = parley.E(parley.NotFound, "there is no feed of this name").WithHint("`parley feed list` shows them")

// AddFeed is Conflict where the name is taken.
func (d *DB) AddFeed(ctx context.Context, r FeedRow) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`INSERT INTO feed (`+feedColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`, r.Name, r.Settings, r.Cursor, r.Due, r.Last, r.State, r.Objects)
		if err == nil && n == 0 {
			err = parley.E(parley.Conflict, "there is a feed of this name already").WithHint("choose another name, or remove that feed first")
		}
		return err
	})
}

// Feeds lists all feeds by name.
func (d *DB) Feeds(ctx context.Context) ([]FeedRow, error) {
	return Read(ctx, d, func(t *Tx) (out []FeedRow, err error) {
		err = t.query(`SELECT `+feedColumns+` FROM feed ORDER BY name`, nil, func(rows *sql.Rows) error {
			var r FeedRow
			err := rows.Scan(&r.Name, &r.Settings, &r.Cursor, &r.Due, &r.Last, &r.State, &r.Objects)
			out = append(out, r)
			return err
		})
		return out, err
	})
}

// Feed is NotFound where there is none of the name.
func (d *DB) Feed(ctx context.Context, name string) (FeedRow, error) {
	return Read(ctx, d, func(t *Tx) (r FeedRow, err error) {
		ok, err := t.one(`SELECT `+feedColumns+` FROM feed WHERE name = $1`, []any{name}, &r.Name, &r.Settings, &r.Cursor, &r.Due, &r.Last, &r.State, &r.Objects)
		if err == nil && !ok {
			err = errNoFeed
		}
		return r, err
	})
}

// SetFeed stores where a feed has come to; NotFound where it was removed meanwhile.
func (d *DB) SetFeed(ctx context.Context, r FeedRow) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`UPDATE feed SET cursor = $2, due = $3, last = $4, state = $5, objects = $6 WHERE name = $1`, r.Name, r.Cursor, r.Due, r.Last, r.State, r.Objects)
		if err == nil && n == 0 {
			err = errNoFeed
		}
		return err
	})
}

// RemoveFeed forgets a feed and its cursor; what it brought stays.
func (d *DB) RemoveFeed(ctx context.Context, name string) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`DELETE FROM feed WHERE name = $1`, name)
		if err == nil && n == 0 {
			err = errNoFeed
		}
		return err
	})
}
