package review

import (
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/seal"
)

// answered is what the other side said to a message.
type answered struct {
	first     *message // that answers it
	refused   bool
	contested []*message
	withdrawn *message // by its author
}

// answersTo gathers what was said to a message: by its addressee in the order of
// that party's journals, and by its author. What counts is read off the facts. REVIEW-7
func (f *Fold) answersTo(m *message) (a answered) {
	for _, x := range f.answers[m.id] {
		if x.thread != m.thread {
			continue
		}
		if x.side == m.side {
			if x.kind == parley.KindWithdraw && x.from == m.from && (a.withdrawn == nil || before(x, a.withdrawn)) {
				a.withdrawn = x
			}
			continue
		}
		if m.kind == parley.KindRequest && !slices.Contains(m.to, x.from) { // REQUEST-5
			continue
		}
		if x.kind == parley.KindContest {
			a.contested = append(a.contested, x)
			continue
		}
		if counts, refused := answer(m, x); counts && (a.first == nil || before(x, a.first)) {
			a.first, a.refused = x, refused
		}
	}
	slices.SortFunc(a.contested, func(x, y *message) int {
		if before(x, y) {
			return -1
		}
		return 1
	})
	return a
}

// before orders what one side wrote.
func before(a, b *message) bool {
	if a.journal.order != b.journal.order {
		return a.journal.order < b.journal.order
	}
	return a.ref.Index < b.ref.Index
}

// answer says whether x, of the addressee, is an answer to m that meets its clock,
// and whether it refuses. To a request only a response is one, and only one that
// says what becomes of it; to anything else whatever a person says to it. REVIEW-7
func answer(m, x *message) (counts, refused bool) {
	switch x.kind {
	case parley.KindReceipt:
		declined := seal.Says(x.step) == seal.SaysDeclined
		return declined || m.kind != parley.KindRequest, declined
	case parley.KindResponse:
		switch x.step {
		case parley.ResponseAcknowledge, parley.ResponseProgress:
			return m.kind != parley.KindRequest, false
		case parley.ResponseRefuse:
			return true, true
		}
		return true, false
	case parley.KindWithdraw, parley.KindContest, parley.KindCorrect, parley.KindTranslation, parley.KindRemark:
		return false, false
	}
	return m.kind != parley.KindRequest, false
}

// says is the word for what an answer does.
func says(x *message) string {
	if x.step == "" {
		return string(x.kind)
	}
	if x.kind == parley.KindReceipt {
		return x.step
	}
	return string(x.kind) + "." + x.step
}

// asks: a message of a commitment that waits for an answer, or for its next step.
// What itself answers the other side waits for no answer: else no exchange would
// ever end.
func (f *Fold) asks(c *agreement.Commitment, m *message) bool {
	if !f.fits(c, m) {
		return false
	}
	if !m.answersSomething() || len(c.Next) > 0 {
		return true
	}
	own, ok := f.byID[m.answers]
	return ok && own.side == m.side
}

// held is how a message reached its addressee. REVIEW-6
type held struct {
	how string // delivered, tendered, answered; gone; "" not yet
	at  time.Time
}

// The words of held.
const (
	heldDelivered = "delivered"
	heldTendered  = "tendered" // an archive held it for the addressee, and the grace has run
	heldAnswered  = "answered" // no stamp says so, but its addressee answered it
	heldGone      = "gone"     // its author lost or erased it before it was delivered
)

// delivery finds the receipt: the addressee's first stamp over the message, or the
// end of the grace after an archive's, whichever is earlier. A part that its author
// called gone in the same tree was never delivered. REVIEW-6
func (f *Fold) delivery(a *agreement.Agreement, m *message) held {
	other := f.pair[1-m.side]
	gone, lost := m.journal.gone[m.part]
	if lost && gone < m.ref.Index {
		lost = false
	}
	var h held
	if s, ok := m.journal.stamps[string(other)].first(m.ref.Index); ok && (!lost || s.size <= gone) {
		h = held{heldDelivered, s.at}
	}
	for _, s := range m.journal.stamps {
		first, ok := s.first(m.ref.Index)
		if !s.by.archive || !ok || lost && first.size > gone {
			continue
		}
		at := f.graced(a, first.at, other)
		if !at.After(f.cut.Instant) && (h.how == "" || at.Before(h.at) || at.Equal(h.at) && h.how != heldDelivered) {
			h = held{heldTendered, at}
		}
	}
	if h.how == "" && lost {
		h.how = heldGone
	}
	return h
}

// graced is when the grace of the agreement has run that began at t. REVIEW-6
func (f *Fold) graced(a *agreement.Agreement, t time.Time, p parley.Party) time.Time {
	l, err := clock.ParseLength(a.Eyes.Grace)
	if err != nil {
		return t.Add(defaultGrace)
	}
	if d, ok := l.Fixed(); ok {
		return t.Add(d)
	}
	cal := clock.UTC()
	if q, ok := a.Party(p); ok && l.Working() {
		cal = q.WorkingTime()
	}
	if at, ok, err := l.Deadline(t, cal); err == nil && ok {
		return at
	}
	return t.Add(defaultGrace)
}

// defaultGrace is that of an agreement which names none. REVIEW-6
const defaultGrace = time.Hour

// thirdOver is the first stamp of a third over an entry: a disinterested one's
// where there is one.
func (j *journal) thirdOver(index uint64) time.Time {
	var best, decides time.Time
	for _, s := range j.stamps {
		if s.by.party != "" {
			continue
		}
		at := s.over(index)
		if at.IsZero() {
			continue
		}
		if best.IsZero() || at.Before(best) {
			best = at
		}
		if s.by.disinterested && (decides.IsZero() || at.Before(decides)) {
			decides = at
		}
	}
	if decides.IsZero() {
		return best
	}
	return decides
}

// starts is the instant that starts a clock, by the log that is to prove it; zero
// while it has not started. REVIEW-6
func (f *Fold) starts(c *agreement.Clock, m *message, h held, a answered) time.Time {
	switch c.Starts {
	case "sent":
		switch c.Proven {
		case "addressee":
			return h.at
		case "third":
			return m.journal.thirdOver(m.ref.Index)
		}
		return m.when.NotBefore
	case "delivered":
		if c.Proven == "third" {
			if at := m.journal.thirdOver(m.ref.Index); !at.IsZero() {
				return at
			}
		}
		return h.at
	case "seen":
		var first *message
		look := func(x *message) {
			if x.side != m.side && (first == nil || before(x, first)) {
				first = x
			}
		}
		for _, x := range f.about[m.id] {
			if seal.Says(x.step) == seal.SaysSeen {
				look(x)
			}
		}
		for _, x := range f.answers[m.id] {
			if x.thread == m.thread {
				look(x)
			}
		}
		switch {
		case first == nil:
			return time.Time{}
		case c.Proven == "third":
			return first.journal.thirdOver(first.ref.Index)
		case c.Proven == "author":
			return first.journal.stamps[string(f.pair[m.side])].over(first.ref.Index)
		}
		return first.when.NotBefore
	}
	return time.Time{} // event: the due is signed
}
