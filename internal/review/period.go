package review

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
)

// reported are the kinds whose clock starts with an event that their author
// reports: each message has its own deadline, which it signs. REVIEW-10
var reported = []parley.Kind{"incident", "vulnerability", "notice"}

// opened is when the line between the two was open: when each had signed for the
// other's entry 0. Zero while it was not. What is owed once or in each period counts
// from there. REVIEW-10
func (f *Fold) opened() time.Time {
	var at time.Time
	for s := range f.sides {
		st, ok := f.sides[s].journals[0].stamps[string(f.pair[1-s])].first(0)
		if !ok {
			return time.Time{}
		}
		if st.at.After(at) {
			at = st.at
		}
	}
	return at
}

// events makes the rows of messages that report an event by a deadline which they
// sign: the clock is met by the message itself. REVIEW-10
func (b *book) events(a *agreement.Agreement, m *message, owing parley.Party) {
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		k, ok := a.Clock(c.Clock)
		if !ok || c.Sort != "once" || k.Starts != "event" || !owes(c, owing) || !b.fold.fits(c, m) || m.clock != k.ID || m.due == "" {
			continue
		}
		length, _ := clock.ParseLength(k.Length)
		grain := length.Grain()
		r := b.row(c, owing, m, grain)
		h := b.fold.delivery(a, m)
		r.Held, r.Delivered = h.how, grain.Show(h.at)
		due, err := time.Parse(instantForm, m.due)
		if err != nil {
			continue
		}
		r.Due = grain.Show(due)
		if r.Verdict = m.when.By(due, b.fold.cut.Instant); r.Verdict == clock.Disputed {
			r.Why = "interval"
		} else if r.Verdict == clock.Open {
			r.Age = grain.Age(b.fold.cut.Instant.Sub(m.when.NotBefore))
		}
		b.put(c.ID, owing, r)
	}
}

// fits: a message of the kinds, steps and precedences of a commitment.
func (f *Fold) fits(c *agreement.Commitment, m *message) bool {
	return slices.Contains(c.Kinds, m.kind) && (len(c.Steps) == 0 || slices.Contains(c.Steps, m.step)) &&
		(len(c.Precedences) == 0 || slices.Contains(c.Precedences, m.rank))
}

// owedOf calls do for each commitment of the text in force and each party that owes it.
func (b *book) owedOf(sort string, do func(a *agreement.Agreement, c *agreement.Commitment, side int)) {
	a := b.texts[0]
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if c.Sort != sort || len(c.Kinds) == 0 {
			continue // nothing on the record could meet it: it stands without a row
		}
		for side, p := range b.fold.pair {
			if owes(c, p) {
				do(a, c, side)
			}
		}
	}
}

// onces makes the row of what is owed one time. REVIEW-10
func (b *book) onces() {
	f := b.fold
	opened := f.opened()
	b.owedOf("once", func(a *agreement.Agreement, c *agreement.Commitment, side int) {
		k, ok := a.Clock(c.Clock)
		if !ok || opened.IsZero() || !slices.ContainsFunc(c.Kinds, func(k parley.Kind) bool { return !slices.Contains(reported, k) }) {
			return
		}
		length, _ := clock.ParseLength(k.Length)
		grain := length.Grain()
		p := f.pair[side]
		r := Row{Name: c.ID + ":" + string(p), Started: grain.Show(opened)}
		var first *message
		for _, m := range f.sides[side].messages {
			if m.kind != "" && !m.exercise && f.fits(c, m) && !(m.clock == k.ID && m.due != "") && !f.unreadable(m) {
				first = m
				break
			}
		}
		if first != nil {
			r.Message, r.ID, r.Kind, r.Step, r.From, r.To = first.ref.String(), first.id.String(), first.kind, first.step, first.from, first.to
			r.Answer = &Answer{Entry: first.ref.String(), Says: says(first), NotBefore: grain.Show(first.when.NotBefore), NotAfter: grain.Show(first.when.NotAfter)}
		}
		due, known, err := a.Due(k.ID, opened, f.pair[1-side], p)
		r.Due = grain.Show(due)
		switch {
		case err != nil:
			r.Verdict, r.Why = clock.Disputed, "calendar"
		case first != nil && !known:
			r.Verdict = clock.Met
		case first != nil:
			if r.Verdict = first.when.By(due, f.cut.Instant); r.Verdict == clock.Disputed {
				r.Why = "interval"
			}
		case known && f.cut.Instant.After(due):
			r.Verdict, r.Silence = clock.Late, f.silence(side, grain)
		default:
			r.Verdict = clock.Open
		}
		if r.Verdict == clock.Open {
			r.Age = grain.Age(f.cut.Instant.Sub(opened))
		}
		b.put(c.ID, p, r)
	})
}

