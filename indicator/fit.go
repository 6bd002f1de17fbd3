package indicator

import (
	"slices"

	"parley.example/parley"
)

// fits says whether observations can be put where the needs ask for them, each
// used no more often than it was seen.
//
// In general that is as hard as packing sets, so it goes from cheap to dear. The
// front says no, or says yes where no two places fight for an observation: that
// is nearly every pattern, in polynomial time. Else a search decides one operator
// after another: which alternative, and at which moment one part ends and the
// next begins (a moment when some observation begins or ends; others change
// nothing). Before each decision the front and a flow, both polynomial, cut off
// what cannot succeed; without a decision left, the flow is the answer.
func (m *matcher) fits(n *need) (bool, error) {
	f, err := m.front(n, never, always)
	if len(f) == 0 || err != nil {
		return false, err
	}
	if !m.fought(n) {
		return true, nil
	}
	return m.search([]item{{need: n, lo: never, hi: always, from: never}})
}

// fought says whether two places, or two repetitions of one, could want the same
// observation more often than it was seen.
func (m *matcher) fought(n *need) bool {
	wanted := make([]int64, len(m.spans))
	slots := make([]int32, len(m.spans))
	var count func(n *need, times int64)
	count = func(n *need, times int64) {
		if n.op == repeats {
			times = product(times, n.times)
		}
		for _, k := range n.kids {
			count(k, times)
		}
		for _, i := range n.from {
			wanted[i] = min(wanted[i]+product(n.demand, times), always/4)
			slots[i]++
			if times > 1 {
				slots[i]++
			}
		}
	}
	count(n, 1)
	for i := range wanted {
		if slots[i] > 1 && wanted[i] > m.spans[i].count {
			return true
		}
	}
	return false
}

// item is a need that must be met between lo and hi. Copies of one repeated need
// have a group, and decide on moments in rising order: from is the least.
type item struct {
	need   *need
	lo, hi int64
	group  int
	from   int64
}

// maxItems bounds what repetitions are written out to.
const maxItems = 10_000

