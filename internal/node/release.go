package node

import (
	"context"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Release gives the second signature to a message that waits for it in the
// outbox: a second person has read it. Conflict: it has gone, or needs none. AGREEMENT-16
func (n *Node) Release(ctx context.Context, nonce parley.Nonce) error {
	err := n.db.Update(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Outgoing(nonce)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if row.State != sqldb.Draft {
				continue
			}
			key, err := n.releaser(row)
			if err != nil {
				return err
			}
			if row, err = released(row, key); err != nil {
				return err
			}
			return tx.SetOutgoing(row)
		}
		return parley.E(parley.Conflict, "message %s does not wait for a second signature", nonce)
	})
	if err == nil {
		n.wake()
	}
	return err
}

// CountersignRequest names a message of ours that went on one signature.
type CountersignRequest struct {
	Message string `json:"message"`
	Nonce   string `json:"nonce,omitempty"` // 32 hex digits; empty: one that follows from the message
}

// Countersign gives the second signature to a message that has gone on one, by an
// entry of its own. Repeating it is giving it once. Conflict: it needs none, or has
// it. AGREEMENT-16, ENTRY-12, ENTRY-27
func (n *Node) Countersign(ctx context.Context, r CountersignRequest) (Held, error) {
	about, err := n.Message(ctx, r.Message)
	if err != nil {
		return Held{}, err
	}
	l, err := n.Line(about.Agreement.String())
	if err != nil {
		return Held{}, err
	}
	if about.env.Release != nil || !about.Ours || !l.mayFollow(about.ref, about.From, about.Kind, about.Precedence) {
		return Held{}, parley.E(parley.Conflict, "%s waits for no second signature", about.Short)
	}
	key, err := l.releaseSignerAt(about.From, about.ref) // JUDGE-22
	if err != nil {
		return Held{}, err
	}
	c, err := seal.NewCountersign(about.env, key)
	if err != nil {
		return Held{}, err
	}
	m := Outbound{From: about.From, To: about.To, Kind: parley.KindCountersign, Precedence: about.Precedence, Thread: about.Thread, Answers: about.ID, Content: c}
	if m.Nonce, err = nonceOr(r.Nonce, "countersign "+about.ID.String()); err != nil {
		return Held{}, err
	}
	return l.send(ctx, m)
}

// mayFollow says whether two signatures are owed for a message and the second may
// follow, by the text at its place. Whether it has followed the registers know.
func (l *Line) mayFollow(ref parley.Ref, from parley.Body, kind parley.Kind, p parley.Precedence) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	a, err := l.chain.At(ref)
	if err != nil {
		return false
	}
	owed, mayFollow := a.NeedsReleaseBy(from, kind, p)
	return owed && mayFollow
}

// nonceOr reads a nonce, or makes the one that follows from a word.
func nonceOr(text, word string) (parley.Nonce, error) {
	if text != "" {
		return parley.ParseNonce(text)
	}
	sum := parley.Sum([]byte(word))
	return parley.Nonce(sum[:16]), nil
}

// releaser is the release key of the sending body that is in force in the line.
func (n *Node) releaser(row sqldb.Outgoing) (proof.Signer, error) {
	o, err := decodeOutgoing(row.Payload)
	if err != nil {
		return proof.Signer{}, err
	}
	l, err := n.Line(o.Agreement.String())
	if err != nil {
		return proof.Signer{}, err
	}
	return l.releaseSigner(row.Body)
}

// releaseHolds says whether the second signature of a message is of the release key
// that is in force for our next entry: with another one it would be void. JUDGE-10
func (l *Line) releaseHolds(r *seal.Ready) (bool, error) {
	if !r.Released() {
		return true, nil
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return r.ReleaseHolds(parley.Ref{Origin: l.chain.Current(l.us), Index: 1 << 61}, l.chain)
}

// holdAgain takes away a second signature that is of an older key: the message waits
// for one of the new key, where the agreement owes it, or goes without. KEYS-7
func (l *Line) holdAgain(ctx context.Context, row sqldb.Outgoing) error {
	o, err := decodeOutgoing(row.Payload)
	if err != nil {
		return err
	}
	r := o.unwrapped()
	r.Unrelease()
	o.Lines = r.Lines
	m := Outbound{From: o.From, To: o.To, Kind: o.Kind, Precedence: o.Precedence}
	state, _, err := l.permitted(&m)
	if err != nil {
		return err
	}
	row.State = state
	if row.Payload, err = json.Marshal(o); err != nil {
		return parley.E(parley.Internal, "outbox row: %w", err)
	}
	err = l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return notFoundIsNil(tx.SetOutgoing(row)) })
	if err == nil {
		l.node.log.Warn("a released message is held again: the release key has changed", "event", "release.again", "nonce", row.Nonce.String())
		l.node.publish(Event{What: "message", Agreement: l.id})
		ring(l.bell)
	}
	return err
}

// released is an outbox row with its second signature.
func released(row sqldb.Outgoing, key proof.Signer) (sqldb.Outgoing, error) {
	o, err := decodeOutgoing(row.Payload)
	if err != nil {
		return row, err
	}
	r, err := o.released(key)
	if err != nil {
		return row, err
	}
	row.State = sqldb.Ready
	row.Payload, err = json.Marshal(r)
	return row, err
}

func (o *outgoing) released(key proof.Signer) (*outgoing, error) {
	r := o.unwrapped()
	if err := r.Release(key); err != nil {
		return nil, err
	}
	again := *o
	again.Lines = r.Lines
	return &again, nil
}
