package node

import (
	"bytes"
	"context"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Cosigned implements peer.CosignedReader. WIRE-17
func (r *reader) Cosigned(ctx context.Context, by string, above uint64) (list []peer.Cosigned, err error) {
	keys, err := r.line.stampKeys(r.origin)
	if err != nil {
		return nil, err
	}
	err = r.view(ctx, func(tx *sqldb.Tx, j sqldb.Journal) error {
		lines, err := tx.StampsBy(j.ID, by, above, 2*peer.MaxCosignedSizes)
		if err != nil {
			return err
		}
		full := len(lines) == 2*peer.MaxCosignedSizes
		for _, c := range lines {
			if full && c.Size == lines[len(lines)-1].Size && c.Size != lines[0].Size {
				break // it may be cut in two: the next answer has it
			}
			if _, ok := keys[keyName(c.Cosigner, c.KeyID)]; !ok {
				continue
			}
			if n := len(list); n == 0 || list[n-1].Size != c.Size {
				if n == peer.MaxCosignedSizes {
					break
				}
				list = append(list, peer.Cosigned{Size: c.Size})
			}
			at := &list[len(list)-1]
			at.Lines = append(at.Lines, c.Line...)
		}
		return nil
	})
	return list, err
}

// stampKeys are the keys whose lines a review of a journal reads, by name and id:
// those of type 0x04, and all where the agreement asks for both. REVIEW-3
func (l *Line) stampKeys(o parley.Origin) (map[string]proof.Key, error) {
	all, err := l.allCosigners(o)
	if err != nil {
		return nil, err
	}
	both := false
	l.mu.RLock()
	for _, t := range l.chain.Texts() {
		both = both || t.Agreement.Traffic.Quantum
	}
	l.mu.RUnlock()
	keys := map[string]proof.Key{}
	for _, k := range all {
		if both || k.Type == proof.TypeCosignature {
			keys[keyName(k.Name, k.ID)] = k
		}
	}
	return keys, nil
}

// stampsWanted is one thing to ask a target for.
type stampsWanted struct {
	origin parley.Origin
	by     string
}

// wantedOf lists whose lines a target may hold that we lack: its own, on our
// journals and, of an archive, on all; of a counterpart also what thirds have signed
// of its journals, and what we have ourselves, which a restored copy may have lost.
func (l *Line) wantedOf(t *target) []stampsWanted {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var list []stampsWanted
	add := func(o parley.Origin, keys []proof.Key) {
		seen := map[string]bool{}
		for _, k := range keys {
			if !seen[k.Name] {
				seen[k.Name] = true
				list = append(list, stampsWanted{o, k.Name})
			}
		}
	}
	mirrorOf := func(p parley.Party, o parley.Origin) []proof.Key {
		keys, _ := l.chain.MirrorKeys(p, o, 0)
		return keys
	}
	a := l.chain.Newest()
	for _, o := range l.chain.Origins() {
		switch p := o.Party(); {
		case t.role == RoleArchive:
			if x, ok := a.Archive(t.name); ok && (p == l.us || l.mirrors[o] != nil) {
				add(o, plainKeys(x.Mirror))
			}
		case p == l.us:
			add(o, mirrorOf(t.party, o))
		case p == t.party && l.mirrors[o] != nil:
			add(o, mirrorOf(l.us, o))
			for i := range a.Eyes.Archives {
				add(o, plainKeys(a.Eyes.Archives[i].Mirror))
			}
			for i := range a.Eyes.Witnesses {
				add(o, plainKeys(a.Eyes.Witnesses[i].Keys))
			}
		}
	}
	return list
}

// learned is how far a target was asked for the lines of one cosigner.
type learned struct {
	size uint64    // how far we held the journal then
	last bool      // it showed the line on that size: there is nothing more to come
	at   time.Time // when it was asked
}

// learnAgain is how long we wait before we ask again for a line that a target did not
// have: whoever signs may sign after we asked, and nothing tells us.
const learnAgain = time.Minute

// learnStamps asks a target for cosignatures that we lack, so that all who keep to
// the rules come to know the same ones: a review at a cut is then the same for
// all. Once it has shown the line on the last tree that we hold, it is asked no more
// until that grows. What does not hold is not stored. The caller holds t.step.
// WIRE-17, REVIEW-3
func (l *Line) learnStamps(ctx context.Context, t *target, client peer.Node) error {
	if l.role == sqldb.Archived {
		return nil
	}
	for _, w := range l.wantedOf(t) {
		size, err := l.heldSize(ctx, w.origin)
		now, was := l.node.now(), t.learned[w]
		if err != nil || size == 0 || was.size == size && (was.last || now.Sub(was.at).Abs() < learnAgain) {
			continue
		}
		at, more, err := l.learnFrom(ctx, t, client, w, size)
		if err != nil {
			return err
		}
		if !more {
			if t.learned == nil {
				t.learned = map[stampsWanted]learned{}
			}
			t.learned[w] = learned{size: size, last: at == size, at: now}
		}
	}
	return nil
}

// heldSize is how far we hold a journal under a checkpoint.
func (l *Line) heldSize(ctx context.Context, o parley.Origin) (uint64, error) {
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (uint64, error) {
		j, err := tx.Journal(o)
		if err != nil {
			return 0, notFoundIsNil(err)
		}
		size, _, err := tx.LatestSize(j.ID)
		return size, err
	})
}

