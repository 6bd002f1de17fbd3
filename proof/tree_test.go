package proof_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// tree is a journal in memory: leaves and stored hashes.
type tree struct {
	leaves []tlog.Hash
	stored []tlog.Hash
	reads  int
}

func (t *tree) ReadHashes(idx []int64) ([]tlog.Hash, error) {
	t.reads++
	out := make([]tlog.Hash, len(idx))
	for i, x := range idx {
		out[i] = t.stored[x]
	}
	return out, nil
}

func newTree(t testing.TB, n int, salt string) *tree {
	t.Helper()
	tr := &tree{}
	for i := range n {
		leaf := tlog.RecordHash(fmt.Appendf(nil, "%s%d", salt, i))
		h, err := tlog.StoredHashesForRecordHash(int64(i), leaf, tr)
		if err != nil {
			t.Fatal(err)
		}
		tr.leaves, tr.stored = append(tr.leaves, leaf), append(tr.stored, h...)
	}
	return tr
}

func (t *tree) root(n int) tlog.Hash { return proof.SubtreeHash(t.leaves[:n]) }

// bruteSubproof is the text of draft-ietf-plants-merkle-tree-certs 4.4.1 word
// for word: relative positions, hashes from the leaves.
func bruteSubproof(start, end int, d []tlog.Hash, b bool) []tlog.Hash {
	n := len(d)
	if start == 0 && end == n {
		if b {
			return nil
		}
		return []tlog.Hash{proof.SubtreeHash(d)}
	}
	k := 1
	for k*2 < n {
		k *= 2
	}
	switch {
	case end <= k:
		return append(bruteSubproof(start, end, d[:k], b), proof.SubtreeHash(d[k:]))
	case k <= start:
		return append(bruteSubproof(start-k, end-k, d[k:], b), proof.SubtreeHash(d[:k]))
	}
	return append(bruteSubproof(0, end-k, d[k:], false), proof.SubtreeHash(d[:k]))
}

func TestSubtreesExhaustively(t *testing.T) {
	const max = 66
	tr := newTree(t, max, "")
	count := 0
	for size := 1; size <= max; size++ {
		root := tr.root(size)
		if want, err := tlog.TreeHash(int64(size), tr); err != nil || want != root {
			t.Fatalf("SubtreeHash of %d leaves differs from tlog.TreeHash", size)
		}
		for start := range size {
			for end := start + 1; end <= size; end++ {
				s, e, n := uint64(start), uint64(end), uint64(size)
				tr.reads = 0
				got, err := proof.ProveSubtree(tr, s, e, n)
				if !proof.ValidSubtree(s, e) {
					if parley.KindOf(err) != parley.Invalid {
						t.Fatalf("[%d, %d) of %d: want Invalid, got %v", s, e, n, err)
					}
					continue
				}
				if err != nil || tr.reads > 1 {
					t.Fatalf("[%d, %d) of %d: %v, %d reads", s, e, n, err, tr.reads)
				}
				if want := bruteSubproof(start, end, tr.leaves[:size], true); !slices.Equal(got, want) {
					t.Fatalf("[%d, %d) of %d: proof differs from the draft", s, e, n)
				}
				h := proof.SubtreeHash(tr.leaves[start:end])
				if err := proof.CheckSubtree(got, s, e, h, n, root); err != nil {
					t.Fatalf("[%d, %d) of %d: %v", s, e, n, err)
				}
				if start == 0 {
					old, err := tlog.ProveTree(int64(size), int64(end), tr)
					if err != nil || !slices.Equal(got, old) {
						t.Fatalf("[0, %d) of %d: differs from tlog.ProveTree", e, n)
					}
				}
				mustRefuse(t, got, s, e, h, n, root)
				count++
			}
		}
	}
	t.Logf("%d subtrees", count)
}

func mustRefuse(t *testing.T, p []tlog.Hash, s, e uint64, h tlog.Hash, n uint64, root tlog.Hash) {
	t.Helper()
	refuse := func(what string, p []tlog.Hash, h, root tlog.Hash) {
		if parley.KindOf(proof.CheckSubtree(p, s, e, h, n, root)) != parley.Untrusted {
			t.Fatalf("[%d, %d) of %d accepted: %s", s, e, n, what)
		}
	}
	flip := func(h tlog.Hash) tlog.Hash { h[3] ^= 4; return h }
	refuse("another subtree", p, flip(h), root)
	refuse("another root", p, h, flip(root))
	refuse("a hash too many", append(slices.Clone(p), h), h, root)
	for i := range p {
		q := slices.Clone(p)
		q[i] = flip(q[i])
		refuse("another hash", q, h, root)
		refuse("a hash left out", slices.Delete(slices.Clone(p), i, i+1), h, root)
	}
}

func TestCheckSubtreeTakesAnySize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		p := make([]tlog.Hash, r.IntN(70))
		start, end, size := r.Uint64()>>r.IntN(64), r.Uint64()>>r.IntN(64), r.Uint64()>>r.IntN(64)
		if err := proof.CheckSubtree(p, start, end, tlog.Hash{1}, size, tlog.Hash{2}); err == nil {
			t.Fatalf("accepted [%d, %d) of %d", start, end, size)
		}
		if err := proof.CheckConsistency(p, start, tlog.Hash{1}, size, tlog.Hash{2}); err == nil && !(start == size) {
			t.Fatalf("accepted %d to %d", start, size)
		}
		if err := proof.CheckInclusion(p, start, tlog.Hash{1}, size, tlog.Hash{2}); err == nil {
			t.Fatalf("accepted index %d of %d", start, size)
		}
	}
}

func TestConsistencyAndInclusionExhaustively(t *testing.T) {
	const max = 40
	tr := newTree(t, max, "")
	for size := range uint64(max + 1) {
		root := tr.root(int(size))
		for old := range size + 1 {
			p, err := proof.ProveConsistency(tr, old, size)
			if err != nil {
				t.Fatal(err)
			}
			oldRoot := tr.root(int(old))
			if err := proof.CheckConsistency(p, old, oldRoot, size, root); err != nil {
				t.Fatalf("%d to %d: %v", old, size, err)
			}
			oldRoot[0] ^= 1
			if proof.CheckConsistency(p, old, oldRoot, size, root) == nil {
				t.Fatalf("%d to %d: another old root accepted", old, size)
			}
			if proof.CheckConsistency(append(p, root), old, tr.root(int(old)), size, root) == nil {
				t.Fatalf("%d to %d: a hash too many accepted", old, size)
			}
		}
		for i := range size {
			p, err := proof.ProveInclusion(tr, i, size)
			if err != nil {
				t.Fatal(err)
			}
			if err := proof.CheckInclusion(p, i, tr.leaves[i], size, root); err != nil {
				t.Fatal(err)
			}
			if proof.CheckInclusion(p, i, tr.leaves[(i+1)%size], size, root) == nil && size > 1 {
				t.Fatalf("another leaf accepted at %d of %d", i, size)
			}
		}
	}
	for _, bad := range [][2]uint64{{2, 1}, {1, 1 << 62}, {1 << 63, 1 << 63}} {
		if _, err := proof.ProveConsistency(tr, bad[0], bad[1]); parley.KindOf(err) != parley.Invalid {
			t.Errorf("ProveConsistency(%v): %v", bad, err)
		}
		if _, err := proof.ProveInclusion(tr, bad[0], bad[1]); parley.KindOf(err) != parley.Invalid {
			t.Errorf("ProveInclusion(%v): %v", bad, err)
		}
	}
}
