package indicator

import (
	"errors"
	"time"

	"parley.example/parley"
)

// Budget is how many steps one match may take: about one for each comparison of
// a value, more for long texts, and one for each observation that the search
// looks at. A million are some tens of milliseconds.
type Budget int64

// DefaultBudget is what a Budget of 0 means.
const DefaultBudget Budget = 10_000_000

// ErrBudget is in the chain of the error of a match that needed more steps than
// it had: nothing is known then, neither yes nor no.
var ErrBudget = errors.New("the match needs more steps than it has")

// steps counts down a budget.
type steps struct{ left, all int64 }

func (s *steps) take(n int) error {
	s.left -= int64(n)
	if s.left < 0 {
		return parley.E(parley.Invalid, "gave up after %d steps: give fewer observations at once, or a pattern with fewer repetitions: %w", s.all, ErrBudget)
	}
	return nil
}

// Matchable says why a well-written pattern cannot be matched: nil, or an Invalid
// error that names what of it has no safe meaning here.
func (p *Pattern) Matchable() error { return p.fault }

// Match says whether the observations together make the pattern true. Every
// observation stands for as many as its Count, and each of these is used once. It
// changes nothing, and is safe for concurrent use. Errors are Invalid: the pattern
// is not Matchable, a value is no timestamp where one is compared, an observation
// ends before it begins, or the budget is spent (ErrBudget). OASIS STIX 2.1 §9.4
func (p *Pattern) Match(seen []Observation, b Budget) (bool, error) {
	if p.fault != nil {
		return false, p.fault
	}
	if b <= 0 {
		b = DefaultBudget
	}
	for i := range seen {
		if seen[i].Last.Before(seen[i].First) {
			return false, parley.E(parley.Invalid, "an observation ends at %s, before it begins at %s", seen[i].Last.Format(time.RFC3339Nano), seen[i].First.Format(time.RFC3339Nano))
		}
	}
	left := steps{int64(b), int64(b)}
	m := matcher{seen: seen, spend: &left, look: looker{spend: &left}}
	return m.matches(&p.root)
}

// matcher is one match.
type matcher struct {
	seen    []Observation
	spend   *steps
	look    looker
	micro   bool // ticks are microseconds
	groups  int
	spans   []span // times and counts of seen, made when they are needed
	longest int64  // that one of seen lasts
}

// matches asks alternatives one by one, and everything else as a whole.
func (m *matcher) matches(o *observed) (bool, error) {
	switch o.op {
	case seen:
		for i := range m.seen {
			if m.look.sees(&o.test, m.seen[i].Objects) {
				return true, nil
			}
			if m.look.err != nil {
				return false, m.look.err
			}
		}
		return false, nil
	case either:
		for i := range o.kids {
			if ok, err := m.matches(&o.kids[i]); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	}
	m.measure()
	n, err := m.build(o, nil)
	if n == nil || err != nil {
		return false, err
	}
	return m.fits(n)
}
