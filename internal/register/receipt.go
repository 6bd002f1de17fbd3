package register

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Owed is a receipt that our node owes. RECEIPT-10
type Owed struct {
	Says       seal.Says // opened, unreadable or void
	Ref        parley.Ref
	ID         parley.MessageID
	From       parley.Body   // whom to send it to; "" where the entry is malformed: any body of the journal's party
	To         []parley.Body // the entry's own addressees: one of ours speaks
	Precedence parley.Precedence
	Why        seal.Reason // void
}

// Owed lists the receipts that are owed for one journal, in its order, at most
// limit. A receipt that is made and folded is no longer owed.
func (r *Register) Owed(ctx context.Context, o parley.Origin, limit int) (list []Owed, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(o)
		if err != nil {
			return err
		}
		rows, err := tx.OwingMessages(j.ID, limit)
		for i := range rows {
			m := &rows[i]
			list = append(list, Owed{Says: seal.Says(m.Owes), Ref: parley.Ref{Origin: o, Index: m.Index}, ID: m.ID, From: m.From, To: m.To,
				Precedence: precedences[m.Rank], Why: seal.Reason(m.Void)})
		}
		return err
	})
	return list, err
}

// Files is a message for us whose blobs our node has not yet said `held` for.
type Files struct {
	Ref   parley.Ref
	ID    parley.MessageID
	From  parley.Body
	To    []parley.Body
	Blobs []seal.BlobLine // those that no `held` of ours names
}

// Files lists such messages of one journal from an index on, in its order. The
// caller knows which blobs are here.
func (r *Register) Files(ctx context.Context, o parley.Origin, from uint64, limit int) (list []Files, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		w, err := readWorld(tx)
		if err != nil {
			return err
		}
		j, ok := w.byOrigin[o]
		if !ok {
			return parley.E(parley.NotFound, "journal %s is not held here", o)
		}
		rows, err := tx.OwingHeld(j.ID, from, limit)
		if err != nil {
			return err
		}
		places := make([]sqldb.Place, len(rows))
		for i := range rows {
			places[i] = at(&rows[i])
		}
		blobs, err := tx.BlobsAt(places)
		if err != nil {
			return err
		}
		steps, err := tx.StepsAt(places)
		for i := range rows {
			list = append(list, w.files(&rows[i], blobs[places[i]], steps[places[i]]))
		}
		return err
	})
	return list, err
}

func (w *world) files(m *sqldb.Message, blobs []sqldb.MessageBlob, steps []sqldb.Step) Files {
	f := Files{Ref: w.ref(m.Journal, m.Index), ID: m.ID, From: m.From, To: m.To}
	held := map[parley.Hash]bool{}
	for i := range steps {
		if steps[i].Says == string(seal.SaysHeld) && steps[i].From.Party() == w.ours(m.Journal) {
			held[steps[i].Blob] = true
		}
	}
	for _, b := range blobs {
		if !held[b.Hash] {
			f.Blobs = append(f.Blobs, seal.BlobLine{Hash: b.Hash, Size: b.Size})
		}
	}
	return f
}
