package storetest

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Open opens a fresh, empty database of one dialect, closed when the test ends.
type Open func(t testing.TB) *sqldb.DB

// Run is the suite that every dialect must pass: one call in its test.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		test func(*testing.T, *sqldb.DB)
	}{
		{"transactions", transactions},
		{"journals", journals},
		{"entries", entries},
		{"tree", tree},
		{"checkpoints", checkpoints},
		{"pending", pending},
		{"cosignatures", cosignatures},
		{"parts", parts},
		{"facts and keys", factsAndKeys},
		{"agreements", agreements},
		{"outbox", outbox},
		{"audiences", audiences},
		{"prefetch", prefetch},
		{"sequenced", sequenced},
		{"alarms", alarms},
		{"evidence", evidence},
		{"settings", settings},
		{"usage", usage},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, open(t)) })
	}
}

// update and view run f and fail the test on an error.
func update(t *testing.T, db *sqldb.DB, f func(*sqldb.Tx) error) {
	t.Helper()
	if err := db.Update(context.Background(), f); err != nil {
		t.Fatal(err)
	}
}

func view[T any](t *testing.T, db *sqldb.DB, f func(*sqldb.Tx) (T, error)) T {
	t.Helper()
	v, err := sqldb.Read(context.Background(), db, f)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func kind(t *testing.T, what string, err error, want parley.ErrorKind) {
	t.Helper()
	if err == nil || parley.KindOf(err) != want {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

// some registers a journal to hang rows on.
func some(t *testing.T, db *sqldb.DB, origin parley.Origin, role sqldb.Role) sqldb.Journal {
	t.Helper()
	var j sqldb.Journal
	update(t, db, func(tx *sqldb.Tx) (err error) {
		j, err = tx.PutJournal(sqldb.Journal{Origin: origin, Agreement: Agreement, Party: origin.Party(), Role: role, Opened: Start})
		return err
	})
	return j
}

const (
	asterLog parley.Origin = "aster.example/0123456789abcdef"
	boreaLog parley.Origin = "borea.example/fedcba9876543210"
)

func transactions(t *testing.T, db *sqldb.DB) {
	ctx := context.Background()
	get := func() string {
		return view(t, db, func(tx *sqldb.Tx) (string, error) {
			b, _, err := tx.Setting("x")
			return string(b), err
		})
	}
	set := func(v string) error {
		return db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting("x", []byte(v)) })
	}
	if err := set("1"); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("stop")
	err := db.Update(ctx, func(tx *sqldb.Tx) error {
		if err := tx.SetSetting("x", []byte("2")); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) || get() != "1" {
		t.Errorf("an error left something behind: %v, %q", err, get())
	}
	func() {
		defer func() { recover() }()
		db.Update(ctx, func(tx *sqldb.Tx) error {
			tx.SetSetting("x", []byte("3"))
			panic("stop")
		})
	}()
	if get() != "1" {
		t.Errorf("a panic left %q behind", get())
	}
	for step, want := range map[string]string{"begin": "1", "exec": "1", "commit": "1", "committed": "4"} {
		db.SetFault(func(s string) error {
			if s == step {
				return stop
			}
			return nil
		})
		if err := set("4"); !errors.Is(err, stop) {
			t.Errorf("fault at %s: %v", step, err)
		}
		db.SetFault(nil)
		if get() != want {
			t.Errorf("fault at %s left %q, want %q", step, get(), want)
		}
		if err := set("1"); err != nil {
			t.Fatal(err)
		}
	}
	err = db.View(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting("x", nil) })
	kind(t, "write in View", err, parley.Internal)
	cancelled, cancel := context.WithCancel(ctx)
	err = db.Update(cancelled, func(tx *sqldb.Tx) error {
		cancel()
		return tx.SetSetting("x", []byte("5"))
	})
	if !errors.Is(err, context.Canceled) || get() != "1" {
		t.Errorf("cancelled: %v, %q", err, get())
	}
	// A reader sees one picture while a writer commits.
	err = db.View(ctx, func(tx *sqldb.Tx) error {
		before, _, err := tx.Setting("x")
		if err != nil {
			return err
		}
		if err := set("6"); err != nil {
			return err
		}
		after, _, err := tx.Setting("x")
		if string(before) != string(after) {
			t.Errorf("one view saw %q and %q", before, after)
		}
		return err
	})
	if err != nil || get() != "6" {
		t.Errorf("%v, %q", err, get())
	}
}