// maxPeriods bounds the rows of one recurring promise.
const maxPeriods = 10000

// periods makes a row for each period of a recurring promise, the one that runs
// included. A message counts where its interval lies within the period; one that
// straddles an end may be counted on either side of it. REVIEW-10
func (b *book) periods() {
	f := b.fold
	opened := f.opened()
	b.owedOf("recurring", func(a *agreement.Agreement, c *agreement.Commitment, side int) {
		every, err := clock.ParseLength(c.Every)
		p, ok := a.Party(f.pair[side])
		if err != nil || !ok || opened.IsZero() {
			return
		}
		from := opened
		grain := every.Grain()
		given := f.given(c, side)
		for n := 1; n <= maxPeriods && !from.After(f.cut.Instant); n++ {
			whole, ok := every.Times(n)
			if !ok {
				return
			}
			until, ok, err := whole.Deadline(opened, p.WorkingTime())
			if err != nil || !ok || !until.After(from) {
				return
			}
			r := Row{Name: c.ID + ":" + string(p.Name) + ":" + strconv.Itoa(n), Started: grain.Show(from), Due: grain.Show(until),
				Counted: &Counted{From: grain.Show(from), Until: grain.Show(until), Wanted: c.Times}}
			r.Counted.Given, r.Counted.Maybe = given.in(from, until, n == 1)
			switch k := r.Counted; {
			case k.Given >= k.Wanted:
				r.Verdict = clock.Met
			case !f.cut.Instant.After(until):
				r.Verdict, r.Age = clock.Open, grain.Age(f.cut.Instant.Sub(from))
			case k.Given+k.Maybe >= k.Wanted:
				r.Verdict, r.Why = clock.Disputed, "count"
			default:
				r.Verdict, r.Silence = clock.Late, f.silence(side, grain)
			}
			b.put(c.ID, p.Name, r)
			from = until
		}
	})
}

// given is the messages that a promise counts, in the order in which they were
// written: the lower ends of their intervals only grow.
type given struct {
	stamped  []clock.Interval
	unsigned []clock.Interval // nobody has signed for them yet
	done     int              // so many of the stamped lie before the period
}

func (f *Fold) given(c *agreement.Commitment, side int) *given {
	g := &given{}
	for _, m := range f.sides[side].messages {
		switch {
		case m.kind == "" || m.exercise || !f.fits(c, m) || f.unreadable(m):
		case m.when.NotAfter.IsZero():
			g.unsigned = append(g.unsigned, m.when)
		default:
			g.stamped = append(g.stamped, m.when)
		}
	}
	return g
}

// in counts what lies in (from, until] for certain, and what may. What came before
// the line was open belongs to the first period. Periods are asked for in order.
func (g *given) in(from, until time.Time, first bool) (sure, maybe int) {
	for !first && g.done < len(g.stamped) && !g.stamped[g.done].NotAfter.After(from) {
		g.done++
	}
	for _, i := range g.stamped[g.done:] {
		if i.NotBefore.After(until) {
			break
		}
		if !first && !i.NotAfter.After(from) {
			continue
		}
		if (first || i.NotBefore.After(from)) && !i.NotAfter.After(until) {
			sure++
		} else {
			maybe++
		}
	}
	return sure, maybe + sort.Search(len(g.unsigned), func(k int) bool { return g.unsigned[k].NotBefore.After(until) })
}
