package intel

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestSortPostings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{0, 1, 2, 2047, 2048, 2049, 70_000} {
		for _, spread := range []uint64{1, 3, 1 << 20, 1 << 63} {
			list := make([]posting, n)
			for i := range list {
				list[i] = posting{term(r.Uint64N(spread)) << 1 << r.IntN(2), uint64(i / 3)}
			}
			want := slices.Clone(list)
			slices.SortStableFunc(want, posting.compare)
			if sortPostings(list); !slices.Equal(list, want) {
				t.Errorf("%d postings over %d terms", n, spread)
			}
		}
	}
}

func BenchmarkSortPostings(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	list := make([]posting, 100_000)
	for i := range list {
		list[i] = posting{termOf(termWord, string(rune('a'+r.IntN(26))), string(rune('a'+r.IntN(26)))), uint64(i / 12)}
		if i%3 == 0 {
			list[i].term = term(r.Uint64())
		}
	}
	work := make([]posting, len(list))
	for b.Loop() {
		copy(work, list)
		sortPostings(work)
	}
}
