package mirror_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// source is a mirror as the author asks it, with a fault switched on where corrupt.
type source struct {
	*line
	corrupt bool
}

func (s source) Entries(ctx context.Context, start, end uint64) ([][]byte, error) {
	raw, err := s.m.Entries(ctx, start, end)
	if s.corrupt && err == nil {
		raw[0] = append([]byte("x"), raw[0]...)
	}
	return raw, err
}
func (s source) Hashes(ctx context.Context) tlog.HashReader { return s.m.HashReader(ctx) }
func (s source) Part(ctx context.Context, h parley.Hash) ([]byte, error) {
	return s.m.Part(ctx, h)
}

// restored is Aster's journal from a backup of its database.
func (l *line) restored(backup []byte) (*journal.Journal, *sqldb.DB) {
	l.t.Helper()
	path := filepath.Join(l.t.TempDir(), "restored.db")
	if err := os.WriteFile(path, backup, 0o600); err != nil {
		l.t.Fatal(err)
	}
	db := l.open(path)
	j, err := journal.Open(context.Background(), db, l.journalConfig())
	if err != nil {
		l.t.Fatal(err)
	}
	return j, db
}

func backup(t testing.TB, db *sqldb.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := db.Backup(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestRestoredAuthor: an older copy asks, fetches its own tail back, and goes on
// without a fork. JOURNAL-24, JOURNAL-25
func TestRestoredAuthor(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	own := l.open(filepath.Join(t.TempDir(), "aster.db"))
	j, err := journal.Create(ctx, own, l.journalConfig(), l.now)
	if err != nil {
		t.Fatal(err)
	}
	l.j = j
	if _, err := l.push(l.write(100)); err != nil {
		t.Fatal(err)
	}
	old := backup(t, own)
	if _, err := l.push(l.write(700)); err != nil {
		t.Fatal(err)
	}
	note, err := l.m.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	j, db := l.restored(old)
	item := journal.Item{Ready: l.aster.Ready(boreaCert, 10), Body: l.aster.Sign}
	_, _, err = j.Append(ctx, l.now, nil, []journal.Item{item})
	want(t, err, parley.Unavailable)
	_, err = j.Resume(ctx, l.now, nil)
	want(t, err, parley.Unavailable)
	// A liar proves nothing; a witness alone says only that something is missing.
	forged := bytes.Replace(bytes.Clone(note), []byte("\n800\n"), []byte("\n900\n"), 1)
	r, err := j.Resume(ctx, l.now, []journal.Held{{Who: "liar", Note: forged}})
	want(t, err, parley.Unavailable)
	if len(r.Ignored) != 1 {
		t.Errorf("%+v", r)
	}
	_, err = j.Resume(ctx, l.now, []journal.Held{{Who: "witness", Note: note}})
	want(t, err, parley.Unavailable)
	_, err = j.Resume(ctx, l.now, []journal.Held{{Who: "borea.example", Note: note, Source: source{l, true}}})
	want(t, err, parley.Unavailable)
	if !j.Asking() {
		t.Fatal("it speaks after it was given lies")
	}
	r, err = j.Resume(ctx, l.now, []journal.Held{{Who: "corvia.example"}, {Who: "borea.example", Note: note, Source: source{l, false}}})
	if err != nil || r.Before != 100 || r.After != 800 || r.From != "borea.example" || len(r.Missing) != 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	c, err := journal.Check(ctx, db, l.aster.Origin, storetest.Keys(l.aster.Log), storetest.Keys(l.borea.Mirror))
	if err != nil || c.Entries != 800 || c.Parts != 800 {
		t.Fatalf("%+v, %v", c, err)
	}
	l.j = j
	if _, err := l.push(l.append(item)); err != nil {
		t.Fatal("not the same history:", err)
	}
	l.check()
}

// TestInterruptedResume: half a tail is not spoken after, not even by override.
func TestInterruptedResume(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	empty := func() (*journal.Journal, *sqldb.DB) {
		db := l.open(filepath.Join(t.TempDir(), "empty.db"))
		j, err := journal.Create(ctx, db, l.journalConfig(), l.now)
		if err != nil {
			t.Fatal(err)
		}
		return j, db
	}
	if _, err := l.push(l.write(600)); err != nil {
		t.Fatal(err)
	}
	note, err := l.m.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	j, db := empty()
	writes := 0
	db.SetFault(func(step string) error {
		if step == "commit" {
			if writes++; writes == 2 {
				return parley.E(parley.Unavailable, "power cut")
			}
		}
		return nil
	})
	held := []journal.Held{{Who: "borea.example", Note: note, Source: source{l, false}}}
	_, err = j.Resume(ctx, l.now, held)
	want(t, err, parley.Unavailable)
	db.SetFault(nil)
	if j, err = journal.Open(ctx, db, l.journalConfig()); err != nil {
		t.Fatal(err)
	}
	if err := j.Override(ctx, l.now, "officer"); err != nil {
		t.Fatal(err)
	}
	item := journal.Item{Ready: l.aster.Ready(boreaCert, 10), Body: l.aster.Sign}
	_, _, err = j.Append(ctx, l.now, nil, []journal.Item{item})
	want(t, err, parley.Unavailable)
	if r, err := j.Resume(ctx, l.now, held); err != nil || r.Before != 256 || r.After != 600 {
		t.Fatalf("%+v, %v", r, err)
	}
	l.j = j
	if _, err := l.push(l.append(item)); err != nil {
		t.Fatal(err)
	}
}

// TestAuthorWithOtherHistory: our own signature under what we do not hold ends the journal. JOURNAL-26
func TestAuthorWithOtherHistory(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	l.write(20)
	cheat, _ := l.rewritten(10, 3)
	_, err := l.j.Resume(ctx, l.now, []journal.Held{{Who: "borea.example", Note: l.sign(10, cheat.Root()).Note}})
	want(t, err, parley.Conflict)
}

// TestRestoredMirror: a mirror from an older copy is told what it cosigned, cosigns
// nothing smaller, and gives the same bytes out again. JOURNAL-51
func TestRestoredMirror(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(10)); err != nil {
		t.Fatal(err)
	}
	old := backup(t, l.db)
	middle := l.write(10)
	cp := l.write(10)
	lines, err := l.push(cp)
	if err != nil {
		t.Fatal(err)
	}
	note, err := l.m.Checkpoint(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l.db.Close()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		os.Remove(l.path + suffix)
	}
	if err := os.WriteFile(l.path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	l.reopen()
	l.now = l.now.Add(time.Hour)
	_, err = l.push(middle)
	want(t, err, parley.Unavailable)
	want(t, l.m.LearnOwn(ctx, cp.Note), parley.Untrusted) // without our lines
	if err := l.m.LearnOwn(ctx, note); err != nil {
		t.Fatal(err)
	}
	l.m.Ready()
	_, err = l.push(middle)
	want(t, err, parley.Conflict) // smaller than what we signed
	again, err := l.push(cp)
	if err != nil || !bytes.Equal(lines, again) {
		t.Fatalf("other bytes for a size that was cosigned: %v", err)
	}
	if err := l.m.LearnOwn(ctx, note); err != nil {
		t.Fatal(err)
	}
	next := l.write(1)
	if _, err := l.push(next); err != nil {
		t.Fatal(err)
	}
	l.check()
}

// TestLearnedFork: what we cosigned contradicts what we are given now.
func TestLearnedFork(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	if _, err := l.push(l.write(10)); err != nil {
		t.Fatal(err)
	}
	cheat, _ := l.rewritten(10, 3)
	b := l.sign(10, cheat.Root())
	own, err := proof.Cosign(b, l.now, l.borea.Mirror...)
	if err != nil {
		t.Fatal(err)
	}
	l.stopped(l.m.LearnOwn(ctx, b.WithCosignatures(own...)))
}
