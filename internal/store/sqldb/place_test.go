package sqldb

import (
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

func TestPlace(t *testing.T) {
	seen := map[int64]int64{}
	for i := range int64(300_000) {
		p := place(i)
		if index(p) != i {
			t.Fatalf("node %d is stored at %d, which is read as %d", i, p, index(p))
		}
		if old, ok := seen[p]; ok {
			t.Fatalf("nodes %d and %d are stored at %d", old, i, p)
		}
		seen[p] = i
	}
	for _, c := range []struct {
		level int
		n     int64
	}{{0, 1<<54 - 1}, {7, 12345678901}, {8, 3}, {20, 77}, {40, 1}} {
		i := tlog.StoredHashIndex(c.level, c.n)
		if index(place(i)) != i {
			t.Errorf("level %d, node %d", c.level, c.n)
		}
	}
}
