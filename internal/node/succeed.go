package node

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// SucceedRequest closes our journal of an agreement and opens the next.
type SucceedRequest struct {
	Agreement string `json:"agreement,omitempty"`
	Identity  string `json:"identity,omitempty"` // file of the identity key, absolute; empty: the home's
}

// Succeeded says what became of it.
type Succeeded struct {
	Closed parley.Origin `json:"closed"`
	Size   uint64        `json:"size"`
	Next   parley.Origin `json:"next"`
}

// Succeed closes our journal, because its key was stolen or its tail is lost for
// good, and opens the next with fresh keys. The identity key signs: it must be in
// the home. The size is the largest that we or anybody who answered holds under
// our signature. The threads go on. SUCCESSION-1, SUCCESSION-3
func (n *Node) Succeed(ctx context.Context, r SucceedRequest) (Succeeded, error) {
	l, err := n.Line(r.Agreement)
	if err != nil {
		return Succeeded{}, err
	}
	if l.journal() == nil {
		return Succeeded{}, parley.E(parley.Forbidden, "this node is an archive of the agreement: it writes nothing")
	}
	identity, err := n.home.WithIdentity(r.Identity).Identity()
	if err != nil {
		return Succeeded{}, err
	}
	s, err := l.closing(ctx, l.heldByAll(ctx))
	if err != nil {
		return Succeeded{}, err
	}
	if s.Next, err = n.home.CreateJournal(l.us); err != nil {
		return Succeeded{}, err
	}
	keys, err := n.home.JournalSigners(s.Next)
	if err != nil {
		return Succeeded{}, err
	}
	for _, k := range keys {
		s.Keys = append(s.Keys, k.Key())
	}
	note, err := s.Sign(identity)
	if err != nil {
		return Succeeded{}, err
	}
	if err := l.takeSuccession(ctx, note); err != nil {
		return Succeeded{}, err
	}
	return Succeeded{Closed: s.Close, Size: s.Size, Next: s.Next}, l.begin(ctx, s, note)
}

// heldByAll is what everybody who can be reached holds of our journal now: after
// a fork or a theft that is more than we know of.
func (l *Line) heldByAll(ctx context.Context) [][]byte {
	var notes [][]byte
	for _, t := range l.Targets() {
		if t.role == RoleWitness {
			continue
		}
		client, err := l.dialTarget(t)
		if err != nil {
			continue
		}
		if note, err := l.heldBy(ctx, client, l.origin()); err == nil && note != nil {
			notes = append(notes, note)
		}
	}
	return notes
}

// closing is where our journal ends, with the checkpoints of it that others show
// now: SUCCESSION-3.
func (l *Line) closing(ctx context.Context, shown [][]byte) (*agreement.Succession, error) {
	o := l.origin()
	s := &agreement.Succession{Agreement: l.id, Close: o, Root: proof.EmptyRoot()}
	if cp, err := l.journal().Latest(ctx); err == nil {
		s.Size, s.Root = cp.Size, cp.Root
	} else if notFoundIsNil(err) != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	log, err := l.chain.LogKeys(o)
	if err != nil {
		return nil, err
	}
	for _, h := range l.answers {
		shown = append(shown, h.Note)
	}
	for _, note := range shown {
		cp, err := proof.OpenCheckpoint(note, log...)
		if err == nil && cp.Origin == o && cp.Size > s.Size {
			s.Size, s.Root = cp.Size, cp.Root
		}
	}
	return s, nil
}

// begin ends the old journal and puts entry 0 of the next on its way. SUCCESSION-2
func (l *Line) begin(ctx context.Context, s *agreement.Succession, note []byte) error {
	if err := l.journal().Close(ctx, l.node.now(), s.Size, s.Root, s.Next); err != nil {
		return err
	}
	keys, err := l.node.home.JournalSigners(s.Next)
	if err != nil {
		return err
	}
	next, err := openOrCreate(ctx, l, s.Next, keys)
	if err != nil {
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
	content, err := agreement.FormatContent(agreement.NoteContent{Note: string(note)})
	if err != nil {
		return err
	}
	m, err := l.toEverybody(parley.KindSuccession, content)
	if err != nil {
		return err
	}
	h := parley.Sum(note)
	m.Nonce = parley.Nonce(h[:16])
	if _, err := l.send(ctx, m); err != nil {
		return err
	}
	_, err = l.Sequence(ctx)
	return err
}

// ender takes the successions of one counterpart: peer.Ender.
type ender struct {
	line  *Line
	party parley.Party
}

// Succeed implements peer.Ender. WIRE-16
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
	l.mu.RUnlock()
	if m == nil {
		return parley.E(parley.NotFound, "journal %s is not mirrored here", s.Close)
	}
	held, err := m.Status(ctx)
	if err != nil {
		return err
	}
	if held.Next > s.Size { // SUCCESSION-3
		return parley.E(parley.Conflict, "we hold %s up to %d: a succession must close it no earlier, not at %d", s.Close, held.Next, s.Size)
	}
	if err := l.takeSuccession(ctx, note); err != nil { // verifies the identity key's line
		return err
	}
	// Nothing behind the end is taken any more, whoever has the old key.
	if err := m.Close(ctx, s.Size, s.Root, s.Next); err != nil {
		return err
	}
	return l.openNext(ctx, s.Next, e.party)
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

// takeSuccession makes a succession known to the law, and durable.
func (l *Line) takeSuccession(ctx context.Context, note []byte) error {
	l.follow.Lock()
	defer l.follow.Unlock()
	l.mu.Lock()
	_, err := l.chain.Succeed(note)
	l.mu.Unlock()
	if err != nil {
		return err
	}
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
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

// tellSuccessions brings our successions to a target before anything of the next
// journal is pushed to it.
func (l *Line) tellSuccessions(ctx context.Context, t *target, client peer.Node) error {
	notes, err := sqldb.Read(ctx, l.node.db, l.successions)
	if err != nil {
		return err
	}
	var ours []*agreement.Succession
	for _, note := range notes {
		s, err := agreement.ParseSuccession([]byte(note))
		if err != nil {
			return err
		}
		if s.Close.Party() == l.us {
			ours = append(ours, s)
		}
	}
	t.mu.Lock()
	told := t.told
	t.mu.Unlock()
	for _, s := range ours[min(told, len(ours)):] {
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
