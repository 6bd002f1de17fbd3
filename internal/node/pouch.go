package node

import (
	"context"
	"encoding/json"
	"errors"
	"io"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// PackPouchIn asks for a pouch for one counterpart.
type PackPouchIn struct {
	Agreement string       `json:"agreement"` // or a beginning of its identifier; empty where there is one
	To        parley.Party `json:"to"`        // empty where there is one counterpart
	Dir       string       `json:"dir"`       // absolute; the node writes into it
	Volume    int64        `json:"volume"`    // octets of the medium; 0: as large as it gets
}

// PackedPouch says what was packed. Volumes is 0 where there was nothing to pack.
type PackedPouch struct {
	To      parley.Party `json:"to"`
	Number  uint64       `json:"number"`
	Volumes int          `json:"volumes"`
	Files   []string     `json:"files"`
	Entries int          `json:"entries"`
	Parts   int          `json:"parts"`
	Blobs   int          `json:"blobs"`
	Octets  int64        `json:"octets"`
}

// pouchState is what is kept between pouches of one direction. POUCH-7
type pouchState struct {
	Number uint64   `json:"number"`
	Packed []uint64 `json:"packed"` // sizes of checkpoints packed since the last that came back cosigned
	Told   uint64   `json:"told"`   // how far the other side's journal was cosigned in the last pouch
}

// keptPacked bounds the sizes that are remembered.
const keptPacked = 16

// PackPouch packs what a counterpart has not shown to hold, and our cosignatures
// on its journal, into files. It may be repeated at any time; a pouch that is lost
// is contained in the next one. POUCH-1
func (n *Node) PackPouch(ctx context.Context, in PackPouchIn) (PackedPouch, error) {
	l, err := n.Line(in.Agreement)
	if err != nil {
		return PackedPouch{}, err
	}
	t, err := l.counterpart(in.To)
	if err != nil {
		return PackedPouch{}, err
	}
	t.step.Lock() // no push meanwhile
	defer t.step.Unlock()
	st, err := l.pouchState(ctx, t.party)
	if err != nil {
		return PackedPouch{}, err
	}
	p, told, err := l.packing(ctx, t, st)
	if err != nil {
		return PackedPouch{}, err
	}
	p.Volume = in.Volume
	out := PackedPouch{To: t.party, Number: p.Number, Blobs: len(p.Blobs), Files: []string{}}
	create := courier.FolderVolumes(in.Dir, l.us, t.party, p.Number)
	done, err := courier.PackPouch(ctx, p, func(volume int) (io.WriteCloser, error) {
		out.Files = append(out.Files, courier.PouchName(l.us, t.party, p.Number, volume))
		return create(volume)
	})
	if err != nil {
		return out, err
	}
	out.Volumes, out.Entries, out.Parts, out.Octets = done.Volumes, done.Entries, done.Parts, done.Octets
	if done.Volumes == 0 {
		out.Number = 0
		return out, nil
	}
	st.Number, st.Told = p.Number, told
	if done.Size > 0 {
		st.Packed = append(p.Packed, done.Size)
	}
	return out, l.setPouchState(ctx, t.party, st)
}

// counterpart finds the party that a pouch is for.
func (l *Line) counterpart(p parley.Party) (*target, error) {
	var found *target
	for _, t := range l.Targets() {
		if t.role == RoleCounterpart && (p == "" || t.party == p) {
			if found != nil {
				return nil, parley.E(parley.Invalid, "this agreement has several counterparts: say to whom")
			}
			found = t
		}
	}
	if found == nil {
		return nil, parley.E(parley.NotFound, "no counterpart %q in this agreement", string(p))
	}
	return found, nil
}

// packing collects the contents of the next pouch; told is how far its returns go.
func (l *Line) packing(ctx context.Context, t *target, st pouchState) (p courier.Pack, told uint64, err error) {
	p = courier.Pack{Agreement: l.id, From: l.us, To: t.party, Number: st.Number + 1, Time: l.node.now(),
		Holds: courier.ForParty(t.party)}
	if p.Recipients, err = l.nodeRecipients(t.party); err != nil {
		return p, 0, err
	}
	if l.journal != nil {
		p.Journal = l.journal
		p.Cosigned, _ = l.cosigned(ctx, t)
		for _, size := range st.Packed[max(0, len(st.Packed)-keptPacked):] {
			if size > p.Cosigned {
				p.Packed = append(p.Packed, size)
			}
		}
		if p.Held, err = l.cosignedNote(ctx, p.Cosigned); err != nil {
			return p, 0, err
		}
		if p.Blobs, err = l.blobsToPack(ctx, t); err != nil {
			return p, 0, err
		}
	}
	l.mu.RLock()
	m := l.mirrors[l.chain.Current(t.party)]
	l.mu.RUnlock()
	if m == nil {
		return p, 0, nil
	}
	cp, lines, err := m.Latest(ctx)
	if err != nil {
		return p, 0, notFoundIsNil(err)
	}
	// The same cosignature goes with every pouch: the one before may be lost. It is
	// not a reason to make a pouch by itself twice.
	tail := false
	if p.Journal != nil {
		own, err := p.Journal.Latest(ctx)
		if err := notFoundIsNil(err); err != nil {
			return p, 0, err
		}
		tail = own.Size > p.Cosigned
	}
	if cp.Size > st.Told || tail || len(p.Blobs) > 0 {
		p.Returns = [][]byte{append(append([]byte(nil), cp.Note...), lines...)}
	}
	return p, cp.Size, nil
}

// nodeRecipients are the age recipients of a party's bodies: its node has them all.
func (l *Line) nodeRecipients(p parley.Party) ([]string, error) {
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	party, ok := a.Party(p)
	if !ok {
		return nil, parley.E(parley.NotFound, "%s is no party of this agreement", p)
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	var list []string
	for i := range party.Bodies {
		r, err := l.chain.Recipient(party.Bodies[i].Name)
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// cosignedNote is our checkpoint of that size with every line stored under it.
func (l *Line) cosignedNote(ctx context.Context, size uint64) ([]byte, error) {
	if size == 0 {
		return nil, nil
	}
	cp, err := l.journal.CheckpointAt(ctx, size)
	if err != nil {
		return nil, err
	}
	lines, err := l.journal.Cosignatures(ctx, size)
	note := append([]byte(nil), cp.Note...)
	for _, c := range lines {
		note = append(note, c.Line...)
	}
	return note, err
}

func (l *Line) blobsToPack(ctx context.Context, t *target) ([]courier.PackedBlob, error) {
	o := l.origin()
	var list []courier.PackedBlob
	err := l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		blobs, err := tx.BlobsUnsent(o, t.name, 1<<20)
		if err != nil {
			return err
		}
		for _, b := range blobs {
			env, err := envelopeAt(tx, b.Origin, b.Index)
			if err != nil {
				return err
			}
			if env.ToParty(t.party) {
				list = append(list, courier.PackedBlob{Origin: b.Origin, Hash: b.Hash, Size: b.Size,
					Open: func() (io.ReadCloser, error) { return l.node.blobs.Open(b.Origin, b.Hash) }})
			}
		}
		return nil
	})
	return list, err
}

func (l *Line) pouchKey(p parley.Party) string { return "pouch/" + l.id.String() + "/" + string(p) }

func (l *Line) pouchState(ctx context.Context, p parley.Party) (st pouchState, err error) {
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		b, ok, err := tx.Setting(l.pouchKey(p))
		if err == nil && ok {
			err = json.Unmarshal(b, &st)
		}
		return err
	})
	return st, err
}

