package node

import (
	"context"
	"encoding/json"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// doomed is an attachment of ours that no message names any more: its file goes. It is
// noted in the transaction that takes the message away, so that a crash leaves no file
// that nobody knows of, and no message without its file.
type doomed struct {
	Origin parley.Origin `json:"origin"`
	Hash   parley.Hash   `json:"hash"`
}

const doomedSetting = "blobs doomed"

func readDoomed(tx *sqldb.Tx) (list []doomed, err error) {
	b, ok, err := tx.Setting(doomedSetting)
	if err != nil || !ok {
		return nil, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, parley.E(parley.Internal, "stored attachments to remove: %w", err)
	}
	return list, nil
}

func writeDoomed(tx *sqldb.Tx, list []doomed) error {
	b, err := json.Marshal(list)
	if err != nil {
		return parley.E(parley.Internal, "store attachments to remove: %w", err)
	}
	return tx.SetSetting(doomedSetting, b)
}

// doom notes the attachments of a row that leaves the outbox for good.
func doom(tx *sqldb.Tx, row sqldb.Outgoing) error {
	o, err := decodeOutgoing(row.Payload)
	if err != nil {
		return err
	}
	env, err := (&seal.Ready{Lines: o.Lines}).Envelope()
	if err != nil || len(env.Blobs) == 0 {
		return err
	}
	list, err := readDoomed(tx)
	if err != nil {
		return err
	}
	for _, b := range env.Blobs {
		list = append(list, doomed{row.Origin, b.Hash})
	}
	return writeDoomed(tx, list)
}

// sweepBlobs removes the files that were doomed, and forgets them once that is
// durable. One that an entry names after all, as after a tail was fetched back, stays.
func (n *Node) sweepBlobs(ctx context.Context) error {
	list, err := sqldb.Read(ctx, n.db, readDoomed)
	if err != nil || len(list) == 0 {
		return err
	}
	for _, d := range list {
		named, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) (bool, error) { _, ok, err := tx.Blob(d.Origin, d.Hash); return ok, err })
		if err != nil {
			return err
		}
		if !named {
			if err := n.blobs.Erase(d.Origin, d.Hash); err != nil {
				return err
			}
		}
	}
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		now, err := readDoomed(tx)
		if err != nil {
			return err
		}
		return writeDoomed(tx, slices.DeleteFunc(now, func(d doomed) bool { return slices.Contains(list, d) }))
	})
}
