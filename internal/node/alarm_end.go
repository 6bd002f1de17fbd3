package node

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
)

// lookEvery is how often the facts are asked whether an alarm is over.
const lookEvery = time.Second

// endAlarms ends the alarms of this line that the facts have answered, and keeps how
// they ended. An alarm that nothing answers stands, whatever the time.
func (l *Line) endAlarms(ctx context.Context) error {
	now := l.node.now()
	if l.looked.Swap(now.UnixMicro()) > now.Add(-lookEvery).UnixMicro() {
		return nil
	}
	standing, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(false) })
	if err != nil || len(standing) == 0 {
		return err
	}
	for i := range standing {
		a := &standing[i]
		why, err := l.over(ctx, a)
		if err != nil {
			return err
		}
		if why == "" {
			continue
		}
		if err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.EndAlarm(a.Kind, a.Subject, "", why, now)
			return err
		}); err != nil {
			return err
		}
		l.node.publish(Event{What: "alarm", Agreement: l.id})
	}
	return nil
}

// over says why an alarm is over; empty: it stands, or it is none of this line's.
func (l *Line) over(ctx context.Context, a *sqldb.Alarm) (why string, err error) {
	if a.Kind == AlarmClock {
		return l.clockOver(a.Subject), nil
	}
	o, err := parley.ParseOrigin(a.Subject)
	if err != nil {
		return "", nil
	}
	l.mu.RLock()
	p, mine := l.chain.PartyOf(o)
	left := mine && l.role == sqldb.Ours && !l.takesPart(p)
	next, succeeded := l.chain.Successor(o)
	l.mu.RUnlock()
	switch {
	case !mine:
		return "", nil
	case left:
		return fmt.Sprintf("%s has left the agreement", p), nil
	}
	switch a.Kind {
	case mirror.AlarmFork, AlarmOwnFork:
		if !succeeded {
			return "", nil
		}
		taken, err := l.begunAndSigned(ctx, next.Next, p)
		if err != nil || !taken {
			return "", err
		}
		return fmt.Sprintf("the journal was closed at size %d, and %s follows it", next.Size, next.Next), nil
	case mirror.AlarmUnexplained:
		return l.explained(ctx, o, a.Last)
	case AlarmAhead:
		if succeeded {
			return "another journal follows: " + string(next.Next), nil
		}
		if j := l.journal(); j != nil && !j.Asking() {
			return "what the others hold was fetched from them and proven", nil
		}
	case AlarmOverride:
		if succeeded {
			return l.closedSince(ctx, o, a.Last)
		}
		return l.heardSince(o, p), nil
	case AlarmStranded:
		rows, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outbox(o) })
		if err != nil || len(rows) > 0 || l.lostIn(o) > 0 { // what cannot be said again ends by a person's act
			return "", err
		}
		return "nothing of it waits any more", nil
	}
	return "", nil
}

// begunAndSigned says whether the journal that follows has an entry 0 with a
// cosignature: ours on theirs, anybody's on ours.
func (l *Line) begunAndSigned(ctx context.Context, o parley.Origin, p parley.Party) (bool, error) {
	if p == l.us {
		for _, t := range l.Targets() {
			if size, _ := l.cosigned(ctx, t); size > 0 && l.origin() == o {
				return true, nil
			}
		}
		return false, nil
	}
	l.mu.RLock()
	m := l.mirrors[o]
	l.mu.RUnlock()
	if m == nil {
		return false, nil
	}
	s, err := m.Status(ctx)
	return s.Size > 0, notFoundIsNil(err)
}

// explained: our mirror has cosigned since, so that a proof came; or the journal has
// ended in a way that says more.
func (l *Line) explained(ctx context.Context, o parley.Origin, since time.Time) (string, error) {
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (string, error) {
		j, err := tx.Journal(o)
		if err != nil {
			return "", notFoundIsNil(err)
		}
		ends, err := tx.Ends(j.ID)
		if err != nil {
			return "", err
		}
		if slices.ContainsFunc(ends, func(e sqldb.End) bool { return e.How == sqldb.Forked }) {
			return "it was a fork, which has an alarm of its own", nil
		}
		if len(ends) > 0 {
			return "another journal follows: " + ends[0].Detail, nil
		}
		cp, ok, err := tx.LatestCheckpoint(j.ID)
		if err != nil || !ok || !cp.Stored.After(since) {
			return "", err
		}
		return fmt.Sprintf("a proof came: the journal is cosigned up to size %d", cp.Size), nil
	})
}