func (l *Line) setPouchState(ctx context.Context, p parley.Party, st pouchState) error {
	b, err := json.Marshal(st)
	if err != nil {
		return parley.E(parley.Internal, "pouch state: %w", err)
	}
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting(l.pouchKey(p), b) })
}

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
		case s.Waits != "":
			o.State, o.Why = "waits", s.Waits
		case len(s.Refused) > 0:
			o.Why = errors.Join(s.Refused...).Error()
		}
		list = append(list, o)
	}
	for _, l := range n.Lines() {
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
	return &pouchInbox{l, t}, nil
}

// pouchInbox gives what is in a pouch to the contracts that the wire writes into.
type pouchInbox struct {
	line *Line
	from *target
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
	return m, log, err == nil
}

// Holds implements courier.Inbox.
func (p *pouchInbox) Holds(index uint64, e *seal.Envelope) bool {
	return courier.ForParty(p.line.us)(index, e)
}

// Blobs implements courier.Inbox.
func (p *pouchInbox) Blobs(o parley.Origin) (peer.Blobs, bool) {
	b := p.line.roomOf(o, p.from.name).Blobs
	return b, b != nil
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
func (p *pouchInbox) Return(ctx context.Context, note []byte) error {
	l := p.line
	if l.journal.Asking() {
		l.mu.Lock()
		l.answers[p.from.name] = journal.Held{Who: p.from.name, Note: note}
		l.mu.Unlock()
		if err := l.resume(ctx); err != nil {
			return err
		}
	}
	return l.storeReturned(ctx, p.from.name, note)
}

// Held implements courier.Inbox: what the author shows as our own cosignature. POUCH-11
func (p *pouchInbox) Held(ctx context.Context, o parley.Origin, note []byte) error {
	p.line.mu.RLock()
	m := p.line.mirrors[o]
	p.line.mu.RUnlock()
	if m == nil {
		return parley.E(parley.NotFound, "no journal %s here", o)
	}
	if err := m.LearnOwn(ctx, note); err != nil {
		return err
	}
	m.Ready()
	return nil
}
