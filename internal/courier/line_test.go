package courier_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/parleytest/memnet"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const (
	asterAt = "aster.example:7433"
	boreaAt = "borea.example:7433"
)

// line is Aster's journal on its store, Borea's mirror of it on another, and a
// network between their servers. Real parts all; only the nodes around are small.
type line struct {
	t       testing.TB
	net     *memnet.Net
	author  *storetest.Author
	borea   *storetest.Author
	path    string // Aster's database
	db      *sqldb.DB
	journal *journal.Journal
	mirror  *mirror.Mirror
	blobs   map[string]*blobfile.Store
	sizes   map[parley.Hash]int64 // of blobs that entries name
	keys    map[string]tls.Certificate
	limits  peer.Limits // of both servers; zero: wide ones
	node    peer.Node   // Borea's, as Aster calls it
	back    peer.Node   // Aster's, as Borea calls it
}

func newLine(t testing.TB, seed uint64) *line {
	t.Helper()
	l := &line{t: t, net: memnet.New(seed), author: storetest.NewAuthor(t, "aster.example"), borea: storetest.NewAuthor(t, "borea.example"),
		path: filepath.Join(t.TempDir(), "aster.db"), keys: map[string]tls.Certificate{}, blobs: map[string]*blobfile.Store{}, sizes: map[parley.Hash]int64{}}
	l.db = openDB(t, l.path)
	var err error
	l.journal, err = journal.Create(t.Context(), l.db, l.config(), storetest.Start)
	fatal(t, err)
	other := openDB(t, filepath.Join(t.TempDir(), "borea.db"))
	l.mirror, err = mirror.Create(t.Context(), other, mirror.Config{Origin: l.author.Origin, Agreement: storetest.Agreement, Ours: "borea.example",
		Log: storetest.Keys(l.author.Log), Signers: l.borea.Mirror, Now: func() time.Time { return storetest.Start }}, nil)
	fatal(t, err)
	for i, name := range []string{asterAt, boreaAt} {
		l.keys[name], err = peer.Certificate(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{byte(i)}, 32)))
		fatal(t, err)
		l.blobs[name], err = blobfile.Open(t.TempDir())
		fatal(t, err)
	}
	l.net.Attach(asterAt, peer.NewServer(side{l, boreaAt}, "parley/test", time.Now), l.keys[asterAt])
	l.net.Attach(boreaAt, peer.NewServer(side{l, asterAt}, "parley/test", time.Now), l.keys[boreaAt])
	l.node, l.back = l.dial(asterAt, boreaAt), l.dial(boreaAt, asterAt)
	return l
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func openDB(t testing.TB, path string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(context.Background(), path)
	fatal(t, err)
	t.Cleanup(func() { db.Close() })
	return db
}

func (l *line) config() journal.Config {
	return journal.Config{Origin: l.author.Origin, Agreement: storetest.Agreement, Keys: l.author.Log}
}

func (l *line) dial(from, to string) peer.Node {
	pins := []parley.Hash{peer.Pin(l.keys[to].Leaf)}
	return peer.NewClient(to, l.net.Dial(from, l.keys[from], func() []parley.Hash { return pins }))
}

// write appends n messages to a body, with parts of the given size.
func (l *line) write(n int, to parley.Body, octets int) {
	l.t.Helper()
	items := make([]journal.Item, n)
	for i := range items {
		items[i] = journal.Item{Ready: l.author.Ready(to, octets), Body: l.author.Sign}
	}
	_, _, err := l.journal.Append(context.Background(), storetest.Start, nil, items)
	fatal(l.t, err)
}

func (l *line) target() courier.Target {
	return courier.Target{Name: "borea.example", Node: l.node, Holds: courier.ForParty("borea.example"),
		Keys: func(uint64) ([]proof.Key, error) { return storetest.Keys(l.borea.Mirror), nil }}
}

func (l *line) push(k courier.Known) (courier.Pushed, error) {
	return courier.PushJournal(context.Background(), storetest.Start, l.journal, l.target(), k)
}

