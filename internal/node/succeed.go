package node

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// SucceedRequest closes our journal of an agreement and opens the next.
type SucceedRequest struct {
	Agreement string `json:"agreement,omitempty"`
	Identity  string `json:"identity,omitempty"` // file of the identity key, absolute; empty: the home's
	Override  string `json:"override,omitempty"` // the officer who decides not to wait for those who do not answer
}

// Succeeded says what became of it.
type Succeeded struct {
	Closed parley.Origin `json:"closed"`
	Size   uint64        `json:"size"`
	Next   parley.Origin `json:"next"`
	Silent []string      `json:"silent,omitempty"` // who did not say what they hold, and was not waited for
	Again  int           `json:"again"`            // messages sealed again for the next journal
	Held   int           `json:"held"`             // those among them that need their second signature once more
	Left   int           `json:"left"`             // messages that cannot go in the next journal: an alarm names them
}

// Succeed closes our journal, because its key was stolen or its tail is lost for
// good, and opens the next with fresh keys. The identity key signs: it must be in
// the home, or named. The size is the largest that we or anybody else holds under
// our signature, of the history that others hold where there are two. The threads go
// on; what waited, and what only a history held that nobody took, is sealed again.
//
// Unavailable where a counterpart or an archive does not say what it holds, or breaks
// off giving us the end that it holds, and no officer overrides that: one that holds more
// would refuse the succession for good, and a closed journal is not fetched any more.
// SUCCESSION-1, SUCCESSION-3, SUCCESSION-6
func (n *Node) Succeed(ctx context.Context, r SucceedRequest) (out Succeeded, err error) {
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
	if err := l.enter(ctx); err != nil { // a succession that was cut short is ended first
		return Succeeded{}, err
	}
	shown, silent := l.heldByAll(ctx)
	if len(silent) > 0 && r.Override == "" {
		return Succeeded{}, parley.E(parley.Unavailable, "not said what it holds of our journal %s: %s", l.origin(), strings.Join(silent, ", ")).
			WithHint("who holds more than the size at which it is closed refuses the succession for ever; wait for them, or --override OFFICER on the word of an officer who knows that they do not")
	}
	spoke := !l.journal().Asking()
	defer func() {
		if err != nil && (!spoke || l.journal().Asking()) { // as after any doubt
			l.journal().Silence()
			l.askAgain()
		}
	}()
	if err := l.catchUp(ctx, shown); err != nil && r.Override == "" {
		return Succeeded{}, err
	}
	end, err := l.closing(ctx, shown)
	if err != nil {
		return Succeeded{}, err
	}
	s := &end.Succession
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
	if _, err := s.Sign(identity); err != nil {
		return Succeeded{}, err
	}
	out = Succeeded{Closed: s.Close, Size: s.Size, Next: s.Next, Silent: silent}
	err = l.succeed(ctx, end, r.Override, &out)
	return out, err
}

// shownBy is what one target shows of our journal.
type shownBy struct {
	name   string
	note   []byte    // its newest checkpoint, also one that it has no entries of yet; nil: it holds nothing
	held   []byte    // the newest one that it gives the entries of
	client peer.Node // nil where it said so before, and cannot be called
}

// heldByAll is what everybody holds of our journal now: after a fork or a theft that
// is more than we know of. silent are those of whom we do not know it. A witness holds
// no entry and refuses no succession: it is not asked.
func (l *Line) heldByAll(ctx context.Context) (list []shownBy, silent []string) {
	for _, t := range l.Targets() {
		if t.role == RoleWitness {
			continue
		}
		if l.addressOf(t) == "" || l.node.dial == nil { // it calls us, or writes by pouch
			l.mu.RLock()
			h, ok := l.answers[t.name]
			l.mu.RUnlock()
			if ok {
				list = append(list, shownBy{name: t.name, note: h.Note})
			} else {
				silent = append(silent, t.name)
			}
			continue
		}
		client, err := l.dialTarget(t)
		var note, held []byte
		if err == nil {
			note, err = l.heldBy(ctx, client, l.origin())
		}
		if err == nil {
			held, err = client.Checkpoint(ctx, l.origin())
			err = notFoundIsNil(err)
		}
		if err != nil {
			silent = append(silent, t.name)
			continue
		}
		list = append(list, shownBy{t.name, note, held, client})
	}
	return list, silent
}

