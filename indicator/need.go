package indicator

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// need is an observation expression after its comparisons were asked: what is
// left is which observations are put where. START and STOP are gone (they filter
// each observation alone), as is all that is impossible.
type need struct {
	op       observedOp // seen, both, either, ordered, repeats or within
	kids     []*need
	from     []int32 // seen: the observations that fit, in the order in which they begin
	demand   int64   // seen: how many of them are needed, counting each as often as it was seen
	times    int64   // repeats
	duration int64   // within
}

// span is an observation's time and number, in ticks.
type span struct{ first, last, count int64 }

const (
	always = math.MaxInt64
	never  = math.MinInt64
)

// measure orders the observations by when they begin, and turns times into ticks:
// nanoseconds, or microseconds where a time is too far away for those.
func (m *matcher) measure() {
	if m.spans != nil {
		return
	}
	m.seen = slices.Clone(m.seen)
	slices.SortStableFunc(m.seen, func(a, b Observation) int { return a.First.Compare(b.First) })
	tick := time.Time.UnixNano
	for i := range m.seen {
		if m.seen[i].First.Year() < 1700 || m.seen[i].Last.Year() > 2200 {
			tick = time.Time.UnixMicro
		}
	}
	m.spans = make([]span, len(m.seen))
	for i := range m.seen {
		m.spans[i] = span{tick(m.seen[i].First), tick(m.seen[i].Last), int64(max(1, m.seen[i].Count))}
		m.longest = max(m.longest, minus(m.spans[i].last, m.spans[i].first))
	}
	m.micro = len(m.seen) > 0 && tick(time.Unix(1, 0)) == 1e6
}

// between is a START STOP that holds where build is.
type startStop struct{ start, stop time.Time }

// build asks the comparisons; nil means that it is impossible.
func (m *matcher) build(o *observed, filters []startStop) (*need, error) {
	switch o.op {
	case seen:
		return m.buildSeen(o, filters)
	case between:
		if !o.start.Before(o.stop) {
			return nil, nil
		}
		return m.build(&o.kids[0], append(slices.Clip(filters), startStop{o.start, o.stop}))
	case within:
		kid, err := m.build(&o.kids[0], filters)
		if kid == nil || err != nil || kid.op == seen && kid.demand == 1 {
			return kid, err // one observation is always within any time of itself
		}
		d := int64(o.within)
		if m.micro {
			d /= 1000
		}
		return &need{op: within, kids: []*need{kid}, duration: d}, nil
	case repeats:
		kid, err := m.build(&o.kids[0], filters)
		if kid == nil || err != nil {
			return nil, err
		}
		return m.multiply(kid, o.times), nil
	}
	n := &need{op: o.op}
	for i := range o.kids {
		kid, err := m.build(&o.kids[i], filters)
		if err != nil {
			return nil, err
		}
		if kid == nil {
			if o.op == either {
				continue
			}
			return nil, nil
		}
		n.kids = append(n.kids, kid)
	}
	if o.op == either {
		n.kids = union(n.kids)
	}
	switch len(n.kids) {
	case 0:
		return nil, nil
	case 1:
		return n.kids[0], nil
	}
	return n, nil
}

func (m *matcher) buildSeen(o *observed, filters []startStop) (*need, error) {
	n := &need{op: seen, demand: 1}
next:
	for i := range m.seen {
		for _, f := range filters {
			// Some moment of it lies in [start, stop).
			if !m.seen[i].First.Before(f.stop) || m.seen[i].Last.Before(f.start) {
				continue next
			}
		}
		if m.look.sees(&o.test, m.seen[i].Objects) {
			n.from = append(n.from, int32(i))
		}
		if m.look.err != nil {
			return nil, m.look.err
		}
	}
	if n.from == nil {
		return nil, nil
	}
	return n, nil
}

// multiply is REPEATS: where neither time nor choice stands inside, it is only a
// larger demand.
func (m *matcher) multiply(n *need, times int64) *need {
	if times == 1 {
		return n
	}
	if n.plain() {
		return m.scale(n, times)
	}
	return &need{op: repeats, kids: []*need{n}, times: times}
}

func (n *need) plain() bool {
	return n.op == seen || n.op == both && !slices.ContainsFunc(n.kids, func(k *need) bool { return !k.plain() })
}

func (m *matcher) scale(n *need, times int64) *need {
	c := *n
	if n.op == seen {
		c.demand = product(n.demand, times)
		if m.supply(c.from, never, always) < c.demand {
			return nil
		}
		return &c
	}
	c.kids = make([]*need, len(n.kids))
	for i, k := range n.kids {
		if c.kids[i] = m.scale(k, times); c.kids[i] == nil {
			return nil
		}
	}
	return &c
}

// union makes one of all alternatives that are one observation each.
func union(kids []*need) []*need {
	single := &need{op: seen, demand: 1}
	var rest []*need
	for _, k := range kids {
		if k.op == seen && k.demand == 1 {
			single.from = append(single.from, k.from...)
		} else {
			rest = append(rest, k)
		}
	}
	if single.from == nil {
		return rest
	}
	slices.Sort(single.from)
	single.from = slices.Compact(single.from)
	return append(rest, single)
}

// near narrows a list to those that can lie between lo and hi: that begin by hi,
// and not so long before lo that even the longest has ended. Logarithmic.
func (m *matcher) near(from []int32, lo, hi int64) []int32 {
	if hi < always {
		n, _ := slices.BinarySearchFunc(from, hi, func(i int32, hi int64) int {
			if m.spans[i].first <= hi {
				return -1
			}
			return 1
		})
		from = from[:n]
	}
	if lo > never+m.longest {
		n, _ := slices.BinarySearchFunc(from, lo-m.longest, func(i int32, lo int64) int { return cmp.Compare(m.spans[i].first, lo) })
		from = from[n:]
	}
	return from
}

// lies says whether an observation lies between lo and hi: it begins by hi and does
// not end before lo.
func (s span) lies(lo, hi int64) bool { return s.first <= hi && s.last >= lo }

// supply is how many observations of a list can be had between lo and hi.
func (m *matcher) supply(from []int32, lo, hi int64) int64 {
	n := int64(0)
	for _, i := range m.near(from, lo, hi) {
		if s := &m.spans[i]; s.lies(lo, hi) {
			n += s.count
		}
	}
	return n
}

// product multiplies, and stays at what no supply reaches.
func product(a, b int64) int64 {
	if a > math.MaxInt64/2/b {
		return math.MaxInt64 / 2
	}
	return a * b
}
