package indicator

import (
	"cmp"
	"slices"
)

// slot is one demand for observations from a list, between lo and hi.
type slot struct {
	from   []int32
	demand int64
	lo, hi int64
}

// supplies says whether all slots can be filled at once, each observation used no
// more often than it was seen. It is a flow from slots to observations, found by
// augmenting paths: the cost is that of the pairs times the paths.
func (m *matcher) supplies(slots []slot) (bool, error) {
	if len(slots) == 1 {
		s := &slots[0]
		return m.supply(s.from, s.lo, s.hi) >= s.demand, m.spend.take(1 + len(m.near(s.from, s.lo, s.hi)))
	}
	fit := make([][]int32, len(slots))
	for k, s := range slots {
		from := m.near(s.from, s.lo, s.hi)
		if err := m.spend.take(1 + len(from)); err != nil {
			return false, err
		}
		for _, i := range from {
			if m.spans[i].lies(s.lo, s.hi) {
				fit[k] = append(fit[k], i)
			}
		}
		if len(fit[k]) == 0 {
			return false, nil
		}
	}
	byChoice := make([]int, len(slots))
	for k := range byChoice {
		byChoice[k] = k
	}
	slices.SortFunc(byChoice, func(a, b int) int { return cmp.Compare(len(fit[a]), len(fit[b])) })
	f := flow{m: m, fit: fit, free: map[int32]int64{}, used: make([]map[int32]int64, len(slots)), users: map[int32][]int{}}
	for _, k := range byChoice {
		if ok, err := f.fill(k, slots[k].demand); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

type flow struct {
	m     *matcher
	fit   [][]int32         // of each slot: the observations it may take
	free  map[int32]int64   // of an observation that somebody took: what is left
	used  []map[int32]int64 // of each slot: what it took
	users map[int32][]int   // of an observation: slots that took of it once
}

func (f *flow) left(i int32) int64 {
	if n, ok := f.free[i]; ok {
		return n
	}
	return f.m.spans[i].count
}

// move gives n of an observation to a slot, or takes them back where n is negative.
func (f *flow) move(k int, i int32, n int64) {
	if f.used[k] == nil {
		f.used[k] = map[int32]int64{}
	}
	if _, ok := f.used[k][i]; !ok {
		f.users[i] = append(f.users[i], k)
	}
	f.free[i] = f.left(i) - n
	f.used[k][i] += n
}

// fill gives a slot all it needs, moving others where that helps.
func (f *flow) fill(k int, demand int64) (bool, error) {
	for _, i := range f.fit[k] {
		if n := min(f.left(i), demand); n > 0 {
			f.move(k, i, n)
			demand -= n
		}
		if demand == 0 {
			return true, nil
		}
	}
	for demand > 0 {
		n, err := f.augment(k, demand)
		if n == 0 || err != nil {
			return false, err
		}
		demand -= n
	}
	return true, nil
}

// augment finds a chain of slots, each of which can give up an observation for
// another, and moves along it as much as goes.
func (f *flow) augment(k int, demand int64) (int64, error) {
	type link struct {
		slot  int   // that gives
		takes int32 // the observation that the slot before it takes
		back  int
	}
	queue := []link{{slot: k, back: -1}}
	seenSlot := map[int]bool{k: true}
	seenObs := map[int32]bool{}
	for at := 0; at < len(queue); at++ {
		here := queue[at].slot
		if err := f.m.spend.take(1 + len(f.fit[here])); err != nil {
			return 0, err
		}
		for _, i := range f.fit[here] {
			if free := f.left(i); free > 0 {
				n := min(demand, free)
				for b := at; queue[b].back >= 0; b = queue[b].back {
					n = min(n, f.used[queue[b].slot][queue[b].takes])
				}
				take := i
				for b := at; b >= 0; b = queue[b].back {
					f.move(queue[b].slot, take, n)
					if queue[b].back >= 0 {
						f.move(queue[b].slot, queue[b].takes, -n)
						take = queue[b].takes
					}
				}
				return n, nil
			}
			if seenObs[i] {
				continue
			}
			seenObs[i] = true
			for _, other := range f.users[i] {
				if !seenSlot[other] && f.used[other][i] > 0 {
					seenSlot[other] = true
					queue = append(queue, link{other, i, at})
				}
			}
		}
	}
	return 0, nil
}
