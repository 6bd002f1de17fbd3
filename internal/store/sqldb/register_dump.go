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
// numbers, and nothing else: registers are rebuilt in it beside the live ones. It
// does not wait for the disk. The caller closes it and removes the file.
func (d *DB) Scratch(ctx context.Context, path string) (*DB, error) {
	list, err := Read(ctx, d, func(t *Tx) ([]Journal, error) { return t.Journals() })
	if err != nil {
		return nil, err
	}
	if err := WriteEmpty(path); err != nil {
		return nil, err
	}
	s, err := OpenVolatile(ctx, path)
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
	{"view_check", "journal, idx, addressee"},
	{"view_contact", "journal, idx"},
	{"view_dirty", "agreement, thread"},
}

// DropRegisters removes every row of the registers: they are folded again from the log.
func (t *Tx) DropRegisters() error {
	for _, r := range registers {
		if _, err := t.exec(`DELETE FROM ` + r.table); err != nil {
			return err
		}
	}
	return nil
}

// RegisterDifference compares the registers of two databases, each as it is at one instant.
func RegisterDifference(ctx context.Context, a, b *DB) (diff string, err error) {
	err = a.View(ctx, func(ta *Tx) error {
		return b.View(ctx, func(tb *Tx) error {
			diff, err = ta.RegisterDifference(tb)
			return err
		})
	})
	return diff, err
}

// RegisterDifference compares the registers that two transactions see, row by
// row and in constant memory, and describes the first difference; "" where there
// is none. It names tables and columns; no text of a message is in them.
func (t *Tx) RegisterDifference(other *Tx) (string, error) {
	for _, r := range registers {
		diff, err := t.difference(other, `SELECT * FROM `+r.table+` ORDER BY `+r.key)
		if err != nil {
			return "", err
		}
		if diff != "" {
			return r.table + ": " + diff, nil
		}
	}
	return "", nil
}

func (t *Tx) difference(other *Tx, text string) (string, error) {
	var errA, errB error
	nextA, stopA := iter.Pull(t.rowTexts(text, &errA))
	defer stopA()
	nextB, stopB := iter.Pull(other.rowTexts(text, &errB))
	defer stopB()
	for {
		rowA, okA := nextA()
		rowB, okB := nextB()
		switch {
		case errA != nil:
			return "", errA
		case errB != nil:
			return "", errB
		case rowA != rowB || okA != okB:
			return fmt.Sprintf("one has %s, the other %s", orNone(rowA), orNone(rowB)), nil
		case !okA:
			return "", nil
		}
	}
}

func orNone(row string) string {
	if row == "" {
		return "no row"
	}
	return row
}

// errStopped ends a query whose reader wants no more rows.
var errStopped = parley.E(parley.Internal, "stopped")

// rowTexts is each row of a query in one text form.
func (t *Tx) rowTexts(text string, failed *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		err := t.query(text, nil, func(r *sql.Rows) error {
			row, err := rowText(r)
			if err == nil && !yield(row) {
				return errStopped
			}
			return err
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
