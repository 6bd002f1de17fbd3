package sqldb

import (
	"math/bits"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Edge is the right edge of a tree: the roots of its complete subtrees, from the
// left. With it, leaves are added and roots computed without reading anything.
// An Edge may also stand for the leaves from a multiple of 256 onwards.
type Edge struct {
	start, size uint64
	peaks       []tlog.Hash
}

// NewEdge is the edge of a tree of the given size, from the roots of its complete
// subtrees, the largest first (none for size 0).
func NewEdge(size uint64, peaks []tlog.Hash) (Edge, error) {
	if len(peaks) != bits.OnesCount64(size) {
		return Edge{}, parley.E(parley.Invalid, "edge of size %d with %d hashes: want %d", size, len(peaks), bits.OnesCount64(size))
	}
	return Edge{size: size, peaks: slices.Clone(peaks)}, nil
}

// Edge reads the edge of the leaves [start, end) of a journal; start is 0 or a
// multiple of 256 near end. One query.
func (t *Tx) Edge(journal int64, start, end uint64) (Edge, error) {
	e := Edge{start: start, size: end}
	if start == end {
		return e, nil
	}
	var err error
	e.peaks, err = t.hashes(journal, peakIndexes(start, end))
	return e, err
}

// peakIndexes are the stored hashes of the complete subtrees of [start, end).
func peakIndexes(start, end uint64) []int64 {
	var list []int64
	for start < end {
		level := bits.Len64(end-start) - 1
		list = append(list, tlog.StoredHashIndex(level, int64(start>>level)))
		start += 1 << level
	}
	return list
}

// Size is the index after the last leaf.
func (e *Edge) Size() uint64 { return e.size }

// Clone is a copy that grows by itself.
func (e *Edge) Clone() Edge { return Edge{e.start, e.size, slices.Clone(e.peaks)} }

// Add adds a leaf, and appends to stored the tree nodes that it completes, in the
// order of their tlog.StoredHashIndex.
func (e *Edge) Add(leaf tlog.Hash, stored []tlog.Hash) []tlog.Hash {
	h := leaf
	stored = append(stored, h)
	for n := e.size - e.start; n&1 == 1; n >>= 1 {
		last := len(e.peaks) - 1
		h = tlog.NodeHash(e.peaks[last], h)
		e.peaks = e.peaks[:last]
		stored = append(stored, h)
	}
	e.peaks = append(e.peaks, h)
	e.size++
	return stored
}

// Root is the hash of the leaves. RFC 6962 §2.1
func (e *Edge) Root() tlog.Hash {
	if len(e.peaks) == 0 {
		h, _ := tlog.TreeHash(0, nil)
		return h
	}
	h := e.peaks[len(e.peaks)-1]
	for i := len(e.peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(e.peaks[i], h)
	}
	return h
}

// PutLeaves stores the tree nodes that these leaves complete, and moves the edge.
func (t *Tx) PutLeaves(journal int64, e *Edge, leaves []tlog.Hash) error {
	if len(leaves) == 0 {
		return nil
	}
	next := tlog.StoredHashIndex(0, int64(e.size))
	var nodes []tlog.Hash
	for _, l := range leaves {
		nodes = e.Add(l, nodes)
	}
	list := make([]StoredHash, len(nodes))
	for i, h := range nodes {
		list[i] = StoredHash{next + int64(i), h}
	}
	return t.PutHashes(journal, list)
}

// PutEdge stores the nodes of an edge that was verified, for a copy that begins there.
func (t *Tx) PutEdge(journal int64, e Edge) error {
	list := make([]StoredHash, len(e.peaks))
	for i, x := range peakIndexes(e.start, e.size) {
		list[i] = StoredHash{x, e.peaks[i]}
	}
	return t.PutHashes(journal, list)
}

// Peaks are the tlog.StoredHashIndex of the complete subtrees of a tree, the largest first.
func Peaks(size uint64) []int64 { return peakIndexes(0, size) }
