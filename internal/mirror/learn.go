package mirror

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Asking says whether the mirror waits to be told what it cosigned last.
func (m *Mirror) Asking() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asking
}

// LearnOwn takes what an author or an archive shows as our own latest cosignature:
// a checkpoint of the journal with lines of our mirror keys. Where it is larger
// than what is held (a restored backup), nothing smaller is cosigned any more, and
// once the entries have come again the same lines are given out again. JOURNAL-51
//
// Untrusted: it is not signed by the journal and by us; it proves nothing. A
// checkpoint that contradicts what is held is a fork: Convict.
func (m *Mirror) LearnOwn(ctx context.Context, raw proof.RawCheckpoint) error {
	cp, err := m.open(raw)
	if err != nil {
		return err
	}
	n, err := proof.ParseNote(raw)
	if err != nil {
		return err
	}
	var lines []byte
	for _, l := range n.Lines {
		lines = append(lines, l.String()...)
	}
	own, err := proof.OpenCosignatures(cp, lines, m.public...)
	if err != nil {
		return err
	}
	if !m.complete(own) {
		return parley.E(parley.Untrusted, "the checkpoint of %s at size %d is not cosigned by our mirror", m.cfg.Origin, cp.Size)
	}
	lines = nil
	for _, c := range own {
		lines = append(lines, c.Line...)
	}
	err = m.store.Update(ctx, func(tx *sqldb.Tx) error {
		s, err := m.taking(tx)
		if err == nil {
			err = m.contradiction(tx, s, cp)
		}
		if err == nil {
			err = m.within(s, cp)
		}
		if err != nil || s.mirror.Note != nil && cp.Size <= s.mirror.Size {
			return err
		}
		// Our former self proved it to continue what we hold; entries prove it again.
		return tx.PutPending(m.row.ID, m.pendingRow(cp, lines), keepPending)
	})
	return m.afterwards(ctx, err)
}

// complete says whether every one of our keys has signed.
func (m *Mirror) complete(own []proof.Cosignature) bool {
	for _, k := range m.public {
		found := false
		for _, c := range own {
			found = found || c.Key.Equal(k)
		}
		if !found {
			return false
		}
	}
	return true
}

// restore makes a learned checkpoint the mirror's, with the lines of that time.
func (m *Mirror) restore(tx *sqldb.Tx, cp proof.Checkpoint, lines []byte) ([]byte, error) {
	own, err := proof.OpenCosignatures(cp, lines, m.public...)
	if err != nil {
		return nil, err
	}
	return m.record(tx, cp, own)
}

// Ready ends the asking: whoever could know has answered.
func (m *Mirror) Ready() {
	m.mu.Lock()
	m.asking = false
	m.mu.Unlock()
}

// Override ends the asking without an answer, on the record.
func (m *Mirror) Override(ctx context.Context, officer string) error {
	err := m.store.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.RaiseAlarm("override", string(m.cfg.Origin), "cosigning went on without an answer from anybody, by decision of "+officer, m.cfg.Now())
	})
	if err == nil {
		m.Ready()
	}
	return err
}
