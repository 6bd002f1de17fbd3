package sqldb

import (
	"database/sql"

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

// ShortThreads says whether threads have fewer than limit messages together.
func (t *Tx) ShortThreads(threads []parley.Hash, limit int) (bool, error) {
	n := 0
	err := inChunks(threads, func(k int, args []any) error {
		if n >= limit {
			return nil
		}
		var more int
		_, err := t.one(shortThreadsText[k], append(args, limit-n), &more)
		n += more
		return err
	})
	return n < limit, err
}

var shortThreadsText = func() (t texts) {
	for k, n := range lookups {
		t[k] = `SELECT COUNT(*) FROM (SELECT 1 FROM view_message WHERE thread IN (` + holders(1, n) + `) LIMIT ` + holders(n+1, 1) + `) x`
	}
	return t
}()

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

// MessagesAt lists the rows of entries; those that are not folded are left out.
func (t *Tx) MessagesAt(places []Place) ([]Message, error) {
	var list []Message
	err := atPlaces(places, func(k int, args []any) error {
		some, err := t.messages(messagesAtText[k], args...)
		list = append(list, some...)
		return err
	})
	return list, err
}

var messagesAtText = textsAt(`SELECT `+messageColumns+` FROM view_message m WHERE (m.journal, m.idx) IN `, ``)

// StepsAt lists the steps of messages, each message's in order.
func (t *Tx) StepsAt(places []Place) (map[Place][]Step, error) {
	steps := map[Place][]Step{}
	err := atPlaces(places, func(k int, args []any) error {
		return t.query(stepsAtText[k], args, func(r *sql.Rows) error {
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

var stepsAtText = textsAt(`SELECT journal, idx, place, says, sender, by_journal, by_idx, said_at, blob, why FROM view_step
	WHERE (journal, idx) IN `, ` ORDER BY journal, idx, place`)

// BlobsAt lists the attachments of messages, each message's in order.
func (t *Tx) BlobsAt(places []Place) (map[Place][]MessageBlob, error) {
	blobs := map[Place][]MessageBlob{}
	err := atPlaces(places, func(k int, args []any) error {
		return t.query(blobsAtText[k], args, func(r *sql.Rows) error {
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

var blobsAtText = textsAt(`SELECT journal, idx, n, hash, size FROM view_blob WHERE (journal, idx) IN `, ` ORDER BY journal, idx, n`)
