package node

import (
	"context"
	"maps"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// ask learns from one target what it holds of our journal, and what it has of our
// own mirror's cosignatures, before anything is signed again. When everybody who
// could be ahead has answered, the journal resumes. JOURNAL-24, JOURNAL-51
func (l *Line) ask(ctx context.Context, t *target, client peer.Node) error {
	if l.journal() != nil {
		o := l.origin()
		note, err := l.heldBy(ctx, client, o)
		if err == nil {
			err = l.sameHistory(ctx, t, client, note)
		}
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.answers[t.name] = journal.Held{Who: t.name, Note: note, Source: &remote{l, client, o}}
		l.mu.Unlock()
	}
	if err := l.askOwn(ctx, t, client); err != nil {
		return err
	}
	t.mu.Lock()
	t.asked = true
	t.mu.Unlock()
	return l.resume(ctx)
}

// heldBy is the largest checkpoint of our journal that a target shows: the one that
// it cosigned, or a pending one that it has no entries of yet. nil: it holds nothing.
func (l *Line) heldBy(ctx context.Context, client peer.Node, o parley.Origin) ([]byte, error) {
	st, err := client.Status(ctx, o)
	if err := notFoundIsNil(err); err != nil {
		return nil, err
	}
	if cp, err := l.openOwn(st.Signed); err == nil && cp.Size > st.Size {
		return st.Signed, nil
	}
	note, err := client.Checkpoint(ctx, o)
	return note, notFoundIsNil(err)
}

// openOwn verifies that we signed a checkpoint of our journal.
func (l *Line) openOwn(note []byte) (proof.Checkpoint, error) {
	l.mu.RLock()
	o := l.chain.Current(l.us)
	log, err := l.chain.LogKeys(o)
	l.mu.RUnlock()
	if err != nil {
		return proof.Checkpoint{}, err
	}
	cp, err := proof.OpenCheckpoint(note, log...)
	if err == nil && cp.Origin != o {
		err = parley.E(parley.Untrusted, "a checkpoint of %s: want one of %s", cp.Origin, o)
	}
	return cp, err
}

// askOwn shows our mirrors what the target has of their cosignatures: a
// counterpart of its own journal, an archive of all.
func (l *Line) askOwn(ctx context.Context, t *target, client peer.Node) error {
	type one struct {
		origin parley.Origin
		mirror interface {
			LearnOwn(context.Context, proof.RawCheckpoint) error
			Status(context.Context) (mirror.Status, error)
			Ready()
		}
	}
	var mirrors []one
	behind := false
	l.mu.RLock()
	for _, o := range l.chain.Origins() { // in an order that a simulation can repeat
		p, _ := l.chain.PartyOf(o)
		if m := l.mirrors[o]; m != nil && (t.role == RoleArchive || p == t.party) {
			mirrors = append(mirrors, one{o, m})
		}
	}
	l.mu.RUnlock()
	for i := range mirrors {
		o, m := mirrors[i].origin, mirrors[i].mirror
		st, err := client.Status(ctx, o)
		if err := notFoundIsNil(err); err != nil {
			return err
		}
		if len(st.Yours) > 0 {
			// What shows no cosignature of ours teaches nothing.
			switch err := m.LearnOwn(ctx, st.Yours); parley.KindOf(err) {
			case parley.Unavailable, parley.Internal:
				if err != nil {
					return err
				}
			}
		}
		if t.role == RoleCounterpart {
			m.Ready()
			if held, err := m.Status(ctx); err == nil && held.Size < st.Size {
				behind = true
			}
		}
	}
	t.mu.Lock()
	t.behind = behind
	t.mu.Unlock()
	return nil
}

// resume lets the journal speak once every counterpart and archive has answered.
// One that stays silent could hold more than all others: then an officer decides.
func (l *Line) resume(ctx context.Context) error {
	if l.journal() == nil || !l.journal().Asking() || l.journal().Resuming() {
		return nil
	}
	var held []journal.Held
	for _, t := range l.Targets() {
		if t.role == RoleWitness {
			continue
		}
		l.mu.RLock()
		h, ok := l.answers[t.name]
		l.mu.RUnlock()
		if !ok {
			return nil
		}
		held = append(held, h)
	}
	r, err := l.journal().Resume(ctx, l.node.now(), held)
	if err != nil {
		l.askAgain() // who answered may have lost what it had, or its line
		return err
	}
	l.node.log.Info("journal resumed", "event", "journal.resumed", "origin", string(l.origin()), "before", r.Before, "after", r.After, "from", r.From)
	ring(l.bell)
	l.node.publish(Event{What: "line", Agreement: l.id})
	return nil
}

// Override lets a line speak though somebody has not answered, by an officer's
// decision on the record. JOURNAL-27
func (l *Line) Override(ctx context.Context, officer string) error {
	if l.journal() == nil {
		return parley.E(parley.Forbidden, "this node is an archive of the agreement: it writes nothing")
	}
	l.mu.RLock()
	mirrors := maps.Clone(l.mirrors)
	l.mu.RUnlock() // nobody waits for the database with it
	for _, m := range mirrors {
		if m.Asking() {
			if err := m.Override(ctx, officer); err != nil {
				return err
			}
		}
	}
	if !l.journal().Asking() {
		return nil
	}
	if err := l.journal().Override(ctx, l.node.now(), officer); err != nil {
		return err
	}
	ring(l.bell)
	return nil
}

// someoneIsAhead stops our writing at once: an older copy of this home was put
// back while it ran, or a second node has our key.
//
// A target that says so and does not show our own signature for it is not believed:
// otherwise any counterpart could stop our lines to all others. JOURNAL-24
func (l *Line) someoneIsAhead(ctx context.Context, t *target, a *courier.Ahead) error {
	client, err := l.dialTarget(t)
	if err != nil {
		return err
	}
	note, err := l.heldBy(ctx, client, l.origin())
	if err != nil {
		return err
	}
	own, err := l.journal().Latest(ctx)
	if err := notFoundIsNil(err); err != nil {
		return err
	}
	if cp, err := l.openOwn(note); err != nil || cp.Size <= own.Size {
		return parley.E(parley.Untrusted, "%s says that it holds %d entries of our journal, and does not show that we signed them", t.name, a.Size)
	}
	text := a.Error() + "; stop any other node with these keys, then start this one again: it will ask and catch up"
	l.journal().Silence() // before the alarm: it is over once the journal speaks again
	l.alarm(ctx, AlarmAhead, string(l.origin()), text)
	l.askAgain()
	return a
}

// askAgain forgets what everybody has said.
func (l *Line) askAgain() {
	l.mu.Lock()
	clear(l.answers)
	l.mu.Unlock()
	for _, t := range l.Targets() {
		t.mu.Lock()
		t.asked = false
		t.mu.Unlock()
	}
}

// remote reads a journal of ours from somebody who mirrors it: journal.Source.
// What it gives is proven by the journal before it is kept.
type remote struct {
	line   *Line
	node   peer.Node
	origin parley.Origin
}

// Entries implements journal.Source.
func (r *remote) Entries(ctx context.Context, start, end uint64) ([][]byte, error) {
	return courier.FetchEntries(ctx, r.node, r.origin, start, end)
}

// Hashes implements journal.Source.
func (r *remote) Hashes(ctx context.Context) tlog.HashReader {
	return courier.FetchHashes(ctx, r.node, r.origin)
}

// Part implements journal.Source. A message may wait in the outbox that an earlier
// life of this node has sequenced: then its part is here, perhaps nowhere else.
func (r *remote) Part(ctx context.Context, h parley.Hash) ([]byte, error) {
	rows, err := sqldb.Read(ctx, r.line.node.db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.OutgoingPart(r.origin, h) })
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if o, err := decodeOutgoing(row.Payload); err == nil && parley.Sum(o.Part) == h {
			return o.Part, nil
		}
	}
	return r.node.Part(ctx, r.origin, h)
}
