package courier_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/parleytest/memnet"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

func (l *line) pull(from peer.Node, returned uint64) (courier.Pulled, error) {
	return courier.PullJournal(context.Background(), from, l.mirror, storetest.Keys(l.author.Log), courier.ForParty("borea.example"), returned)
}

// Borea opens no port: it fetches, and brings its cosignatures back.
func TestPullJournal(t *testing.T) {
	l := newLine(t, 1)
	if did, err := l.pull(l.back, 0); err != nil || did.Entries != 0 {
		t.Fatalf("of an empty journal: %+v, %v", did, err)
	}
	var returned uint64
	for _, n := range []int{1, 2, 253, 3, 600, 1} {
		l.write(n, "borea.example/cert", 64)
		l.write(1, "corvia.example/cert", 64)
		did, err := l.pull(l.back, returned)
		if err != nil || did.Entries != n+1 || did.Parts != n || did.More || did.Returned != did.Size {
			t.Fatalf("%d entries: %+v, %v", n, did, err)
		}
		l.delivered()
		returned = did.Returned
	}
	l.write(5000, "corvia.example/cert", 8)
	did, err := l.pull(l.back, returned)
	if err != nil || !did.More {
		t.Fatalf("a very long tail: %+v, %v: want more to come", did, err)
	}
	if did, err = l.pull(l.back, returned); err != nil || did.More {
		t.Fatalf("its rest: %+v, %v", did, err)
	}
	l.delivered()
}

func TestPullFaults(t *testing.T) {
	for seed := range uint64(4) {
		l := newLine(t, seed)
		for _, f := range []memnet.Fault{memnet.DropRequest, memnet.DropResponse, memnet.CutResponse, memnet.Delay} {
			l.net.SetRate(f, 0.1)
		}
		var did courier.Pulled
		for range 3 {
			l.write(3, "borea.example/cert", 64)
			for tries := 0; ; tries++ {
				var err error
				if did, err = l.pull(l.back, did.Returned); err == nil {
					break
				}
				if parley.KindOf(err) != parley.Unavailable || tries > 300 {
					t.Fatalf("seed %d, try %d: %v", seed, tries, err)
				}
			}
		}
		l.delivered()
	}
}

// THREAT: whoever serves a journal serves another, or withholds.
// ATTACK: a forged entry, a forged tile, an old checkpoint, one of another log, a withheld part.
// EXPECT: nothing is cosigned but the author's history; the error names what is missing.
func TestAttackPull(t *testing.T) {
	for name, test := range map[string]struct {
		node servingNode
		want parley.ErrorKind
	}{
		"forged entry":    {servingNode{entry: []byte("forged")}, parley.Untrusted},
		"withheld part":   {servingNode{noParts: true}, parley.Unavailable},
		"another log":     {servingNode{note: []byte("corvia.example/0123456789abcdef\n1\nAAAA\n\n— x AAAA\n")}, parley.Invalid},
		"forged tile":     {servingNode{tile: true}, parley.Internal},
		"bundle too wide": {servingNode{more: true}, parley.Untrusted},
	} {
		l := newLine(t, 2)
		n := 3
		if test.node.tile {
			n = 300
		}
		l.write(n, "borea.example/cert", 64)
		test.node.Node = l.back
		_, err := l.pull(&test.node, 0)
		if err == nil || test.want != parley.Internal && parley.KindOf(err) != test.want {
			t.Errorf("%s: %v: want %s", name, err, test.want)
		}
		if _, _, err := l.mirror.Latest(t.Context()); parley.KindOf(err) != parley.NotFound {
			t.Errorf("%s: something was cosigned", name)
		}
		if _, err := l.pull(l.back, 0); err != nil {
			t.Errorf("%s: the honest one afterwards: %v", name, err)
		}
		l.delivered()
	}
	// an old answer is no error and no step back
	l := newLine(t, 3)
	l.write(2, "borea.example/cert", 64)
	old, err := l.back.Checkpoint(t.Context(), l.author.Origin)
	fatal(t, err)
	l.write(2, "borea.example/cert", 64)
	did, err := l.pull(l.back, 0)
	fatal(t, err)
	if again, err := l.pull(&servingNode{Node: l.back, note: old}, did.Returned); err != nil || again.Size != 4 {
		t.Errorf("an old checkpoint: %+v, %v", again, err)
	}
}

type servingNode struct {
	peer.Node
	entry   []byte
	note    []byte
	noParts bool
	tile    bool
	more    bool
}

func (s *servingNode) Checkpoint(ctx context.Context, o parley.Origin) ([]byte, error) {
	if s.note != nil {
		return s.note, nil
	}
	return s.Node.Checkpoint(ctx, o)
}
func (s *servingNode) Tile(ctx context.Context, o parley.Origin, t tlog.Tile) ([]byte, error) {
	b, err := s.Node.Tile(ctx, o, t)
	switch {
	case err != nil:
	case t.L == peer.EntriesTile && s.entry != nil:
		list, _ := peer.ParseBundle(b, t.W)
		list[0] = s.entry
		b = peer.FormatBundle(list)
	case t.L == peer.EntriesTile && s.more:
		b = append(b, 0, 1, 'x')
	case t.L >= 0 && s.tile:
		b = bytes.Clone(b)
		b[0] ^= 1
	}
	return b, err
}
func (s *servingNode) Part(ctx context.Context, o parley.Origin, h parley.Hash) ([]byte, error) {
	if s.noParts {
		return nil, parley.E(parley.NotFound, "not found")
	}
	return s.Node.Part(ctx, o, h)
}

