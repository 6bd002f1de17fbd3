package sqldb

import (
	"database/sql"
	"strconv"

	"parley.example/parley"
)

// FoldPosition is how far a journal is folded. The zero one is before the first entry.
type FoldPosition struct {
	Next   uint64 // the first index that is not folded
	Height uint64 // of the entry before it
	Base   uint64 // how many entries stand in the journals that this one succeeds
}

// FoldPosition reads it.
func (t *Tx) FoldPosition(journal int64) (p FoldPosition, err error) {
	_, err = t.one(`SELECT next, height, base FROM view_position WHERE journal = $1`, []any{journal},
		(*int64bits)(&p.Next), (*int64bits)(&p.Height), (*int64bits)(&p.Base))
	return p, err
}

// Unfolded is how far a journal is signed, and how far it is folded.
type Unfolded struct {
	Journal
	Next, Size uint64
}

// Unfolded looks at all journals of an agreement.
func (t *Tx) Unfolded(agreement parley.Hash) ([]Unfolded, error) {
	var list []Unfolded
	err := t.query(`SELECT j.journal, origin, agreement, party, role, min_index, opened_at, COALESCE(p.next, 0),
		COALESCE((SELECT size FROM log_checkpoint c WHERE c.journal = j.journal ORDER BY size DESC LIMIT 1), 0)
		FROM log_journal j LEFT JOIN view_position p ON p.journal = j.journal WHERE agreement = $1 ORDER BY j.journal`, []any{agreement[:]}, func(r *sql.Rows) error {
		var u Unfolded
		err := r.Scan(append(scanJournal(&u.Journal), (*int64bits)(&u.Next), (*int64bits)(&u.Size))...)
		list = append(list, u)
		return err
	})
	return list, err
}

// SetFoldPosition moves it.
func (t *Tx) SetFoldPosition(journal int64, p FoldPosition) error {
	_, err := t.exec(`INSERT INTO view_position (journal, next, height, base) VALUES ($1, $2, $3, $4)
		ON CONFLICT (journal) DO UPDATE SET next = excluded.next, height = excluded.height, base = excluded.base`,
		journal, int64(p.Next), int64(p.Height), int64(p.Base))
	return err
}

// PutStatements adds statements; one that is there stays.
func (t *Tx) PutStatements(list []Statement) error {
	const width = 6
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		s := &list[i]
		rows = append(rows, s.About[:], s.Journal, int64(s.Index), s.Says, orEmpty(s.Blob), s.Why)
	}
	return t.insert("view_statement", "about, journal, idx, says, blob, why", "ON CONFLICT DO NOTHING", width, rows)
}

// StatementsAbout lists the statements about any of the names.
func (t *Tx) StatementsAbout(names []parley.Hash) ([]Statement, error) {
	var list []Statement
	err := inChunks(names, func(k int, args []any) error {
		return t.query(statementsText[k], args, func(r *sql.Rows) error {
			var s Statement
			var blob []byte
			if err := r.Scan(hash{&s.About}, &s.Journal, (*int64bits)(&s.Index), &s.Says, &blob, &s.Why); err != nil {
				return err
			}
			copy(s.Blob[:], blob)
			list = append(list, s)
			return nil
		})
	})
	return list, err
}

var statementsText = textsIn(`SELECT about, journal, idx, says, blob, why FROM view_statement WHERE about IN (`, `)
	ORDER BY about, journal, idx, says, blob`)

