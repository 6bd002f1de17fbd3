package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// letGo lets an archive forget the sealed parts that have been delivered: the
// author shows the addressees' cosignatures on a checkpoint that we hold too. An
// author that shows nothing makes us keep them.
func (l *Line) letGo(ctx context.Context, t *target, client peer.Node) error {
	l.mu.RLock()
	o := l.chain.Current(t.party)
	m := l.mirrors[o]
	parties := l.chain.Parties()
	l.mu.RUnlock()
	if l.role != sqldb.Archived || m == nil {
		return nil
	}
	raw, err := client.Checkpoint(ctx, o)
	if err != nil {
		return notFoundIsNil(err)
	}
	delivered := map[parley.Party]uint64{}
	for _, p := range parties {
		if p == t.party {
			continue
		}
		cp, list, err := l.shownBy(raw, o, string(p))
		if err != nil || len(list) == 0 {
			continue // it has not signed this size: what it signed before was shown before
		}
		if m.AddCosignatures(ctx, cp, list) == nil { // else the checkpoint is not one of ours
			delivered[p] = cp.Size
		}
	}
	if len(delivered) == 0 {
		return nil
	}
	_, err = m.DropDelivered(ctx, func(p parley.Party) uint64 { return delivered[p] })
	return err
}

// shownBy verifies what a note of a journal shows of one cosigner: a party's
// mirror, an archive or a witness.
func (l *Line) shownBy(raw []byte, o parley.Origin, name string) (proof.Checkpoint, []proof.Cosignature, error) {
	l.mu.RLock()
	log, err := l.chain.LogKeys(o)
	l.mu.RUnlock()
	if err != nil {
		return proof.Checkpoint{}, nil, err
	}
	cp, err := proof.OpenCheckpoint(raw, log...)
	if err != nil {
		return cp, nil, err
	}
	keys, err := l.cosignerKeys(name, o, cp.Size)
	if err != nil {
		return cp, nil, err
	}
	n, err := proof.ParseNote(raw)
	if err != nil {
		return cp, nil, err
	}
	var lines []byte
	for _, line := range n.Lines {
		lines = append(lines, line.String()...)
	}
	list, err := proof.OpenCosignatures(cp, lines, keys...)
	return cp, list, err
}

// strayAfter is how long a part may wait for the entry that names it.
const strayAfter = 24 * time.Hour

// Tidy removes parts that came and that no entry has named since: what an
// interrupted or hostile push left; and attachments of messages that were taken back.
// Called now and then; safe at any time.
func (l *Line) Tidy(ctx context.Context) error {
	if err := l.node.sweepBlobs(ctx); err != nil {
		return err
	}
	journals, err := l.journals(ctx)
	if err != nil {
		return err
	}
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, j := range journals {
			if j.Role == sqldb.Ours {
				continue
			}
			if _, err := tx.DropStrayParts(j.ID, l.node.now().Add(-strayAfter)); err != nil {
				return err
			}
		}
		return nil
	})
}
