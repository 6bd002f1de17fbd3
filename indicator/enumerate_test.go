package indicator

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// bindings are all sets of observations that an expression can be put on: the
// definition, at the cost of writing all of them down. An observation that was
// seen n times is n members of a set: bits i*4, i*4+1, ...
func bindings(o *observed, look *looker, seenBy []Observation) map[uint64]bool {
	list := map[uint64]bool{}
	switch o.op {
	case seen:
		for i := range seenBy {
			if look.sees(&o.test, seenBy[i].Objects) {
				for n := range seenBy[i].Count {
					list[1<<(i*4+n)] = true
				}
			}
		}
	case either:
		for k := range o.kids {
			maps.Copy(list, bindings(&o.kids[k], look, seenBy))
		}
	case both, ordered:
		list = bindings(&o.kids[0], look, seenBy)
		for k := range o.kids[1:] {
			list = pairs(list, bindings(&o.kids[k+1], look, seenBy), func(l, r uint64) bool {
				begun, _ := times(l, seenBy)
				_, ends := times(r, seenBy)
				return o.op == both || !begun.After(ends)
			})
		}
	case repeats:
		kid := bindings(&o.kids[0], look, seenBy)
		list = kid
		for range o.times - 1 {
			list = pairs(list, kid, func(l, r uint64) bool { return true })
		}
	case within:
		for b := range bindings(&o.kids[0], look, seenBy) {
			if begun, ends := times(b, seenBy); begun.Sub(ends) <= o.within {
				list[b] = true
			}
		}
	case between:
		for b := range bindings(&o.kids[0], look, seenBy) {
			ok := o.start.Before(o.stop)
			for i := range seenBy {
				if b>>(i*4)&15 != 0 {
					ok = ok && seenBy[i].First.Before(o.stop) && !seenBy[i].Last.Before(o.start)
				}
			}
			if ok {
				list[b] = true
			}
		}
	}
	return list
}

// pairs joins the sets that share nothing.
func pairs(left, right map[uint64]bool, ok func(l, r uint64) bool) map[uint64]bool {
	list := map[uint64]bool{}
	for l := range left {
		for r := range right {
			if l&r == 0 && ok(l, r) {
				list[l|r] = true
			}
		}
	}
	return list
}

// times are when the last of a set begins and the first of it ends.
func times(set uint64, seenBy []Observation) (begun, ends time.Time) {
	for i := range seenBy {
		if set>>(i*4)&15 == 0 {
			continue
		}
		if begun.IsZero() || seenBy[i].First.After(begun) {
			begun = seenBy[i].First
		}
		if ends.IsZero() || seenBy[i].Last.Before(ends) {
			ends = seenBy[i].Last
		}
	}
	return begun, ends
}

// randomPattern writes a pattern over objects with one letter each.
func randomPattern(r *rand.Rand, depth int) string {
	stamp := func() string {
		return "t'" + time.Date(2026, 1, 1, 0, 0, r.IntN(12), 0, time.UTC).Format(time.RFC3339) + "'"
	}
	s := ""
	switch n := r.IntN(10); {
	case depth == 0 || n < 3:
		var tests []string
		for range 1 + r.IntN(2) {
			tests = append(tests, fmt.Sprintf("x:k = '%c'", 'a'+r.IntN(3)))
		}
		s = "[" + strings.Join(tests, " OR ") + "]"
	default:
		var kids []string
		for range 2 + r.IntN(2) {
			kids = append(kids, randomPattern(r, depth-1))
		}
		s = "(" + strings.Join(kids, []string{" AND ", " OR ", " FOLLOWEDBY "}[r.IntN(3)]) + ")"
	}
	switch r.IntN(8) {
	case 0, 1:
		s += fmt.Sprintf(" WITHIN %d SECONDS", 1+r.IntN(4))
	case 2, 3:
		s += fmt.Sprintf(" REPEATS %d TIMES", 1+r.IntN(3))
	case 4:
		s += " START " + stamp() + " STOP " + stamp()
	}
	return s
}

// TestMatchIsWhatTheDefinitionSays compares the matcher with the definition on
// small random worlds, in which observations are fought for.
func TestMatchIsWhatTheDefinitionSays(t *testing.T) {
	yes, searched := 0, 0
	const rounds = 20000
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 4))
		var seenBy []Observation
		for range 1 + r.IntN(5) {
			first := time.Date(2026, 1, 1, 0, 0, r.IntN(10), 0, time.UTC)
			seenBy = append(seenBy, Observation{
				First: first, Last: first.Add(time.Duration(r.IntN(3)) * time.Second), Count: 1 + r.IntN(3),
				Objects: map[string]any{"0": map[string]any{"type": "x", "k": string(rune('a' + r.IntN(3)))}},
			})
		}
		text := "(" + randomPattern(r, 2) + ")"
		p, err := ParsePattern(text)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		spend := steps{1 << 30, 1 << 30}
		want := len(bindings(&p.root, &looker{spend: &spend}, seenBy)) > 0
		got, err := p.Match(seenBy, 0)
		if err != nil || got != want {
			t.Errorf("seed %d: %s over %s: %v, %v, the definition says %v", seed, text, worldOf(seenBy), got, err, want)
		}
		if got {
			yes++
		}
		m := matcher{seen: seenBy, spend: &spend, look: looker{spend: &spend}}
		m.measure()
		if n, _ := m.build(&p.root, nil); n != nil {
			if f, _ := m.front(n, never, always); len(f) > 0 && m.fought(n) {
				searched++
			}
		}
	}
	if yes < rounds/10 || yes > rounds*9/10 || searched < rounds/10 {
		t.Errorf("%d of %d match, %d were searched: the worlds are too one-sided to say anything", yes, rounds, searched)
	}
}

func worldOf(seenBy []Observation) string {
	var b strings.Builder
	for _, o := range seenBy {
		fmt.Fprintf(&b, " %v:%d-%dx%d", o.Objects["0"].(map[string]any)["k"], o.First.Second(), o.Last.Second(), o.Count)
	}
	return b.String()
}
