package node

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// What a counterpart's entry names beyond the agreement's limits is not taken. AGREEMENT-18
func TestBlobLimits(t *testing.T) {
	hash := func(b byte) parley.Hash { return parley.Sum([]byte{b}) }
	const limit = 1 << 20
	list := []seal.BlobLine{{Hash: hash(0), Size: 1}, {Hash: hash(1), Size: int64(sealedMost(limit))}, {Hash: hash(2), Size: int64(sealedMost(limit)) + 1}, {Hash: hash(3), Size: 1}}
	for i, fits := range []bool{true, true, false, false} {
		if err := withinLimits(list, hash(byte(i)), limit, 3); (err == nil) != fits || !fits && parley.KindOf(err) != parley.Forbidden {
			t.Errorf("attachment %d: %v", i, err)
		}
	}
}
