package node

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// sequenceBatch bounds the messages of one append, and courier.PushOctets their
// octets: a checkpoint for each push.
const sequenceBatch = peer.MaxPushEntries

// Sequence gives the messages that are due their places in our journal, the most
// urgent first, and says when the next one is due (zero: none waits). Each append
// is one transaction that also takes them out of the outbox: a crash leaves a
// message in one of the two, never in both or neither.
func (l *Line) Sequence(ctx context.Context) (next time.Time, err error) {
	if err := l.writable(); err != nil {
		return next, err
	}
	l.append.Lock()
	defer l.append.Unlock()
	if _, err := l.start(ctx); err != nil {
		return next, err
	}
	return l.sequence(ctx)
}

// sequence is Sequence for those who hold l.append.
func (l *Line) sequence(ctx context.Context) (next time.Time, err error) {
	for {
		now, version := l.node.now(), l.node.db.Version(sqldb.Outbox())
		if l.idle.still(l.origin(), version, now) {
			return l.idle.next, nil
		}
		full, err := l.full(ctx)
		if err != nil {
			return next, err
		}
		var held sqldb.Window
		rows, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (rows []sqldb.Outgoing, err error) {
			if next, _, err = tx.NextDue(l.origin(), now); err != nil {
				return nil, err
			}
			if held, err = windowOf(tx, l.origin(), full); err != nil {
				return nil, err
			}
			return tx.DueWithin(l.origin(), now, sequenceBatch, held)
		})
		l.waits.Store(len(held.Audiences) > 0) // then what is cosigned rings the bell
		if err != nil || len(rows) == 0 {
			l.idle = idle{err == nil && len(held.Audiences) == 0, l.origin(), version, now, next}
			return next, err
		}
		due := len(rows)
		batch, law, err := untilLaw(rows[:untilFull(due, func(i int) int {
			return len(rows[i].Payload) // longer than the part and the lines within it, and than the entry that becomes of them
		})])
		if err != nil {
			return next, err
		}
		fit, err := l.appendRows(ctx, now, batch)
		if err != nil {
			return next, err
		}
		if law { // it decides who may sign the entries after it
			if err := l.Follow(ctx); err != nil {
				return next, err
			}
		}
		if len(batch) == due && due < sequenceBatch { // what came meanwhile rings the bell
			if fit && len(held.Audiences) == 0 && l.node.db.Version(sqldb.Outbox()) == version+1 { // our append alone
				l.idle = idle{true, l.origin(), version + 1, now, next}
			}
			return next, nil
		}
	}
}

// sayAtOnce gives flash messages their places without the outbox, in one commit instead
// of two: where nothing waits that would go before them, and nothing holds them back. It
// returns how many it did. What fails here goes the long way, and is told there; the same
// nonce is the same message, also where the outcome of a commit is unknown. JOURNAL-23
func (l *Line) sayAtOnce(ctx context.Context, list ...queued) (said int) {
	if !l.speaks() {
		return 0
	}
	l.append.Lock()
	defer l.append.Unlock()
	if _, err := l.start(ctx); err != nil {
		return 0
	}
	now, o := l.node.now(), l.origin()
	items := make([]journal.Item, len(list))
	for i, q := range list {
		if q.message.Precedence != parley.Flash || isLaw(q.message.Kind) || q.row.State != sqldb.Ready || q.row.Hold.After(now) || q.row.Origin != o {
			return 0
		}
		var err error
		if items[i], err = l.item(q); err != nil {
			return 0
		}
		items[i].Queued = false
	}
	for said < len(list) && l.idle.still(o, l.node.db.Version(sqldb.Outbox()), now) {
		n := untilFull(len(items)-said, func(i int) int {
			r := items[said+i].Ready
			return len(r.Sealed) + 2*len(r.Lines) + 1<<10
		})
		for i := said; i < said+n; i++ {
			l.insides.put(list[i].row.Part, items[i].Ready.Inside)
		}
		done, err := l.appendItems(ctx, now, items[said:said+n]...)
		if err != nil || slices.ContainsFunc(done, func(a journal.Appended) bool { return a.Lost }) {
			break
		}
		said += n
		ring(l.bell)
	}
	return said
}

