package indicator

import (
	"cmp"
	"container/heap"
	"slices"
)

// point is what time asks of a set of observations: when the last of them begins,
// and when the first of them ends. One set is at least as good as another, for
// FOLLOWEDBY and WITHIN on either side, if it begins no later and ends no earlier.
type point struct{ first, last int64 }

// front is the points of an expression that no other point is at least as good
// as, both numbers rising. It forgets that an observation is used once, and is
// never larger than the number of observations: so it costs time in their number
// times that of the operators, whatever the pattern. An empty front means no; a
// front with a point means yes where no observation is fought for.
func (m *matcher) front(n *need, lo, hi int64) ([]point, error) {
	if n.op == seen {
		return m.frontSeen(n, lo, hi)
	}
	var got []point
	for i, k := range n.kids {
		f, err := m.front(k, lo, hi)
		if err != nil {
			return nil, err
		}
		if err := m.spend.take(len(f) + len(got)); err != nil {
			return nil, err
		}
		switch {
		case i == 0:
			got = f
		case n.op == either:
			got = best(append(slices.Clip(got), f...))
		default:
			got = join(got, f, n.op == ordered)
		}
		if len(got) == 0 && n.op != either {
			return nil, nil
		}
	}
	if n.op == within {
		got = slices.DeleteFunc(slices.Clone(got), func(p point) bool { return minus(p.first, p.last) > n.duration })
	}
	return got, nil
}

// frontSeen takes, for each time by which all must have begun, those that end last.
func (m *matcher) frontSeen(n *need, lo, hi int64) ([]point, error) {
	from := m.near(n.from, lo, hi)
	if err := m.spend.take(1 + len(from)); err != nil {
		return nil, err
	}
	var all []point
	var used lasts
	have := int64(0)
	for _, i := range from { // as they begin
		s := m.spans[i]
		if !s.lies(lo, hi) {
			continue
		}
		heap.Push(&used, s)
		have += s.count
		for have-used[0].count >= n.demand {
			have -= used[0].count
			heap.Pop(&used)
		}
		if have >= n.demand {
			all = append(all, point{s.first, used[0].last})
		}
	}
	return best(all), nil
}

// lasts is a heap of spans, the one that ends first on top.
type lasts []span

func (h lasts) Len() int           { return len(h) }
func (h lasts) Less(i, j int) bool { return h[i].last < h[j].last }
func (h lasts) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *lasts) Push(x any)        { *h = append(*h, x.(span)) }
func (h *lasts) Pop() any {
	old := *h
	s := old[len(old)-1]
	*h = old[:len(old)-1]
	return s
}

// best keeps the points that no other is at least as good as.
func best(all []point) []point {
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.first, b.first), cmp.Compare(b.last, a.last))
	})
	kept := all[:0]
	for _, p := range all {
		if len(kept) == 0 || p.last > kept[len(kept)-1].last {
			kept = append(kept, p)
		}
	}
	return kept
}

// join makes the front of both sides; in order, a must have begun by the time b ends.
func join(a, b []point, inOrder bool) []point {
	at := func(f []point, by int64) (point, bool) {
		i, _ := slices.BinarySearchFunc(f, by, func(p point, by int64) int {
			if p.first <= by {
				return -1
			}
			return 1
		})
		if i == 0 {
			return point{}, false
		}
		return f[i-1], true
	}
	var all []point
	for _, side := range [][]point{a, b} {
		for _, p := range side {
			r, ok := at(b, p.first)
			if !ok {
				continue
			}
			by := p.first
			if inOrder {
				by = min(by, r.last)
			}
			if l, ok := at(a, by); ok {
				all = append(all, point{max(l.first, r.first), min(l.last, r.last)})
			}
		}
	}
	return best(all)
}

// minus is a difference that does not run over.
func minus(a, b int64) int64 {
	d := a - b
	switch {
	case a >= 0 && b < 0 && d < 0:
		return always
	case a < 0 && b > 0 && d > 0:
		return never
	}
	return d
}

// plus is a sum that does not run over.
func plus(a, b int64) int64 {
	if s := a + b; s >= a {
		return s
	}
	return always
}
