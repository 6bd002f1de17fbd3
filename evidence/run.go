package evidence

import (
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// heldRun is a run whose entries are proven to be all of [Start, End).
type heldRun struct {
	*Run
	stamps  []cosignedAt // of a review
	seen    *seen
	entries []*held
	roots   []tlog.Hash // of the sizes Start to End
	used    bool
}

// run checks that a run is whole: the frontier and the leaves make the signed
// root, so that nothing can be left out between them. EVIDENCE-8
func (v *verifier) run(r *Run) error {
	t, err := newRange(r.Start, r.Frontier)
	if err != nil {
		return err
	}
	out := &heldRun{Run: r, roots: []tlog.Hash{t.root()}}
	for i := range r.Leaves {
		l := &r.Leaves[i]
		if !v.whole {
			if err := v.announce(l); err != nil {
				return err
			}
		}
		leaf := tlog.RecordHash(l.Raw)
		h, again := v.entries[l.Ref]
		if v.whole && again { // judged with the other runs
			t.append(leaf)
			out.entries, out.roots = append(out.entries, h), append(out.roots, t.root())
			continue
		}
		if !again {
			if h, err = v.judge(l); err != nil {
				return err
			}
		} else if h.leaf != leaf || l.Clear != nil || l.Facts != nil || l.Part != nil {
			return parley.E(parley.Untrusted, "%s stands in the file twice, and not alike", l.Ref)
		}
		t.append(leaf)
		out.entries, out.roots = append(out.entries, h), append(out.roots, t.root())
	}
	log, err := v.chain.LogKeys(r.Origin)
	if err != nil {
		return err
	}
	cp, err := proof.OpenCheckpoint(r.Checkpoint, log...)
	if err != nil {
		return err
	}
	if cp.Origin != r.Origin || cp.Size != r.End || cp.Root != t.root() {
		return parley.E(parley.Untrusted, "the run of %s from %d to %d is not whole: it does not make the signed root", r.Origin, r.Start, r.End)
	}
	out.seen = v.checkpoint(r.Checkpoint, cp)
	for _, h := range out.entries {
		h.proofs = append(h.proofs, out.seen)
	}
	v.runs = append(v.runs, out)
	return nil
}

// compact is a tree of which only the complete subtrees are known: what an
// append-only tree needs to grow.
type compact struct {
	size  uint64
	nodes []tlog.Hash // of the complete subtrees, from the left; one for each bit of size
}

// newRange is the tree of a size whose complete subtrees are given.
func newRange(size uint64, frontier []tlog.Hash) (*compact, error) {
	if n := ones(size); n != len(frontier) {
		return nil, parley.E(parley.Untrusted, "a run from %d begins with %d hashes, and carries %d", size, n, len(frontier))
	}
	return &compact{size, append([]tlog.Hash(nil), frontier...)}, nil
}

func (c *compact) append(leaf tlog.Hash) {
	for s := c.size; s&1 == 1; s >>= 1 {
		last := len(c.nodes) - 1
		leaf, c.nodes = tlog.NodeHash(c.nodes[last], leaf), c.nodes[:last]
	}
	c.nodes = append(c.nodes, leaf)
	c.size++
}

func (c *compact) root() tlog.Hash {
	if c.size == 0 {
		return proof.EmptyRoot()
	}
	h := c.nodes[len(c.nodes)-1]
	for i := len(c.nodes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(c.nodes[i], h)
	}
	return h
}

// frontier reads the complete subtrees of a tree of the given size.
func frontier(r tlog.HashReader, size uint64) ([]tlog.Hash, error) {
	var need []int64
	for lo, level := uint64(0), 62; level >= 0; level-- {
		if n := uint64(1) << level; size&n != 0 {
			need = append(need, tlog.StoredHashIndex(level, int64(lo>>level)))
			lo += n
		}
	}
	if need == nil {
		return nil, nil
	}
	return r.ReadHashes(need)
}

func ones(n uint64) (c int) {
	for ; n != 0; n &= n - 1 {
		c++
	}
	return c
}
