package peer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// packages yields entries from..to as packages of the canonical sequence.
func packages(from, to uint64, entry func(uint64) []byte) func() (peer.Package, error) {
	return func() (peer.Package, error) {
		if from == to {
			return peer.Package{}, io.EOF
		}
		var k peer.Package
		_, end := peer.PackageRange(from, to)
		for ; from < end; from++ {
			k.Entries = append(k.Entries, entry(from))
		}
		k.Proof = []tlog.Hash{{1}, {2}}
		return k, nil
	}
}

func numbered(i uint64) []byte { return fmt.Appendf(nil, "entry %d, and some more", i) }

func TestWireMirror(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	note := []byte(string(aster) + "\n600\nAAAA\n\n— x AAAA\n")

	if _, err := w.client.AddCheckpoint(ctx, peer.AddCheckpoint{Old: 0, Note: note}); err != nil {
		t.Fatal(err)
	}
	got, err := w.client.Checkpoint(ctx, aster)
	if err != nil || !bytes.Equal(got, note) {
		t.Fatalf("checkpoint %q, %v: want what was sent", got, err)
	}

	// a prefix, then the rest
	res, err := w.client.AddEntries(ctx, aster, peer.Upload{End: 600, Next: packages(0, 512, numbered)})
	if err != nil || res.Info == nil || res.Info.Next != 512 || res.Info.Size != 600 || string(res.Info.Ticket) != "t" {
		t.Fatalf("prefix: %+v, %v: want 202 with next 512", res, err)
	}
	res, err = w.client.AddEntries(ctx, aster, peer.Upload{Start: 512, End: 600, Ticket: res.Info.Ticket, Next: packages(512, 600, numbered)})
	if err != nil || res.Info != nil || !strings.HasPrefix(string(res.Lines), "— ") {
		t.Fatalf("rest: %+v, %v: want cosignature lines", res, err)
	}

	st, err := w.client.Status(ctx, aster)
	if want := (peer.Status{Software: "parley/test", Time: noon, Size: 600, Pending: 600, Next: 600}); err != nil || !cmp.Equal(st, want) {
		t.Fatalf("status %+v, %v: want %+v", st, err, want)
	}

	// all tiles of a tree of 600, verified by x/mod's own reader
	for _, tile := range tlog.NewTiles(8, 0, 600) {
		want, err := tlog.ReadTileData(tile, w.Hashes(ctx))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := w.client.Tile(ctx, aster, tile); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v: want the stored hashes", peer.TilePath(tile), err)
		}
	}
	b, err := w.client.Tile(ctx, aster, tlog.Tile{H: 8, L: -1, N: 2, W: 88})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := peer.ParseBundle(b, 88)
	if err != nil || string(entries[87]) != string(numbered(599)) {
		t.Errorf("bundle: %v: want entries up to 599", err)
	}
	if _, err := w.client.Tile(ctx, aster, tlog.Tile{H: 8, L: -1, N: 2, W: 89}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("a bundle wider than the tree: %v: want not found", err)
	}
}

func TestWirePush(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	p := peer.Push{
		Note:    []byte(string(aster) + "\n258\nAAAA\n\n— x AAAA\n"),
		Parts:   [][]byte{[]byte("sealed"), []byte("another")},
		Start:   255,
		Entries: [][]byte{[]byte("e255"), []byte("e256"), []byte("e257")},
	}
	if lines, err := w.client.Push(ctx, p); err != nil || string(lines) != "— x AAAA\n" {
		t.Fatalf("%q, %v", lines, err)
	}
	if diff := cmp.Diff([]peer.Push{p}, w.pushes); diff != "" {
		t.Error("what arrived differs:\n" + diff)
	}
}

func TestWireParts(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	part := bytes.Repeat([]byte("x"), parley.MaxSealed)
	if err := w.client.PutPart(ctx, aster, part); err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.Part(ctx, aster, parley.Sum(part)); err != nil || !bytes.Equal(got, part) {
		t.Fatalf("%v: want the part", err)
	}
	if err := w.client.PutPart(ctx, aster, append(part, 'x')); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a part too long: %v: want invalid", err)
	}
	if status, _ := w.raw(t, "PUT", "/"+aster.PathHash()+"/sealed/"+parley.Sum(nil).String(), nil, strings.NewReader("y")); status != 422 {
		t.Errorf("a part under another hash: %d: want 422", status)
	}
	if _, err := w.client.Part(ctx, aster, parley.Sum(nil)); parley.KindOf(err) != parley.NotFound {
		t.Errorf("an unknown part: %v: want not found", err)
	}
	note := []byte(string(aster) + "\n3\nAAAA\n\n— y AAAA\n")
	if err := w.client.Return(ctx, aster, note); err != nil || len(w.returned) != 1 || !bytes.Equal(w.returned[0], note) {
		t.Errorf("return: %v, %q", err, w.returned)
	}
	if status, _ := w.raw(t, "POST", "/"+aster.PathHash()+"/cosignatures", nil, strings.NewReader(string(corvia)+"\n3\nAAAA\n\n— y AAAA\n")); status != 400 {
		t.Errorf("cosignatures on another journal: %d: want 400", status)
	}
}

