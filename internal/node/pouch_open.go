package node

import (
	"context"
	"errors"
	"io"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// OpenPouchesIn names the folder that things were carried into.
type OpenPouchesIn struct {
	Dir string `json:"dir"` // absolute
}

// OpenedPouch is what became of one file.
type OpenedPouch struct {
	File    string       `json:"file"`
	State   string       `json:"state"` // taken, waits, refused
	Why     string       `json:"why,omitempty"`
	From    parley.Party `json:"from,omitempty"`
	Number  uint64       `json:"number,omitempty"`
	Volume  int          `json:"volume,omitempty"`
	Entries int          `json:"entries"`
	Parts   int          `json:"parts"`
	Blobs   int          `json:"blobs"`
	Returns int          `json:"receipts"`
}

// OpenPouches takes in every volume of a folder, in any order and any number of
// times. What is in them goes the way of what comes over the wire. POUCH-9, POUCH-10
func (n *Node) OpenPouches(ctx context.Context, in OpenPouchesIn) ([]OpenedPouch, error) {
	ids := n.allIdentities()
	swept, err := courier.SweepFolder(in.Dir, func(r io.Reader) (courier.OpenedPouch, error) {
		return courier.OpenPouch(ctx, r, ids, func(h courier.PouchHeader) (courier.Inbox, error) { return n.pouchInbox(h) })
	})
	if err != nil {
		return nil, err
	}
	list := []OpenedPouch{}
	for _, s := range swept {
		o := OpenedPouch{File: s.File, State: "taken", From: s.From, Number: s.Number, Volume: s.Volume,
			Entries: s.Entries, Parts: s.Parts, Blobs: s.Blobs, Returns: s.Returns}
		switch {
		case s.Err != nil:
			o.State, o.Why = "refused", s.Err.Error()
			if h := parley.HintOf(s.Err); h != "" {
				o.Why += "; " + h
			}
		case s.Waits != "":
			o.State, o.Why = "waits", s.Waits
		case len(s.Refused) > 0:
			o.Why = errors.Join(s.Refused...).Error()
		}
		list = append(list, o)
	}
	for _, l := range n.Lines() {
		l.stepHere(ctx)
		ring(l.bell)
		n.publish(Event{What: "message", Agreement: l.id})
	}
	return list, nil
}

func (n *Node) allIdentities() []age.Identity {
	var ids []age.Identity
	for _, l := range n.Lines() {
		l.mu.RLock()
		for _, list := range l.identities {
			ids = append(ids, list...)
		}
		l.mu.RUnlock()
	}
	return ids
}

func (n *Node) pouchInbox(h courier.PouchHeader) (courier.Inbox, error) {
	l, err := n.Line(h.Agreement.String())
	if err != nil {
		return nil, parley.E(parley.NotFound, "the pouch is of an agreement that is not in force here")
	}
	t, err := l.counterpart(h.From)
	if err != nil || h.From == "" || h.To != l.us {
		return nil, parley.E(parley.NotFound, "the pouch is from %s to %s, and we are %s", h.From, h.To, l.us)
	}
	return &pouchInbox{line: l, from: t, signed: l.signedPouch(h)}, nil
}

// signedPouch says whether the header is signed by a body of the sender. POUCH-4
func (l *Line) signedPouch(h courier.PouchHeader) bool {
	a, err := l.text()
	if err != nil {
		return false
	}
	party, ok := a.Party(h.From)
	if !ok {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	newest := parley.Ref{Origin: l.chain.Current(h.From), Index: 1 << 61}
	var keys []note.Verifier
	for i := range party.Bodies {
		if v, err := l.chain.BodyKey(party.Bodies[i].Name, newest); err == nil {
			keys = append(keys, v)
		}
	}
	n, err := note.Open(h.Note, note.VerifierList(keys...))
	return err == nil && len(n.Sigs) > 0
}

// pouchInbox gives what is in a pouch to the contracts that the wire writes into.
type pouchInbox struct {
	line   *Line
	from   *target
	signed bool // the header, by a body of the sender

	followed bool // what came in this volume was judged
	answered bool // it told us what we signed last
}

// Journal implements courier.Inbox.
func (p *pouchInbox) Journal(o parley.Origin) (courier.Mirror, []proof.Key, bool) {
	l := p.line
	l.mu.RLock()
	defer l.mu.RUnlock()
	m, ok := l.mirrors[o]
	if author, _ := l.chain.PartyOf(o); !ok || author != p.from.party {
		return nil, nil, false
	}
	log, err := l.chain.LogKeys(o)
	return l.guarded(m), log, err == nil
}

// Holds implements courier.Inbox.
func (p *pouchInbox) Holds(index uint64, e *seal.Envelope) bool {
	return courier.ForParty(p.line.us)(index, e)
}

// Blobs implements courier.Inbox.
func (p *pouchInbox) Blobs(o parley.Origin) (peer.Blobs, bool) {
	b := p.line.roomOf(o, p.from.name).Blobs
	return pouchBlobs{b, p}, b != nil
}

// pouchBlobs judges what came before a blob in the same pouch, since only a judged
// entry names one.
type pouchBlobs struct {
	peer.Blobs
	inbox *pouchInbox
}

// State implements peer.Blobs.
func (b pouchBlobs) State(ctx context.Context, h parley.Hash) (peer.BlobState, error) {
	st, err := b.Blobs.State(ctx, h)
	if err == nil || parley.KindOf(err) != parley.NotFound || b.inbox.followed {
		return st, err
	}
	b.inbox.followed = true
	if err := b.inbox.line.Follow(ctx); err != nil {
		return st, err
	}
	return b.Blobs.State(ctx, h)
}

// Returner implements courier.Inbox.
func (p *pouchInbox) Returner(o parley.Origin) (peer.Returner, bool) {
	if p.line.roomOf(o, p.from.name).Returns == nil {
		return nil, false
	}
	return p, true
}

// Return implements peer.Returner: a receipt, and to a journal that asks what others
// hold of it, an answer. POUCH-11
func (p *pouchInbox) Return(ctx context.Context, raw []byte) error {
	l := p.line
	if err := p.answer(ctx); err != nil {
		return err
	}
	if l.journal().Asking() {
		l.mu.Lock()
		l.answers[p.from.name] = journal.Held{Who: p.from.name, Note: raw}
		l.mu.Unlock()
		if err := l.resume(ctx); err != nil {
			return err
		}
	}
	return l.storeReturned(ctx, l.origin(), p.from.name, raw)
}

// Held implements courier.Inbox: what the author shows as our own cosignature. POUCH-11
func (p *pouchInbox) Held(ctx context.Context, o parley.Origin, raw []byte) error {
	p.line.mu.RLock()
	m := p.line.mirrors[o]
	p.line.mu.RUnlock()
	if m == nil {
		return parley.E(parley.NotFound, "no journal %s here", o)
	}
	if err := m.LearnOwn(ctx, raw); err != nil {
		return err
	}
	m.Ready()
	return p.answer(ctx)
}

// answer notes that the question of an earlier pouch was answered: a node that is
// started again later may ask anew.
func (p *pouchInbox) answer(ctx context.Context) error {
	if p.answered {
		return nil
	}
	p.answered = true
	return p.line.updatePouchState(ctx, p.from.party, func(st *pouchState) { st.Asked = false })
}

// Nothing implements courier.Inbox: a signed "I hold nothing", or "nothing of yours
// came back", as a 404 says over the wire. POUCH-11
func (p *pouchInbox) Nothing(ctx context.Context, o parley.Origin) error {
	l := p.line
	if !p.signed {
		return nil
	}
	if err := p.answer(ctx); err != nil {
		return err
	}
	if l.journal() != nil && o == l.origin() {
		if !l.journal().Asking() {
			return nil
		}
		l.mu.Lock()
		l.answers[p.from.name] = journal.Held{Who: p.from.name}
		l.mu.Unlock()
		return l.resume(ctx)
	}
	l.mu.RLock()
	m := l.mirrors[o]
	author, _ := l.chain.PartyOf(o)
	l.mu.RUnlock()
	if m == nil || author != p.from.party {
		return parley.E(parley.NotFound, "no journal %s here", o)
	}
	if _, _, err := m.Latest(ctx); err != nil && parley.KindOf(err) == parley.NotFound {
		m.Ready()
	}
	return nil
}

// Asked implements courier.Inbox: the next pouch answers. POUCH-11
func (p *pouchInbox) Asked(ctx context.Context) error {
	return p.line.updatePouchState(ctx, p.from.party, func(st *pouchState) { st.Answer = true })
}

// Succeed implements courier.Inbox. WIRE-16
func (p *pouchInbox) Succeed(ctx context.Context, note []byte) error {
	return (&ender{line: p.line, party: p.from.party}).Succeed(ctx, note)
}
