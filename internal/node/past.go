package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// PastStatus is how far a target has one of our closed journals.
type PastStatus struct {
	Origin   parley.Origin `json:"origin"`
	Closed   uint64        `json:"closed"`        // the size at which the succession closed it
	Ours     uint64        `json:"ours"`          // what of that we hold
	Cosigned uint64        `json:"cosigned"`      // and the target has signed
	Why      string        `json:"why,omitempty"` // it takes no more
}

// pastKnown is what one target holds of one closed journal of ours. Guarded by target.mu.
type pastKnown struct {
	known   courier.Known
	again   bool      // what it has signed it may have lost since: show it what it has
	refused string    // why it takes no more; tried again at next
	next    time.Time // not before
}

// pastAgain is how soon a refused tail is offered again: a person may have mended it.
const pastAgain = 10 * time.Minute

// openPast opens a closed journal of ours, so that what a counterpart lacks of it is
// still brought to it.
func (l *Line) openPast(ctx context.Context, o parley.Origin) error {
	l.mu.RLock()
	keys, err := l.chain.LogKeys(o)
	limit := uint64(1) << 62
	if g, ok := l.buried[o]; ok {
		limit = g.From
	}
	l.mu.RUnlock()
	if err != nil {
		return err
	}
	p, err := journal.OpenPast(ctx, l.node.db, o, l.id, keys, limit)
	if k := parley.KindOf(err); err != nil && (k == parley.NotFound || k == parley.Conflict) {
		return nil // nothing of it is here: an older home was put back
	}
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.ContainsFunc(l.past, func(q *journal.Past) bool { return q.Origin() == o }) {
		l.past = append(l.past, p)
		l.unended.Store(true)
	}
	return nil
}

// pastJournals are our closed journals, the oldest first.
func (l *Line) pastJournals() []*journal.Past {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return slices.Clone(l.past)
}

// wrote finds a journal of ours, the one that we write or a closed one.
func (l *Line) wrote(o parley.Origin) (*journal.Journal, bool) {
	if j := l.journal(); j != nil && j.Origin() == o {
		return j, true
	}
	for _, p := range l.pastJournals() {
		if p.Origin() == o {
			return p.Journal, true
		}
	}
	return nil, false
}

// pushPast brings to a target what it lacks of our closed journals, the oldest first,
// before anything of the next is pushed: what stands in them may change the law for
// what follows. One that refuses them for good holds back nothing that follows.
func (l *Line) pushPast(ctx context.Context, t *target, client peer.Node) error {
	for _, p := range l.pastJournals() {
		o := p.Origin()
		t.mu.Lock()
		k, shown := t.past[o]
		t.mu.Unlock()
		k.again = k.again || !shown
		now := l.node.now()
		if k.known.Cosigned == 0 && !k.again {
			k.known.Cosigned, _ = l.cosignedOf(ctx, p.Journal, t.name)
		}
		if p.Last.Size <= k.known.Cosigned || k.refused != "" && now.Before(k.next) && k.next.Sub(now) <= pastAgain {
			t.setPast(o, k)
			continue
		}
		did, err := courier.PushPast(ctx, now, p, l.courierTarget(t, client, o), k.known)
		k.known, k.refused, k.again = did.Known, "", k.again && err != nil
		if err != nil {
			k.known.Asked = false // learn its sizes again
		}
		if err != nil && parley.KindOf(err) != parley.Unavailable {
			if k.refused, k.next = err.Error(), now.Add(pastAgain); t.pastRefused(o) == "" {
				l.node.log.Warn("the end of a closed journal is not taken", "event", "succession.refused", "origin", string(o), "to", t.name, "error", err)
			}
			err = nil
		}
		t.setPast(o, k)
		if did.Checkpoint.Note != nil {
			l.node.publish(Event{What: "message", Agreement: l.id})
		}
		if err != nil {
			if t.role == RoleCounterpart {
				l.remind(ctx, t, client, p.Journal)
			}
			return err
		}
	}
	return l.weGoOn(ctx)
}

func (t *target) setPast(o parley.Origin, k pastKnown) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.past == nil {
		t.past = map[parley.Origin]pastKnown{}
	}
	t.past[o] = k
}

// showPast brings the ends of closed journals again to a target that may have lost them.
func (t *target) showPast() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.past)
}

func (t *target) pastRefused(o parley.Origin) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.past[o].refused
}

// courierTarget is a target as the courier brings a journal of ours to it.
func (l *Line) courierTarget(t *target, client peer.Node, o parley.Origin) courier.Target {
	to := courier.Target{Name: t.name, Node: client, AtOnce: l.node.atOnce, Holds: courier.ForParty(t.party),
		Keys:   func(size uint64) ([]proof.Key, error) { return l.cosignerKeys(t.name, o, size) },
		Stored: l.cosignedMore}
	if t.role == RoleArchive {
		to.Holds = courier.ForArchive
	}
	return to
}

// weGoOn ends the alarms about our own successions once every counterpart has signed
// the ends of the closed journals, or refuses them for good, and the beginning of the
// one that we write.
func (l *Line) weGoOn(ctx context.Context) error {
	if !l.unended.Load() {
		return nil
	}
	past := l.pastJournals()
	for _, t := range l.Targets() {
		if t.role != RoleCounterpart {
			continue
		}
		if size, _ := l.cosigned(ctx, t); size == 0 {
			return nil
		}
		for _, p := range past {
			if size, _ := l.cosignedOf(ctx, p.Journal, t.name); size < p.Last.Size && t.pastRefused(p.Origin()) == "" {
				return nil
			}
		}
	}
	l.unended.Store(false)
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, p := range past {
			if _, err := tx.EndAlarm(alarmSuccession, string(p.Origin()), "", "every counterpart has signed its end, or refuses it, and the beginning of the next", l.node.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// pastStatus is how far a target has our closed journals, where it lacks something.
func (l *Line) pastStatus(ctx context.Context, t *target) (list []PastStatus) {
	for _, p := range l.pastJournals() {
		s := PastStatus{Origin: p.Origin(), Closed: p.End.Size, Ours: p.Last.Size, Why: t.pastRefused(p.Origin())}
		if s.Cosigned, _ = l.cosignedOf(ctx, p.Journal, t.name); s.Cosigned < s.Ours {
			list = append(list, s)
		}
	}
	return list
}

// Journals are the journals of a party in this agreement, the oldest first.
func (l *Line) Journals(p parley.Party) []parley.Origin { return l.originsOf(p) }