func TestWireBlob(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	blob := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	h := parley.Sum(blob)
	size := int64(len(blob))

	if _, err := w.client.BlobState(ctx, aster, h); parley.KindOf(err) != parley.NotFound {
		t.Fatalf("a blob that no entry names: %v: want not found", err)
	}
	if _, err := w.client.PutBlob(ctx, aster, h, size, 0, bytes.NewReader(blob)); parley.KindOf(err) != parley.NotFound {
		t.Fatalf("put of a blob that no entry names: %v: want not found", err)
	}
	w.blobSize = size
	if st, err := w.client.BlobState(ctx, aster, h); err != nil || st != (peer.BlobState{Size: size}) {
		t.Fatalf("%+v, %v: want nothing held", st, err)
	}
	// the line breaks after 1000 octets: what came is kept
	broken := io.MultiReader(bytes.NewReader(blob[:1000]), errReader{})
	if _, err := w.client.PutBlob(ctx, aster, h, size, 0, broken); err == nil {
		t.Fatal("a broken body: want an error")
	}
	var offset *peer.OffsetConflict
	_, err := w.client.PutBlob(ctx, aster, h, size, 7, bytes.NewReader(blob[7:]))
	if !errors.As(err, &offset) {
		t.Fatalf("put at the wrong offset: %v: want an offset conflict", err)
	}
	if _, _, err := w.client.Blob(ctx, aster, h, 0); parley.KindOf(err) != parley.NotFound {
		t.Errorf("get of a part of a blob: %v: want not found", err)
	}
	st, err := w.client.PutBlob(ctx, aster, h, size, offset.Held, bytes.NewReader(blob[offset.Held:]))
	for errors.As(err, &offset) { // the server had not finished with the broken one
		st, err = w.client.PutBlob(ctx, aster, h, size, offset.Held, bytes.NewReader(blob[offset.Held:]))
	}
	if err != nil || !st.Complete() {
		t.Fatalf("%+v, %v: want it complete", st, err)
	}
	if st, err := w.client.BlobState(ctx, aster, h); err != nil || !st.Complete() {
		t.Errorf("%+v, %v: want it complete", st, err)
	}
	for _, from := range []int64{0, 4711, size - 1} {
		r, n, err := w.client.Blob(ctx, aster, h, from)
		if err != nil || n != size {
			t.Fatalf("get from %d: %d, %v", from, n, err)
		}
		got, err := io.ReadAll(r)
		r.Close()
		if err != nil || !bytes.Equal(got, blob[from:]) {
			t.Errorf("get from %d: %d octets, %v", from, len(got), err)
		}
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("line cut") }

// WIRE-4: each kind comes back as itself; what says more than a kind comes back whole.
func TestWireErrors(t *testing.T) {
	w, ctx := newWorld(t), t.Context()
	ask := func(err error) error {
		w.answer = err
		_, got := w.client.Push(ctx, peer.Push{Note: []byte(string(aster) + "\n0\n\n")})
		return got
	}
	for _, kind := range []parley.ErrorKind{parley.Invalid, parley.NotFound, parley.Conflict, parley.Forbidden, parley.Untrusted, parley.Unavailable} {
		err := ask(parley.E(kind, "want this\nor\x1b[31m that"))
		if parley.KindOf(err) != kind || !strings.Contains(err.Error(), "want this or [31m that") {
			t.Errorf("%s: %q: want the kind and one clean line", kind, err)
		}
	}
	if err := ask(errors.New("disk on fire")); parley.KindOf(err) != parley.Unavailable || strings.Contains(err.Error(), "fire") {
		t.Errorf("internal: %v: want unavailable and an id only", err)
	}
	var size *peer.SizeConflict
	if err := ask(&peer.SizeConflict{Size: 118}); !errors.As(err, &size) || size.Size != 118 || parley.KindOf(err) != parley.Conflict {
		t.Errorf("size conflict: %v", err)
	}
	var info *peer.InfoConflict
	want := peer.Info{Size: 9, Next: 7, Ticket: []byte{0, 1}}
	if err := ask(&peer.InfoConflict{Info: want}); !errors.As(err, &info) || !cmp.Equal(info.Info, want) {
		t.Errorf("info conflict: %v", err)
	}
	var missing *peer.Missing
	if err := ask(&peer.Missing{Parts: []parley.Hash{{1}, {2}}}); !errors.As(err, &missing) || len(missing.Parts) != 2 || parley.KindOf(err) != parley.Unavailable {
		t.Errorf("missing: %v", err)
	}
}

func TestWireRoutes(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{
		"/nothing":                            404,
		"/" + corvia.PathHash() + "/status":   404,
		"/" + aster.PathHash() + "/tile/0/0":  400,
		"/" + aster.PathHash() + "/sealed/xy": 400,
		"/" + aster.PathHash() + "/status":    200,
	} {
		if got, _ := w.raw(t, http.MethodGet, path, nil, nil); got != want {
			t.Errorf("GET %s: %d: want %d", path, got, want)
		}
	}
	for _, path := range []string{"/add-entries", "/push", "/add-checkpoint"} {
		if got, _ := w.raw(t, http.MethodGet, path, nil, nil); got != 405 && got != 404 {
			t.Errorf("GET %s: %d: want 405", path, got)
		}
	}
	if got, _ := w.raw(t, "POST", "/add-entries", map[string]string{"Content-Type": "text/plain"}, strings.NewReader("x")); got != 415 {
		t.Errorf("add-entries as text: %d: want 415", got)
	}
	if got, _ := w.raw(t, "POST", "/push", map[string]string{"Content-Encoding": "gzip"}, strings.NewReader("x")); got != 415 {
		t.Errorf("push with gzip: %d: want 415", got)
	}
}