// closedSince: a journal that was closed after an override has nothing left to
// compare. One that was closed by it stands: what was lost is compared by people.
func (l *Line) closedSince(ctx context.Context, o parley.Origin, decided time.Time) (string, error) {
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (string, error) {
		j, err := tx.Journal(o)
		if err != nil {
			return "", notFoundIsNil(err)
		}
		ends, err := tx.Ends(j.ID)
		for _, e := range ends {
			if e.How == sqldb.Closed && decided.Before(e.At) {
				return "another journal follows: " + e.Detail, err
			}
		}
		return "", err
	})
}

// heardSince: whoever had not answered has answered after all, and showed nothing
// that an alarm of its own would not say.
func (l *Line) heardSince(o parley.Origin, p parley.Party) string {
	for _, t := range l.Targets() {
		if t.role == RoleWitness || p != l.us && t.party != p {
			continue
		}
		t.mu.Lock()
		asked := t.asked
		t.mu.Unlock()
		if !asked {
			return ""
		}
	}
	return "everybody who was waited for has answered since"
}

// clockOver: nobody of that name is called any more, in any agreement.
func (l *Line) clockOver(who string) string {
	for _, other := range l.node.Lines() {
		if slices.ContainsFunc(other.Targets(), func(t *target) bool { return t.name == who }) {
			return ""
		}
	}
	return who + " is no longer called"
}

// SettleRequest is an officer's decision that an alarm is over.
type SettleRequest struct {
	Kind    string `json:"kind"`
	Subject string `json:"subject,omitempty"` // needed where more than one of the kind stands
	Officer string `json:"officer"`           // who decides; the caller has checked that they may
	Why     string `json:"why"`
}

// settles are the kinds that an officer may end: what was wrong is past, and what is
// left to do is a person's. The others end by the facts and would come again at once.
var settles = []string{mirror.AlarmFork, mirror.AlarmUnexplained, AlarmOwnFork, AlarmAhead, AlarmOverride, AlarmStranded, AlarmBlob, alarmSuccession, intel.AlarmContested}

// Settles says whether an officer may end an alarm of a kind.
func Settles(kind string) bool { return slices.Contains(settles, kind) }

// Settle ends a standing alarm by an officer's act, which is kept with the reason. It
// changes nothing else: a journal with two histories is not cosigned again by it.
// NotFound: none such stands. Conflict: it ends by the facts only.
func (n *Node) Settle(ctx context.Context, r SettleRequest) (Alarm, error) {
	if strings.TrimSpace(r.Why) == "" || len(r.Why) > 1000 || strings.ContainsAny(r.Why, "\n\r") {
		return Alarm{}, parley.E(parley.Invalid, "why is the alarm over: want a sentence of at most 1000 octets, one line")
	}
	standing, err := n.Alarms(ctx, false)
	if err != nil {
		return Alarm{}, err
	}
	fits := slices.DeleteFunc(standing, func(a Alarm) bool { return a.Kind != r.Kind || r.Subject != "" && a.Subject != r.Subject })
	switch {
	case len(fits) == 0:
		return Alarm{}, parley.E(parley.NotFound, "no alarm %s %s stands", r.Kind, r.Subject).WithHint("`parley line alarms` lists those that do")
	case len(fits) > 1:
		return Alarm{}, parley.E(parley.Invalid, "%d alarms of kind %s stand", len(fits), r.Kind).WithHint("name the subject too: `parley line alarms` lists them")
	case !Settles(r.Kind):
		return Alarm{}, parley.E(parley.Conflict, "an alarm of kind %s ends by itself, when its cause does", r.Kind).WithHint("%s", fits[0].Text)
	}
	a, now := fits[0], n.now()
	if err := n.db.Update(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.EndAlarm(a.Kind, a.Subject, r.Officer, r.Why, now)
		return err
	}); err != nil {
		return Alarm{}, err
	}
	a.Cleared, a.By, a.Why = now, r.Officer, r.Why
	n.publish(Event{What: "alarm"})
	return a, nil
}
