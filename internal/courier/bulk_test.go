package courier_test

import (
	"context"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// counting counts the requests that a step makes.
type counting struct {
	peer.Node
	pushes, parts, uploads, others int
	octets                         []int // of each push
}

func (c *counting) Push(ctx context.Context, p peer.Push) ([]byte, error) {
	c.pushes++
	c.octets = append(c.octets, len(peer.FormatPush(p)))
	return c.Node.Push(ctx, p)
}
func (c *counting) PutPart(ctx context.Context, o parley.Origin, part []byte) error {
	c.parts++
	return c.Node.PutPart(ctx, o, part)
}
func (c *counting) AddEntries(ctx context.Context, o parley.Origin, u peer.Upload) (peer.Result, error) {
	c.uploads++
	return c.Node.AddEntries(ctx, o, u)
}
func (c *counting) AddCheckpoint(ctx context.Context, k peer.AddCheckpoint) ([]byte, error) {
	c.others++
	return c.Node.AddCheckpoint(ctx, k)
}

func (l *line) counted(k courier.Known, stored func()) (*counting, courier.Pushed, error) {
	c := &counting{Node: l.node}
	to := l.target()
	to.Node, to.Stored = c, stored
	did, err := courier.PushJournal(context.Background(), storetest.Start, l.journal, to, k)
	return c, did, err
}

// Five thousand messages at once arrive, in order, within the limit of requests that
// every caller has, and are signed for as they arrive.
func TestPushMany(t *testing.T) {
	l := newLine(t, 11)
	l.limits = peer.DefaultLimits
	const n, batch = 5000, 256
	for at := 0; at < n; at += batch { // as the outbox is emptied
		l.write(min(batch, n-at), "borea.example/cert", 3<<10)
	}
	stored := 0
	c, did, err := l.counted(courier.Known{}, func() { stored++ })
	fatal(t, err)
	if want := (n + batch - 1) / batch; c.pushes != want || c.parts+c.uploads+c.others > 0 || stored != want {
		t.Errorf("%d pushes, %d parts alone, %d uploads, %d stored: want %d pushes and nothing else", c.pushes, c.parts, c.uploads, stored, want)
	}
	if did.Entries != n || did.Parts != n || did.Cosigned != n {
		t.Errorf("%d entries, %d parts, %d cosigned: want %d each", did.Entries, did.Parts, did.Cosigned, n)
	}
	l.delivered()
}

// Checkpoints close together share a push; large parts are bounded by their octets;
// what stands under one checkpoint and fits into no push goes the other way.
func TestPushOctets(t *testing.T) {
	l := newLine(t, 12)
	for range 40 {
		l.write(8, "borea.example/cert", 64<<10)
	}
	c, did, err := l.counted(courier.Known{}, nil)
	fatal(t, err)
	if c.pushes != 8 || c.parts+c.uploads > 0 { // 40 parts of 64 KiB in each
		t.Errorf("%d pushes, %d parts alone, %d uploads: want 8 pushes", c.pushes, c.parts, c.uploads)
	}
	for _, n := range c.octets {
		if n > peer.MaxPush {
			t.Errorf("a push of %d octets", n)
		}
	}
	l.delivered()

	l.write(256, "borea.example/cert", 64<<10) // 16 MiB under one checkpoint
	l.write(1, "borea.example/cert", 100)
	c, did, err = l.counted(did.Known, nil)
	fatal(t, err)
	if c.uploads != 1 || c.parts != 256 || c.pushes != 1 {
		t.Errorf("%d uploads, %d parts alone, %d pushes: want 1, 256 and 1", c.uploads, c.parts, c.pushes)
	}
	l.delivered()
}

// A mirror that holds more than the checkpoint that is being pushed, and no more than
// we have, is not ahead of us.
func TestPushBetween(t *testing.T) {
	l := newLine(t, 13)
	for range 3 {
		l.write(200, "borea.example/cert", 100)
	}
	whole, err := l.journal.Latest(t.Context())
	fatal(t, err)
	// An interrupted upload left the newest checkpoint pending.
	if _, err := l.node.AddCheckpoint(t.Context(), peer.AddCheckpoint{Note: whole.Note}); err != nil {
		t.Fatal(err)
	}
	_, did, err := l.counted(courier.Known{}, nil)
	if err != nil || did.Cosigned != 600 {
		t.Fatalf("%d cosigned, %v: want all", did.Cosigned, err)
	}
	l.delivered()
	// We believe that it holds nothing.
	l.write(200, "borea.example/cert", 100)
	_, did, err = l.counted(courier.Known{Asked: true}, nil)
	if err != nil || did.Cosigned != 800 {
		t.Fatalf("%d cosigned, %v: want all", did.Cosigned, err)
	}
	l.delivered()
}

// A mirror that answers well and takes nothing does not keep us for ever.
func TestPushWithoutProgress(t *testing.T) {
	l := newLine(t, 14)
	l.write(1, "borea.example/cert", 100)
	cp, err := l.journal.Latest(t.Context())
	fatal(t, err)
	to := l.target()
	to.Node = l.node
	to.Keys = func(uint64) ([]proof.Key, error) { return storetest.Keys(l.borea.Mirror), nil }
	rounds := 0
	j := stuck{l.journal, func() { rounds++ }, cp}
	_, err = courier.PushJournal(t.Context(), storetest.Start, j, to, courier.Known{})
	if parley.KindOf(err) != parley.Unavailable || rounds > 20 {
		t.Errorf("%v after %d rounds: want it to give up", err, rounds)
	}
}

// stuck is a journal whose tail is always its first entry, and whose newest checkpoint is larger.
type stuck struct {
	*journal.Journal
	asked func()
	cp    proof.Checkpoint
}

func (s stuck) Latest(ctx context.Context) (proof.Checkpoint, error) {
	cp := s.cp
	cp.Size += 5
	return cp, nil
}
func (s stuck) Tail(ctx context.Context, _, _ uint64, room journal.Room, wanted func(uint64, *seal.Envelope) bool) (journal.Tail, bool, error) {
	s.asked()
	return s.Journal.Tail(ctx, 0, 0, room, wanted)
}
