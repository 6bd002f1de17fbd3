package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// TestTwoSteps drives the bare protocol of c2sp.org/tlog-mirror, over full and
// partial packages.
func TestTwoSteps(t *testing.T) {
	l := newLine(t)
	before := uint64(0)
	for _, size := range []uint64{1, 2, 255, 256, 257, 300, 1030} {
		cp := l.write(int(size - before))
		if err := l.offer(cp); err != nil {
			t.Fatal(err)
		}
		l.putParts(before, size)
		r, err := l.upload(before, size, 99)
		if err != nil || r.Info != nil {
			t.Fatalf("to %d: %+v, %v", size, r.Info, err)
		}
		l.receipt(cp, r.Lines)
		if st := l.status(); st != (mirror.Status{Size: size, Pending: size, Next: size}) {
			t.Fatalf("%+v", st)
		}
		before = size
	}
	if c := l.check(); c.Entries != 1030 || c.Checkpoints != 7 || c.Cosignatures != 14 {
		t.Errorf("%+v", c)
	}
	note, err := l.m.Checkpoint(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := proof.OpenCheckpoint(note, storetest.Keys(l.aster.Log)...); err != nil {
		t.Error(err)
	}
}

// TestPush: one call, one transaction; a repeat gives the same bytes.
func TestPush(t *testing.T) {
	l := newLine(t)
	for _, n := range []int{1, 1, 5, 250, 3, 700} {
		cp := l.write(n)
		lines, err := l.push(cp)
		if err != nil {
			t.Fatal(err)
		}
		l.receipt(cp, lines)
		l.now = l.now.Add(time.Hour)
		again, err := l.push(cp)
		if err != nil || !bytes.Equal(lines, again) {
			t.Fatalf("a repeat gives other bytes: %v", err)
		}
		if r, err := l.upload(cp.Size, cp.Size, 0); err != nil || !bytes.Equal(lines, r.Lines) {
			t.Fatalf("add-entries of nothing gives other bytes: %v", err)
		}
	}
	l.check()
}

// TestConflicts: the 409s and 422s of the specifications.
func TestConflicts(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	cp := l.write(10)
	_, err := l.upload(0, 10, 9)
	want(t, err, parley.Untrusted) // never a pending checkpoint: 422
	if err := l.m.AddCheckpoint(ctx, 3, nil, cp.Note); wantAs[*mirror.SizeConflict](t, err).Size != 0 {
		t.Error("held size")
	}
	want(t, l.m.AddCheckpoint(ctx, 11, nil, cp.Note), parley.Invalid)
	if err := l.offer(cp); err != nil {
		t.Fatal(err)
	}
	if err := l.offer(cp); err != nil { // the same again is fine
		t.Fatal(err)
	}
	_, err = l.upload(0, 7, 9)
	if i := wantAs[*mirror.InfoConflict](t, err).Info; i.Size != 10 || i.Next != 0 {
		t.Errorf("%+v", i)
	}
	_, err = l.upload(5, 10, 9)
	if i := wantAs[*mirror.InfoConflict](t, err).Info; i.Size != 10 || i.Next != 0 {
		t.Errorf("%+v", i)
	}
	_, err = l.upload(0, 10, 0)
	want(t, err, parley.Invalid) // an empty body: 400
	if st := l.status(); st.Next != 0 {
		t.Errorf("%+v", st)
	}
	l.putParts(0, 10)
	if _, err := l.upload(0, 10, 9); err != nil {
		t.Fatal(err)
	}
	cp = l.write(600)
	if err := l.offer(cp); err != nil {
		t.Fatal(err)
	}
	l.putParts(10, 610)
	r, err := l.upload(10, 610, 1)
	if err != nil || r.Info == nil || r.Info.Next != 256 || r.Info.Size != 610 {
		t.Fatalf("a strict prefix: %+v, %v", r.Info, err) // 202
	}
	broken := errors.New("the connection broke")
	r, err = l.m.AddEntries(ctx, 256, 610, []byte("any ticket"), l.packages(256, 610, 1, broken))
	if err != nil || r.Info == nil || r.Info.Next != 512 {
		t.Fatalf("an interrupted body: %+v, %v", r.Info, err) // 202
	}
	_, err = l.m.AddEntries(ctx, 512, 610, nil, l.packages(512, 610, 0, broken))
	if !errors.Is(err, broken) {
		t.Fatal(err) // nothing came: the reader's error
	}
	_, err = l.upload(0, 610, 9)
	if i := wantAs[*mirror.InfoConflict](t, err).Info; i.Next != 512 {
		t.Errorf("too much again: %+v", i)
	}
	// A package that is not proven ends it; what came before stays.
	next := l.packages(512, 610, 9, io.EOF)
	_, err = l.m.AddEntries(ctx, 512, 610, nil, func() (mirror.Package, error) {
		p, err := next()
		p.Entries[3] = append([]byte("x"), p.Entries[3]...)
		return p, err
	})
	want(t, err, parley.Untrusted)
	if r, err := l.upload(400, 610, 9); err != nil { // entries that are held may be repeated
		t.Fatal(err)
	} else {
		l.receipt(cp, r.Lines)
	}
	_, err = l.upload(10, 10, 9)
	wantAs[*mirror.InfoConflict](t, err) // behind the mirror
	l.check()
}

// TestSignatures: who did not sign, or not with both keys, is told so.
func TestSignatures(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	cp := l.write(1)
	one, err := proof.SignCheckpoint(l.aster.Origin, 1, cp.Root, l.now, l.aster.Log[0])
	if err != nil {
		t.Fatal(err)
	}
	want(t, l.m.AddCheckpoint(ctx, 0, nil, one.Note), parley.Forbidden)
	flipped := bytes.Replace(cp.Note, []byte("\n1\n"), []byte("\n2\n"), 1)
	want(t, l.m.AddCheckpoint(ctx, 0, nil, flipped), parley.Forbidden)
	want(t, l.m.AddCheckpoint(ctx, 0, nil, []byte("nothing")), parley.Invalid)
}

// TestMissingPart: no cosignature without the part of an entry to us; entries to
// others do not matter; the author's gone lets the line go on. JOURNAL-44
func TestMissingPart(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	toOther := journal.Item{Ready: l.aster.Ready(corviaCert, 50), Body: l.aster.Sign}
	toUs := journal.Item{Ready: l.aster.Ready(boreaCert, 50), Body: l.aster.Sign}
	lost := parley.Sum(toUs.Ready.Sealed)
	cp := l.append(toOther, toUs)
	_, err := l.m.Push(ctx, mirror.Push{Note: cp.Note, Start: 0, Entries: l.entries(0, 2)})
	if m := wantAs[*mirror.Missing](t, err); len(m.Parts) != 1 || m.Parts[0] != lost {
		t.Fatalf("%v", m.Parts)
	}
	want(t, err, parley.Unavailable)
	if st := l.status(); st.Next != 0 {
		t.Errorf("a refused push left something: %+v", st)
	}
	if err := l.offer(cp); err != nil {
		t.Fatal(err)
	}
	_, err = l.upload(0, 2, 9)
	wantAs[*mirror.Missing](t, err)
	if st := l.status(); st.Next != 2 || st.Size != 0 {
		t.Errorf("%+v", st) // the entries stay, nothing is cosigned
	}
	gone := l.aster.Gone(t, boreaCert, lost)
	cp = l.append(journal.Item{Ready: gone, Body: l.aster.Sign})
	_, err = l.m.Push(ctx, mirror.Push{Note: cp.Note, Start: 2, Entries: l.entries(2, 3)})
	wantAs[*mirror.Missing](t, err) // gone itself is in clear, and owed
	lines, err := l.m.Push(ctx, mirror.Push{Note: cp.Note, Start: 2, Parts: [][]byte{gone.Sealed}, Entries: l.entries(2, 3)})
	if err != nil {
		t.Fatal(err)
	}
	l.receipt(cp, lines)
	l.check()
}

// TestJunkEntries: a mirror cosigns bytes; what is no entry owes no part. JOURNAL-47
func TestJunkEntries(t *testing.T) {
	l := newLine(t)
	edge := newEdge(t)
	raw := [][]byte{{}, []byte("junk"), bytes.Repeat([]byte{0xff}, 60000)}
	edge.add(raw...)
	cp := l.sign(3, edge.Root())
	lines, err := l.m.Push(context.Background(), mirror.Push{Note: cp.Note, Entries: raw})
	if err != nil {
		t.Fatal(err)
	}
	l.receipt(cp, lines)
	l.check()
}

// TestHugeSize: a claim without entries costs one row and stops nobody. JOURNAL-53
func TestHugeSize(t *testing.T) {
	l := newLine(t)
	if err := l.m.AddCheckpoint(context.Background(), 0, nil, l.sign(1<<61, proof.EmptyRoot()).Note); err != nil {
		t.Fatal(err)
	}
	_, err := l.m.AddEntries(context.Background(), 0, 1<<61, nil, func() (mirror.Package, error) { return mirror.Package{}, io.EOF })
	want(t, err, parley.Invalid)
	if st := l.status(); st.Next != 0 || st.Pending != 1<<61 {
		t.Errorf("%+v", st)
	}
}

// TestLimits: the agreement's limit refuses with a clear error, and time heals it. JOURNAL-48
func TestLimits(t *testing.T) {
	l := newLine(t)
	l.limits = mirror.Limits{EntriesPerDay: 10}
	l.reopen()
	l.m.Ready()
	if _, err := l.push(l.write(10)); err != nil {
		t.Fatal(err)
	}
	cp := l.write(15)
	_, err := l.push(cp)
	want(t, err, parley.Unavailable)
	t.Log(err)
	l.now = l.now.Add(24 * time.Hour)
	_, err = l.push(cp)
	want(t, err, parley.Unavailable)
	l.now = l.now.Add(24 * time.Hour)
	if _, err := l.push(cp); err != nil {
		t.Fatal(err)
	}
	l.limits = mirror.Limits{BytesPerDay: 100}
	l.reopen()
	part := make([]byte, 100000)
	want(t, l.m.PutPart(context.Background(), parley.Sum(part), part), parley.Invalid)
	part = part[:90000]
	want(t, l.m.PutPart(context.Background(), parley.Sum(part), part), parley.Unavailable)
	want(t, l.m.PutPart(context.Background(), parley.Hash{}, part), parley.Invalid)
}

// TestCrash stops a push at every write: all of it is there or nothing.
func TestCrash(t *testing.T) {
	crash := errors.New("crash")
	var first []byte
	for step := 1; ; step++ {
		l := newLine(t)
		if _, err := l.push(l.write(3)); err != nil {
			t.Fatal(err)
		}
		cp := l.write(70)
		calls, at := 0, ""
		l.db.SetFault(func(name string) error {
			if calls++; calls == step {
				at = name
				return fmt.Errorf("%s: %w", name, crash)
			}
			return nil
		})
		_, err := l.push(cp)
		if at == "" {
			if err != nil || step < 8 {
				t.Fatalf("step %d: %v", step, err)
			}
			return
		}
		if !errors.Is(err, crash) {
			t.Fatalf("step %d: %v", step, err)
		}
		l.reopen()
		size := uint64(3)
		if at == "committed" {
			size = 73
		}
		if c := l.check(); c.Entries != size || c.Parts != size || c.Cosignatures != map[uint64]uint64{3: 2, 73: 4}[size] {
			t.Errorf("crash at %q (step %d): %+v", at, step, c)
		}
		l.now = l.now.Add(time.Minute)
		if size == 3 {
			_, err = l.push(cp)
			want(t, err, parley.Unavailable) // it must ask first
			l.m.Ready()
		}
		lines, err := l.push(cp)
		if err != nil {
			t.Fatal(err)
		}
		l.receipt(cp, lines)
		if first == nil {
			first = lines
		}
		l.check()
	}
}

// TestConcurrentUploads: any number of streams of the same entries, some of them
// interrupted, end in one mirror and one receipt.
func TestConcurrentUploads(t *testing.T) {
	l := newLine(t)
	cp := l.write(900)
	if err := l.offer(cp); err != nil {
		t.Fatal(err)
	}
	l.putParts(0, 900)
	var mu sync.Mutex
	var receipts [][]byte
	var wg sync.WaitGroup
	for i := range 6 {
		wg.Go(func() {
			start := uint64(0)
			for {
				r, err := l.upload(start, 900, 1+i)
				var c *mirror.InfoConflict
				switch {
				case errors.As(err, &c):
					start = c.Next
				case err != nil:
					t.Error(err)
					return
				case r.Info != nil:
					start = r.Info.Next
				default:
					mu.Lock()
					receipts = append(receipts, r.Lines)
					mu.Unlock()
					return
				}
			}
		})
	}
	wg.Wait()
	for _, r := range receipts {
		l.receipt(cp, r)
		if !bytes.Equal(r, receipts[0]) {
			t.Error("two receipts for one size")
		}
	}
	if c := l.check(); c.Entries != 900 || c.Cosignatures != 2 {
		t.Errorf("%+v", c)
	}
}

// TestNewcomer begins at the size at accession, with the hashes that it needs. JOURNAL-52
func TestNewcomer(t *testing.T) {
	ctx := context.Background()
	for _, size := range []int{1, 5, 256, 300} {
		l := newLine(t)
		cp := l.write(size)
		peaks, err := mirror.Peaks(l.j.HashReader(ctx), cp.Size)
		if err != nil {
			t.Fatal(err)
		}
		l.db = l.open(t.TempDir() + "/newcomer.db")
		bad := append(peaks[:0:0], peaks...)
		bad[0][0] ^= 1
		_, err = mirror.Create(ctx, l.db, l.config(), &mirror.Start{Checkpoint: proof.RawCheckpoint(cp.Note), Peaks: bad})
		want(t, err, parley.Untrusted)
		l.m, err = mirror.Create(ctx, l.db, l.config(), &mirror.Start{Checkpoint: proof.RawCheckpoint(cp.Note), Peaks: peaks})
		if err != nil {
			t.Fatal(err)
		}
		at := cp.Size
		for _, n := range []int{1, 2, 600} {
			cp = l.write(n)
			if n == 2 {
				if lines, err := l.push(cp); err != nil {
					t.Fatal(err)
				} else {
					l.receipt(cp, lines)
				}
				at = cp.Size
				continue
			}
			if err := l.offer(cp); err != nil {
				t.Fatal(err)
			}
			l.putParts(at, cp.Size)
			if r, err := l.upload(at, cp.Size, 99); err != nil {
				t.Fatal(err)
			} else {
				l.receipt(cp, r.Lines)
			}
			at = cp.Size
		}
		for i := uint64(size); i < cp.Size; i += 7 {
			if _, err := proof.ProveInclusion(l.m.HashReader(ctx), i, cp.Size); err != nil {
				t.Fatalf("start %d: entry %d: %v", size, i, err)
			}
		}
		l.check()
	}
}

// TestNewcomerExport: a copy that began above 0 exports what it holds whole.
func TestNewcomerExport(t *testing.T) {
	ctx := context.Background()
	l := newLine(t)
	cp := l.write(300)
	peaks, err := mirror.Peaks(l.j.HashReader(ctx), cp.Size)
	if err != nil {
		t.Fatal(err)
	}
	l.db = l.open(t.TempDir() + "/newcomer.db")
	if l.m, err = mirror.Create(ctx, l.db, l.config(), &mirror.Start{Checkpoint: proof.RawCheckpoint(cp.Note), Peaks: peaks}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := l.push(l.write(250)); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := journal.Export(ctx, l.db, l.aster.Origin, dir); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"checkpoint": true, "tile/entries/000": false, "tile/entries/001": false, "tile/entries/002": true,
		"tile/0/001": false, "tile/0/002": true, "tile/entries/003.p/32": true} {
		if _, err := os.Stat(filepath.Join(dir, name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
