package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
)

// Running is the clock of a request with one addressed party, at one instant.
type Running struct {
	Start   time.Time     `json:"start,omitzero"` // zero: it has not begun
	Due     time.Time     `json:"due,omitzero"`   // zero: not begun, or without a deadline
	Zones   []Zoned       `json:"due_local,omitempty"`
	Verdict clock.Verdict `json:"verdict"`
	Lapsed  bool          `json:"lapsed,omitempty"` // the deadline has passed, and nothing shows an answer by then
	Age     string        `json:"age,omitempty"`    // since the start, in the clock's unit: what has no deadline shows it
	Why     string        `json:"why,omitempty"`    // why there is no deadline
}

// running is the clock of a request with one party; nil where none runs. It
// follows from signed times and the agreement alone, but for the instant: two
// nodes that hold the same show the same lapse. b is when both were
// said at the earliest. REQUEST-4, REQUEST-12
func running(q *register.Request, w *register.Answering, a *agreement.Agreement, b bounds, at time.Time) *Running {
	c, ok := a.Clock(q.Clock)
	if !ok || q.Void != "" {
		return nil
	}
	r := &Running{Start: startOf(c, b, w, a, at)}
	if r.Start.IsZero() {
		r.Verdict = clock.Open
		switch {
		case q.Withdrawn != nil:
			r.Verdict = clock.Withdrawn
		case w.Delivered.Time.IsZero() && at.After(q.Said.Add(graceOf(a))):
			r.Verdict = clock.Undelivered // not tendered either: its grace would have begun the clock. REVIEW-9
		}
		return r
	}
	length, err := clock.ParseLength(c.Length)
	if err != nil {
		return nil // the agreement was checked
	}
	r.Age = length.Grain().Age(at.Sub(r.Start))
	due, ends, err := a.Due(c.ID, r.Start, q.From.Party(), w.Party)
	if err != nil || !ends {
		r.Verdict = clock.Open
		if w.Answer != nil {
			r.Verdict = clock.Met
		}
		if err != nil {
			r.Why = err.Error()
		}
		return r
	}
	r.Due = due
	for _, p := range []parley.Party{q.From.Party(), w.Party} {
		if party, ok := a.Party(p); ok {
			r.Zones = append(r.Zones, Zoned{p, party.WorkingTime().Local(due).Format("2006-01-02 15:04 -07:00")})
		}
	}
	switch {
	case w.Answer != nil:
		r.Verdict = clock.Interval{NotBefore: b.said, NotAfter: w.Answered.Time}.By(due, at)
	case q.Withdrawn != nil && !q.Withdrawn.Said.After(due):
		r.Verdict = clock.Withdrawn
	case at.After(due):
		r.Verdict = clock.Late
	default:
		r.Verdict = clock.Open
	}
	r.Lapsed = at.After(due) && w.Answer == nil && q.Withdrawn == nil
	return r
}

// bounds are when a request and its answer were said at the earliest.
type bounds struct{ asked, said time.Time }

func (n *Node) bounds(ctx context.Context, q *register.Request, w *register.Answering) (b bounds, err error) {
	if b.asked, err = n.notBefore(ctx, q.Ref, q.Said, w.Delivered.Time); err == nil && w.Answer != nil {
		b.said, err = n.notBefore(ctx, w.Answer.Ref, w.Answer.Said, w.Answered.Time)
	}
	return b, err
}

// notBefore is the lower bound of an entry: what it says, or the stamp of its own
// party's mirror on the largest tree that it says it holds; no later than somebody
// has signed for it. So a clock that was set back makes nothing earlier. REVIEW-4
func (n *Node) notBefore(ctx context.Context, ref parley.Ref, said, most time.Time) (time.Time, error) {
	m, err := n.MessageAt(ctx, ref)
	if err != nil {
		return time.Time{}, err
	}
	least := said
	err = n.db.View(ctx, func(tx *sqldb.Tx) error {
		for _, held := range m.env.Mirrored {
			j, err := tx.Journal(held.Origin)
			if parley.KindOf(err) == parley.NotFound && err != nil {
				continue
			}
			if err != nil {
				return err
			}
			c, ok, err := tx.LastDelivered(j.ID, ref.Origin.Mirror(), held.Size)
			if err != nil {
				return err
			}
			if ok && c.Signed.After(least) {
				least = c.Signed
			}
		}
		return nil
	})
	if !most.IsZero() && most.Before(least) {
		least = most
	}
	return least, err
}

// startOf is what starts the clock with one party, by the log that is to prove it;
// zero where it has not begun. REQUEST-4, REVIEW-6
func startOf(c *agreement.Clock, b bounds, w *register.Answering, a *agreement.Agreement, at time.Time) time.Time {
	held := w.Delivered.Time
	if tendered := w.Tendered.Time.Add(graceOf(a)); !w.Tendered.Time.IsZero() && !tendered.After(at) && (held.IsZero() || tendered.Before(held)) {
		held = tendered
	}
	switch {
	case c.Starts == "event": // a request has none
		return time.Time{}
	case c.Proven == "third" && c.Starts != "seen" && !w.Tendered.Time.IsZero():
		return w.Tendered.Time
	case c.Starts == "sent" && c.Proven == "author":
		return b.asked
	case c.Starts == "seen":
		return w.Seen
	}
	return held
}

// graceOf is how long an archive holds a message before it counts as tendered;
// an hour where the agreement names no length in hours or less. REVIEW-6
func graceOf(a *agreement.Agreement) time.Duration {
	if l, err := clock.ParseLength(a.Eyes.Grace); err == nil {
		if d, ok := l.Fixed(); ok {
			return d
		}
	}
	return time.Hour
}

// dueOf is the deadline that a request signs: where its clock starts when it is
// sent, it goes without a second signature, and the deadline is the same for all
// whom it asks. "" else: it follows from what starts the clock. REQUEST-4
func dueOf(a *agreement.Agreement, id string, from parley.Body, kind parley.Kind, p parley.Precedence, owing []parley.Party, now time.Time) (string, error) {
	c, ok := a.Clock(id)
	if owed, _ := a.NeedsReleaseBy(from, kind, p); !ok || c.Starts != "sent" || owed {
		return "", nil
	}
	var all time.Time
	for i, party := range owing {
		due, ends, err := a.Due(id, now, from.Party(), party)
		if err != nil {
			return "", err
		}
		if !ends || i > 0 && !due.Equal(all) {
			return "", nil
		}
		all = due
	}
	return all.UTC().Format(form.TimeLayout), nil
}
