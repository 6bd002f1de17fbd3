package interop

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/peer"
	"parley.example/parley/interop/naive"
	"parley.example/parley/proof"
)

// feed is a circle in which Aster's log is written by hand, and fed to Borea's
// node by the naive client.
type feed struct {
	t       *testing.T
	c       *parleytest.Circle
	party   *parleytest.Party
	client  *naive.Client
	entries [][]byte
}

func newFeed(t *testing.T) *feed {
	t.Helper()
	// Not NewCircle, which would compare the log written here with Aster's own.
	c, err := parleytest.MakeCircle(t.TempDir(), 11, parleytest.DefaultTemplate, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	p := c.World.Parties["aster.example"]
	borea := c.Nodes["borea.example"]
	_, pin, err := borea.Home.TLS()
	if err != nil {
		t.Fatal(err)
	}
	via := c.Net.Dial(c.Nodes["aster.example"].Address, p.TLS, func() []parley.Hash { return []parley.Hash{pin} })
	return &feed{t: t, c: c, party: p, client: &naive.Client{HTTP: &http.Client{Transport: via},
		Prefix: "https://" + borea.Address + peer.Prefix, Origin: string(p.Origin)}}
}

// grow adds entries; a mirror cosigns octets, so any will do.
func (f *feed) grow(to int) {
	for len(f.entries) < to {
		f.entries = append(f.entries, fmt.Appendf(nil, "entry %d", len(f.entries)))
	}
}

// checkpoint is the log's own, at a size of the entries so far.
func (f *feed) checkpoint() proof.Checkpoint {
	f.t.Helper()
	cp, err := proof.SignCheckpoint(f.party.Origin, uint64(len(f.entries)), tlog.Hash(naive.Tree(f.entries)), f.c.Clock.Now(), f.party.Journal...)
	if err != nil {
		f.t.Fatal(err)
	}
	return cp
}

func (f *feed) want(a naive.Answer, err error, status int, contentType string) naive.Answer {
	f.t.Helper()
	if err != nil || a.Status != status || contentType != "" && a.ContentType != contentType {
		f.t.Fatalf("got %d %s %q, %v; want %d %s", a.Status, a.ContentType, a.Body, err, status, contentType)
	}
	return a
}

const (
	mirrorInfo = "text/x.tlog.mirror-info"
	sizeType   = "text/x.tlog.size"
)

func TestNaiveMirrorClient(t *testing.T) {
	f := newFeed(t)
	f.grow(700)
	first := f.checkpoint()

	a, err := f.client.AddEntries(0, f.entries, nil, 1)
	f.want(a, err, 422, "") // never a pending checkpoint
	a, err = f.client.AddCheckpoint(0, f.entries, first.Note)
	f.want(a, err, 200, "")

	// A prefix of two packages, then what the mirror asks for.
	a, err = f.client.AddEntries(0, f.entries, nil, 2)
	a = f.want(a, err, 202, mirrorInfo)
	info, err := naive.ParseInfo(a.Body)
	if err != nil || info.Size != 700 || info.Next != 512 {
		t.Fatalf("%+v, %v", info, err)
	}
	a, err = f.client.AddEntries(900, f.entries[:700], nil, 1)
	f.want(a, err, 400, "") // start after end
	a, err = f.client.AddEntries(int(info.Next), f.entries, info.Ticket, 32)
	a = f.want(a, err, 200, "")
	f.cosigned(first, a.Body)

	// The same again is answered with the same octets.
	again, err := f.client.AddEntries(700, f.entries, nil, 32)
	f.want(again, err, 200, "")
	if !bytes.Equal(again.Body, a.Body) {
		t.Error("a repeat is answered with other octets")
	}

	// Growth in the middle of a package, compressed.
	f.c.Clock.Advance(time.Minute)
	f.client.Gzip = true
	f.grow(1000)
	second := f.checkpoint()
	a, err = f.client.AddCheckpoint(0, f.entries, second.Note)
	if a = f.want(a, err, 409, sizeType); string(a.Body) != "700\n" {
		t.Errorf("409 says %q", a.Body)
	}
	a, err = f.client.AddCheckpoint(700, f.entries, second.Note)
	f.want(a, err, 200, "")
	a, err = f.client.AddEntries(700, f.entries[:900], nil, 32)
	f.want(a, err, 409, mirrorInfo) // 900 was never a checkpoint
	a, err = f.client.AddEntries(800, f.entries, nil, 32)
	f.want(a, err, 409, mirrorInfo) // a hole
	bad := append(append([][]byte{}, f.entries[:999]...), []byte("another"))
	a, err = f.client.AddEntries(700, bad, nil, 32)
	if a.Status != 202 && a.Status != 422 { // the first package is proven against another tree
		t.Errorf("entries of another tree: %d %q, %v", a.Status, a.Body, err)
	}
	a, err = f.client.AddEntries(700, f.entries, nil, 32)
	f.cosigned(second, f.want(a, err, 200, "").Body)

	f.reads(second)

	other := *f.client
	other.Origin = "aster.example/ffffffffffffffff"
	a, err = other.AddEntries(0, f.entries, nil, 1)
	f.want(a, err, 404, "")
}

// cosigned checks the lines that the mirror answered with.
func (f *feed) cosigned(cp proof.Checkpoint, lines []byte) {
	f.t.Helper()
	borea := f.c.World.Parties["borea.example"]
	list, err := proof.OpenCosignatures(cp, lines, borea.Mirror[0].Key(), borea.Mirror[1].Key())
	if err != nil || len(list) != 2 {
		f.t.Fatalf("%d cosignatures, %v: %q", len(list), err, lines)
	}
}

// reads fetches the copy by c2sp.org/tlog-tiles and builds the tree from it.
func (f *feed) reads(cp proof.Checkpoint) {
	t := f.t
	t.Helper()
	a, err := f.client.Get("checkpoint")
	a = f.want(a, err, 200, "")
	if !bytes.HasPrefix(a.Body, []byte(cp.Text()+"\n")) || !bytes.Contains(a.Body, []byte("borea.example/")) {
		t.Errorf("checkpoint: %q", a.Body)
	}
	var entries [][]byte
	for _, path := range []string{"tile/entries/000", "tile/entries/001", "tile/entries/002", "tile/entries/003.p/232"} {
		a, err := f.client.Get(path)
		b := f.want(a, err, 200, "").Body
		for len(b) > 0 {
			n := int(b[0])<<8 | int(b[1])
			entries, b = append(entries, b[2:2+n]), b[2+n:]
		}
	}
	if len(entries) != 1000 || tlog.Hash(naive.Tree(entries)) != cp.Root {
		t.Errorf("%d entries do not make the root", len(entries))
	}
	a, err = f.client.Get("tile/0/003.p/232")
	b := f.want(a, err, 200, "").Body
	for i := range 232 {
		if leaf := naive.Leaf(entries[768+i]); !bytes.Equal(b[32*i:32*i+32], leaf[:]) {
			t.Fatalf("tile: leaf %d differs", 768+i)
		}
	}
}
