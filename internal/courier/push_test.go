package courier_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/parleytest/memnet"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

func TestPushJournal(t *testing.T) {
	l := newLine(t, 1)
	var k courier.Known
	for _, n := range []int{1, 2, 253, 1, 3, 600, 1} { // combined, across tiles, long, combined again
		l.write(n, "borea.example/cert", 100)
		did, err := l.push(k)
		fatal(t, err)
		if did.Entries != n || did.Parts != n || did.Checkpoint.Note == nil || len(did.Cosignatures) != 2 {
			t.Fatalf("%d entries: %+v", n, did)
		}
		l.delivered()
		k = did.Known
	}
	did, err := l.push(k)
	if err != nil || did.Entries+did.Parts != 0 {
		t.Errorf("nothing new: %+v, %v: want nothing sent", did, err)
	}
	// one who knows nothing finds out
	l.write(1, "borea.example/cert", 100)
	did, err = l.push(courier.Known{})
	if err != nil || did.Entries != 1 {
		t.Errorf("without knowledge: %+v, %v: want one entry", did, err)
	}
	// one who believes what is wrong is corrected by 409
	l.write(400, "borea.example/cert", 100)
	did, err = l.push(courier.Known{Asked: true, Pending: 7, Next: 3})
	fatal(t, err)
	l.delivered()
}

func TestPushParts(t *testing.T) {
	l := newLine(t, 2)
	l.write(3, "borea.example/cert", 100)
	l.write(3, "corvia.example/cert", 100)
	did, err := l.push(courier.Known{})
	if err != nil || did.Parts != 3 {
		t.Fatalf("%+v, %v: want the three parts for Borea only", did, err)
	}
	l.delivered()

	// more parts than one push holds
	l.write(40, "borea.example/cert", parley.MaxSealed)
	did, err = l.push(did.Known)
	fatal(t, err)
	l.delivered()
}

// A part that the author lost stops the line until an entry of kind gone lets it go on.
func TestPushGone(t *testing.T) {
	l := newLine(t, 3)
	l.write(2, "borea.example/cert", 100)
	raw, err := l.journal.Entries(t.Context(), 0, 2)
	fatal(t, err)
	e, err := seal.ParseEntry(raw[1])
	fatal(t, err)
	fatal(t, l.db.Update(t.Context(), func(tx *sqldb.Tx) error {
		j, err := tx.Journal(l.author.Origin)
		if err != nil {
			return err
		}
		return tx.ErasePart(j.ID, e.Part, "a test", storetest.Start)
	}))
	did, err := l.push(courier.Known{})
	var gone *courier.PartsGone
	if !errors.As(err, &gone) || len(gone.Parts) != 1 || gone.Parts[0] != e.Part {
		t.Fatalf("%v: want the part named as gone", err)
	}
	_, _, err = l.journal.Append(t.Context(), storetest.Start, nil, []journal.Item{{Ready: l.author.Gone(t, "borea.example/cert", e.Part), Body: l.author.Sign}})
	fatal(t, err)
	did, err = l.push(did.Known)
	if err != nil || did.Cosigned != 3 {
		t.Fatalf("after gone: %+v, %v: want all three cosigned", did, err)
	}
}

// THREAT: a mirror asks for what is not for it.
// ATTACK: 503 naming the part of an entry addressed to somebody else; or one that it was sent; or an unknown one.
// EXPECT: the part is not sent; Untrusted, or Unavailable; the step ends.
func TestAttackGreedyMirror(t *testing.T) {
	l := newLine(t, 4)
	l.write(1, "borea.example/cert", 100)
	l.write(1, "corvia.example/cert", 100)
	raw, err := l.journal.Entries(t.Context(), 0, 2)
	fatal(t, err)
	for i, want := range []parley.ErrorKind{parley.Unavailable, parley.Untrusted} {
		e, err := seal.ParseEntry(raw[i])
		fatal(t, err)
		greedy := &greedyNode{Node: l.node, wants: e.Part}
		to := l.target()
		to.Node = greedy
		_, err = courier.PushJournal(t.Context(), storetest.Start, l.journal, to, courier.Known{})
		if parley.KindOf(err) != want {
			t.Errorf("part of entry %d: %v: want %s", i, err, want)
		}
		for _, h := range greedy.got {
			if e, _ := seal.ParseEntry(raw[1]); h == e.Part {
				t.Error("a part for Corvia was sent to Borea")
			}
		}
	}
}

