package proof

import (
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// ValidSubtree says whether [start, end) is a subtree: not empty, and start a
// multiple of the smallest power of two that holds it
// (draft-ietf-plants-merkle-tree-certs-02, 4.1). JOURNAL-10
func ValidSubtree(start, end uint64) bool {
	if start >= end || end >= maxSize {
		return false
	}
	ceil := uint64(1) << bits.Len64(end-start-1)
	return start&(ceil-1) == 0
}

// ProveSubtree proves that the subtree [start, end) is part of the tree of the
// given size, with one call of ReadHashes (the same draft, 4.4.1). With start 0
// it is the consistency proof of RFC 6962.
func ProveSubtree(r tlog.HashReader, start, end, size uint64) ([]tlog.Hash, error) {
	if !ValidSubtree(start, end) || end > size || size >= maxSize {
		return nil, parley.E(parley.Invalid, "subtree [%d, %d) of a tree of size %d: want an aligned range inside it", start, end, size)
	}
	ranges := subproof(0, size, start, end, true, nil)
	var need []int64
	for _, g := range ranges {
		need = appendStored(need, g)
	}
	if len(need) == 0 {
		return nil, nil
	}
	hashes, err := r.ReadHashes(need)
	if err != nil {
		return nil, err
	}
	if len(hashes) != len(need) {
		return nil, parley.E(parley.Internal, "read %d hashes: got %d", len(need), len(hashes))
	}
	p := make([]tlog.Hash, 0, len(ranges))
	for _, g := range ranges {
		n := len(appendStored(nil, g))
		p, hashes = append(p, foldRight(hashes[:n])), hashes[n:]
	}
	return p, nil
}

// span is the range [lo, hi) of leaves under one node of a tree.
type span struct{ lo, hi uint64 }

// subproof lists the nodes of the proof, from the leaves up: SUBTREE_SUBPROOF
// of the draft, with absolute positions. known: the verifier has this node.
func subproof(lo, hi, start, end uint64, known bool, out []span) []span {
	if start == lo && end == hi {
		if known {
			return out
		}
		return append(out, span{lo, hi})
	}
	mid := lo + split(hi-lo)
	switch {
	case end <= mid:
		return append(subproof(lo, mid, start, end, known, out), span{mid, hi})
	case mid <= start:
		return append(subproof(mid, hi, start, end, known, out), span{lo, mid})
	}
	return append(subproof(mid, hi, mid, end, false, out), span{lo, mid})
}

// split is the largest power of two below n; n is at least 2.
func split(n uint64) uint64 { return 1 << (bits.Len64(n-1) - 1) }

// appendStored lists the stored hashes, from the left, whose fold is the hash
// of the node. lo is aligned, so each step takes the largest complete subtree.
func appendStored(need []int64, g span) []int64 {
	for g.lo < g.hi {
		level := bits.Len64(g.hi-g.lo) - 1
		need = append(need, tlog.StoredHashIndex(level, int64(g.lo>>level)))
		g.lo += 1 << level
	}
	return need
}

func foldRight(hashes []tlog.Hash) tlog.Hash {
	h := hashes[len(hashes)-1]
	for i := len(hashes) - 2; i >= 0; i-- {
		h = tlog.NodeHash(hashes[i], h)
	}
	return h
}

// SubtreeHash is the hash of a subtree, from the hashes of its leaves
// (tlog.RecordHash); no leaves give EmptyRoot. It does not change its argument.
func SubtreeHash(leaves []tlog.Hash) tlog.Hash {
	switch n := uint64(len(leaves)); n {
	case 0:
		return EmptyRoot()
	case 1:
		return leaves[0]
	default:
		k := split(n)
		return tlog.NodeHash(SubtreeHash(leaves[:k]), SubtreeHash(leaves[k:]))
	}
}

// CheckSubtree verifies that the subtree [start, end) with hash h is part of
// the tree of the given size and root (the same draft, 4.4.3). Errors are Untrusted.
func CheckSubtree(p []tlog.Hash, start, end uint64, h tlog.Hash, size uint64, root tlog.Hash) error {
	if !ValidSubtree(start, end) || end > size || size >= maxSize {
		return parley.E(parley.Untrusted, "subtree [%d, %d) of a tree of size %d: want an aligned range inside it", start, end, size)
	}
	bad := parley.E(parley.Untrusted, "entries %d to %d are not proven to be part of the tree of size %d", start, end-1, size)
	fn, sn, tn := start, end-1, size-1
	shift := func(n int) { fn, sn, tn = fn>>n, sn>>n, tn>>n }
	if sn == tn {
		shift(bits.Len64(fn ^ sn))
	} else {
		for fn != sn && sn&1 == 1 {
			shift(1)
		}
	}
	fr, sr := h, h
	if fn != sn {
		if len(p) == 0 {
			return bad
		}
		fr, sr, p = p[0], p[0], p[1:]
	}
	for _, c := range p {
		if tn == 0 {
			return bad
		}
		if sn&1 == 1 || sn == tn {
			if fn < sn {
				fr = tlog.NodeHash(c, fr)
			}
			sr = tlog.NodeHash(c, sr)
			for sn&1 == 0 && sn != 0 {
				shift(1)
			}
		} else {
			sr = tlog.NodeHash(sr, c)
		}
		shift(1)
	}
	if tn != 0 || fr != h || sr != root {
		return bad
	}
	return nil
}
