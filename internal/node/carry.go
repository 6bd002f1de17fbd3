package node

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// carried counts what a closed journal left behind.
type carried struct {
	again int // sealed again for the journal of now
	held  int // of these: they need their second signature once more
	left  int // they cannot be said in another journal, or not yet

	notYet bool // some of what waited may be said later: there was no room for a copy of its attachments
}

// carryAgain is how long what could not be carried over yet waits for another look.
const carryAgain = time.Minute

// errOneJournal is why a message of the line itself is not carried over.
var errOneJournal = parley.E(parley.Forbidden, "it holds for one journal only")

// carryOver seals again, for the journal that we write now, what waited in the outbox
// of a closed one and what stood in a history of it that nobody else took. Each
// message keeps its nonce and stays one message; one whose release was signed waits
// for it again, since the signature is over other lines. What cannot be carried over
// stays where it is, and an alarm names it. The caller holds l.append. SUCCESSION-6
func (l *Line) carryOver(ctx context.Context) (c carried, err error) {
	l.mu.RLock()
	origins, now := l.chain.Origins(), l.chain.Current(l.us)
	l.mu.RUnlock()
	for _, o := range origins {
		if o.Party() != l.us || o == now {
			continue
		}
		left, err := l.carryWaiting(ctx, o, &c)
		if err != nil {
			return c, err
		}
		dead, err := l.carryDead(ctx, o, &c)
		if err != nil {
			return c, err
		}
		if err := l.stranded(ctx, o, append(left, dead...)); err != nil {
			return c, err
		}
	}
	return c, nil
}

// carryWaiting carries over the outbox of a closed journal, in the order of arrival,
// and returns what cannot be.
func (l *Line) carryWaiting(ctx context.Context, o parley.Origin, c *carried) (left []string, err error) {
	rows, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.OutboxHeads(o) })
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b sqldb.Outgoing) int { return int(a.Seq - b.Seq) })
	for _, head := range rows {
		var row sqldb.Outgoing
		var ok bool
		err := l.node.db.View(ctx, func(tx *sqldb.Tx) (err error) { row, ok, err = tx.OutgoingAt(o, head.Body, head.Nonce); return err })
		if err != nil {
			return nil, err
		}
		if !ok {
			continue // taken back meanwhile
		}
		drop := func(tx *sqldb.Tx) (bool, error) {
			gone, err := tx.DropOutgoing(row.Origin, row.Body, row.Nonce)
			if err == nil && gone {
				err = doom(tx, row) // the next journal has copies
			}
			return gone, err
		}
		q, err := l.again(ctx, row)
		switch {
		case errors.Is(err, errSaid):
			err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error { _, err := drop(tx); return err })
		case err == nil:
			err = l.replace(ctx, q, row.State, drop, c)
		case parley.KindOf(err) == parley.Internal:
		default:
			left = append(left, row.Nonce.String()+" ("+err.Error()+")")
			c.left++
			c.notYet = c.notYet || parley.KindOf(err) == parley.Unavailable
			err = nil
		}
		if err != nil {
			return left, err
		}
	}
	return left, nil
}

// carryDead carries over the entries of a closed journal that nobody else took, once,
// and has the registers call them void.
func (l *Line) carryDead(ctx context.Context, o parley.Origin, c *carried) (left []string, err error) {
	l.mu.RLock()
	g, ok := l.buried[o]
	l.mu.RUnlock()
	if !ok || g.Done {
		return nil, nil
	}
	j, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (sqldb.Journal, error) { return tx.Journal(o) })
	if err != nil {
		return nil, err
	}
	for at := g.From; ; at++ {
		list, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]sqldb.Entry, error) { return tx.Entries(j.ID, at, at+1) })
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			break
		}
		e := list[0]
		q, state, err := l.againEntry(ctx, j, e)
		switch {
		case errors.Is(err, errSaid):
			err = nil
		case err == nil:
			err = l.replace(ctx, q, state, func(*sqldb.Tx) (bool, error) { return true, nil }, c)
		case parley.KindOf(err) == parley.Internal:
		default:
			left = append(left, parley.Ref{Origin: o, Index: at}.String()+" ("+err.Error()+")")
			c.left++
			err = nil
		}
		if err == nil {
			err = l.void(ctx, j, e)
		}
		if err != nil {
			return left, err
		}
	}
	err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return l.setGrave(tx, o, grave{From: g.From, Done: true, Left: len(left)}) })
	if err != nil {
		return left, err
	}
	return left, l.loadGraves(ctx)
}

// void has the registers say of a dead entry what everybody else would.
func (l *Line) void(ctx context.Context, j sqldb.Journal, e sqldb.Entry) error {
	one, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (register.Judged, error) { one, _, err := l.judge(tx, j, e); return one, err })
	if err != nil {
		return err
	}
	return notFoundIsNil(l.node.register.Again(ctx, one)) // not folded yet: then it is folded as void
}

// replace puts a message into the outbox of the journal of now in the transaction that
// takes it out of where it was; state is where it stood there.
func (l *Line) replace(ctx context.Context, q queued, state string, drop func(*sqldb.Tx) (bool, error), c *carried) error {
	if err := l.fill(&q); err != nil {
		return err
	}
	moved := false
	err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		ok, err := drop(tx)
		if err != nil || !ok {
			return err // taken back meanwhile
		}
		moved, err = tx.PutOutgoing(q.row)
		return err
	})
	if err != nil || !moved {
		return err
	}
	c.again++
	if q.row.State == sqldb.Draft && state != sqldb.Draft {
		c.held++
	}
	l.node.publish(Event{What: "message", Agreement: l.id})
	return nil
}

