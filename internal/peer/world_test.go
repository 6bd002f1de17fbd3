package peer_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

const (
	aster  = parley.Origin("aster.example/0123456789abcdef")
	corvia = parley.Origin("corvia.example/0123456789abcdef")
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// shelf holds one journal in memory behind all contracts of the server. It checks
// nothing: what is tested here is the wire, and what must never reach a mirror.
type shelf struct {
	mu       sync.Mutex
	note     []byte
	entries  [][]byte
	hashes   []tlog.Hash
	parts    map[parley.Hash][]byte
	blobs    map[parley.Hash][]byte
	blobSize int64
	pushes   []peer.Push
	returned [][]byte
	uploads  int
	answer   error // AddCheckpoint, AddEntries and Push return it, where set
}

func newShelf(entries ...string) *shelf {
	s := &shelf{parts: map[parley.Hash][]byte{}, blobs: map[parley.Hash][]byte{}, note: []byte(string(aster) + "\n0\n\n")}
	for _, e := range entries {
		s.add([]byte(e))
	}
	return s
}

func (s *shelf) add(e []byte) {
	h, err := tlog.StoredHashes(int64(len(s.entries)), e, tlog.HashReaderFunc(s.read))
	if err != nil {
		panic(err)
	}
	s.hashes = append(s.hashes, h...)
	s.entries = append(s.entries, e)
}

func (s *shelf) read(indexes []int64) ([]tlog.Hash, error) {
	var out []tlog.Hash
	for _, i := range indexes {
		out = append(out, s.hashes[i])
	}
	return out, nil
}

func (s *shelf) Status(context.Context) (peer.Status, error) {
	n := uint64(len(s.entries))
	return peer.Status{Size: n, Pending: n, Next: n}, nil
}
func (s *shelf) Checkpoint(context.Context) ([]byte, error) { return s.note, nil }
func (s *shelf) Entries(_ context.Context, start, end uint64) ([][]byte, error) {
	return s.entries[start:end], nil
}
func (s *shelf) Hashes(context.Context) tlog.HashReader { return tlog.HashReaderFunc(s.read) }
func (s *shelf) Part(_ context.Context, h parley.Hash) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p, ok := s.parts[h]; ok {
		return p, nil
	}
	return nil, parley.E(parley.NotFound, "no such part")
}
func (s *shelf) AddCheckpoint(_ context.Context, c peer.AddCheckpoint) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note = c.Note
	return nil, s.answer
}
func (s *shelf) AddEntries(_ context.Context, u peer.Upload) (peer.Result, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads++
	if s.answer != nil {
		return peer.Result{}, s.answer
	}
	at, saved := u.Start, 0
	for {
		k, err := u.Next()
		if err != nil {
			if err != io.EOF && saved == 0 {
				return peer.Result{}, err
			}
			break
		}
		saved++
		for _, e := range k.Entries {
			s.add(e)
			at++
		}
	}
	if at < u.End {
		return peer.Result{Info: &peer.Info{Size: u.End, Next: at, Ticket: []byte("t")}}, nil
	}
	return peer.Result{Lines: []byte("— aster.example/0123456789abcdef/mirror AAAA\n")}, nil
}
func (s *shelf) Push(_ context.Context, p peer.Push) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pushes = append(s.pushes, p)
	return []byte("— x AAAA\n"), s.answer
}
func (s *shelf) PutPart(_ context.Context, h parley.Hash, part []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[h] = part
	return nil
}
func (s *shelf) Return(_ context.Context, note []byte) error {
	s.returned = append(s.returned, note)
	return nil
}
func (s *shelf) State(_ context.Context, h parley.Hash) (peer.BlobState, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.blobSize == 0 {
		return peer.BlobState{}, parley.E(parley.NotFound, "no entry names that blob")
	}
	return peer.BlobState{Size: s.blobSize, Held: int64(len(s.blobs[h]))}, nil
}
func (s *shelf) Write(ctx context.Context, h parley.Hash, offset int64, r io.Reader) (peer.BlobState, error) {
	b, err := io.ReadAll(r)
	s.mu.Lock()
	s.blobs[h] = append(s.blobs[h], b...)
	s.mu.Unlock()
	st, _ := s.State(ctx, h)
	return st, err
}
func (s *shelf) Open(_ context.Context, h parley.Hash) (io.ReadSeekCloser, error) {
	return nopSeekCloser{bytes.NewReader(s.blobs[h])}, nil
}

type nopSeekCloser struct{ *bytes.Reader }

func (nopSeekCloser) Close() error { return nil }

// book is a directory: which pin may use which rooms.
type book map[parley.Hash]*guest

type guest struct {
	limits peer.Limits
	rooms  map[string]peer.Room
}

func (b book) Caller(pin parley.Hash) (peer.Caller, bool) { g, ok := b[pin]; return g, ok }
func (g *guest) Limits() peer.Limits                      { return g.limits }
func (g *guest) Room(h string) (peer.Room, bool)          { m, ok := g.rooms[h]; return m, ok }

// key is a TLS certificate whose key is made from one octet.
func key(t testing.TB, seed byte) tls.Certificate {
	t.Helper()
	c, err := peer.Certificate(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func pin(c tls.Certificate) parley.Hash { return peer.Pin(c.Leaf) }

// world is a real server on loopback: aster's journal, mirrored on shelf, and
// aster as the caller who may write it.
type world struct {
	*shelf
	guest     *guest
	server    tls.Certificate
	aster     tls.Certificate
	address   string
	transport *http.Transport
	client    *peer.Client
}

func newWorld(t testing.TB, options ...peer.ServerOption) *world {
	t.Helper()
	w := &world{shelf: newShelf(), server: key(t, 1), aster: key(t, 2)}
	w.guest = &guest{rooms: map[string]peer.Room{
		aster.PathHash(): {Origin: aster, Reads: w.shelf, Writes: w.shelf, Returns: w.shelf, Blobs: w.shelf},
	}}
	s := peer.NewServer(book{pin(w.aster): w.guest}, "parley/test", func() time.Time { return noon }, options...)
	h := s.HTTP(w.server)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); h.ServeTLS(l, "", "") }()
	w.address = l.Addr().String()
	w.transport = w.dial(t, w.aster)
	w.client = peer.NewClient(w.address, w.transport)
	t.Cleanup(func() { h.Close(); <-done })
	return w
}

// dial is a transport of the holder of a key, who knows the server's pin.
func (w *world) dial(t testing.TB, own tls.Certificate) *http.Transport {
	tr := peer.Transport(own, func() []parley.Hash { return []parley.Hash{pin(w.server)} })
	t.Cleanup(tr.CloseIdleConnections)
	return tr
}

// raw sends a request as aster, without the client's care.
func (w *world) raw(t testing.TB, method, path string, header map[string]string, body io.Reader) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, "https://"+w.address+peer.Prefix+path, body)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	res, err := w.transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}
