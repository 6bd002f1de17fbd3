package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/proof"
)

// TestWalk goes at random, by seed, through everything an author can send and a
// machine can do: whole and broken uploads, pushes, repeats, crashes, junk. A size
// never has two receipts, nothing is lost that was receipted, and the line always
// comes through in the end.
func TestWalk(t *testing.T) {
	seeds := uint64(4)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		w := &walk{line: newLine(t), random: rand.New(rand.NewPCG(seed, 0)), receipts: map[uint64][]byte{}}
		w.cp = w.write(230)
		for range 50 {
			w.step()
		}
		w.db.SetFault(nil)
		w.m.Ready()
		lines, err := w.push(w.cp)
		for missing := (*mirror.Missing)(nil); errors.As(err, &missing); lines, err = w.push(w.cp) {
			for _, h := range missing.Parts { // the way of an author: what is asked for
				part, err := w.j.Part(context.Background(), h)
				if err != nil {
					t.Fatal(err)
				}
				if err := w.m.PutPart(context.Background(), h, part); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err != nil {
			t.Fatalf("seed %d: the line does not come through: %v", seed, err)
		}
		w.got(w.cp.Size, lines)
		w.check()
		for kind := range w.alarms() {
			t.Errorf("seed %d: an honest author is accused: %s", seed, kind)
		}
	}
}

type walk struct {
	*line
	random   *rand.Rand
	cp       proof.Checkpoint // the author's newest
	receipts map[uint64][]byte
}

// got keeps a receipt and compares it with an earlier one of that size.
func (w *walk) got(size uint64, lines []byte) {
	w.t.Helper()
	if old, ok := w.receipts[size]; ok && !bytes.Equal(old, lines) {
		w.t.Fatalf("two receipts for size %d", size)
	}
	w.receipts[size] = lines
	if st := w.status(); st.Size < size {
		w.t.Fatalf("a receipt for %d, and %+v is held", size, st)
	}
}

var errCrash = errors.New("crash")

func (w *walk) step() {
	w.now = w.now.Add(time.Second)
	st := w.status()
	switch w.random.IntN(9) {
	case 0, 1:
		w.cp = w.write(1 + w.random.IntN(30))
	case 2:
		w.allowed(w.offer(w.cp))
	case 3:
		w.putParts(st.Next, min(w.cp.Size, st.Next+40))
	case 4: // an upload that may break off
		if st.Pending < st.Next || st.Pending > w.cp.Size {
			return
		}
		last := []error{io.EOF, errors.New("the connection broke")}[w.random.IntN(2)]
		start := st.Next - min(st.Next, uint64(w.random.IntN(3)))
		r, err := w.m.AddEntries(context.Background(), start, st.Pending, nil, w.packages(start, st.Pending, w.random.IntN(3), last))
		if err == nil && r.Info == nil {
			w.got(st.Pending, r.Lines)
		}
	case 5:
		lines, err := w.push(w.cp)
		if err == nil {
			w.got(w.cp.Size, lines)
		}
		w.allowed(err)
	case 6: // a crash at some write of a push; the next start asks
		n := w.random.IntN(14)
		w.db.SetFault(func(string) error {
			if n--; n < 0 {
				return errCrash
			}
			return nil
		})
		lines, err := w.push(w.cp)
		w.db.SetFault(nil)
		if err == nil {
			w.got(w.cp.Size, lines)
		} else if !errors.Is(err, errCrash) {
			w.allowed(err)
		}
		w.reopen()
	case 7:
		w.m.Ready()
	case 8: // an old checkpoint, a wrong package
		old := w.random.Uint64N(w.cp.Size) + 1
		if cp, err := w.j.CheckpointAt(context.Background(), old); err == nil {
			w.allowed(w.m.AddCheckpoint(context.Background(), st.Pending, nil, cp.Note))
		}
		if st.Next < st.Pending {
			end := min(st.Pending, st.Next/256*256+256)
			raw := make([][]byte, end-st.Next)
			for i := range raw {
				raw[i] = []byte("junk")
			}
			sent := false
			_, err := w.m.AddEntries(context.Background(), st.Next, st.Pending, nil, func() (mirror.Package, error) {
				if sent {
					return mirror.Package{}, io.EOF
				}
				sent = true
				return mirror.Package{Entries: raw}, nil
			})
			want(w.t, err, parley.Untrusted)
		}
	}
}

// allowed are the refusals that an honest author may meet.
func (w *walk) allowed(err error) {
	w.t.Helper()
	switch k := parley.KindOf(err); {
	case err == nil, k == parley.Unavailable, k == parley.Conflict, k == parley.Invalid:
	default:
		w.t.Fatalf("%v: %v", k, err)
	}
}

// BenchmarkPush tells the time of one entry in pushes of 256: parts stored, tree
// grown, cosigned by both keys.
func BenchmarkPush(b *testing.B) {
	l := newLine(b)
	items := make([]journal.Item, 256)
	n := 0
	for b.Loop() {
		b.StopTimer()
		for i := range items {
			items[i] = journal.Item{Ready: l.aster.Ready(boreaCert, 4200), Body: l.aster.Sign}
		}
		cp := l.append(items...)
		start := l.status().Next
		p := mirror.Push{Note: cp.Note, Parts: l.parts(start, cp.Size), Start: start, Entries: l.entries(start, cp.Size)}
		b.StartTimer()
		if _, err := l.m.Push(context.Background(), p); err != nil {
			b.Fatal(err)
		}
		n += len(items)
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(n), "µs/entry")
}
