package node

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
)

// enter opens the journal that we write now where a succession has named another than
// the one that is open: once after each succession, and after one that was cut short.
// Nothing is appended meanwhile.
func (l *Line) enter(ctx context.Context) error {
	if l.journal() == nil || l.journal().Origin() == l.origin() {
		return nil
	}
	l.append.Lock()
	defer l.append.Unlock()
	return l.enterLocked(ctx)
}

// enterLocked is enter for those who hold l.append.
func (l *Line) enterLocked(ctx context.Context) error {
	o := l.origin()
	if l.journal().Origin() == o {
		return nil
	}
	keys, err := l.node.home.JournalSigners(o)
	if err != nil {
		return err
	}
	next, err := openOrCreate(ctx, l, o, keys)
	if err != nil {
		return err
	}
	if err := l.openPast(ctx, l.journal().Origin()); err != nil {
		return err
	}
	l.mu.Lock()
	l.current.Store(next)
	clear(l.answers)
	l.mu.Unlock()
	for _, t := range l.Targets() {
		t.mu.Lock()
		t.known.Asked, t.known.Pending, t.known.Next, t.known.Cosigned = false, 0, 0, 0
		t.fails, t.next = 0, time.Time{} // who refused the old journal is called at once
		t.mu.Unlock()
	}
	return nil
}

// start makes our journal ready for words: the one that follows a succession is
// opened, entry 0 is on its way before any other, and what waited for a closed one is
// sealed again. It is done once for each journal, and again each minute while there is
// no room for some of it; the caller holds l.append.
func (l *Line) start(ctx context.Context) (c carried, err error) {
	if err := l.enterLocked(ctx); err != nil {
		return c, err
	}
	o := l.origin()
	now := l.node.now()
	again := !l.carry.IsZero() && now.Sub(l.carry).Abs() >= carryAgain // also where the clock was put back
	strays := l.strays.Swap(false)
	if l.begun.Load() == any(o) && !strays && !again {
		return c, nil
	}
	defer func() {
		if err != nil && strays { // they still wait
			l.strays.Store(true)
		}
	}()
	if err := l.queueFirst(ctx); err != nil {
		return c, err
	}
	if c, err = l.carryOver(ctx); err != nil {
		return c, err
	}
	l.begun.Store(o)
	if l.carry = (time.Time{}); c.notYet {
		l.carry = now
	}
	return c, nil
}

// ender takes the successions of one counterpart: peer.Ender.
type ender struct {
	line  *Line
	party parley.Party
}

// Succeed implements peer.Ender: the succession is durable, the mirror closed and the
// law changed, or nothing is. WIRE-16
func (e *ender) Succeed(ctx context.Context, note []byte) error {
	s, err := agreement.ParseSuccession(note)
	if err != nil {
		return err
	}
	if s.Close.Party() != e.party {
		return parley.E(parley.Forbidden, "only the party that writes a journal closes it")
	}
	l := e.line
	l.mu.RLock()
	m := l.mirrors[s.Close]
	_, again := l.mirrors[s.Next]
	l.mu.RUnlock()
	if m == nil {
		return parley.E(parley.NotFound, "journal %s is not mirrored here", s.Close)
	}
	err = l.takeSuccession(ctx, note, nil, func(tx *sqldb.Tx) error {
		if err := m.CloseIn(tx, s.Size, s.Root, s.Next); err != nil || again { // nothing behind the end is taken any more, whoever has the old key
			return err
		}
		text := fmt.Sprintf("%s has closed its journal at size %d and goes on in %s; threads go on, what was delivered stands; "+
			"call them and have them read the new name: a succession is signed after a theft or a loss; this ends when its first entry is here", e.party, s.Size, s.Next)
		return tx.RaiseAlarm(alarmSuccession, string(s.Close), text, l.node.now())
	})
	if err != nil {
		return err
	}
	if !again {
		l.node.log.Warn("a counterpart closed its journal", "event", "succession", "origin", string(s.Close), "size", s.Size, "next", string(s.Next))
		l.node.publish(Event{What: "alarm", Agreement: l.id})
	}
	return l.openNext(ctx, s.Next, e.party)
}

// beginnings looks for entry 0 of a journal that follows a closed one of a counterpart.
func (l *Line) beginnings(ctx context.Context, j sqldb.Journal, batch []register.Judged) error {
	if j.Role == sqldb.Ours || batch[0].Ref.Index > 0 || batch[0].Opened == nil || batch[0].Opened.Facts.Kind != parley.KindSuccession {
		return nil
	}
	l.mu.RLock()
	closed := l.before(j.Origin)
	l.mu.RUnlock()
	return l.theyGoOn(ctx, closed)
}

// before is the journal that a succession closed for another; the caller holds l.mu.
func (l *Line) before(next parley.Origin) parley.Origin {
	for _, o := range l.chain.Origins() {
		if s, ok := l.chain.Successor(o); ok && s.Next == next {
			return o
		}
	}
	return ""
}