type greedyNode struct {
	peer.Node
	wants parley.Hash
	got   []parley.Hash
}

func (g *greedyNode) Push(_ context.Context, p peer.Push) ([]byte, error) {
	for _, b := range p.Parts {
		g.got = append(g.got, parley.Sum(b))
	}
	return nil, &peer.Missing{Parts: []parley.Hash{g.wants}}
}
func (g *greedyNode) PutPart(_ context.Context, _ parley.Origin, part []byte) error {
	g.got = append(g.got, parley.Sum(part))
	return nil
}

// THREAT: a counterpart pretends to have received, or keeps us busy.
// ATTACK: cosignatures by another key, by none, on another size, broken ones; answers that go in circles.
// EXPECT: Untrusted; nothing is stored, nothing is called delivered.
func TestAttackFalseReceipt(t *testing.T) {
	l := newLine(t, 5)
	l.write(3, "borea.example/cert", 100)
	cp, err := l.journal.Latest(t.Context())
	fatal(t, err)
	before, err := l.journal.CheckpointAt(t.Context(), 3)
	fatal(t, err)
	sign := func(cp proof.Checkpoint, keys ...proof.Signer) (lines []byte) {
		list, err := proof.Cosign(cp, storetest.Start, keys...)
		fatal(t, err)
		for _, c := range list {
			lines = append(lines, c.Line...)
		}
		return lines
	}
	other := before
	other.Size = 2
	broken := sign(cp, l.borea.Mirror...)
	broken[len(broken)-20] ^= 1
	for name, say := range map[string]func() ([]byte, error){
		"nothing":      func() ([]byte, error) { return nil, nil },
		"no lines":     func() ([]byte, error) { return []byte("<html>"), nil },
		"another key":  func() ([]byte, error) { return sign(cp, l.author.Mirror...), nil },
		"another size": func() ([]byte, error) { return sign(other, l.borea.Mirror...), nil },
		"broken":       func() ([]byte, error) { return broken, nil },
		"size circle":  func() ([]byte, error) { return nil, &peer.SizeConflict{Size: 3} },
		"info circle":  func() ([]byte, error) { return nil, &peer.InfoConflict{Info: peer.Info{Size: 3, Next: 0}} },
	} {
		to := l.target()
		to.Node = &sayingNode{Node: l.node, say: say}
		_, err := courier.PushJournal(t.Context(), storetest.Start, l.journal, to, courier.Known{Asked: true})
		if kind := parley.KindOf(err); kind != parley.Untrusted && !(name == "size circle" && kind == parley.Unavailable) {
			t.Errorf("%s: %v: want untrusted", name, err)
		}
	}
	if stored, err := l.journal.Cosignatures(t.Context(), 3); err != nil || len(stored) != 0 {
		t.Errorf("%d cosignatures stored, %v: want none", len(stored), err)
	}
}

type sayingNode struct {
	peer.Node
	say func() ([]byte, error)
}

func (s *sayingNode) Push(context.Context, peer.Push) ([]byte, error) { return s.say() }

