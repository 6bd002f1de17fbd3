package sqldb

import (
	"database/sql"
	"strings"
	"time"

	"parley.example/parley"
)

// Message is a row of the message register: one entry, judged and opened as far
// as this node can. The second block is what folding its thread says.
type Message struct {
	Journal    int64
	Index      uint64
	ID         parley.MessageID // zero where the entry is void by itself
	Thread     parley.Hash      // what it is folded with; zero for receipts that name none
	Answers    parley.MessageID
	Part       parley.Hash
	From       parley.Body
	To         []parley.Body
	Box        string
	Listed     bool
	Reason     string
	Inside     string
	Kind       parley.Kind
	Version    int
	Step       string
	Rank       int
	Clock, Due string
	Exercise   bool
	Marking    string
	Blobs      int
	Released   bool
	Said       time.Time
	Stored     time.Time
	Height     uint64
	Folded
}

// Folded is what depends on the other entries of the thread.
type Folded struct {
	Seq      int
	Void     string
	Conflict string
	Answer   string
	Waits    bool
	Owes     string
	OwesHeld bool
	Open     bool // a request that is not answered by all, nor withdrawn
}

// Statement is what one entry says about another.
type Statement struct {
	About   parley.Hash
	Journal int64
	Index   uint64
	Says    string
	Blob    parley.Hash // zero: about no blob
	Why     string
}

// Step is a statement that counts, at the message that it is about.
type Step struct {
	Journal   int64
	Index     uint64
	Place     int
	Says      string
	From      parley.Body
	ByJournal int64
	ByIndex   uint64
	Said      time.Time
	Blob      parley.Hash
	Why       string
}

// MessageBlob is one sealed attachment of a message.
type MessageBlob struct {
	Journal int64
	Index   uint64
	N       int // from 1
	Hash    parley.Hash
	Size    int64
}

const messageColumns = `m.journal, m.idx, m.id, m.thread, m.answers, m.part, m.sender, m.addressees, m.box, m.listed, m.reason, m.inside, m.kind,
	m.version, m.step, m.rank, m.clock, m.due, m.exercise, m.marking, m.blobs, m.released, m.said_at, m.stored_at, m.height,
	m.seq, m.void, m.conflict, m.answer, m.waits, m.owes, m.owes_held, m.open`

func (t *Tx) messages(query string, args ...any) ([]Message, error) {
	var list []Message
	err := t.query(query, args, func(r *sql.Rows) error {
		var m Message
		var to string
		if err := r.Scan(&m.Journal, (*int64bits)(&m.Index), octets(m.ID[:]), hash{&m.Thread}, octets(m.Answers[:]), hash{&m.Part},
			&m.From, &to, &m.Box, &m.Listed, &m.Reason, &m.Inside, &m.Kind, &m.Version, &m.Step, &m.Rank, &m.Clock, &m.Due, &m.Exercise, &m.Marking,
			&m.Blobs, &m.Released, micros{&m.Said}, micros{&m.Stored}, (*int64bits)(&m.Height),
			&m.Seq, &m.Void, &m.Conflict, &m.Answer, &m.Waits, &m.Owes, &m.OwesHeld, &m.Open); err != nil {
			return err
		}
		for b := range strings.FieldsSeq(to) {
			m.To = append(m.To, parley.Body(b))
		}
		list = append(list, m)
		return nil
	})
	return list, err
}

// PutMessages adds rows.
func (t *Tx) PutMessages(list []Message) error {
	const width = 33
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		m := &list[i]
		rows = append(rows, m.Journal, int64(m.Index), orNull(m.ID[:]), orNull(m.Thread[:]), orNull(m.Answers[:]), orNull(m.Part[:]),
			string(m.From), joinBodies(m.To), m.Box, bit(m.Listed), m.Reason, m.Inside, string(m.Kind), m.Version, m.Step, m.Rank, m.Clock, m.Due,
			bit(m.Exercise), m.Marking, m.Blobs, bit(m.Released), toMicros(m.Said), toMicros(m.Stored), int64(m.Height),
			m.Seq, m.Void, m.Conflict, m.Answer, bit(m.Waits), m.Owes, bit(m.OwesHeld), bit(m.Open))
	}
	return t.insert("view_message", strings.ReplaceAll(messageColumns, "m.", ""), "", width, rows)
}

// ReplaceMessage puts a row in the place of one that is there.
func (t *Tx) ReplaceMessage(m Message) error {
	if _, err := t.exec(`DELETE FROM view_message WHERE journal = $1 AND idx = $2`, m.Journal, int64(m.Index)); err != nil {
		return err
	}
	return t.PutMessages([]Message{m})
}

// SetFolded stores what a fold said of one message.
func (t *Tx) SetFolded(m Message) error {
	_, err := t.exec(`UPDATE view_message SET seq = $3, void = $4, conflict = $5, answer = $6, waits = $7, owes = $8, owes_held = $9, open = $10
		WHERE journal = $1 AND idx = $2`, m.Journal, int64(m.Index), m.Seq, m.Void, m.Conflict, m.Answer, bit(m.Waits), m.Owes, bit(m.OwesHeld), bit(m.Open))
	return err
}

// MessageAt finds the row of one entry.
func (t *Tx) MessageAt(journal int64, index uint64) (Message, bool, error) {
	return one(t.MessagesAt([]Place{{journal, index}}))
}

// MessagesBy lists the rows whose column (id, thread, answers or part) has one of the values.
func (t *Tx) MessagesBy(column MessageColumn, values []parley.Hash) ([]Message, error) {
	var list []Message
	err := inChunks(values, func(k int, args []any) error {
		some, err := t.messages(messagesBy[column][k], args...)
		list = append(list, some...)
		return err
	})
	return list, err
}

// MessageColumn is a column that messages are looked up by.
type MessageColumn string

// The columns with an index.
const (
	ByID      MessageColumn = "id"
	ByThread  MessageColumn = "thread"
	ByAnswers MessageColumn = "answers"
	ByPart    MessageColumn = "part"
)

var messagesBy = func() map[MessageColumn]texts {
	m := map[MessageColumn]texts{}
	for _, c := range []MessageColumn{ByID, ByThread, ByAnswers, ByPart} {
		m[c] = textsIn(`SELECT `+messageColumns+` FROM view_message m WHERE m.`+string(c)+` IN (`, `) ORDER BY m.journal, m.idx`)
	}
	return m
}()

func joinBodies(list []parley.Body) string {
	var b strings.Builder
	for i, body := range list {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(string(body))
	}
	return b.String()
}

func one[T any](list []T, err error) (T, bool, error) {
	var zero T
	if err != nil || len(list) == 0 {
		return zero, false, err
	}
	return list[0], true, nil
}
