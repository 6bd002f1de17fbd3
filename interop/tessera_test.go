package interop

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/proof"
)

// check runs Tessera's fsck over an exported journal: bundles, tiles, root.
func check(t *testing.T, dir string, origin parley.Origin, key proof.Key) error {
	t.Helper()
	v, err := note.NewVerifier(key.String())
	if err != nil {
		t.Fatal(err)
	}
	leaves := func(bundle []byte) ([][]byte, error) {
		var b api.EntryBundle
		if err := b.UnmarshalText(bundle); err != nil {
			return nil, err
		}
		var out [][]byte
		for _, e := range b.Entries {
			h := rfc6962.DefaultHasher.HashLeaf(e)
			out = append(out, h)
		}
		return out, nil
	}
	return fsck.New(string(origin), v, &client.FileFetcher{Root: dir}, leaves, fsck.Opts{N: 2}).Check(t.Context())
}

func export(t *testing.T, m *parleytest.Member, o parley.Origin) string {
	t.Helper()
	dir := t.TempDir()
	if err := journal.Export(t.Context(), m.DB, o, dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A party's journal, and the copy at its counterpart.
func TestTesseraChecksAnExportedJournal(t *testing.T) {
	c := talk(t)
	for _, name := range []parley.Party{"aster.example", "borea.example"} {
		p := c.World.Parties[name]
		for _, holder := range c.Order {
			dir := export(t, c.Nodes[holder], p.Origin)
			if err := check(t, dir, p.Origin, p.Journal[0].Key()); err != nil {
				t.Errorf("%s, held by %s: %v", p.Origin, holder, err)
			}
		}
	}
}

// A journal of several tiles, as the naive client uploaded it; and one octet changed.
func TestTesseraChecksALargeMirror(t *testing.T) {
	f := newFeed(t)
	for _, size := range []int{256, 700, 1500} {
		old := len(f.entries)
		f.grow(size)
		cp := f.checkpoint()
		a, err := f.client.AddCheckpoint(old, f.entries, cp.Note)
		f.want(a, err, 200, "")
		a, err = f.client.AddEntries(old, f.entries, nil, 32)
		f.want(a, err, 200, "")
		dir := export(t, f.c.Nodes["borea.example"], f.party.Origin)
		if err := check(t, dir, f.party.Origin, f.party.Journal[0].Key()); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		if size < 1500 {
			continue
		}
		path := filepath.Join(dir, "tile", "entries", "003")
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		raw[100] ^= 1
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		if check(t, dir, f.party.Origin, f.party.Journal[0].Key()) == nil {
			t.Error("a changed entry is not found")
		}
	}
}
