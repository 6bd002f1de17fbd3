package node

import (
	"context"
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// blobsTold believes a counterpart's held receipts about attachments of ours: over
// the wire its server has said so before, by pouch this is the only word of it. What
// it holds is not sent again.
func (l *Line) blobsTold(ctx context.Context, j sqldb.Journal, batch []register.Judged) error {
	if l.journal() == nil || j.Role != sqldb.Theirs {
		return nil
	}
	origins := l.ourOrigins()
	type told struct {
		by   string
		blob parley.Hash
	}
	var list []told
	for i := range batch {
		m := &batch[i]
		if m.Opened == nil || m.Opened.Facts.Kind != parley.KindReceipt {
			continue
		}
		var r seal.Receipt
		if json.Unmarshal(m.Opened.Content, &r) != nil || r.Says != seal.SaysHeld {
			continue
		}
		for _, h := range r.Blobs {
			list = append(list, told{string(m.Envelope.From.Party()), h})
		}
	}
	if len(list) == 0 {
		return nil
	}
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, t := range list {
			for _, o := range origins {
				if _, ours, err := tx.Blob(o, t.blob); err != nil {
					return err
				} else if !ours {
					continue
				}
				if err := tx.SetBlobSent(o, t.blob, t.by); err != nil {
					return err
				}
			}
		}
		return nil
	})
}
