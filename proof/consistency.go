package proof

import (
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

const maxSize = 1 << 62 // sizes and indexes stay below; parley.ParseSize keeps the same bound

// EmptyRoot is the root of a tree without leaves: the SHA-256 of nothing.
func EmptyRoot() tlog.Hash { h, _ := tlog.TreeHash(0, nil); return h }

// ProveConsistency proves that the tree of size old is a prefix of the tree of
// the given size (RFC 6962, 2.1.2). From an empty tree the proof is empty.
func ProveConsistency(r tlog.HashReader, old, size uint64) ([]tlog.Hash, error) {
	if old > size || size >= maxSize {
		return nil, parley.E(parley.Invalid, "consistency from %d to %d: want a size no smaller", old, size)
	}
	if old == 0 {
		return nil, nil
	}
	return tlog.ProveTree(int64(size), int64(old), r)
}

// CheckConsistency verifies such a proof. Errors are Untrusted.
func CheckConsistency(p []tlog.Hash, old uint64, oldRoot tlog.Hash, size uint64, root tlog.Hash) error {
	if old > size || size >= maxSize {
		return parley.E(parley.Untrusted, "consistency from %d to %d: want a size no smaller", old, size)
	}
	if old == 0 {
		if len(p) != 0 || oldRoot != EmptyRoot() || size == 0 && root != EmptyRoot() {
			return parley.E(parley.Untrusted, "consistency from 0 to %d: want an empty proof and the root of the empty tree", size)
		}
		return nil
	}
	if err := tlog.CheckTree(p, int64(size), root, int64(old), oldRoot); err != nil {
		return parley.E(parley.Untrusted, "the tree of size %d is not proven to begin with the tree of size %d: %w", size, old, err)
	}
	return nil
}

// ProveInclusion proves that the leaf at index is in the tree of the given size (RFC 6962, 2.1.1).
func ProveInclusion(r tlog.HashReader, index, size uint64) ([]tlog.Hash, error) {
	if index >= size || size >= maxSize {
		return nil, parley.E(parley.Invalid, "inclusion of index %d in a tree of size %d: want a smaller index", index, size)
	}
	return tlog.ProveRecord(int64(size), int64(index), r)
}

// CheckInclusion verifies such a proof for the hash of a leaf. Errors are Untrusted.
func CheckInclusion(p []tlog.Hash, index uint64, leaf tlog.Hash, size uint64, root tlog.Hash) error {
	if index >= size || size >= maxSize {
		return parley.E(parley.Untrusted, "inclusion of index %d in a tree of size %d: want a smaller index", index, size)
	}
	if err := tlog.CheckRecord(p, int64(size), root, int64(index), leaf); err != nil {
		return parley.E(parley.Untrusted, "the leaf is not proven to be at index %d of the tree of size %d: %w", index, size, err)
	}
	return nil
}