// idle is an outbox in which nothing was due.
type idle struct {
	ok      bool
	origin  parley.Origin
	version uint64    // of the outbox
	at      time.Time // when it was looked at
	next    time.Time // when a message is due; zero: none waits
}

// still says that nothing is due yet. A clock that was put back makes what is held back due.
func (i *idle) still(o parley.Origin, version uint64, now time.Time) bool {
	return i.ok && i.origin == o && i.version == version && !now.Before(i.at) && (i.next.IsZero() || now.Before(i.next))
}

// untilFull is how many of n messages one combined push holds, at least one, by what
// each needs of it at most.
func untilFull(n int, need func(i int) int) int {
	octets := 0
	for i := range n {
		if octets += need(i); i > 0 && (octets > courier.PushOctets || i == sequenceBatch) {
			return i
		}
	}
	return n
}

// untilLaw reads a batch, and cuts it after the first message that changes the law. KEYS-7
func untilLaw(rows []sqldb.Outgoing) (batch []queued, law bool, err error) {
	for _, row := range rows {
		o, err := decodeOutgoing(row.Payload)
		if err != nil {
			return nil, false, err
		}
		batch = append(batch, queued{row: row, message: o})
		if isLaw(o.Kind) {
			return batch, true, nil
		}
	}
	return batch, false, nil
}

// appendRows appends messages in one transaction. One that cannot be signed now, as
// when its body's key is not in the home, stays in the outbox and holds back no
// other: then fit is false; where that is all of them it is an error.
func (l *Line) appendRows(ctx context.Context, now time.Time, batch []queued) (fit bool, err error) {
	items := make([]journal.Item, 0, len(batch))
	rows := make([]sqldb.Outgoing, 0, len(batch))
	var unfit error
	for _, q := range batch {
		item, err := l.item(q)
		if err == nil {
			var holds bool
			if holds, err = l.releaseHolds(item.Ready); err == nil && !holds {
				if err := l.holdAgain(ctx, q.row); err != nil {
					return false, err
				}
				continue
			}
		}
		if err != nil {
			unfit = errors.Join(unfit, parley.E(parley.KindOf(err), "message %s waits: %w", q.row.Nonce, err))
			continue
		}
		items, rows = append(items, item), append(rows, q.row)
	}
	if len(items) == 0 {
		return false, unfit
	}
	done, err := l.appendItems(ctx, now, items...)
	fit = unfit == nil
	for i, a := range done {
		if a.Lost {
			fit, err = false, errors.Join(err, l.sayAgain(ctx, rows[i]))
		}
	}
	return fit, err
}

// appendItems appends, and wakes those who bring it to others.
func (l *Line) appendItems(ctx context.Context, now time.Time, items ...journal.Item) ([]journal.Appended, error) {
	mirrored, err := l.mirrored(ctx)
	if err != nil {
		return nil, err
	}
	done, _, err := l.journal().Append(ctx, now, mirrored, items)
	if err != nil {
		return nil, err
	}
	for _, t := range l.Targets() {
		t.wake()
	}
	l.node.publish(Event{What: "message", Agreement: l.id})
	return done, nil
}

// item is a row of the outbox as the journal takes it, with the key that signs it.
func (l *Line) item(q queued) (journal.Item, error) {
	ready := q.ready
	if ready == nil {
		var err error
		if ready, err = q.message.ready(q.row.Nonce, l.node.keep); err != nil {
			return journal.Item{}, err
		}
	}
	signer, err := l.signer(q.message.From)
	return journal.Item{Ready: ready, Body: signer, Queued: true}, err
}

// mirrored says what this node holds of the other journals, for the entry's lines. ENTRY-13
func (l *Line) mirrored(ctx context.Context) ([]seal.Mirrored, error) {
	l.mu.RLock()
	mirrors := maps.Clone(l.mirrors)
	l.mu.RUnlock() // nobody waits for the database with it
	var list []seal.Mirrored
	for o, m := range mirrors {
		cp, _, err := m.Latest(ctx)
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue // nothing held yet
		}
		if err != nil {
			return nil, err
		}
		list = append(list, seal.Mirrored{Origin: o, Size: cp.Size, Root: cp.Root})
	}
	return list, nil
}