// catchUp fetches what others hold of our journal beyond our copy, where they can
// still give it: what nobody lost is not called lost. Unavailable where one who holds
// more did not answer to the end; what nobody can give is logged, and no error.
func (l *Line) catchUp(ctx context.Context, shown []shownBy) error {
	var held []journal.Held
	for _, s := range shown {
		if s.client != nil {
			held = append(held, journal.Held{Who: s.name, Note: s.held, Source: &remote{l, s.client, l.origin()}})
		}
	}
	if len(held) == 0 {
		return nil
	}
	_, err := l.journal().Resume(ctx, l.node.now(), held)
	if cause := errors.Unwrap(err); cause != nil && parley.KindOf(cause) == parley.Unavailable {
		return parley.E(parley.Unavailable, "%w", err).WithHint("do it again; or --override OFFICER closes the journal without the end that could not be fetched")
	}
	if err != nil {
		l.node.log.Warn("journal closed short of what others hold of it", "event", "succession.tail", "origin", string(l.origin()), "error", err)
	}
	return nil
}

// ending is where our journal ends, and which of our entries do not lie within.
type ending struct {
	agreement.Succession
	own   uint64 // size of our copy
	alive uint64 // our entries from here on are not of the closed tree: nobody else took them
}

// closing decides where our journal ends: at the largest size of ours or anybody's. A
// checkpoint that contradicts our copy was taken by somebody else first: then the
// history that others hold is the journal, and ours is not. SUCCESSION-3
func (l *Line) closing(ctx context.Context, shown []shownBy) (*ending, error) {
	o := l.origin()
	e := &ending{Succession: agreement.Succession{Agreement: l.id, Close: o, Root: proof.EmptyRoot()}}
	own, err := l.journal().Latest(ctx)
	if notFoundIsNil(err) != nil {
		return nil, err
	}
	l.mu.RLock()
	log, err := l.chain.LogKeys(o)
	l.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	two := false
	var from peer.Node
	for _, s := range shown {
		cp, err := proof.OpenCheckpoint(s.note, log...)
		if err != nil || cp.Origin != o {
			continue
		}
		other, err := l.contradicts(ctx, s.client, own, cp)
		if err != nil {
			return nil, err
		}
		two = two || other
		if cp.Size > e.Size {
			e.Size, e.Root, from = cp.Size, cp.Root, s.client
		}
	}
	e.own, e.alive = own.Size, own.Size
	switch {
	case !two && own.Size >= e.Size:
		e.Size, e.Root = own.Size, own.Root
	case two:
		e.alive, err = l.common(ctx, from, own.Size, e.Size, e.Root)
	}
	if err == nil && e.Size == 0 {
		err = parley.E(parley.Conflict, "nothing stands in our journal %s: there is nothing to close", o)
	}
	return e, err
}

// contradicts says whether a checkpoint of ours that somebody shows is of another
// history than our copy. Where its tree cannot be read, nobody knows: then it is not.
func (l *Line) contradicts(ctx context.Context, client peer.Node, own, cp proof.Checkpoint) (bool, error) {
	hashes := l.journal().HashReader(ctx)
	if cp.Size <= own.Size {
		root, err := tlog.TreeHash(int64(cp.Size), hashes)
		if err != nil {
			return false, parley.E(parley.Internal, "root of size %d of %s: %w", cp.Size, cp.Origin, err)
		}
		return root != cp.Root, nil
	}
	if client == nil {
		return false, nil
	}
	theirs, err := mirror.Peaks(courier.FetchTree(ctx, client, cp.Origin, cp.Size, cp.Root), own.Size)
	if err != nil {
		return false, nil // it was promised more than it holds
	}
	ours, err := mirror.Peaks(hashes, own.Size)
	if err != nil {
		return false, err
	}
	for i := range ours {
		if ours[i] != theirs[i] {
			return true, nil
		}
	}
	return false, nil
}

