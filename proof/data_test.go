package proof

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// data is the folder of public test sets, or a skip that says so.
func data(t *testing.T, parts ...string) string {
	t.Helper()
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: the public test sets are not here")
	}
	return filepath.Join(append([]string{root, "crypto"}, parts...)...)
}

func load(t *testing.T, into any, file string) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}

func fromHex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The table that github.com/C2SP/CCTV publishes on what RFC 8032 leaves open:
// we take the strictest reading that needs no arithmetic of our own.
func TestEd25519EdgeCases(t *testing.T) {
	var cases []struct {
		Number        int
		Key, Sig, Msg string
		Flags         []string
	}
	load(t, &cases, data(t, "ed25519vectors.json"))
	refused := []string{"low_order_A", "non_canonical_A", "non_canonical_R", "low_order_residue", "reencoded_k"}
	n := 0
	for _, c := range cases {
		want := !slices.ContainsFunc(c.Flags, func(f string) bool { return slices.Contains(refused, f) })
		verify, err := edwards{}.parse(fromHex(t, c.Key))
		if got := err == nil && verify([]byte(c.Msg), fromHex(t, c.Sig)); got != want {
			t.Errorf("case %d %v: accepted %v, want %v", c.Number, c.Flags, got, want)
		}
		if want {
			n++
		}
	}
	t.Logf("%d cases, %d accepted", len(cases), n)
}

type wycheproof struct {
	TestGroups []struct {
		PublicKey json.RawMessage
		Tests     []struct {
			TcID                  int
			Msg, Sig, Ctx, Result string
			Flags                 []string
		}
	}
}

func TestWycheproofEd25519(t *testing.T) {
	var w wycheproof
	load(t, &w, data(t, "wycheproof", "ed25519_test.json"))
	for _, g := range w.TestGroups {
		var k struct{ Pk string }
		if err := json.Unmarshal(g.PublicKey, &k); err != nil {
			t.Fatal(err)
		}
		verify, err := edwards{}.parse(fromHex(t, k.Pk))
		for _, c := range g.Tests {
			if got := err == nil && verify(fromHex(t, c.Msg), fromHex(t, c.Sig)); got != (c.Result == "valid") {
				t.Errorf("case %d %v: accepted %v, want %s", c.TcID, c.Flags, got, c.Result)
			}
		}
	}
}

func TestWycheproofMLDSA44(t *testing.T) {
	var w wycheproof
	load(t, &w, data(t, "wycheproof", "mldsa_44_verify_test.json"))
	for _, g := range w.TestGroups {
		var pub string
		if err := json.Unmarshal(g.PublicKey, &pub); err != nil {
			t.Fatal(err)
		}
		verify, err := mldsa{}.parse(fromHex(t, pub))
		for _, c := range g.Tests {
			if c.Ctx != "" {
				continue // c2sp.org/tlog-cosignature signs without a context
			}
			if got := err == nil && verify(fromHex(t, c.Msg), fromHex(t, c.Sig)); got != (c.Result == "valid") {
				t.Errorf("case %d %v: accepted %v, want %s", c.TcID, c.Flags, got, c.Result)
			}
		}
	}
}

func TestMerkleProofSets(t *testing.T) {
	n := 0
	err := filepath.WalkDir(data(t, "merkle"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		var c struct {
			LeafIdx, TreeSize, Size1, Size2 uint64
			Root, LeafHash, Root1, Root2    string
			Proof                           []string
			WantErr                         bool
		}
		load(t, &c, path)
		hash := func(s string) (h tlog.Hash) {
			b, err := base64.StdEncoding.DecodeString(s)
			if err != nil {
				t.Fatal(err)
			}
			copy(h[:], b)
			return h
		}
		if strings.Contains(path, "inclusion") && (c.Root == "" || c.LeafHash == "") {
			return nil // no tlog.Hash is empty: ParseTreeHash refuses it before
		}
		var p []tlog.Hash
		for _, s := range c.Proof {
			p = append(p, hash(s))
		}
		if strings.Contains(path, "inclusion") {
			leaf, root := hash(c.LeafHash), hash(c.Root)
			err = CheckInclusion(p, c.LeafIdx, leaf, c.TreeSize, root)
		} else {
			one, two := hash(c.Root1), hash(c.Root2)
			err = CheckConsistency(p, c.Size1, one, c.Size2, two)
			// c2sp.org/tlog-witness: from an empty tree the proof is empty; the set calls that useless.
			if c.Size1 == 0 && len(p) == 0 && one == EmptyRoot() {
				return nil
			}
		}
		if n++; (err != nil) != c.WantErr {
			t.Errorf("%s: error %v, want one: %v", path, err, c.WantErr)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d proofs", n)
}

// A log that Tessera wrote: its checkpoints open, its tiles prove.
func TestTesseraLog(t *testing.T) {
	k, err := ParseVKey("example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx")
	if err != nil {
		t.Fatal(err)
	}
	var leaves []tlog.Hash
	raw, err := os.ReadFile(filepath.Join(data(t, "tessera-testlog"), "tile", "0", "000.p", "15"))
	if err != nil {
		t.Fatal(err)
	}
	for len(raw) > 0 {
		leaves, raw = append(leaves, tlog.Hash(raw[:32])), raw[32:]
	}
	for size := range uint64(16) {
		raw, err := os.ReadFile(data(t, "tessera-testlog", "checkpoint."+strconv.FormatUint(size, 10)))
		if err != nil {
			t.Fatal(err)
		}
		cp, err := OpenCheckpoint(raw, k)
		if err != nil {
			t.Fatal(err)
		}
		if cp.Size != size || cp.Root != SubtreeHash(leaves[:size]) {
			t.Errorf("size %d: checkpoint says %d %s", size, cp.Size, cp.Root)
		}
	}
}