// theyGoOn ends the alarms about a closed journal of a counterpart, once entry 0 of the
// next one is judged: the way back from a fork has been gone. The evidence stays.
func (l *Line) theyGoOn(ctx context.Context, closed parley.Origin) error {
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, kind := range []string{alarmSuccession, mirror.AlarmFork, mirror.AlarmUnexplained} {
			if _, err := tx.EndAlarm(kind, string(closed), "", "the next journal has begun", l.node.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// openNext opens our mirror of the journal that follows a closed one, once.
func (l *Line) openNext(ctx context.Context, next parley.Origin, p parley.Party) error {
	a, err := l.text()
	if err != nil {
		return err
	}
	l.follow.Lock() // one succession at a time
	defer l.follow.Unlock()
	l.mu.RLock()
	_, known := l.mirrors[next]
	l.mu.RUnlock()
	if known {
		return nil
	}
	m, err := l.openMirror(ctx, next, a.Traffic.Limits.EntriesPerDay, a.Traffic.Limits.BytesPerDay)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mirrors[next] = m
	return nil
}

// takeSuccession makes a succession durable, with what do writes, in one transaction,
// and then known to the law. chain takes the law's place, where a part of our own
// journal no longer counts; nil: the law as it is. Nobody else changes it meanwhile.
func (l *Line) takeSuccession(ctx context.Context, note []byte, chain *agreement.Chain, do func(*sqldb.Tx) error) error {
	l.follow.Lock()
	defer l.follow.Unlock()
	l.mu.RLock()
	if chain == nil {
		chain = l.chain
	}
	_, err := chain.CheckSuccession(note)
	l.mu.RUnlock()
	if err != nil {
		return err
	}
	err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		if err := do(tx); err != nil {
			return err
		}
		notes, err := l.successions(tx)
		if err != nil || slices.Contains(notes, string(note)) {
			return err
		}
		b, err := json.Marshal(append(notes, string(note)))
		if err != nil {
			return parley.E(parley.Internal, "store a succession: %w", err)
		}
		return tx.SetSetting(l.successionSetting(), b)
	})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.chain = chain
	_, err = chain.Succeed(note)
	return err
}

func (l *Line) successionSetting() string { return "successions " + l.id.String() }

// successions are the notes of all journals of the agreement, in the order in which they were taken.
func (l *Line) successions(tx *sqldb.Tx) (notes []string, err error) {
	b, ok, err := tx.Setting(l.successionSetting())
	if err != nil || !ok {
		return nil, err
	}
	if err := json.Unmarshal(b, &notes); err != nil {
		return nil, parley.E(parley.Internal, "stored successions: %w", err)
	}
	return notes, nil
}

// leadTo makes the stored successions known again that lead to a journal: those in
// between may have closed before their entry 0 came here.
func (l *Line) leadTo(tx *sqldb.Tx, next parley.Origin) error {
	notes, err := l.successions(tx)
	if err != nil {
		return err
	}
	from := map[parley.Origin]*agreement.Succession{}
	for _, note := range notes {
		if s, err := agreement.ParseSuccession([]byte(note)); err == nil {
			from[s.Next] = s
		}
	}
	var missing []*agreement.Succession
	for s := from[next]; s != nil && len(missing) < len(notes); s = from[s.Close] {
		if _, known := l.chain.PartyOf(s.Next); known {
			break
		}
		missing = append(missing, s)
	}
	for _, s := range slices.Backward(missing) {
		if _, err := l.chain.Succeed(s.Note); err != nil {
			return err
		}
	}
	return nil
}

// replaySuccessions makes them known again after a start.
func (l *Line) replaySuccessions(ctx context.Context) error {
	notes, err := sqldb.Read(ctx, l.node.db, l.successions)
	for _, note := range notes {
		if _, err := l.chain.Succeed([]byte(note)); err != nil {
			return err
		}
	}
	return err
}

// tellWitness brings our successions to a witness that does not know our journal, and
// takes them; one of another make is told by the agreement's next text only.
func (l *Line) tellWitness(ctx context.Context, client peer.Cosigner) bool {
	w, ok := client.(interface {
		Succeed(ctx context.Context, closed parley.Origin, note []byte) error
	})
	ours, err := l.ownSuccessions(ctx)
	if !ok || err != nil || len(ours) == 0 {
		return false
	}
	for _, note := range ours {
		s, err := agreement.ParseSuccession(note)
		if err != nil || w.Succeed(ctx, s.Close, s.Note) != nil {
			return false
		}
	}
	return true
}

// tellSuccessions brings our successions to a target before anything of the next
// journal is pushed to it.
func (l *Line) tellSuccessions(ctx context.Context, t *target, client peer.Node) error {
	ours, err := l.ownSuccessions(ctx)
	if err != nil {
		return err
	}
	t.mu.Lock()
	told := t.told
	t.mu.Unlock()
	for _, note := range ours[min(told, len(ours)):] {
		s, err := agreement.ParseSuccession(note)
		if err != nil {
			return err
		}
		if err := client.Succeed(ctx, s.Close, s.Note); err != nil {
			return err
		}
		told++
	}
	t.mu.Lock()
	t.told = told
	t.mu.Unlock()
	return nil
}
