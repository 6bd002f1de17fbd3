package peer_test

import (
	"bytes"
	"io"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley/internal/peer"
)

func FuzzParsePush(f *testing.F) {
	f.Add(peer.FormatPush(peer.Push{Note: []byte(string(aster) + "\n1\nAAAA\n\n— x AAAA\n"), Parts: [][]byte{[]byte("p")}, Entries: [][]byte{[]byte("e")}}))
	f.Add([]byte("parley/push/v1\n\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, body []byte) {
		o, p, err := peer.ParsePush(body)
		if err != nil {
			return
		}
		if again := peer.FormatPush(p); !bytes.Equal(again, body) {
			t.Errorf("%s: formatted again it differs", o)
		}
	})
}

func FuzzReadEntries(f *testing.F) {
	body := peer.EntriesHeader{Origin: aster, Start: 255, End: 257, Ticket: []byte("t")}.Format()
	body = peer.AppendPackage(body, peer.Package{Entries: [][]byte{[]byte("e")}, Proof: []tlog.Hash{{1}}})
	f.Add(peer.AppendPackage(body, peer.Package{Entries: [][]byte{{}}}))
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := peer.ReadEntries(bytes.NewReader(body))
		if err != nil {
			return
		}
		again := r.EntriesHeader.Format()
		for {
			k, err := r.Next()
			if err != nil {
				if err == io.EOF && r.Read() > 0 && !bytes.Equal(again, body) {
					t.Error("formatted again it differs")
				}
				break
			}
			again = peer.AppendPackage(again, k)
			if !bytes.HasPrefix(body, again) {
				t.Fatal("a package that was not sent")
			}
		}
	})
}

func FuzzParseAddCheckpoint(f *testing.F) {
	f.Add([]byte(witnessExample))
	f.Add([]byte("old 0\n\nx\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := peer.ParseAddCheckpoint(body)
		if err == nil && !bytes.Equal(c.Format(), body) {
			t.Error("formatted again it differs")
		}
		if i, err := peer.ParseInfo(body); err == nil && !bytes.Equal(peer.FormatInfo(i), body) {
			t.Error("info: formatted again it differs")
		}
	})
}

func FuzzParseTilePath(f *testing.F) {
	f.Add("tile/0/x001/x234/067.p/112")
	f.Add("tile/entries/000")
	f.Fuzz(func(t *testing.T, path string) {
		tile, err := peer.ParseTilePath(path)
		if err == nil && peer.TilePath(tile) != path {
			t.Errorf("%q is also %q", path, peer.TilePath(tile))
		}
		if err == nil && peer.TileWithin(tile, 0) {
			t.Errorf("%q is a tile of an empty journal", path)
		}
	})
}
