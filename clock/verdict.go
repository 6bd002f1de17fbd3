package clock

import (
	"strconv"
	"time"
)

// Interval bounds when something happened. REVIEW-4
type Interval struct {
	NotBefore time.Time // by what its author says itself; zero: nothing says
	NotAfter  time.Time // by the stamp that decides; zero: nobody has signed for it yet
}

// Verdict is how a clock stands. REVIEW-8
type Verdict string

// The verdicts. Undelivered and disputed blame nobody.
const (
	Met         Verdict = "met"
	Late        Verdict = "late"
	Disputed    Verdict = "disputed"
	Undelivered Verdict = "undelivered" // the clock never began: not delivered and not tendered
	Open        Verdict = "open"        // not yet due, or without a deadline
	Withdrawn   Verdict = "withdrawn"   // taken back before it was late
)

// By says how the clock stands at an instant that runs out at due, for what
// happened within the interval. What happens at the deadline has met it (CLOCK-2).
// Where the interval straddles the deadline it is disputed, or open while the
// deadline has not come. REVIEW-8
func (i Interval) By(due, at time.Time) Verdict {
	switch {
	case !i.NotAfter.IsZero() && !i.NotAfter.After(due):
		return Met
	case i.NotBefore.After(due):
		return Late
	case i.NotAfter.IsZero() && !at.After(due):
		return Open
	}
	return Disputed
}

// Grain is the unit that times of a clock of this length are shown in: no finer
// than the clock counts. REVIEW-12
func (l Length) Grain() Unit {
	switch l.unit {
	case Second, Minute, Hour:
		return l.unit
	case WorkingHour, Soon:
		return Hour
	}
	return Day
}

// Show writes an instant no finer than the unit, in UTC. "" for the zero time. REVIEW-12
func (u Unit) Show(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case u == Second:
		return t.Format("2006-01-02T15:04:05Z")
	case u == Minute:
		return t.Format("2006-01-02T15:04Z")
	case u == Hour:
		return t.Format("2006-01-02T15Z")
	}
	return t.Format("2006-01-02")
}

// Age is how many whole units have passed: "3 days". REVIEW-12
func (u Unit) Age(d time.Duration) string {
	one := 24 * time.Hour
	switch u {
	case Second:
		one = time.Second
	case Minute:
		one = time.Minute
	case Hour:
		one = time.Hour
	default:
		u = Day
	}
	n := max(d, 0) / one
	if n == 1 {
		return "1 " + string(u)
	}
	return strconv.FormatInt(int64(n), 10) + " " + string(u) + "s"
}

// Times is the length n times over, counted as one: twelve months for two times
// six, so that ends of months do not add up. ok is false beyond what a length can be.
func (l Length) Times(n int) (Length, bool) {
	if l.unit == Soon || n < 1 || n > maxCount/l.n {
		return Length{}, false
	}
	return Length{l.n * n, l.unit}, true
}
