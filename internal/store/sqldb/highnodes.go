package sqldb

import (
	"sync"

	"golang.org/x/mod/sumdb/tlog"
)

// highNodes remembers tree nodes of level 8 and above that were read: there is one
// for every 128 entries, every proof wants a dozen of them, and none ever changes.
// With it a proof in a large journal reads no more than one in a small journal.
type highNodes struct {
	mu   sync.RWMutex
	node map[highNode]tlog.Hash // guarded by mu; emptied when it is full
}

type highNode struct {
	journal, place int64
}

// maxHighNodes is about 5 MB, or eight million entries.
const maxHighNodes = 1 << 16

func (h *highNodes) get(journal, place int64) (tlog.Hash, bool) {
	if place < 1<<tierShift {
		return tlog.Hash{}, false
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	hash, ok := h.node[highNode{journal, place}]
	return hash, ok
}

// put must be given committed nodes only.
func (h *highNodes) put(journal, place int64, hash tlog.Hash) {
	if place < 1<<tierShift {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.node) >= maxHighNodes || h.node == nil {
		h.node = make(map[highNode]tlog.Hash)
	}
	h.node[highNode{journal, place}] = hash
}