// search decides the first thing that is open, and then the rest.
func (m *matcher) search(items []item) (bool, error) {
	if err := m.spend.take(1 + len(items)); err != nil {
		return false, err
	}
	items = flat(items)
	if len(items) > maxItems {
		return false, parley.E(parley.Invalid, "gave up: the repetitions make more than %d parts: %w", maxItems, ErrBudget)
	}
	for _, i := range items {
		f, err := m.front(i.need, i.lo, i.hi)
		if len(f) == 0 || err != nil {
			return false, err
		}
	}
	for _, part := range m.parts(items) {
		if ok, err := m.decide(part); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// decide searches one part, which shares no observation with the others.
func (m *matcher) decide(items []item) (bool, error) {
	var slots []slot
	open := -1
	for k, i := range items {
		slots = m.slots(slots, i.need, i.lo, i.hi, 1)
		if open < 0 && i.need.op != seen {
			open = k
		}
	}
	if ok, err := m.supplies(slots); !ok || err != nil || open < 0 {
		return ok, err
	}
	i := items[open]
	rest := slices.Delete(slices.Clone(items), open, open+1)
	n := i.need
	switch n.op {
	case either:
		for _, k := range n.kids {
			if ok, err := m.search(append(slices.Clip(rest), item{need: k, lo: i.lo, hi: i.hi, group: i.group, from: i.from})); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	case repeats:
		return m.unroll(i, rest)
	}
	last := len(n.kids) - 1
	for _, t := range m.moments(n, i) {
		if err := m.spend.take(1); err != nil {
			return false, err
		}
		if t < i.from {
			continue
		}
		more := slices.Clone(rest)
		for k := range more {
			if i.group != 0 && more[k].group == i.group {
				more[k].from = t
			}
		}
		if n.op == within {
			more = append(more, item{need: n.kids[0], lo: max(i.lo, t), hi: min(i.hi, plus(t, n.duration)), from: never})
		} else {
			before := n.kids[0]
			if last > 1 {
				before = &need{op: ordered, kids: n.kids[:last]}
			}
			more = append(more, item{need: before, lo: i.lo, hi: min(i.hi, t), from: never}, item{need: n.kids[last], lo: max(i.lo, t), hi: i.hi, from: never})
		}
		if ok, err := m.search(more); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// unroll writes a repetition out.
func (m *matcher) unroll(i item, rest []item) (bool, error) {
	n := i.need
	if m.supply(m.all(n, i.lo, i.hi), i.lo, i.hi) < product(least(n.kids[0]), n.times) {
		return false, nil
	}
	if n.times > maxItems {
		return false, parley.E(parley.Invalid, "gave up: %d repetitions of more than one observation, at most %d: %w", n.times, maxItems, ErrBudget)
	}
	m.groups++
	more := slices.Clone(rest)
	for range n.times {
		more = append(more, item{need: n.kids[0], lo: i.lo, hi: i.hi, group: m.groups, from: never})
	}
	return m.search(more)
}

// flat takes conjunctions apart.
func flat(items []item) []item {
	var out []item
	for _, i := range items {
		if i.need.op != both {
			out = append(out, i)
			continue
		}
		for _, k := range i.need.kids {
			out = append(out, flat([]item{{need: k, lo: i.lo, hi: i.hi, from: never}})...)
		}
	}
	return out
}

// slots lists what a need takes whatever is decided.
func (m *matcher) slots(list []slot, n *need, lo, hi, times int64) []slot {
	switch n.op {
	case seen:
		return append(list, slot{n.from, product(n.demand, times), lo, hi})
	case either:
		return list
	case repeats:
		times = product(times, n.times)
	}
	for _, k := range n.kids {
		list = m.slots(list, k, lo, hi, times)
	}
	return list
}

// moments are the times at which a need can be cut: for WITHIN when the first of
// its observations ends, for FOLLOWEDBY when the last before the cut begins.
func (m *matcher) moments(n *need, i item) []int64 {
	part := n
	if n.op == ordered {
		part = &need{op: both, kids: n.kids[:len(n.kids)-1]}
	}
	var list []int64
	for _, o := range m.all(part, i.lo, i.hi) {
		s := m.spans[o]
		if !s.lies(i.lo, i.hi) {
			continue
		}
		if n.op == ordered {
			list = append(list, s.first)
		} else {
			list = append(list, s.last)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// all are the observations of a need that are near, each once.
func (m *matcher) all(n *need, lo, hi int64) []int32 {
	var list []int32
	var add func(n *need)
	add = func(n *need) {
		list = append(list, m.near(n.from, lo, hi)...)
		for _, k := range n.kids {
			add(k)
		}
	}
	add(n)
	slices.Sort(list)
	return slices.Compact(list)
}

// least is how many observations a need takes at least.
func least(n *need) int64 {
	if n.op == seen {
		return n.demand
	}
	total := int64(0)
	for k, kid := range n.kids {
		switch l := least(kid); {
		case n.op == either && k > 0:
			total = min(total, l)
		default:
			total = min(total+l, always/2)
		}
	}
	if n.op == repeats {
		total = product(total, n.times)
	}
	return total
}

// parts groups items that could want the same observation.
func (m *matcher) parts(items []item) [][]item {
	if len(items) < 2 {
		return [][]item{items}
	}
	owner := map[int32]int{}
	group := make([]int, len(items))
	root := func(k int) int {
		for group[k] != k {
			group[k] = group[group[k]]
			k = group[k]
		}
		return k
	}
	for k := range items {
		group[k] = k
		for _, o := range m.all(items[k].need, items[k].lo, items[k].hi) {
			if owner[o] == 0 {
				owner[o] = k + 1
			} else {
				group[root(k)] = root(owner[o] - 1)
			}
		}
	}
	at := map[int]int{}
	var parts [][]item
	for k := range items {
		r := root(k)
		if _, ok := at[r]; !ok {
			at[r] = len(parts)
			parts = append(parts, nil)
		}
		parts[at[r]] = append(parts[at[r]], items[k])
	}
	return parts
}