// errSaid is that a message stands in a journal of ours already, or that nothing is
// lost with it.
var errSaid = parley.E(parley.Conflict, "it is said already")

// again seals a message of a closed journal's outbox for the journal of now. It waits
// as long as it would have waited.
func (l *Line) again(ctx context.Context, row sqldb.Outgoing) (queued, error) {
	o, err := decodeOutgoing(row.Payload)
	if err != nil {
		return queued{}, err
	}
	r, err := o.ready(row.Nonce, l.node.keep)
	if err != nil {
		return queued{}, err
	}
	env, err := r.Envelope()
	if err != nil {
		return queued{}, err
	}
	opened, err := r.Open()
	if err != nil {
		return queued{}, err
	}
	q, err := l.anew(ctx, row.Origin, env, opened)
	q.row.Rank, q.row.Queued = row.Rank, row.Queued
	if q.row.State == sqldb.Ready {
		q.row.Hold = row.Hold
	}
	return q, err
}

// againEntry seals what a dead entry said; state is where its message stood before it
// was sequenced.
func (l *Line) againEntry(ctx context.Context, j sqldb.Journal, e sqldb.Entry) (q queued, state string, err error) {
	env, err := seal.ParseEntry(e.Raw)
	if err != nil || e.Index == 0 {
		return q, "", errSaid // it was no message, or only began the journal
	}
	var opened seal.Opened
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		part, err := tx.Part(j.ID, env.Part)
		if err != nil {
			return err
		}
		l.mu.RLock()
		defer l.mu.RUnlock()
		opened, _, err = l.open(tx, j, e.Index, env, part)
		return err
	})
	if err != nil {
		return q, "", err
	}
	state = sqldb.Draft
	if env.Release != nil {
		state = sqldb.Ready
	}
	q, err = l.anew(ctx, j.Origin, env, opened)
	if q.row.State == sqldb.Ready {
		q.row.Hold = l.node.now()
	}
	return q, state, err
}

// anew seals what an envelope said, for the journal of now: to the same bodies, under
// the same nonce (or that of ENTRY-32), with the same attachments. errSaid where a
// journal of ours has it, or where it is of no use any more.
func (l *Line) anew(ctx context.Context, from parley.Origin, env seal.Envelope, o seal.Opened) (queued, error) {
	f := &o.Facts
	switch f.Kind {
	case parley.KindSuccession, parley.KindGone: // of the journal that is closed
		return queued{}, errSaid
	case parley.KindKeys, parley.KindCountersign:
		if from != l.origin() {
			return queued{}, errOneJournal
		}
	}
	var names []parley.Nonce
	var ok bool
	err := l.node.db.View(ctx, func(tx *sqldb.Tx) (err error) { names, _, ok, err = l.said(tx, env.From, env.Nonce); return err })
	if ok || err != nil {
		return queued{}, errors.Join(err, errSaid)
	}
	nonce := names[len(names)-1]
	m := Outbound{From: env.From, To: env.To, Nonce: nonce, Kind: f.Kind, Precedence: f.Precedence, Marking: o.Marking, Languages: o.Languages}
	state, hold, err := l.permitted(&m)
	if err != nil {
		return queued{}, err
	}
	now := l.origin()
	for _, b := range env.Blobs {
		if err := l.node.blobs.Copy(from, now, b.Hash); err != nil {
			return queued{}, err
		}
	}
	draft := seal.Draft{Journal: now, Agreement: l.id, From: env.From, To: env.To, Nonce: nonce, Blobs: env.Blobs}
	msg := seal.Message{Kind: f.Kind, Version: f.Version, Step: f.Step, Thread: f.Thread, Answers: f.Answers, Precedence: f.Precedence, Clock: f.Clock, Due: f.Due,
		Exercise: f.Exercise, Marking: o.Marking, Languages: o.Languages, Legal: o.Legal, Blobs: o.Blobs, Content: o.Content}
	recipients, err := l.recipients(m.From, m.To)
	if err != nil {
		return queued{}, err
	}
	return l.sealed(draft, msg, recipients, state, hold)
}

func (l *Line) isDead(ref parley.Ref) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.dead(ref)
}

// lostIn counts what a history that lost had said, and that could not be said again.
func (l *Line) lostIn(o parley.Origin) int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.buried[o].Left
}

// stranded raises an alarm for what a closed journal left and what could not be
// carried over, and ends it where nothing is left.
func (l *Line) stranded(ctx context.Context, o parley.Origin, left []string) error {
	const named = 5
	now := l.node.now()
	if len(left) == 0 {
		if l.lostIn(o) > 0 {
			return nil
		}
		return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.EndAlarm(AlarmStranded, string(o), "", "all of it is sealed again for the next journal", now)
			return err
		})
	}
	text := fmt.Sprintf("%d messages that %s left when it was closed could not be sealed again; new ones go out in the next journal; read each, say it again if it is still true, and undo the old one:", len(left), o)
	for _, one := range left[:min(named, len(left))] {
		text += " " + one
	}
	err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.RaiseAlarm(AlarmStranded, string(o), text, now) })
	l.node.publish(Event{What: "alarm", Agreement: l.id})
	return err
}
