package node

import (
	"context"
	"crypto/rand"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// RotateMirror replaces the pair of keys by which our mirrors cosign, in every
// agreement. It must run while nothing is served: from the moment that the new
// pair stands first in its file the old one signs no more, so that the sizes
// which the `keys` entry states are the last. The entry waits in the outbox for
// the next start. Doing it again before that changes nothing. KEYS-8
func (n *Node) RotateMirror(ctx context.Context, in RotateIn) ([]Rotated, error) {
	lines := n.written()
	if len(lines) == 0 {
		return nil, n.nothingToRotate()
	}
	identity, err := n.home.WithIdentity(in.Identity).Identity()
	if err != nil {
		return nil, err
	}
	var done []Rotated
	for _, l := range lines {
		entry, err := l.rotateMirror(ctx, identity)
		if err != nil {
			return done, err
		}
		done = append(done, Rotated{l.id, entry})
	}
	return done, nil
}

func (l *Line) rotateMirror(ctx context.Context, identity proof.Signer) (entry string, err error) {
	l.mu.RLock()
	old, err := l.chain.MirrorKeys(l.us, "", 0)
	l.mu.RUnlock()
	if err != nil {
		return "", err
	}
	pair, err := l.nextMirror(old[:2])
	if err != nil {
		return "", err
	}
	c := agreement.Change{Agreement: l.id, Journal: l.origin(), Mirror: []proof.Key{pair[0].Key(), pair[1].Key()}}
	if c.Last, err = l.lastCosigned(ctx, old[0]); err != nil {
		return "", err
	}
	note, err := c.Sign(&identity)
	if err != nil {
		return "", err
	}
	content, err := agreement.FormatContent(agreement.NoteContent{Note: string(note)})
	if err != nil {
		return "", err
	}
	m, err := l.toEverybody(parley.KindKeys, content)
	if err != nil {
		return "", err
	}
	h := parley.Sum(pair[0].Key().Public)
	m.Nonce = parley.Nonce(h[:16]) // the same entry, however often it is asked for
	held, err := l.send(ctx, m)
	return held.Nonce.String(), err
}

// nextMirror is the pair that follows old, first in the file that mirrorSigners
// reads: it is made unless an earlier try has. After a succession it is the pair
// that was made with the journal. SUCCESSION-5
func (l *Line) nextMirror(old []proof.Key) ([]proof.Signer, error) {
	h := l.node.home
	made, err := mirrorOrigin(old[0])
	if err != nil {
		return nil, err
	}
	all, err := h.MirrorSigners(made)
	if err != nil {
		return nil, err
	}
	if !all[0].Key().Equal(old[0]) {
		return all[:2], nil
	}
	var pair []proof.Signer
	if now := l.origin(); now != made {
		if pair, err = h.MirrorSigners(now); err != nil {
			return nil, err
		}
		pair = pair[:2]
	} else {
		for _, typ := range []byte{proof.TypeCosignature, proof.TypeMLDSA44} {
			s, err := proof.GenerateKey(rand.Reader, typ, now.Mirror())
			if err != nil {
				return nil, parley.E(parley.Internal, "make a key: %w", err)
			}
			pair = append(pair, s)
		}
	}
	return pair, h.prepend(journalFile(made, "mirror"), pair[0].Text()+"\n"+pair[1].Text()+"\n")
}

// lastCosigned are the last sizes of all mirrored journals that a key has cosigned. KEYS-8
func (l *Line) lastCosigned(ctx context.Context, key proof.Key) ([]agreement.Last, error) {
	journals, err := l.journals(ctx)
	if err != nil {
		return nil, err
	}
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (list []agreement.Last, err error) {
		for _, j := range journals {
			if j.Role == sqldb.Ours {
				continue
			}
			c, ok, err := tx.LatestCosignature(j.ID, key.Name, key.ID)
			if err != nil {
				return nil, err
			}
			if ok {
				list = append(list, agreement.Last{Origin: j.Origin, Size: c.Size})
			}
		}
		return list, nil
	})
}