// common is how many of our first n entries are those of another tree, which its
// holder shows. Where it does not, it is as many as anybody has cosigned for us.
func (l *Line) common(ctx context.Context, client peer.Node, n, size uint64, root tlog.Hash) (uint64, error) {
	if client != nil {
		same, err := l.sameLeaves(ctx, courier.FetchTree(ctx, client, l.origin(), size, root), min(n, size))
		if err == nil || parley.KindOf(err) == parley.Internal {
			return same, err
		}
	}
	_, least, err := l.tail(ctx)
	return min(least, n, size), err
}

// sameLeaves is the first of n entries in which two trees differ.
func (l *Line) sameLeaves(ctx context.Context, theirs tlog.HashReader, n uint64) (uint64, error) {
	const step = 256
	ours := l.journal().HashReader(ctx)
	for at := uint64(0); at < n; {
		var list []int64
		for i := at; i < min(n, at+step); i++ {
			list = append(list, tlog.StoredHashIndex(0, int64(i)))
		}
		b, err := theirs.ReadHashes(list)
		if err != nil {
			return 0, parley.E(parley.Untrusted, "the other history: %w", err)
		}
		a, err := ours.ReadHashes(list)
		if err != nil {
			return 0, parley.E(parley.Internal, "our journal: %w", err)
		}
		for i := range a {
			if a[i] != b[i] {
				return at + uint64(i), nil
			}
		}
		at += uint64(len(list))
	}
	return n, nil
}

// succeed makes the succession durable, all of it in one transaction, and goes on in
// the next journal. Nothing is appended meanwhile.
func (l *Line) succeed(ctx context.Context, e *ending, officer string, out *Succeeded) error {
	l.append.Lock()
	defer l.append.Unlock()
	if now := l.origin(); now != e.Close {
		return parley.E(parley.Conflict, "journal %s was closed meanwhile; we write %s", e.Close, now)
	}
	old := l.journal()
	if cp, err := old.Latest(ctx); notFoundIsNil(err) != nil {
		return err
	} else if cp.Size != e.own {
		return parley.E(parley.Unavailable, "entries were written while others were asked").WithHint("do it again")
	}
	chain, err := l.lawWithout(ctx, e)
	if err != nil {
		return err
	}
	now := l.node.now()
	err = l.takeSuccession(ctx, e.Note, chain, func(tx *sqldb.Tx) error {
		if err := old.CloseIn(tx, now, e.Size, e.Root, e.Next); err != nil {
			return err
		}
		for _, kind := range []string{AlarmOwnFork, AlarmAhead} { // this is the way back from both
			if _, err := tx.EndAlarm(kind, string(e.Close), "", fmt.Sprintf("the journal was closed at size %d", e.Size), now); err != nil {
				return err
			}
		}
		text := fmt.Sprintf("our journal was closed at size %d and goes on in %s; threads go on, and what the counterparts have not signed yet is still brought to them; "+
			"call them, say why, and read them the new name: this ends when all have signed the end of the old one and the beginning of the new one", e.Size, e.Next)
		if err := tx.RaiseAlarm(alarmSuccession, string(e.Close), text, now); err != nil {
			return err
		}
		if len(out.Silent) > 0 {
			text := fmt.Sprintf("the journal was closed at size %d without an answer from %s, by decision of %s; threads go on in %s; who of them holds more refuses what follows: compare by telephone",
				e.Size, strings.Join(out.Silent, ", "), officer, e.Next)
			if err := tx.RaiseAlarm(AlarmOverride, string(e.Close), text, now); err != nil {
				return err
			}
		}
		return l.bury(tx, e)
	})
	if err != nil {
		return err
	}
	if err := l.loadGraves(ctx); err != nil {
		return err
	}
	l.node.log.Warn("journal closed", "event", "succession", "origin", string(e.Close), "size", e.Size, "next", string(e.Next))
	l.node.publish(Event{What: "alarm", Agreement: l.id})
	c, err := l.start(ctx)
	out.Again, out.Held, out.Left = c.again, c.held, c.left
	if err != nil {
		return err
	}
	_, err = l.sequence(ctx)
	return err
}

// alarmSuccession is the kind of the alarm about a succession, ours or a
// counterpart's; the subject is the closed journal.
const alarmSuccession = "succession"