// owned also serves parts to its counterpart, as a node would.
func (j owned) Part(ctx context.Context, h parley.Hash) ([]byte, error) {
	return j.Journal.Part(ctx, h)
}

func TestPushWitness(t *testing.T) {
	l := newLine(t, 4)
	w := storetest.NewAuthor(t, "witness.example")
	held := &witness{log: storetest.Keys(l.author.Log), keys: w.Mirror}
	var k courier.Known
	for range 3 {
		l.write(2, "borea.example/cert", 64)
		did, err := courier.PushWitness(t.Context(), storetest.Start, l.journal, "witness.example", held, storetest.Keys(w.Mirror), k)
		if err != nil || len(did.Cosignatures) != 2 {
			t.Fatalf("%+v, %v", did, err)
		}
		k = did.Known
	}
	l.write(1, "borea.example/cert", 64)
	if did, err := courier.PushWitness(t.Context(), storetest.Start, l.journal, "witness.example", held, storetest.Keys(w.Mirror), courier.Known{}); err != nil || did.Cosigned != 7 {
		t.Errorf("without knowledge: %+v, %v", did, err)
	}
	held.size = 100
	var ahead *courier.Ahead
	l.write(1, "borea.example/cert", 64)
	if _, err := courier.PushWitness(t.Context(), storetest.Start, l.journal, "witness.example", held, storetest.Keys(w.Mirror), k); !errors.As(err, &ahead) {
		t.Errorf("a witness that saw more: %v: want ahead", err)
	}
	if _, err := courier.PushWitness(t.Context(), storetest.Start, l.journal, "witness.example", held, storetest.Keys(w.Log), courier.Known{Pending: 100}); err == nil {
		t.Error("want an error")
	}
}

// witness is the least that c2sp.org/tlog-witness asks for.
type witness struct {
	log  []proof.Key
	keys []proof.Signer
	size uint64
	root tlog.Hash
}

func (w *witness) AddCheckpoint(_ context.Context, c peer.AddCheckpoint) (lines []byte, err error) {
	cp, err := proof.OpenCheckpoint(c.Note, w.log...)
	if err != nil {
		return nil, err
	}
	if c.Old != w.size {
		return nil, &peer.SizeConflict{Size: w.size}
	}
	if w.size == 0 {
		w.root = proof.EmptyRoot()
	}
	if err := proof.CheckConsistency(c.Proof, c.Old, w.root, cp.Size, cp.Root); err != nil {
		return nil, err
	}
	w.size, w.root = cp.Size, cp.Root
	list, err := proof.Cosign(cp, storetest.Start, w.keys...)
	for _, s := range list {
		lines = append(lines, s.Line...)
	}
	return lines, err
}

func TestBlobs(t *testing.T) {
	l := newLine(t, 5)
	blob := bytes.Repeat([]byte("sealed attachment "), 20000)
	h, size := parley.Sum(blob), int64(len(blob))
	open := func() (io.ReadSeekCloser, error) { return seekCloser{bytes.NewReader(blob)}, nil }
	if _, err := courier.PushBlob(t.Context(), l.node, l.author.Origin, h, size, open); parley.KindOf(err) != parley.NotFound {
		t.Fatalf("before its entry: %v: want not found", err)
	}
	l.sizes[h] = size
	for _, f := range []memnet.Fault{memnet.DropRequest, memnet.DropResponse, memnet.CutRequest, memnet.Duplicate, memnet.Delay} {
		l.net.SetRate(f, 0.15)
	}
	for tries := 0; ; tries++ {
		st, err := courier.PushBlob(t.Context(), l.node, l.author.Origin, h, size, open)
		if err == nil && st.Complete() {
			break
		}
		if tries > 100 || err != nil && parley.KindOf(err) != parley.Unavailable && parley.KindOf(err) != parley.Conflict {
			t.Fatalf("try %d: %+v, %v", tries, st, err)
		}
	}
	if err := l.blobs[boreaAt].Check(l.author.Origin, h); err != nil {
		t.Error(err)
	}
	// and the other way: Aster lost it, and has it back from its counterpart
	l.net.Calm()
	l.net.SetRate(memnet.CutResponse, 0.6)
	for tries := 0; ; tries++ {
		st, err := courier.PullBlob(t.Context(), l.node, l.author.Origin, h, size, l.blobs[asterAt])
		if err == nil && st.Complete() {
			break
		}
		if tries > 100 || parley.KindOf(err) != parley.Unavailable {
			t.Fatalf("try %d: %+v, %v", tries, st, err)
		}
	}
	if err := l.blobs[asterAt].Check(l.author.Origin, h); err != nil {
		t.Error(err)
	}
	l.net.Calm()
	if _, err := courier.PullBlob(t.Context(), l.node, l.author.Origin, parley.Hash{}, size, l.blobs[asterAt]); parley.KindOf(err) != parley.NotFound {
		t.Errorf("an unknown one: %v", err)
	}
}

type seekCloser struct{ *bytes.Reader }

func (seekCloser) Close() error { return nil }
