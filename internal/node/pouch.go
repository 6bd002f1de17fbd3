package node

import (
	"context"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/store/sqldb"
)

// PackPouchIn asks for a pouch for one counterpart.
type PackPouchIn struct {
	Agreement string       `json:"agreement"` // or a beginning of its identifier; empty where there is one
	To        parley.Party `json:"to"`        // empty where there is one counterpart
	Dir       string       `json:"dir"`       // absolute; the node writes into it
	Volume    int64        `json:"volume"`    // octets of the medium; 0: as large as it gets
	Fresh     bool         `json:"fresh"`     // nothing where the last pouch held all there is: for a loop
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
	Origin  parley.Origin `json:"origin"` // of our journal in the last pouch; a successor begins anew
	Number  uint64        `json:"number"`
	Packed  []uint64      `json:"packed"`   // sizes of checkpoints packed since the last that came back cosigned
	Told    uint64        `json:"told"`     // how far the other side's journal was cosigned in the last pouch
	Blobs   int           `json:"blobs"`    // attachments in the last pouch
	Size    uint64        `json:"size"`     // of our journal in the last pouch
	Asked   bool          `json:"asked"`    // we asked what we signed last, and no answer has come
	AskedAt time.Time     `json:"asked_at"` // when we asked last
	Answer  bool          `json:"answer"`   // the other side has asked since the last pouch
}

// askAgain is how soon a node that was answered, and started again since, asks anew.
const askAgain = 20 * time.Second

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
	l.stepHere(ctx)
	t.step.Lock() // no push meanwhile
	defer t.step.Unlock()
	st, err := l.pouchState(ctx, t.party)
	if err != nil {
		return PackedPouch{}, err
	}
	if st.Origin != l.origin() {
		st.Packed, st.Size = nil, 0
	}
	p, told, err := l.packing(ctx, t, st)
	if err != nil {
		return PackedPouch{}, err
	}
	p.Volume = in.Volume
	origin := l.origin()
	size, err := l.ownSize(ctx)
	if err != nil {
		return PackedPouch{}, err
	}
	ask := p.Ask && !st.Asked && p.Time.Sub(st.AskedAt) >= askAgain
	if in.Fresh && st.Number > 0 && !st.Answer && !ask && size <= st.Size && told <= st.Told && len(p.Blobs) <= st.Blobs {
		return PackedPouch{To: t.party, Files: []string{}}, nil
	}
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
	return out, l.updatePouchState(ctx, t.party, func(st *pouchState) {
		st.Number, st.Told, st.Blobs, st.Size = p.Number, told, len(p.Blobs), size
		if st.Asked = p.Ask; p.Ask {
			st.AskedAt = p.Time
		}
		st.Origin = origin
		st.Answer = st.Answer && !p.Answer // who asked meanwhile is answered by the next
		if done.Size > 0 {
			st.Packed = append(p.Packed, done.Size)
		}
	})
}

// ownSize is the size of our journal; 0 where there is none yet.
func (l *Line) ownSize(ctx context.Context) (uint64, error) {
	if l.journal() == nil {
		return 0, nil
	}
	cp, err := l.journal().Latest(ctx)
	return cp.Size, notFoundIsNil(err)
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
	if p.Signer, err = l.pouchSigner(); err != nil {
		return p, 0, err
	}
	p.Ask, p.Answer = l.waitsFor(t), st.Answer
	if p.Successions, err = l.ownSuccessions(ctx); err != nil {
		return p, 0, err
	}
	if l.journal() != nil {
		p.Journal = l.journal()
		p.Cosigned, _ = l.cosigned(ctx, t)
		for _, size := range st.Packed[max(0, len(st.Packed)-keptPacked):] {
			if size > p.Cosigned {
				p.Packed = append(p.Packed, size)
			}
		}
		if p.Held, err = l.cosignedNote(ctx, p.Cosigned); err != nil {
			return p, 0, err
		}
		if p.Held == nil {
			p.Nothing = append(p.Nothing, l.origin())
		}
		if p.Blobs, err = l.blobsToPack(ctx, t); err != nil {
			return p, 0, err
		}
	}
	l.mu.RLock()
	theirs := l.chain.Current(t.party)
	m := l.mirrors[theirs]
	l.mu.RUnlock()
	if m == nil {
		return p, 0, nil
	}
	cp, lines, err := m.Latest(ctx)
	if err != nil {
		p.Nothing = append(p.Nothing, theirs)
		return p, 0, notFoundIsNil(err)
	}
	// The same cosignature goes with every pouch: the one before may be lost. It is
	// not a reason to make a pouch by itself twice.
	size, err := l.ownSize(ctx)
	if err != nil {
		return p, 0, err
	}
	if cp.Size > st.Told || p.Ask || p.Answer || size > p.Cosigned || len(p.Blobs) > 0 {
		p.Returns = [][]byte{append(append([]byte(nil), cp.Note...), lines...)}
	}
	return p, cp.Size, nil
}

// ownSuccessions are the notes that closed journals of ours, the oldest first.
func (l *Line) ownSuccessions(ctx context.Context) ([][]byte, error) {
	return l.ended.Get(l.node.db, sqldb.Settings(), func() ([][]byte, error) {
		notes, err := sqldb.Read(ctx, l.node.db, l.successions)
		var list [][]byte
		for _, n := range notes {
			if s, err := agreement.ParseSuccession([]byte(n)); err == nil && s.Close.Party() == l.us {
				list = append(list, []byte(n))
			}
		}
		return list, err
	})
}

// waitsFor says whether our journal, or our mirror of a counterpart's, waits to be
// told what it signed last.
func (l *Line) waitsFor(t *target) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	m := l.mirrors[l.chain.Current(t.party)]
	return l.journal() != nil && l.journal().Asking() || m != nil && m.Asking()
}

// pouchSigner is the key of the first of our bodies that has one here.
func (l *Line) pouchSigner() (note.Signer, error) {
	l.mu.RLock()
	bodies := slices.Sorted(maps.Keys(l.signers))
	l.mu.RUnlock()
	for _, b := range bodies {
		s, err := l.signer(b)
		return s.NoteSigner(l.node.now()), err
	}
	return nil, parley.E(parley.Forbidden, "no body of ours has a key here that could sign a pouch")
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
	cp, err := l.journal().CheckpointAt(ctx, size)
	if err != nil {
		return nil, err
	}
	lines, err := l.journal().Cosignatures(ctx, size)
	raw := append([]byte(nil), cp.Note...)
	for _, c := range lines {
		raw = append(raw, c.Line...)
	}
	return raw, err
}

func (l *Line) blobsToPack(ctx context.Context, t *target) ([]courier.PackedBlob, error) {
	blobs, err := l.blobsUnsent(ctx, t, 1<<20)
	if err != nil {
		return nil, err
	}
	var list []courier.PackedBlob
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
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

// updatePouchState changes what is kept, in one transaction.
func (l *Line) updatePouchState(ctx context.Context, p parley.Party, change func(*pouchState)) error {
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		var st pouchState
		b, ok, err := tx.Setting(l.pouchKey(p))
		if err == nil && ok {
			err = json.Unmarshal(b, &st)
		}
		if err != nil {
			return err
		}
		change(&st)
		if b, err = json.Marshal(st); err != nil {
			return parley.E(parley.Internal, "pouch state: %w", err)
		}
		return tx.SetSetting(l.pouchKey(p), b)
	})
}
