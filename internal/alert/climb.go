package alert

import (
	"context"
	"slices"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// climb begins the next step of the contact order at once for alerts whose steps so
// far have all failed: nobody there can acknowledge what nobody was told. Where a
// channel has taken an alert, the next step has its time.
func (a *Alerts) climb(ctx context.Context, now time.Time) error {
	if len(a.steps) < 2 {
		return nil
	}
	rows, err := a.store.Alerts(ctx, true, 500)
	if err != nil || len(rows) == 0 {
		return err
	}
	ids := make([]int64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	sends, err := a.store.AlertSends(ctx, ids)
	if err != nil {
		return err
	}
	var early []sqldb.AlertSend
	for _, id := range ids {
		early = append(early, a.next(id, sends, now)...)
	}
	if len(early) == 0 {
		return nil
	}
	return a.store.HoldAlerts(ctx, early)
}

// next are the sends of the first step that has not begun, with the instant at
// which they are due now; none where an earlier step has not failed as a whole.
func (a *Alerts) next(id int64, sends []sqldb.AlertSend, now time.Time) (early []sqldb.AlertSend) {
	failed := false // a step has failed; those of which nothing is carried do not count
	for i := range a.steps {
		var here []sqldb.AlertSend
		begun := false
		for _, s := range sends {
			if s.ID == id && slices.Contains(a.steps[i].Channels, s.Channel) {
				here = append(here, s)
				begun = begun || s.Failures > 0 || s.Sent > 0
			}
		}
		if len(here) == 0 {
			continue
		}
		if !begun {
			for _, s := range here {
				if failed && s.State == sqldb.SendDue && s.Next > now.UnixMicro() && !a.isHeld(s, now) {
					s.Next = now.UnixMicro()
					early = append(early, s)
				}
			}
			return early
		}
		for _, s := range here {
			if s.Sent > 0 || s.Failures == 0 {
				return nil
			}
		}
		failed = true
	}
	return nil
}

// isHeld: the quiet hours put it off, and climbing does not bring it back. Never a flash.
func (a *Alerts) isHeld(s sqldb.AlertSend, now time.Time) bool {
	return s.Rank > 0 && !a.quiet.until(now).IsZero()
}

// order is the contact order as it is set.
func (a *Alerts) order() (list []Rung) {
	var after time.Duration
	for _, s := range a.steps {
		list = append(list, Rung{Name: s.Name, Channels: s.Channels, After: after})
		after += time.Duration(s.Wait)
	}
	return list
}
