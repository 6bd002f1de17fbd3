package sqldb

import (
	"context"
	"database/sql"

	"parley.example/parley"
)

// TurnRow is a turn of watch. Ended is 0 while it runs.
type TurnRow struct {
	ID              int64
	Body, Officer   string
	Taken, Until    int64 // microseconds
	Ended           int64
	How, Next, Note string
	Matters         string // what was open when it ended, as package officer writes it
}

// TurnEnd is how a turn ends.
type TurnEnd struct {
	At              int64
	How, Next, Note string
	Matters         string
}

// TurnSwap ends the open turn of a body, where Open is its id (0: there must be
// none), and begins the next where Begin is not nil.
type TurnSwap struct {
	Body  string
	Open  int64
	End   TurnEnd
	Begin *TurnRow
}

const turnColumns = `id, body, officer, taken, until_at, ended, how, next, note, matters`

// OpenTurns gives the turns that have not ended, by body.
func (d *DB) OpenTurns(ctx context.Context) ([]TurnRow, error) {
	return Read(ctx, d, func(t *Tx) ([]TurnRow, error) {
		return t.turns(`SELECT ` + turnColumns + ` FROM watch_turn WHERE ended = 0 ORDER BY body`)
	})
}

// Turns gives the newest turns, open ones first.
func (d *DB) Turns(ctx context.Context, limit int) ([]TurnRow, error) {
	return Read(ctx, d, func(t *Tx) ([]TurnRow, error) {
		return t.turns(`SELECT `+turnColumns+` FROM watch_turn ORDER BY CASE WHEN ended = 0 THEN 0 ELSE 1 END, ended DESC, id DESC LIMIT $1`, limit)
	})
}

func (t *Tx) turns(query string, args ...any) (out []TurnRow, err error) {
	err = t.query(query, args, func(rows *sql.Rows) error {
		var r TurnRow
		err := rows.Scan(&r.ID, &r.Body, &r.Officer, &r.Taken, &r.Until, &r.Ended, &r.How, &r.Next, &r.Note, &r.Matters)
		out = append(out, r)
		return err
	})
	return out, err
}

// SwapTurns makes all changes, or none: Conflict where a body's open turn is not the expected one.
func (d *DB) SwapTurns(ctx context.Context, changes []TurnSwap) error {
	return d.Update(ctx, func(t *Tx) error {
		for _, c := range changes {
			if err := t.swapTurn(c); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t *Tx) swapTurn(c TurnSwap) error {
	var open int64
	if _, err := t.one(`SELECT id FROM watch_turn WHERE body = $1 AND ended = 0`, []any{c.Body}, &open); err != nil {
		return err
	}
	if open != c.Open {
		return parley.E(parley.Conflict, "the watch for %s has changed meanwhile", c.Body).WithHint("look again who has it")
	}
	if open != 0 {
		if _, err := t.exec(`UPDATE watch_turn SET ended = $2, how = $3, next = $4, note = $5, matters = $6 WHERE id = $1`,
			open, c.End.At, c.End.How, c.End.Next, c.End.Note, c.End.Matters); err != nil {
			return err
		}
	}
	if c.Begin == nil {
		return nil
	}
	_, err := t.exec(`INSERT INTO watch_turn (body, officer, taken, until_at) VALUES ($1, $2, $3, $4)`,
		c.Body, c.Begin.Officer, c.Begin.Taken, c.Begin.Until)
	return err
}