// delivered checks from the start that both hold the same, and that Aster has the
// two cosignatures of Borea's mirror on it.
func (l *line) delivered() {
	l.t.Helper()
	ctx := context.Background()
	cp, err := l.journal.Latest(ctx)
	fatal(l.t, err)
	held, lines, err := l.mirror.Latest(ctx)
	fatal(l.t, err)
	if !held.Same(cp) {
		l.t.Fatalf("Borea holds size %d, Aster has %d", held.Size, cp.Size)
	}
	stored, err := l.journal.Cosignatures(ctx, cp.Size)
	fatal(l.t, err)
	if len(stored) != 2 {
		l.t.Fatalf("%d cosignatures stored: want two", len(stored))
	}
	for _, c := range stored {
		if !bytes.Contains(lines, []byte(c.Line)) {
			l.t.Error("Aster has another cosignature than Borea")
		}
	}
	ours, err := l.journal.Entries(ctx, 0, cp.Size)
	fatal(l.t, err)
	theirs, err := l.mirror.Entries(ctx, 0, cp.Size)
	fatal(l.t, err)
	if !slices.EqualFunc(ours, theirs, bytes.Equal) {
		l.t.Error("the entries differ")
	}
	for i, raw := range ours {
		e, err := seal.ParseEntry(raw)
		fatal(l.t, err)
		if _, err := l.mirror.Part(ctx, e.Part); (err == nil) != (e.Clear || e.ToParty("borea.example")) {
			l.t.Errorf("entry %d, to %v: part held: %v", i, e.To, err)
		}
	}
}

// side is the directory of one server: its only caller is the other side.
type side struct {
	*line
	caller string
}

func (s side) Caller(pin parley.Hash) (peer.Caller, bool) {
	return s, pin == peer.Pin(s.keys[s.caller].Leaf)
}
func (s side) Limits() peer.Limits {
	if s.limits != (peer.Limits{}) {
		return s.limits
	}
	return peer.Limits{RequestsPerMinute: 1 << 20, InFlight: 64}
}
func (s side) Room(h string) (peer.Room, bool) {
	if h != s.author.Origin.PathHash() {
		return peer.Room{}, false
	}
	if s.caller == asterAt { // at Borea
		return peer.Room{Origin: s.author.Origin, Reads: mirrored{s.mirror}, Writes: mirrored{s.mirror}, Blobs: files{s.line, boreaAt}}, true
	}
	return peer.Room{Origin: s.author.Origin, Reads: owned{s.journal}, Returns: s, Blobs: files{s.line, asterAt}}, true
}

func (s side) Return(ctx context.Context, note []byte) error {
	cp, err := proof.OpenCheckpoint(note, storetest.Keys(s.author.Log)...)
	if err != nil {
		return err
	}
	i := bytes.Index(note, []byte("\n\n"))
	list, err := proof.OpenCosignatures(cp, note[i+2:], storetest.Keys(s.borea.Mirror)...)
	if err != nil {
		return err
	}
	return s.journal.AddCosignatures(ctx, storetest.Start, cp, list)
}

// mirrored and owned are the two rooms of the wire.
type mirrored struct{ *mirror.Mirror }

func (m mirrored) Status(ctx context.Context) (peer.Status, error) {
	st, err := m.Mirror.Status(ctx)
	return peer.Status{Size: st.Size, Pending: st.Pending, Next: st.Next}, err
}
func (m mirrored) Hashes(ctx context.Context) tlog.HashReader { return m.HashReader(ctx) }
func (m mirrored) AddCheckpoint(ctx context.Context, c peer.AddCheckpoint) ([]byte, error) {
	return nil, m.Mirror.AddCheckpoint(ctx, c.Old, c.Proof, c.Note)
}
func (m mirrored) AddEntries(ctx context.Context, u peer.Upload) (peer.Result, error) {
	return m.Mirror.AddEntries(ctx, u.Start, u.End, u.Ticket, u.Next)
}

type owned struct{ *journal.Journal }

func (j owned) Hashes(ctx context.Context) tlog.HashReader { return j.HashReader(ctx) }
func (j owned) Status(ctx context.Context) (peer.Status, error) {
	cp, err := j.Latest(ctx)
	return peer.Status{Size: cp.Size, Pending: cp.Size, Next: cp.Size}, err
}

// files are the blobs of one side.
type files struct {
	*line
	at string
}

func (f files) State(_ context.Context, h parley.Hash) (peer.BlobState, error) {
	size, ok := f.sizes[h]
	if !ok {
		return peer.BlobState{}, parley.E(parley.NotFound, "no entry names that blob")
	}
	held, _, err := f.blobs[f.at].Held(f.author.Origin, h, size)
	return peer.BlobState{Size: size, Held: held}, err
}
func (f files) Write(_ context.Context, h parley.Hash, offset int64, r io.Reader) (peer.BlobState, error) {
	held, err := f.blobs[f.at].Append(f.author.Origin, h, f.sizes[h], offset, r)
	var other *blobfile.OffsetError
	if errors.As(err, &other) {
		err = &peer.OffsetConflict{Held: other.Held}
	}
	return peer.BlobState{Size: f.sizes[h], Held: held}, err
}
func (f files) Open(_ context.Context, h parley.Hash) (io.ReadSeekCloser, error) {
	return f.blobs[f.at].Open(f.author.Origin, h)
}