// learnRounds bounds the answers of one visit about one cosigner and journal.
const learnRounds = 16

// learnFrom takes lines from where it left off, on sizes up to the given one: at is
// the largest that we have taken, more says that the target may have others.
func (l *Line) learnFrom(ctx context.Context, t *target, client peer.Node, w stampsWanted, size uint64) (at uint64, more bool, err error) {
	name := "stamps/" + t.name + "/" + string(w.origin) + "/" + w.by
	at, err = sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (uint64, error) {
		b, _, err := tx.Setting(name)
		n, _ := strconv.ParseUint(string(b), 10, 62) // none yet: from the start
		return n, err
	})
	if err != nil {
		return 0, false, err
	}
	for range learnRounds {
		list, err := client.Cosigned(ctx, w.origin, w.by, at)
		if err != nil {
			return at, false, notFoundIsNil(err)
		}
		full := len(list) > 0
		for len(list) > 0 && list[len(list)-1].Size > size {
			list = list[:len(list)-1] // not held here yet
		}
		if len(list) == 0 {
			return at, full, nil
		}
		if err := l.keepStamps(ctx, w, list, name); err != nil {
			return at, false, err
		}
		at = list[len(list)-1].Size
	}
	return at, true, nil
}

// keepStamps verifies lines over the trees that our entries make, and stores them:
// under our checkpoint of that size where we hold it.
func (l *Line) keepStamps(ctx context.Context, w stampsWanted, list []peer.Cosigned, setting string) error {
	all, err := l.stampKeys(w.origin)
	if err != nil {
		return err
	}
	var keys []proof.Key
	for _, k := range all {
		if k.Name == w.by {
			keys = append(keys, k)
		}
	}
	now := l.node.now()
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(w.origin)
		if err != nil {
			return err
		}
		for _, c := range list {
			edge, err := tx.Edge(j.ID, 0, c.Size)
			if err != nil {
				return err
			}
			root := edge.Root()
			verified, err := proof.CosignaturesOn(w.origin, c.Size, root, bytes.Clone(c.Lines), keys...)
			if err != nil {
				return err
			}
			rows := make([]sqldb.Cosignature, len(verified))
			for i, x := range verified {
				rows[i] = sqldb.Cosignature{Size: c.Size, Cosigner: x.Key.Name, KeyID: x.Key.ID, Signed: x.Time, Stored: now, Line: x.Line}
			}
			cp, ok, err := tx.CheckpointAt(j.ID, c.Size)
			if err == nil && ok && cp.Root == root {
				err = tx.PutCosignatures(j.ID, rows)
			} else if err == nil {
				err = tx.PutStamps(j.ID, rows)
			}
			if err != nil {
				return err
			}
		}
		return tx.SetSetting(setting, strconv.AppendUint(nil, list[len(list)-1].Size, 10))
	})
}
