package interop

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// zeros is a source of randomness for keys that protect nothing.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// memory is a tree in memory.
type memory struct {
	size   int64
	stored []tlog.Hash
}

func (m *memory) ReadHashes(idx []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(idx))
	for i, x := range idx {
		out[i] = m.stored[x]
	}
	return out, nil
}

func (m *memory) add(leaf []byte) {
	h, err := tlog.StoredHashes(m.size, leaf, m)
	if err != nil {
		panic(err) // the reader above has no errors
	}
	m.stored, m.size = append(m.stored, h...), m.size+1
}

func (m *memory) root() tlog.Hash {
	h, err := tlog.TreeHash(m.size, m)
	if err != nil {
		panic(err)
	}
	return h
}
