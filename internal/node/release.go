package node

import (
	"context"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
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
