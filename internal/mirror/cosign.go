package mirror

import (
	"bytes"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// finish moves the mirror checkpoint to size end and cosigns it, inside the
// transaction that makes it durable; a size that was cosigned before gives the
// same lines again. s is how the mirror stands in that transaction. signed is the
// checkpoint of a combined push; nil: the pending one of that size. JOURNAL-43, JOURNAL-46
func (m *Mirror) finish(tx *sqldb.Tx, s state, end uint64, signed *proof.Checkpoint) ([]byte, error) {
	if s.mirror.Note != nil && s.mirror.Size == end {
		return m.storedLines(tx, end)
	}
	learned, lost, err := tx.LearnedPending(m.row.ID)
	if err != nil {
		return nil, err
	}
	lost = lost && learned.Size > s.mirror.Size
	switch {
	case end < s.mirror.Size || s.next < end:
		return nil, &InfoConflict{Info{Size: s.pending.Size, Next: s.next}}
	case lost && end < learned.Size: // JOURNAL-51
		return nil, &InfoConflict{Info{Size: learned.Size, Next: s.next}}
	}
	var cp proof.Checkpoint
	if signed != nil {
		cp = *signed
	} else {
		row, ok, err := m.target(tx, s, end)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &InfoConflict{Info{Size: s.pending.Size, Next: s.next}}
		}
		cp = m.trusted(row)
	}
	if err := m.within(s, cp); err != nil {
		return nil, err
	}
	edge, err := tx.Edge(m.row.ID, 0, end)
	if err != nil {
		return nil, err
	}
	if edge.Root() != cp.Root {
		return nil, &unexplained{cp, parley.E(parley.Untrusted, "the entries held make another tree of size %d", end)}
	}
	if lost && end > learned.Size {
		if was, err := tx.Edge(m.row.ID, 0, learned.Size); err != nil {
			return nil, err
		} else if was.Root() != learned.Root {
			return nil, &unexplained{cp, parley.E(parley.Untrusted, "the entries make another tree of size %d than the one that we cosigned", learned.Size)}
		}
	}
	if err := m.partsHeld(tx, max(s.mirror.Size, m.row.MinIndex), end); err != nil {
		return nil, err
	}
	if lost && learned.Size == end {
		return m.restore(tx, cp, learned.Learned)
	}
	return m.cosign(tx, cp)
}

// cosign signs and stores; it is the only place where the mirror keys sign.
func (m *Mirror) cosign(tx *sqldb.Tx, cp proof.Checkpoint) ([]byte, error) {
	if m.Asking() {
		return nil, parley.E(parley.Unavailable, "nothing of %s is cosigned until its author or an archive has said what we cosigned last", m.cfg.Origin)
	}
	list, err := proof.Cosign(cp, m.cfg.Now(), m.cfg.Signers...)
	if err != nil {
		return nil, err
	}
	return m.record(tx, cp, list)
}

// record makes a checkpoint the mirror's, with our lines.
func (m *Mirror) record(tx *sqldb.Tx, cp proof.Checkpoint, list []proof.Cosignature) ([]byte, error) {
	now := m.cfg.Now()
	if err := tx.PutCheckpoint(m.row.ID, sqldb.Checkpoint{Size: cp.Size, Root: cp.Root, Note: cp.Note, Stored: now}); err != nil {
		return nil, err
	}
	if err := tx.PutCosignatures(m.row.ID, journal.CosignatureRows(cp.Size, now, list)); err != nil {
		return nil, err
	}
	if err := tx.DropPending(m.row.ID, cp.Size); err != nil {
		return nil, err
	}
	return m.storedLines(tx, cp.Size)
}

// storedLines are our lines under a checkpoint, always in the same order.
func (m *Mirror) storedLines(tx *sqldb.Tx, size uint64) ([]byte, error) {
	list, err := tx.Cosignatures(m.row.ID, size)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, c := range list {
		if m.isOurs(c) {
			b.WriteString(c.Line)
		}
	}
	return b.Bytes(), nil
}

// isOurs says whether a stored line is of our mirror, also of an earlier key.
func (m *Mirror) isOurs(c sqldb.Cosignature) bool { return c.Cosigner == m.public[0].Name }

// partsHeld refuses while a part that is owed is neither held nor called gone. JOURNAL-44
func (m *Mirror) partsHeld(tx *sqldb.Tx, start, end uint64) error {
	missing, err := tx.OwedParts(m.row.ID, start, end, maxMissing*4)
	if err != nil || len(missing) == 0 {
		return err
	}
	if err := m.findGone(tx, start, end); err != nil {
		return err
	}
	var list []parley.Hash
	for _, h := range missing {
		if _, gone, err := tx.Gone(m.row.ID, h); err != nil {
			return err
		} else if !gone && len(list) < maxMissing {
			list = append(list, h)
		}
	}
	if len(list) > 0 {
		return &Missing{list}
	}
	if len(missing) == maxMissing*4 { // there may be more of them
		return m.partsHeldAfter(tx, start, end)
	}
	return nil
}

// partsHeldAfter is the slow way, for an author that called hundreds of parts gone at once.
func (m *Mirror) partsHeldAfter(tx *sqldb.Tx, start, end uint64) error {
	missing, err := tx.OwedParts(m.row.ID, start, end, 1<<30)
	if err != nil {
		return err
	}
	for _, h := range missing {
		if _, gone, err := tx.Gone(m.row.ID, h); err != nil {
			return err
		} else if !gone {
			return &Missing{[]parley.Hash{h}}
		}
	}
	return nil
}

// findGone records what the author's entries of kind gone in [start, end) name.
// The journal's own signature over the checkpoint stands for them.
func (m *Mirror) findGone(tx *sqldb.Tx, start, end uint64) error {
	type clear struct {
		index uint64
		env   seal.Envelope
	}
	var list []clear
	err := tx.EachEntry(m.row.ID, start, end, func(e sqldb.Entry) error {
		if env, err := seal.ParseEntry(e.Raw); err == nil && env.Clear {
			list = append(list, clear{e.Index, env})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, c := range list {
		part, err := tx.Part(m.row.ID, c.env.Part)
		if parley.KindOf(err) == parley.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		for _, h := range goneParts(c.env, part) {
			if err := tx.PutGone(m.row.ID, h, c.index); err != nil {
				return err
			}
		}
	}
	return nil
}

// goneParts are the parts that an entry calls gone; none where it is of another kind.
func goneParts(env seal.Envelope, part []byte) []parley.Hash {
	o, err := seal.OpenClear(env, part)
	if err != nil || o.Facts.Kind != parley.KindGone {
		return nil
	}
	var g seal.Gone
	if json.Unmarshal(o.Content, &g) != nil {
		return nil
	}
	return g.Parts
}
