package journal_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const borea = parley.Body("borea.example/cert")

// desk is an author with a database file, opened, closed and opened again.
type desk struct {
	*storetest.Author
	t    testing.TB
	path string
	keep journal.Keep
}

func newDesk(t testing.TB) *desk {
	keep, err := journal.NewKeep([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	return &desk{storetest.NewAuthor(t, "aster.example"), t, filepath.Join(t.TempDir(), "parley.db"), keep}
}

func (d *desk) open() *sqldb.DB {
	d.t.Helper()
	db, err := sqldb.Open(context.Background(), d.path)
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { db.Close() })
	return db
}

func (d *desk) config() journal.Config {
	return journal.Config{Origin: d.Origin, Agreement: storetest.Agreement, Keys: d.Log, Keep: d.keep}
}

func (d *desk) create(db *sqldb.DB) *journal.Journal {
	d.t.Helper()
	j, err := journal.Create(context.Background(), db, d.config(), storetest.Start)
	if err != nil {
		d.t.Fatal(err)
	}
	return j
}

func (d *desk) items(n int) []journal.Item {
	list := make([]journal.Item, n)
	for i := range list {
		list[i] = journal.Item{Ready: d.Ready(borea, 500), Body: d.Sign}
	}
	return list
}

func (d *desk) append(j *journal.Journal, n int) proof.Checkpoint {
	d.t.Helper()
	_, cp, err := j.Append(context.Background(), storetest.Start, nil, d.items(n))
	if err != nil {
		d.t.Fatal(err)
	}
	return cp
}

func (d *desk) check(db *sqldb.DB) journal.Checked {
	d.t.Helper()
	c, err := journal.Check(context.Background(), db, d.Origin, storetest.Keys(d.Log), nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// TestAppendAndProve: over sizes around full tiles, every checkpoint is signed by
// both keys, continues the one before, and proves each of its entries.
func TestAppendAndProve(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	db := d.open()
	j := d.create(db)
	var before proof.Checkpoint
	for _, size := range []uint64{1, 2, 3, 254, 255, 256, 257, 511, 512, 513, 700} {
		cp := d.append(j, int(size-before.Size))
		opened, err := proof.OpenCheckpoint(cp.Note, storetest.Keys(d.Log)...)
		if err != nil || opened.Size != size || !opened.Same(cp) {
			t.Fatalf("checkpoint of size %d: %v, %v", size, opened, err)
		}
		path, err := proof.ProveConsistency(j.HashReader(ctx), before.Size, size)
		if err != nil {
			t.Fatal(err)
		}
		root := before.Root
		if before.Size == 0 {
			root = proof.EmptyRoot()
		}
		if err := proof.CheckConsistency(path, before.Size, root, cp.Size, cp.Root); err != nil {
			t.Errorf("from %d to %d: %v", before.Size, size, err)
		}
		raw, err := j.Entries(ctx, before.Size, size)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range raw {
			index := before.Size + uint64(i)
			path, err := proof.ProveInclusion(j.HashReader(ctx), index, size)
			if err == nil {
				err = proof.CheckInclusion(path, index, tlog.RecordHash(b), size, cp.Root)
			}
			if err != nil {
				t.Fatalf("entry %d in %d: %v", index, size, err)
			}
			env, err := seal.ParseEntry(b)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Part(ctx, env.Part); err != nil {
				t.Error(err)
			}
		}
		before = cp
	}
	if c := d.check(db); c.Entries != 700 || c.Checkpoints != 11 || c.Parts != 700 {
		t.Errorf("checked %+v", c)
	}
	wrapped, err := sqldb.Read(ctx, db, func(tx *sqldb.Tx) ([]byte, error) {
		row, err := tx.Journal(d.Origin)
		if err != nil {
			return nil, err
		}
		b, _, err := tx.FileKey(row.ID, 17)
		return b, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.keep.Unwrap(journal.KeyLabel(parley.Ref{Origin: d.Origin, Index: 17}), wrapped); err != nil {
		t.Error(err)
	}
	if _, err := d.keep.Unwrap(journal.KeyLabel(parley.Ref{Origin: d.Origin, Index: 18}), wrapped); parley.KindOf(err) != parley.Untrusted {
		t.Errorf("a key moved to another entry unwraps: %v", err)
	}
}

// TestRepeat: the same nonce is the same message, within a call and across calls.
func TestRepeat(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	j := d.create(d.open())
	items := d.items(3)
	first, cp, err := j.Append(ctx, storetest.Start, nil, append(items, items[1]))
	if err != nil || cp.Size != 3 {
		t.Fatal(cp.Size, err)
	}
	if !first[3].Repeat || first[3].Ref != first[1].Ref {
		t.Errorf("repeat within a call: %+v", first[3])
	}
	again, cp2, err := j.Append(ctx, storetest.Start.Add(time.Hour), nil, items)
	if err != nil || !cp2.Same(cp) {
		t.Fatal(cp2.Size, err)
	}
	for i, a := range again {
		if !a.Repeat || a.Ref != first[i].Ref || a.ID != first[i].ID || string(a.Raw) != string(first[i].Raw) {
			t.Errorf("item %d: %+v", i, a)
		}
	}
}

// TestOutbox: a message leaves the outbox in the transaction that appends it.
func TestOutbox(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	db := d.open()
	j := d.create(db)
	r := d.Ready(borea, 100)
	lines, err := seal.Sign(r, storetest.Start, nil, d.Sign)
	if err != nil {
		t.Fatal(err)
	}
	env, err := seal.ParseEntry(lines)
	if err != nil {
		t.Fatal(err)
	}
	put := func() (fresh bool) {
		err := db.Update(ctx, func(tx *sqldb.Tx) (err error) {
			fresh, err = tx.PutOutgoing(sqldb.Outgoing{Origin: d.Origin, Body: env.From, Nonce: env.Nonce, State: sqldb.Ready,
				Rank: parley.Flash.Rank(), Hold: storetest.Start, Queued: storetest.Start, Payload: []byte("sealed")})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return fresh
	}
	if !put() || put() {
		t.Error("the same nonce is queued twice, or not at all")
	}
	db.SetFault(func(step string) error {
		if step == "commit" {
			return errors.New("power cut")
		}
		return nil
	})
	item := journal.Item{Ready: r, Body: d.Sign, Queued: true}
	if _, _, err := j.Append(ctx, storetest.Start, nil, []journal.Item{item}); err == nil {
		t.Fatal("appended without a commit")
	}
	db.SetFault(nil)
	count := func() int {
		list, err := sqldb.Read(ctx, db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outbox(d.Origin) })
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if count() != 1 {
		t.Error("the outbox lost a message that was not appended")
	}
	if _, _, err := j.Append(ctx, storetest.Start, nil, []journal.Item{item}); err != nil {
		t.Fatal(err)
	}
	if count() != 0 {
		t.Error("an appended message is still in the outbox")
	}
}

// TestCrash stops at every write of an Append and opens again: the entries are all
// there or none is, everything verifies, and the same call then does it once.
func TestCrash(t *testing.T) {
	ctx := context.Background()
	crash := errors.New("crash")
	for step := 1; ; step++ {
		d := newDesk(t)
		db := d.open()
		j := d.create(db)
		d.append(j, 3)
		items := d.items(70)
		calls, at := 0, ""
		db.SetFault(func(name string) error {
			if calls++; calls == step {
				at = name
				return fmt.Errorf("%s: %w", name, crash)
			}
			return nil
		})
		_, _, err := j.Append(ctx, storetest.Start, nil, items)
		if at == "" { // all steps are behind us
			if err != nil || step < 8 {
				t.Fatalf("step %d: %v", step, err)
			}
			return
		}
		if !errors.Is(err, crash) {
			t.Fatalf("step %d: %v", step, err)
		}
		db.Close()
		db = d.open()
		want := uint64(3)
		if at == "committed" {
			want = 73
		}
		if c := d.check(db); c.Entries != want || c.Parts != want {
			t.Errorf("crash at %q (step %d): %+v, want %d entries", at, step, c, want)
		}
		j, err = journal.Open(ctx, db, d.config())
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := j.Append(ctx, storetest.Start, nil, items); parley.KindOf(err) != parley.Unavailable {
			t.Fatalf("spoke before it asked: %v", err)
		}
		if err := j.Override(ctx, storetest.Start, "officer"); err != nil {
			t.Fatal(err)
		}
		if _, cp, err := j.Append(ctx, storetest.Start, nil, items); err != nil || cp.Size != 73 {
			t.Fatalf("step %d: size %d, %v", step, cp.Size, err)
		}
		if c := d.check(db); c.Entries != 73 {
			t.Errorf("step %d: %+v", step, c)
		}
	}
}

// TestTwoProcesses: two that append to one file never make two histories.
func TestTwoProcesses(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	first := d.open()
	d.append(d.create(first), 1)
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 2 {
		j, err := journal.Open(ctx, d.open(), d.config())
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Override(ctx, storetest.Start, "officer"); err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 40 {
				mu.Lock()
				items := d.items(2)
				mu.Unlock()
				_, _, err := j.Append(ctx, storetest.Start, nil, items)
				if err != nil && parley.KindOf(err) != parley.Unavailable {
					t.Error(err)
				}
				if err == nil {
					mu.Lock()
					done += 2
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if c := d.check(first); c.Entries != uint64(done+1) || done == 0 {
		t.Errorf("%+v after %d appended", c, done)
	}
}

// TestRefuse: what never becomes an entry, and why.
func TestRefuse(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	db := d.open()
	j := d.create(db)
	foreign := storetest.NewAuthor(t, "corvia.example")
	other := d.Ready(borea, 10)
	other.Sealed = []byte("something else")
	for _, c := range []struct {
		name string
		item journal.Item
	}{
		{"another journal's", journal.Item{Ready: foreign.Ready(borea, 10), Body: foreign.Sign}},
		{"another part", journal.Item{Ready: other, Body: d.Sign}},
		{"no lines", journal.Item{Ready: &seal.Ready{Lines: []byte("nothing\n")}, Body: d.Sign}},
	} {
		if _, _, err := j.Append(ctx, storetest.Start, nil, []journal.Item{c.item}); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := journal.Create(ctx, db, d.config(), storetest.Start); parley.KindOf(err) != parley.Conflict {
		t.Errorf("created twice: %v", err)
	}
	cp := d.append(j, 1)
	next := parley.Origin("aster.example/00000000000000ff")
	if err := j.Close(ctx, storetest.Start, cp.Size, cp.Root, next); err != nil {
		t.Fatal(err)
	}
	if _, _, err := j.Append(ctx, storetest.Start, nil, d.items(1)); parley.KindOf(err) != parley.Conflict {
		t.Errorf("appended to a closed journal: %v", err)
	}
	if err := j.Close(ctx, storetest.Start, cp.Size, cp.Root, d.Origin); parley.KindOf(err) != parley.Conflict {
		t.Errorf("closed for two successors: %v", err)
	}
}
