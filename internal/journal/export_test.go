package journal_test

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/storetest"
	"parley.example/parley/proof"
)

// folder reads exported tiles as any auditor of c2sp.org/tlog-tiles would.
type folder string

func (folder) Height() int                        { return 8 }
func (folder) SaveTiles([]tlog.Tile, [][]byte)    {}
func (f folder) path(name string) string          { return filepath.Join(string(f), name) }
func (f folder) read(name string) ([]byte, error) { return os.ReadFile(f.path(name)) }
func (f folder) ReadTiles(list []tlog.Tile) ([][]byte, error) {
	var out [][]byte
	for _, t := range list {
		b, err := f.read(strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, b)
	}
	return out, nil
}

// TestExport writes a tree twice, as it grows, and verifies it from the files alone.
func TestExport(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	db := d.open()
	j := d.create(db)
	dir := folder(t.TempDir())
	if err := journal.Export(ctx, db, d.Origin, string(dir)); parley.KindOf(err) != parley.NotFound {
		t.Errorf("nothing to export: %v", err)
	}
	for _, n := range []int{300, 500} {
		cp := d.append(j, n)
		if err := journal.Export(ctx, db, d.Origin, string(dir)); err != nil {
			t.Fatal(err)
		}
		note, err := dir.read("checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		got, err := proof.OpenCheckpoint(note, storetest.Keys(d.Log)...)
		if err != nil || !got.Same(cp) {
			t.Fatalf("exported checkpoint: %v", err)
		}
		r := tlog.TileHashReader(tlog.Tree{N: int64(cp.Size), Hash: cp.Root}, dir)
		if root, err := tlog.TreeHash(int64(cp.Size), r); err != nil || root != cp.Root {
			t.Fatalf("root of the tiles: %v", err)
		}
		for tile := range (cp.Size + 255) / 256 {
			name := tlog.Tile{H: 8, L: -1, N: int64(tile), W: int(min(256, cp.Size-tile*256))}.Path()
			b, err := dir.read(strings.NewReplacer("tile/8/data", "tile/entries").Replace(name))
			if err != nil {
				t.Fatal(err)
			}
			for i := tile * 256; len(b) > 0; i++ {
				size := binary.BigEndian.Uint16(b)
				h, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(i))})
				if err != nil || h[0] != tlog.RecordHash(b[2:2+size]) {
					t.Fatalf("entry %d in the bundle: %v", i, err)
				}
				b = b[2+size:]
			}
		}
	}
	for name, want := range map[string]bool{"tile/0/000": true, "tile/0/003.p/32": true, "tile/1/000.p/3": true, "tile/entries/003.p/32": true, "tile/0/003": false} {
		if _, err := os.Stat(dir.path(name)); (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
}
