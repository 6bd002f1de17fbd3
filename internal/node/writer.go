package node

import (
	"context"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// writer lets the author of a journal write into our mirror of it, while the disk
// has room, and wakes the judge: peer.Writer.
type writer struct {
	line   *Line
	mirror *mirror.Mirror
	origin parley.Origin
}

// AddCheckpoint implements peer.Writer. A mirror answers with no lines.
func (w *writer) AddCheckpoint(ctx context.Context, c peer.AddCheckpoint) ([]byte, error) {
	if err := w.open(); err != nil {
		return nil, err
	}
	return nil, w.done(ctx, w.mirror.AddCheckpoint(ctx, c.Old, c.Proof, c.Note))
}

// AddEntries implements peer.Writer.
func (w *writer) AddEntries(ctx context.Context, u peer.Upload) (peer.Result, error) {
	if err := w.open(); err != nil {
		return peer.Result{}, err
	}
	r, err := w.mirror.AddEntries(ctx, u.Start, u.End, u.Ticket, u.Next)
	return r, w.done(ctx, err)
}

// Push implements peer.Writer.
func (w *writer) Push(ctx context.Context, p peer.Push) ([]byte, error) {
	if err := w.open(); err != nil {
		return nil, err
	}
	lines, err := w.mirror.Push(ctx, p)
	return lines, w.done(ctx, err)
}

// PutPart implements peer.Writer.
func (w *writer) PutPart(ctx context.Context, h parley.Hash, part []byte) error {
	if err := w.open(); err != nil {
		return err
	}
	return w.done(ctx, w.mirror.PutPart(ctx, h, part))
}

// open refuses new words while the disk is too full for them; what is held stays.
func (w *writer) open() error {
	n := w.line.node
	if used, err := n.disk(); err == nil && used >= n.refuse.Text+2 {
		return parley.E(parley.Unavailable, "this node's disk is full")
	}
	return nil
}

// done wakes the judge, and the desk where the mirror refused for good.
func (w *writer) done(ctx context.Context, err error) error {
	switch {
	case err == nil:
		ring(w.line.bell)
	case parley.KindOf(err) == parley.Forbidden || parley.KindOf(err) == parley.Untrusted:
		w.line.refused(ctx, w.origin, err)
	}
	return err
}

// returner takes the cosignatures that a party's mirror made on our journal. WIRE-15
type returner struct {
	line   *Line
	origin parley.Origin // a journal of ours, the one that we write or a closed one
	name   string
}

// Return implements peer.Returner.
func (r *returner) Return(ctx context.Context, note []byte) error {
	return r.line.storeReturned(ctx, r.origin, r.name, note)
}

// storeReturned verifies cosignatures of one cosigner on a checkpoint of a journal of
// ours and stores them.
func (l *Line) storeReturned(ctx context.Context, o parley.Origin, name string, note []byte) error {
	j, ok := l.wrote(o)
	if !ok {
		return parley.E(parley.NotFound, "no journal %s of ours here", o)
	}
	cp, list, err := l.shownBy(note, o, name)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return parley.E(parley.Invalid, "no cosignature of %s under the checkpoint of size %d", name, cp.Size)
	}
	if j == l.journal() {
		if err := l.answered(ctx, name, cp); err != nil {
			return err
		}
	}
	if err := j.AddCosignatures(ctx, l.node.now(), cp, list); err != nil {
		return err
	}
	l.cosignedMore()
	return nil
}

// cosignerKeys are the keys of a party's mirror, an archive or a witness that
// count for a cosignature on a journal at a size. KEYS-8
func (l *Line) cosignerKeys(name string, of parley.Origin, size uint64) ([]proof.Key, error) {
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	if e, ok := a.Archive(name); ok {
		return plainKeys(e.Mirror), nil
	}
	for i := range a.Eyes.Witnesses {
		if w := &a.Eyes.Witnesses[i]; w.Name == name {
			return plainKeys(w.Keys), nil
		}
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.MirrorKeys(parley.Party(name), of, size)
}

// openJournals opens, or creates, our journal and a mirror of each other one.
func (l *Line) openJournals(ctx context.Context) error {
	for _, o := range l.chain.Origins() {
		var err error
		if p, _ := l.chain.PartyOf(o); p == l.us {
			err = l.openOurs(ctx, o)
		} else {
			most := l.limits(o)
			l.mirrors[o], err = l.openMirror(ctx, o, most.EntriesPerDay, most.BytesPerDay)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Line) openOurs(ctx context.Context, o parley.Origin) error {
	if o != l.chain.Current(l.us) {
		return l.openPast(ctx, o)
	}
	keys, err := l.node.home.JournalSigners(o)
	if err != nil {
		return err
	}
	j, err := openOrCreate(ctx, l, o, keys)
	if err == nil {
		l.current.Store(j)
	}
	return err
}

// openMirror opens, or creates, our mirror of a journal. The caller does not hold l.mu.
func (l *Line) openMirror(ctx context.Context, o parley.Origin, entries, bytes uint64) (*mirror.Mirror, error) {
	l.mu.RLock()
	log, err := l.chain.LogKeys(o)
	if err != nil {
		l.mu.RUnlock()
		return nil, err
	}
	signers, err := l.mirrorSigners()
	l.mu.RUnlock()
	if err != nil {
		return nil, err
	}
	cfg := mirror.Config{Origin: o, Agreement: l.id, Ours: l.us, Archive: l.role == sqldb.Archived, Log: log, Signers: signers,
		Limits: mirror.Limits{EntriesPerDay: entries, BytesPerDay: bytes}, Now: l.node.now}
	if cfg.Archive {
		cfg.Ours = ""
	}
	m, err := mirror.Open(ctx, l.node.db, cfg)
	if err != nil && parley.KindOf(err) == parley.NotFound {
		return mirror.Create(ctx, l.node.db, cfg, nil)
	}
	if err == nil && l.node.continues {
		m.Ready()
	}
	return m, err
}

// mirrorSigners is the pair by which we cosign: the first in the file of the
// journal that the pair in force was made with, which a succession does not
// change. While a rotation waits to be written it is the pair to come. The caller
// holds l.mu. KEYS-8, SUCCESSION-5
func (l *Line) mirrorSigners() ([]proof.Signer, error) {
	if l.role == sqldb.Archived {
		return l.node.home.ThirdSigners()
	}
	keys, err := l.chain.MirrorKeys(l.us, "", 0)
	if err != nil || len(keys) == 0 {
		return nil, parley.E(parley.NotFound, "the agreement names no mirror key of ours")
	}
	o, err := mirrorOrigin(keys[0])
	if err != nil {
		return nil, err
	}
	all, err := l.node.home.MirrorSigners(o)
	if err != nil {
		return nil, err
	}
	if len(all) < 2 {
		return nil, parley.E(parley.Invalid, "%s: want two keys", journalFile(o, "mirror"))
	}
	return all[:2], nil
}

// mirrorOrigin is the journal that a mirror's key was made with.
func mirrorOrigin(k proof.Key) (parley.Origin, error) {
	return parley.ParseOrigin(strings.TrimSuffix(k.Name, "/mirror"))
}
