package peer_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// The example of c2sp.org/tlog-witness, add-checkpoint.
const witnessExample = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
`

func TestAddCheckpointFormat(t *testing.T) {
	c, err := peer.ParseAddCheckpoint([]byte(witnessExample))
	if err != nil || c.Old != 20852014 || len(c.Proof) != 4 || !bytes.HasPrefix(c.Note, []byte("example.com/behind")) {
		t.Fatalf("%+v, %v", c, err)
	}
	if got := string(c.Format()); got != witnessExample {
		t.Errorf("formatted again:\n%s", got)
	}
	for name, body := range map[string]string{
		"empty":            "",
		"no old":           "20\n\nx\n",
		"leading zero":     "old 020\n\nx\n",
		"negative":         "old -1\n\nx\n",
		"huge":             "old 9999999999999999999999\n\nx\n",
		"proof not base64": "old 1\n!!!!\n\nx\n",
		"proof too short":  "old 1\nAAAA\n\nx\n",
		"no empty line":    "old 1\n",
		"no checkpoint":    "old 1\n\n",
		"64 proof lines":   "old 1\n" + strings.Repeat("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", 64) + "\nx\n",
		"not canonical":    "old 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2J=\n\nx\n",
		"carriage return":  "old 1\r\n\r\nx\n",
		"return in a hash": "old 1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\r\n\nx\n",
		"too long":         "old 1\n\n" + strings.Repeat("x", peer.MaxCheckpoint),
	} {
		if _, err := peer.ParseAddCheckpoint([]byte(body)); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v: want invalid", name, err)
		}
	}
}

func TestInfoFormat(t *testing.T) {
	for _, i := range []peer.Info{{Size: 5, Next: 3, Ticket: []byte("abc")}, {Ticket: []byte{}}} {
		got, err := peer.ParseInfo(peer.FormatInfo(i))
		if err != nil || !cmp.Equal(got, i) {
			t.Errorf("%+v, %v: want %+v", got, err, i)
		}
	}
	for _, bad := range []string{"", "1\n2\n", "1\n2\nAA=\n", "01\n2\n\n", "1\n2\n\n\n", "1\n2\n", "1\n2\nAA\r==\n"} {
		if _, err := peer.ParseInfo([]byte(bad)); err == nil {
			t.Errorf("%q: want an error", bad)
		}
	}
}

func TestTilePath(t *testing.T) {
	for path, want := range map[string]tlog.Tile{
		"tile/0/x001/x234/067":       {H: 8, L: 0, N: 1234067, W: 256},
		"tile/0/x001/x234/067.p/112": {H: 8, L: 0, N: 1234067, W: 112},
		"tile/63/000.p/1":            {H: 8, L: 63, N: 0, W: 1},
		"tile/entries/x001/000":      {H: 8, L: -1, N: 1000, W: 256},
	} {
		got, err := peer.ParseTilePath(path)
		if err != nil || got != want || peer.TilePath(got) != path {
			t.Errorf("%s: %+v, %v: want %+v", path, got, err, want)
		}
	}
	for _, bad := range []string{
		"", "tile", "tile/", "tile/0", "tile/0/", "tile/64/000", "tile/00/000", "tile/-1/000", "tile/0/0", "tile/0/1000",
		"tile/0/x000/001", "tile/0/001/002", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/x001",
		"tile/data/000", "tile/0/" + strings.Repeat("x001/", 12) + "001", "tile/0/+01", "tile/0/x-01/000",
	} {
		if got, err := peer.ParseTilePath(bad); err == nil {
			t.Errorf("%q: %+v: want an error", bad, got)
		}
	}
	// c2sp.org/tlog-tiles: a tree of 70,000 and one of 256
	for _, c := range []struct {
		size uint64
		path string
		want bool
	}{
		{70000, "tile/0/272", true}, {70000, "tile/0/273.p/112", true}, {70000, "tile/0/273.p/113", false}, {70000, "tile/0/273", false},
		{70000, "tile/1/000", true}, {70000, "tile/1/001.p/17", true}, {70000, "tile/1/001.p/18", false}, {70000, "tile/2/000.p/1", true},
		{256, "tile/0/000", true}, {256, "tile/1/000.p/1", true}, {256, "tile/1/000.p/2", false}, {0, "tile/0/000.p/1", false},
	} {
		tile, err := peer.ParseTilePath(c.path)
		if err != nil || peer.TileWithin(tile, c.size) != c.want {
			t.Errorf("size %d %s: %v: want %v", c.size, c.path, err, c.want)
		}
	}
}

// c2sp.org/tlog-mirror, add-entries: the canonical sequence.
func TestEntriesFormat(t *testing.T) {
	head := peer.EntriesHeader{Origin: aster, Start: 250, End: 600, Ticket: []byte("tick")}
	body := head.Format()
	next := packages(250, 600, numbered)
	var want []peer.Package
	for {
		k, err := next()
		if err != nil {
			break
		}
		want = append(want, k)
		body = peer.AppendPackage(body, k)
	}
	if len(want) != 3 || len(want[0].Entries) != 6 || len(want[1].Entries) != 256 || len(want[2].Entries) != 88 {
		t.Fatalf("%d packages: want 6, 256 and 88 entries", len(want))
	}
	read := func(b []byte) ([]peer.Package, error) {
		r, err := peer.ReadEntries(bytes.NewReader(b))
		if err != nil {
			return nil, err
		}
		var got []peer.Package
		for {
			k, err := r.Next()
			if err == io.EOF {
				return got, nil
			}
			if err != nil {
				return got, err
			}
			got = append(got, k)
		}
	}
	got, err := read(body)
	if err != nil || !cmp.Equal(got, want) {
		t.Fatalf("%v: want the same packages", err)
	}
	// cut anywhere: whole packages, then an error or a clean end between packages
	ends := map[int]bool{len(head.Format()): true}
	for i := range want {
		n := head.Format()
		for _, k := range want[:i+1] {
			n = peer.AppendPackage(n, k)
		}
		ends[len(n)] = true
	}
	for n := 0; n < len(body); n++ {
		if near := ends[n-1] || ends[n+1] || ends[n]; n > 200 && n%101 != 0 && !near {
			continue
		}
		got, err := read(body[:n])
		if clean := err == nil; clean != ends[n] {
			t.Fatalf("cut at %d: %v: want an error only within a package", n, err)
		}
		if err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatalf("cut at %d: %v: want invalid", n, err)
		}
		if len(got) > 0 && !cmp.Equal(got, want[:len(got)]) {
			t.Fatalf("cut at %d: want whole packages only", n)
		}
	}
	if _, err := read(append(bytes.Clone(body), 0)); parley.KindOf(err) != parley.Invalid {
		t.Errorf("an octet more: %v: want invalid", err)
	}
	for name, h := range map[string]peer.EntriesHeader{
		"start after end": {Origin: aster, Start: 2, End: 1},
		"end too large":   {Origin: aster, End: 1 << 62},
		"no origin":       {Origin: "nobody", End: 1},
	} {
		if _, err := read(h.Format()); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v: want invalid", name, err)
		}
	}
}

func TestPushFormat(t *testing.T) {
	note := []byte(string(aster) + "\n3\nAAAA\n\n— x AAAA\n")
	good := peer.Push{Note: note, Parts: [][]byte{[]byte("p"), []byte("q")}, Start: 7, Entries: [][]byte{[]byte("e"), {}, []byte("f")}}
	body := peer.FormatPush(good)
	o, got, err := peer.ParsePush(body)
	if err != nil || o != aster || !cmp.Equal(got, good) {
		t.Fatalf("%s, %+v, %v", o, got, err)
	}
	// cut anywhere: an error, or fewer entries, which cannot make the root
	for n := range body {
		if _, got, err := peer.ParsePush(body[:n]); err == nil && len(got.Entries) >= 3 || err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatalf("cut at %d: %v: want invalid", n, err)
		}
	}
	for name, p := range map[string]peer.Push{
		"no origin":        {Note: []byte("nobody\n")},
		"too many parts":   {Note: note, Parts: make([][]byte, peer.MaxPushParts+1)},
		"a part too long":  {Note: note, Parts: [][]byte{make([]byte, parley.MaxSealed+1)}},
		"too many entries": {Note: note, Entries: make([][]byte, peer.MaxPushEntries+1)},
		"a long entry":     {Note: note, Entries: [][]byte{make([]byte, parley.MaxEntry+1)}},
		"a huge start":     {Note: note, Start: 1 << 62},
	} {
		if _, _, err := peer.ParsePush(peer.FormatPush(p)); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v: want invalid", name, err)
		}
	}
	if _, err := peer.ParseBundle([]byte{0, 1}, 1); err == nil {
		t.Error("a truncated bundle: want an error")
	}
}
