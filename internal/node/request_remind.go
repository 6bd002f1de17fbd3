package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
)

// When an officer is woken for a running clock: in its last quarter, and when it
// has lapsed.
const (
	lapseNear = "near"
	lapseOver = "over"
)

// remindPage is how many open requests one look goes through: the next look goes
// on from there, so that a flood of requests costs no more at a time.
const remindPage = 50

// RemindRequests wakes the officers of a body of ours that owes an answer, before
// its clock lapses and when it has, once each; and tells the desk of a lapse on
// either side. It looks at a page of open requests at a time and repeats itself
// harmlessly. Called by one goroutine.
func (n *Node) RemindRequests(ctx context.Context) error {
	now := n.now()
	for i, box := range []string{register.BoxIn, register.BoxOut} {
		page, err := n.register.Requests(ctx, register.RequestQuery{Box: box, Open: true, After: n.reminded[i], Limit: remindPage})
		if err != nil {
			n.reminded[i] = ""
			return err
		}
		n.reminded[i] = page.Next
		for j := range page.Requests {
			if err := n.remindRequest(ctx, &page.Requests[j], now); err != nil {
				return err
			}
		}
	}
	n.looked = now
	return nil
}

func (n *Node) remindRequest(ctx context.Context, q *register.Request, now time.Time) error {
	l, ok := n.LineOf(q.Ref.Origin)
	if !ok {
		return nil
	}
	a, err := l.textAt(q.Ref)
	if err != nil {
		return err
	}
	for i := range q.With {
		w := &q.With[i]
		b, err := n.bounds(ctx, q, w)
		if err != nil {
			return err
		}
		r := running(q, w, a, b, now)
		if r == nil || r.Due.IsZero() || w.Answer != nil || q.Withdrawn != nil {
			continue
		}
		if r.Lapsed && !n.looked.IsZero() && !n.looked.After(r.Due) {
			n.publish(Event{What: "message", Agreement: l.id})
		}
		if w.Party != l.us || n.alerts == nil {
			continue
		}
		when := ""
		switch {
		case r.Lapsed:
			when = lapseOver
		case !now.Before(r.Due.Add(-r.Due.Sub(r.Start) / 4)):
			when = lapseNear
		default:
			continue
		}
		if err := n.alerts.Urge(ctx, lapseKey(q.ID, when), q.From, ourBodies(q.To, l.us), q.Precedence, n.Name(q.Ref), "/request/"+q.ID.String()); err != nil {
			return err
		}
	}
	return nil
}

// lapseKey names an alert about a clock: another than that of the request itself.
func lapseKey(id parley.MessageID, when string) parley.MessageID {
	return parley.MessageID(parley.Sum([]byte("request clock\n" + id.String() + "\n" + when)))
}

// quietRequest ends the alerts of a request or a call: it is answered, or withdrawn.
func (n *Node) quietRequest(ctx context.Context, id parley.MessageID) error {
	for _, key := range []parley.MessageID{id, lapseKey(id, lapseNear), lapseKey(id, lapseOver)} {
		if err := n.alerts.Quiet(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// answered ends the alerts of what our own message answers.
func (n *Node) answered(ctx context.Context, m *register.Judged) error {
	if m.Opened == nil {
		return nil
	}
	switch f := m.Opened.Facts; f.Kind {
	case parley.KindResponse, parley.KindContest, parley.KindCall:
		if !f.Answers.IsZero() {
			return n.quietRequest(ctx, f.Answers)
		}
	}
	return nil
}

// withdrawn ends the alerts of a request that its asker has taken back.
func (n *Node) withdrawn(ctx context.Context, m *register.Judged) error {
	if m.Opened == nil || m.Opened.Facts.Kind != parley.KindWithdraw {
		return nil
	}
	id := m.Opened.Facts.Answers
	asked, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Message, error) {
		return tx.MessagesBy(sqldb.ByID, []parley.Hash{parley.Hash(id)})
	})
	if err != nil || len(asked) == 0 || asked[0].From != m.Envelope.From {
		return err
	}
	return n.quietRequest(ctx, id)
}