// DropSaid removes what one entry says about others, and its attachments, and returns
// the statements. It looks at every statement: for what happens once in years.
func (t *Tx) DropSaid(journal int64, index uint64) ([]Statement, error) {
	var list []Statement
	at := []any{journal, int64(index)}
	err := t.query(`SELECT about, says FROM view_statement WHERE journal = $1 AND idx = $2`, at, func(r *sql.Rows) error {
		s := Statement{Journal: journal, Index: index}
		err := r.Scan(hash{&s.About}, &s.Says)
		list = append(list, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err = t.exec(`DELETE FROM view_statement WHERE journal = $1 AND idx = $2`, at...); err != nil {
		return nil, err
	}
	_, err = t.exec(`DELETE FROM view_blob WHERE journal = $1 AND idx = $2`, at...)
	return list, err
}

// PutMessageBlobs adds attachments; one that is there stays.
func (t *Tx) PutMessageBlobs(list []MessageBlob) error {
	const width = 5
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		b := &list[i]
		rows = append(rows, b.Journal, int64(b.Index), b.N, b.Hash[:], b.Size)
	}
	return t.insert("view_blob", "journal, idx, n, hash, size", "ON CONFLICT DO NOTHING", width, rows)
}

// Steps lists the steps of one message in their order.
func (t *Tx) Steps(journal int64, index uint64) ([]Step, error) {
	p := Place{journal, index}
	steps, err := t.StepsAt([]Place{p})
	return steps[p], err
}

// SetSteps replaces the steps of one message.
func (t *Tx) SetSteps(journal int64, index uint64, list []Step) error {
	if _, err := t.exec(`DELETE FROM view_step WHERE journal = $1 AND idx = $2`, journal, int64(index)); err != nil {
		return err
	}
	const width = 10
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		s := &list[i]
		rows = append(rows, journal, int64(index), s.Place, s.Says, string(s.From), s.ByJournal, int64(s.ByIndex), toMicros(s.Said), orEmpty(s.Blob), s.Why)
	}
	return t.insert("view_step", "journal, idx, place, says, sender, by_journal, by_idx, said_at, blob, why", "", width, rows)
}

// orEmpty stores no hash as no octets.
func orEmpty(h parley.Hash) []byte {
	if h.IsZero() {
		return []byte{}
	}
	return h[:]
}

// MessageQuery asks for a page of messages, the newest here first.
type MessageQuery struct {
	Kind  parley.Kind // "": any that a person's list shows; then Box is owed
	Box   string      // "" with Kind: any
	Open  bool        // with Kind and Box: only requests that are open
	Opens bool        // with Kind and without Box: only messages that open a thread
	After MessagePlace
	Limit int
}

// MessagePlace is where a page ends. The zero one is before the first.
type MessagePlace struct {
	Stored  int64 // microseconds
	Journal int64
	Index   uint64
}

// MessagePage lists a page. Its cost does not depend on how many messages there are.
func (t *Tx) MessagePage(q MessageQuery) ([]Message, error) {
	text, args := q.text()
	return t.messages(text, args...)
}

func (q MessageQuery) text() (string, []any) {
	text := `SELECT ` + messageColumns + ` FROM view_message m WHERE `
	var args []any
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	if q.Kind != "" {
		text += `m.kind = ` + arg(string(q.Kind))
	} else {
		text += `m.listed = 1`
	}
	if q.Box != "" {
		text += ` AND m.box = ` + arg(q.Box)
	}
	switch {
	case q.Kind != "" && q.Box == "" && q.Opens:
		text += ` AND m.thread = m.id`
	case q.Kind == "" || q.Box == "":
	case q.Open:
		text += ` AND m.open = 1`
	default:
		text += ` AND m.listed = 1` // the index of a kind's two sides
	}
	if q.After != (MessagePlace{}) {
		text += ` AND (m.stored_at, m.journal, m.idx) < (` + arg(q.After.Stored) + `, ` + arg(q.After.Journal) + `, ` + arg(int64(q.After.Index)) + `)`
	}
	return text + ` ORDER BY m.stored_at DESC, m.journal DESC, m.idx DESC LIMIT ` + arg(q.Limit), args
}

// WaitingMessages lists what waits for a person, flash first, then oldest first.
func (t *Tx) WaitingMessages(limit int) ([]Message, error) {
	return t.messages(waitingText, limit)
}

const waitingText = `SELECT ` + messageColumns + ` FROM view_message m WHERE m.waits = 1 ORDER BY m.rank, m.stored_at, m.journal, m.idx LIMIT $1`

// maxCounted bounds what CountWaiting counts: the cost of a page must not grow with
// what nobody has read.
const maxCounted = 10_000

// CountWaiting counts what waits for a person, at most maxCounted, and the flashes
// among it: they come first.
func (t *Tx) CountWaiting() (all, flash int, err error) {
	_, err = t.one(countWaitingText, []any{maxCounted}, &all, &flash)
	return all, flash, err
}

const countWaitingText = `SELECT COUNT(*), COALESCE(SUM(CASE WHEN w.rank = 0 THEN 1 ELSE 0 END), 0)
	FROM (SELECT m.rank FROM view_message m WHERE m.waits = 1 ORDER BY m.rank, m.stored_at, m.journal, m.idx LIMIT $1) w`

// OwingMessages lists entries for which this node owes a receipt, in the order of a journal.
func (t *Tx) OwingMessages(journal int64, limit int) ([]Message, error) {
	return t.messages(owingText, journal, limit)
}

const owingText = `SELECT ` + messageColumns + ` FROM view_message m WHERE m.owes <> '' AND m.journal = $1 ORDER BY m.idx LIMIT $2`

// OwingHeld lists messages with blobs for which this node owes `held`.
func (t *Tx) OwingHeld(journal int64, after uint64, limit int) ([]Message, error) {
	return t.messages(owingHeldText, journal, int64(after), limit)
}

const owingHeldText = `SELECT ` + messageColumns + ` FROM view_message m WHERE m.owes_held = 1 AND m.journal = $1 AND m.idx >= $2 ORDER BY m.idx LIMIT $3`
