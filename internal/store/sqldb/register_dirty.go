package sqldb

import (
	"database/sql"
	"fmt"
	"strings"

	"parley.example/parley"
)

// DirtyThread is a thread that has to be folded again.
type DirtyThread struct{ Agreement, Thread parley.Hash }

// PutDirty notes threads; one that is noted stays.
func (t *Tx) PutDirty(list []DirtyThread) error {
	rows := make([]any, 0, 2*len(list))
	for i := range list {
		rows = append(rows, list[i].Agreement[:], list[i].Thread[:])
	}
	return t.insert("view_dirty", "agreement, thread", "ON CONFLICT DO NOTHING", 2, rows)
}

// Dirty lists noted threads of one agreement, at most limit.
func (t *Tx) Dirty(agreement parley.Hash, limit int) ([]parley.Hash, error) {
	var list []parley.Hash
	err := t.query(`SELECT thread FROM view_dirty WHERE agreement = $1 ORDER BY thread LIMIT $2`, []any{agreement[:], limit}, func(r *sql.Rows) error {
		var h parley.Hash
		err := r.Scan(hash{&h})
		list = append(list, h)
		return err
	})
	return list, err
}

// DirtyAgreements lists the agreements with noted threads.
func (t *Tx) DirtyAgreements() ([]parley.Hash, error) {
	var list []parley.Hash
	err := t.query(`SELECT DISTINCT agreement FROM view_dirty ORDER BY agreement`, nil, func(r *sql.Rows) error {
		var h parley.Hash
		err := r.Scan(hash{&h})
		list = append(list, h)
		return err
	})
	return list, err
}

// DropDirty says that threads of an agreement are folded.
func (t *Tx) DropDirty(agreement parley.Hash, threads []parley.Hash) error {
	for i := range threads {
		if _, err := t.exec(`DELETE FROM view_dirty WHERE agreement = $1 AND thread = $2`, agreement[:], threads[i][:]); err != nil {
			return err
		}
	}
	return nil
}

// Place is the key of a row.
type Place struct {
	Journal int64
	Index   uint64
}

// atPlaces calls f with lookups pairs of arguments at a time; the last is repeated.
func atPlaces(places []Place, f func(args []any) error) error {
	for len(places) > 0 {
		n := min(len(places), lookups)
		args := make([]any, 0, 2*lookups)
		for i := range lookups {
			p := places[min(i, n-1)]
			args = append(args, p.Journal, int64(p.Index))
		}
		if err := f(args); err != nil {
			return err
		}
		places = places[n:]
	}
	return nil
}

// pairs is lookups rows of two numbers. The casts tell PostgreSQL what they are.
var pairs = func() string {
	var b strings.Builder
	for i := range lookups {
		fmt.Fprintf(&b, ", (CAST($%d AS BIGINT), CAST($%d AS BIGINT))", 2*i+1, 2*i+2)
	}
	return "(VALUES" + b.String()[1:] + ")"
}()

// MessagesAt lists the rows of entries; those that are not folded are left out.
func (t *Tx) MessagesAt(places []Place) ([]Message, error) {
	var list []Message
	err := atPlaces(places, func(args []any) error {
		some, err := t.messages(messagesAtText, args...)
		list = append(list, some...)
		return err
	})
	return list, err
}

var messagesAtText = `SELECT ` + messageColumns + ` FROM view_message m WHERE (m.journal, m.idx) IN ` + pairs

// StepsAt lists the steps of messages, each message's in order.
func (t *Tx) StepsAt(places []Place) (map[Place][]Step, error) {
	steps := map[Place][]Step{}
	err := atPlaces(places, func(args []any) error {
		return t.query(stepsAtText, args, func(r *sql.Rows) error {
			var s Step
			var blob []byte
			if err := r.Scan(&s.Journal, (*int64bits)(&s.Index), &s.Place, &s.Says, &s.From, &s.ByJournal, (*int64bits)(&s.ByIndex), micros{&s.Said}, &blob, &s.Why); err != nil {
				return err
			}
			copy(s.Blob[:], blob)
			p := Place{s.Journal, s.Index}
			steps[p] = append(steps[p], s)
			return nil
		})
	})
	return steps, err
}

var stepsAtText = `SELECT journal, idx, place, says, sender, by_journal, by_idx, said_at, blob, why FROM view_step
	WHERE (journal, idx) IN ` + pairs + ` ORDER BY journal, idx, place`

// BlobsAt lists the attachments of messages, each message's in order.
func (t *Tx) BlobsAt(places []Place) (map[Place][]MessageBlob, error) {
	blobs := map[Place][]MessageBlob{}
	err := atPlaces(places, func(args []any) error {
		return t.query(blobsAtText, args, func(r *sql.Rows) error {
			var b MessageBlob
			if err := r.Scan(&b.Journal, (*int64bits)(&b.Index), &b.N, hash{&b.Hash}, &b.Size); err != nil {
				return err
			}
			p := Place{b.Journal, b.Index}
			blobs[p] = append(blobs[p], b)
			return nil
		})
	})
	return blobs, err
}

var blobsAtText = `SELECT journal, idx, n, hash, size FROM view_blob WHERE (journal, idx) IN ` + pairs + ` ORDER BY journal, idx, n`
