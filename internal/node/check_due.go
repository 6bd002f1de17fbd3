package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/internal/store/sqldb"
)

// How a promised check stands.
const (
	CheckDone    = "done"    // tested, and the next time is not near
	CheckDue     = "due"     // the next time is near, or it was never tested
	CheckOverdue = "overdue" // the agreement's length has run without a test
)

// DueCheck is one of the agreement's checks for one body of a counterpart.
type DueCheck struct {
	Agreement parley.Hash `json:"agreement"`
	Title     string      `json:"title"` // of the agreement
	Series    string      `json:"series"`
	Route     string      `json:"route"`
	Body      parley.Body `json:"body"`
	Every     string      `json:"every"`
	State     string      `json:"state"` // done, due, overdue
	Last      *RouteTest  `json:"last,omitempty"`
	Next      time.Time   `json:"next"` // by when the next test is promised
}

// remindBefore is how long before its time a check is due, where it has that long.
const remindBefore = 7 * 24 * time.Hour

// DueChecks lists every promised check of every counterpart's body: overdue ones
// first, then by when the next is promised. One that was never done is promised
// from the day on which our journal was opened. AGREEMENT-20
func (n *Node) DueChecks(ctx context.Context) ([]DueCheck, error) {
	list := []DueCheck{}
	for _, l := range n.Lines() {
		some, err := l.dueChecks(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
	}
	slices.SortStableFunc(list, func(a, b DueCheck) int {
		if o := strings.Compare(b.State, a.State); o != 0 { // overdue, due, done
			return o
		}
		return a.Next.Compare(b.Next)
	})
	return list, nil
}

// checkFinding says whether promised checks are done; nothing where none is promised.
func (n *Node) checkFinding(ctx context.Context, _ DoctorTerms) ([]Finding, error) {
	list, err := n.DueChecks(ctx)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	states := map[string]int{}
	for i := range list {
		states[list[i].State]++
	}
	f := Finding{Name: "checks of routes", State: FindingOK, Value: fmt.Sprintf("%d done, %d due, %d overdue", states[CheckDone], states[CheckDue], states[CheckOverdue])}
	if states[CheckOverdue] > 0 {
		f.State, f.Hint = FindingWarn, "`parley check route due` lists them, `parley check route ping` begins one"
	}
	return []Finding{f}, nil
}

func (l *Line) dueChecks(ctx context.Context) (list []DueCheck, err error) {
	if l.journal() == nil {
		return nil, nil
	}
	a, err := l.text()
	if err != nil || len(a.Promises.Checks) == 0 {
		return nil, err
	}
	opened, err := l.openedAt(ctx)
	if err != nil {
		return nil, err
	}
	for i := range a.Promises.Checks {
		c := &a.Promises.Checks[i]
		for j := range a.Parties {
			for k := range a.Parties[j].Bodies {
				b := a.Parties[j].Bodies[k].Name
				if b.Party() == l.us || !covers(a, c, b) {
					continue
				}
				d, err := l.dueCheck(ctx, c, b, opened)
				if err != nil {
					return nil, err
				}
				d.Title = a.Title.In("en")
				list = append(list, d)
			}
		}
	}
	return list, nil
}

func (l *Line) dueCheck(ctx context.Context, c *agreement.Check, b parley.Body, opened time.Time) (DueCheck, error) {
	d := DueCheck{Agreement: l.id, Series: c.ID, Route: c.Route, Body: b, Every: c.Every, State: CheckDone}
	folded, err := l.node.checks()
	if err != nil {
		return d, err
	}
	last, tested, err := folded.LastTest(ctx, l.id, b, c.ID)
	if err != nil {
		return d, err
	}
	from := opened
	if tested {
		t, err := l.node.routeTest(ctx, &last)
		if err != nil {
			return d, err
		}
		d.Last, from = &t, last.Said
	}
	every, err := clock.ParseLength(c.Every)
	if err != nil {
		return d, err
	}
	if d.Next, _, err = every.Deadline(from, clock.UTC()); err != nil {
		return d, err
	}
	switch now := l.node.now(); {
	case !now.Before(d.Next):
		d.State = CheckOverdue
	case !tested || !now.Before(d.Next.Add(-min(remindBefore, d.Next.Sub(from)/4))):
		d.State = CheckDue
	}
	return d, nil
}

// openedAt is when entry 0 of our journal was stored.
func (l *Line) openedAt(ctx context.Context) (at time.Time, err error) {
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(l.origin())
		at = j.Opened
		return err
	})
	return at, err
}

// reminderKey names one reminder: one when the time comes near, another when it
// has run out.
func (d *DueCheck) reminderKey(state string) parley.MessageID {
	return parley.MessageID(parley.Sum([]byte("check due\n" + d.Agreement.String() + "\n" + d.Series + "\n" + string(d.Body) + "\n" + state + "\n" + d.Next.Format(time.RFC3339))))
}

// RemindChecks wakes the officer for promised checks that are due: one alert when
// the time comes near, one when it has run out. It repeats itself harmlessly.
func (l *Line) RemindChecks(ctx context.Context) error {
	if l.node.alerts == nil {
		return nil
	}
	list, err := l.dueChecks(ctx)
	if err != nil {
		return err
	}
	from, err := l.speaker("")
	if err != nil {
		return nil // nobody speaks here: nothing can be tested
	}
	for i := range list {
		d := &list[i]
		if d.State == CheckDone {
			continue
		}
		if err := l.node.alerts.Remind(ctx, d.reminderKey(d.State), from, d.Body, "check "+d.Series, "/checks"); err != nil {
			return err
		}
	}
	return nil
}

// reminders are those that a test of a series ends.
func (l *Line) reminders(ctx context.Context, series string, b parley.Body) (keys []parley.MessageID) {
	list, err := l.dueChecks(ctx)
	if err != nil || series == "" {
		return nil
	}
	for i := range list {
		if d := &list[i]; d.Series == series && d.Body == b && d.State != CheckDone {
			keys = append(keys, d.reminderKey(CheckDue), d.reminderKey(CheckOverdue))
		}
	}
	return keys
}
