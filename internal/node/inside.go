package node

import (
	"sync"

	"parley.example/parley"
)

// insides are what our newest entries seal, from their sealing until they are judged: so
// that this process does not decrypt what it has just encrypted. What is not there is
// opened from the part. The zero value is ready; safe for concurrent use.
type insides struct {
	mu     sync.Mutex
	of     map[parley.Hash][]byte // guarded by mu; by the part's hash
	octets int                    // guarded by mu
}

// insidesMost bounds what is kept; beyond it nothing is added.
const insidesMost = 4 << 20

func (s *insides) put(part parley.Hash, inside []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[parley.Hash][]byte{}
	}
	if _, ok := s.of[part]; ok || inside == nil || s.octets+len(inside) > insidesMost {
		return
	}
	s.of[part] = inside
	s.octets += len(inside)
}

// take gives what a part seals, once; nil where it is not here.
func (s *insides) take(part parley.Hash) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	inside := s.of[part]
	delete(s.of, part)
	s.octets -= len(inside)
	return inside
}