// A restored backup finds that its counterpart holds more, and stops.
func TestPushAhead(t *testing.T) {
	l := newLine(t, 6)
	l.write(2, "borea.example/cert", 100)
	fatal(t, errOf(l.push(courier.Known{})))
	copied := filepath.Join(t.TempDir(), "old.db")
	fatal(t, l.db.Close())
	b, err := os.ReadFile(l.path)
	fatal(t, err)
	fatal(t, os.WriteFile(copied, b, 0o600))
	l.db = openDB(t, l.path)
	l.journal, err = journal.Open(t.Context(), l.db, l.config())
	fatal(t, err)
	fatal(t, l.journal.Override(t.Context(), storetest.Start, "a test"))
	l.write(300, "borea.example/cert", 100)
	fatal(t, errOf(l.push(courier.Known{})))

	old, err := journal.Open(t.Context(), openDB(t, copied), l.config())
	fatal(t, err)
	l.journal = old
	_, err = l.push(courier.Known{})
	var ahead *courier.Ahead
	if !errors.As(err, &ahead) || ahead.Size != 302 {
		t.Fatalf("%v: want to hear of 302 entries", err)
	}
	// and catches up from the mirror
	note, err := l.node.Checkpoint(t.Context(), l.author.Origin)
	fatal(t, err)
	r, err := old.Resume(t.Context(), storetest.Start, []journal.Held{{Who: "borea.example", Note: note, Source: source{Node: l.node, Origin: l.author.Origin}}})
	if err != nil || r.After != 302 || len(r.Missing) != 0 {
		t.Fatalf("%+v, %v: want the tail back", r, err)
	}
	l.write(1, "borea.example/cert", 100)
	fatal(t, errOf(l.push(courier.Known{})))
	l.delivered()
}

func errOf(_ courier.Pushed, err error) error { return err }

// With every fault of the network, steps that are simply repeated end in the same place.
func TestPushFaults(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			l := newLine(t, seed)
			for _, f := range []memnet.Fault{memnet.DropRequest, memnet.DropResponse, memnet.Duplicate, memnet.Delay, memnet.CutRequest, memnet.CutResponse} {
				l.net.SetRate(f, 0.05)
			}
			var k courier.Known
			for round := range 6 {
				n := 1 + int(seed+uint64(round)*7)%5
				if round == 3 {
					n = 300
				}
				l.write(n, "borea.example/cert", 64)
				for tries := 0; ; tries++ {
					did, err := l.push(k)
					k = did.Known
					if err == nil {
						break
					}
					if parley.KindOf(err) != parley.Unavailable || tries > 400 {
						t.Fatalf("try %d: %v: want unavailable at worst", tries, err)
					}
					k.Asked = tries%2 == 0 // with and without a fresh look
				}
			}
			l.net.Flush()
			l.delivered()
		})
	}
}

func TestBackoff(t *testing.T) {
	down := parley.E(parley.Unavailable, "down")
	for _, c := range []struct {
		n      int
		err    error
		jitter float64
		want   time.Duration
	}{
		{1, down, 0, 500 * time.Millisecond}, {1, down, 1, time.Second}, {4, down, 1, 8 * time.Second},
		{100, down, 1, 5 * time.Minute}, {0, down, 1, time.Second},
		{1, parley.E(parley.Untrusted, "wrong key"), 1, time.Minute},
		{1, &peer.Busy{After: time.Hour, Err: down}, 0, time.Hour},
	} {
		if got := courier.Backoff(c.n, c.err, c.jitter); got != c.want {
			t.Errorf("%d, %v, %v: %s: want %s", c.n, c.err, c.jitter, got, c.want)
		}
	}
}

// source reads a journal back from somebody who mirrors it.
type source struct {
	Node   peer.Node
	Origin parley.Origin
}

// Entries implements journal.Source.
func (s source) Entries(ctx context.Context, start, end uint64) ([][]byte, error) {
	return courier.FetchEntries(ctx, s.Node, s.Origin, start, end)
}

// Hashes implements journal.Source.
func (s source) Hashes(ctx context.Context) tlog.HashReader {
	return courier.FetchHashes(ctx, s.Node, s.Origin)
}

// Part implements journal.Source.
func (s source) Part(ctx context.Context, h parley.Hash) ([]byte, error) {
	return s.Node.Part(ctx, s.Origin, h)
}
