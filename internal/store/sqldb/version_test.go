package sqldb

import (
	"context"
	"errors"
	"testing"

	"parley.example/parley"
)

// A version counts commits, and nothing else; what is cached is read again after each.
func TestVersion(t *testing.T) {
	db := openTest(t)
	ctx := context.Background()
	put := func(value string, fails error) error {
		return db.Update(ctx, func(tx *Tx) error {
			if err := tx.SetSetting("a/b", []byte(value)); err != nil {
				return err
			}
			return fails
		})
	}
	var c Cached[string]
	reads := 0
	get := func(want string, wantReads int) {
		t.Helper()
		got, err := c.Get(db, Settings(), func() (string, error) {
			reads++
			return Read(ctx, db, func(tx *Tx) (string, error) { v, _, err := tx.Setting("a/b"); return string(v), err })
		})
		if err != nil || got != want || reads != wantReads {
			t.Errorf("%q after %d reads, %v: want %q after %d", got, reads, err, want, wantReads)
		}
	}
	get("", 1)
	get("", 1)
	if err := put("one", nil); err != nil {
		t.Fatal(err)
	}
	get("one", 2)
	stop := errors.New("rolled back")
	if err := put("two", stop); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	get("one", 2)
	for _, step := range []string{"commit", "committed"} { // a crash before, and one after
		db.SetFault(func(s string) error {
			if s == step {
				return stop
			}
			return nil
		})
		if err := put("at "+step, nil); !errors.Is(err, stop) {
			t.Fatal(err)
		}
		db.SetFault(nil)
	}
	get("at committed", 3)
	if db.Version(Outbox()) != 0 {
		t.Error("another topic counted")
	}
	// what cannot be read is not remembered
	if _, err := new(Cached[int]).Get(db, Outbox(), func() (int, error) { return 0, stop }); !errors.Is(err, stop) {
		t.Errorf("%v: want the error", err)
	}
}

// Journals are numbered from 16: see PutJournal.
func TestJournalNumbers(t *testing.T) {
	db := openTest(t)
	update(t, db, func(tx *Tx) error {
		for i, o := range []string{"aster.example/0123456789abcdef", "borea.example/0123456789abcdef"} {
			j, err := tx.PutJournal(Journal{Origin: parley.Origin(o), Party: "aster.example", Role: Ours, Opened: day0})
			if err != nil {
				return err
			}
			if j.ID != int64(16+i) {
				t.Errorf("number %d: want %d", j.ID, 16+i)
			}
		}
		return nil
	})
}
