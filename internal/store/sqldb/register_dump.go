package sqldb

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"iter"
	"strings"

	"parley.example/parley"
)

// Scratch makes a new database at path that knows the same journals by the same
// numbers, and nothing else: registers are rebuilt in it beside the live ones.
// The caller closes it and removes the file.
func (d *DB) Scratch(ctx context.Context, path string) (*DB, error) {
	list, err := Read(ctx, d, func(t *Tx) ([]Journal, error) { return t.Journals() })
	if err != nil {
		return nil, err
	}
	s, err := Open(ctx, path)
	if err != nil {
		return nil, err
	}
	err = s.Update(ctx, func(t *Tx) error {
		for _, j := range list {
			if _, err := t.exec(`INSERT INTO log_journal (`+journalColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
				j.ID, string(j.Origin), j.Agreement[:], string(j.Party), string(j.Role), int64(j.MinIndex), toMicros(j.Opened)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// registers are the tables that registers consist of, each with its key.
var registers = [...]struct{ table, key string }{
	{"view_position", "journal"},
	{"view_message", "journal, idx"},
	{"view_statement", "about, journal, idx, says, blob"},
	{"view_step", "journal, idx, place"},
	{"view_blob", "journal, idx, n"},
}

// RegisterDifference compares the registers of two databases row by row, in
// constant memory, and describes the first difference; "" where there is none.
// It names tables and keys, never what a message says.
func RegisterDifference(ctx context.Context, a, b *DB) (string, error) {
	for _, r := range registers {
		text := `SELECT * FROM ` + r.table + ` ORDER BY ` + r.key
		var errA, errB error
		nextA, stopA := iter.Pull(rowTexts(ctx, a, text, &errA))
		nextB, stopB := iter.Pull(rowTexts(ctx, b, text, &errB))
		diff := ""
		for {
			rowA, okA := nextA()
			rowB, okB := nextB()
			if rowA != rowB || okA != okB {
				diff = fmt.Sprintf("%s: one has %s, the other %s", r.table, orNone(rowA), orNone(rowB))
				break
			}
			if !okA {
				break
			}
		}
		stopA()
		stopB()
		if errA != nil || errB != nil {
			return "", parley.E(parley.Unavailable, "compare registers: %w", first(errA, errB))
		}
		if diff != "" {
			return diff, nil
		}
	}
	return "", nil
}

func orNone(row string) string {
	if row == "" {
		return "no row"
	}
	return row
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

var errStopped = parley.E(parley.Internal, "stopped")

// rowTexts is each row of a query in one text form.
func rowTexts(ctx context.Context, d *DB, text string, failed *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		err := d.View(ctx, func(t *Tx) error {
			return t.query(text, nil, func(r *sql.Rows) error {
				row, err := rowText(r)
				if err == nil && !yield(row) {
					return errStopped
				}
				return err
			})
		})
		if err != nil && err != error(errStopped) {
			*failed = err
		}
	}
}

func rowText(r *sql.Rows) (string, error) {
	names, err := r.Columns()
	if err != nil {
		return "", err
	}
	values, to := make([]any, len(names)), make([]any, len(names))
	for i := range values {
		to[i] = &values[i]
	}
	if err := r.Scan(to...); err != nil {
		return "", err
	}
	var b strings.Builder
	for i, v := range values {
		switch v := v.(type) {
		case []byte:
			fmt.Fprintf(&b, " %s=%s", names[i], hex.EncodeToString(v))
		default:
			fmt.Fprintf(&b, " %s=%v", names[i], v)
		}
	}
	return b.String()[1:], nil
}
