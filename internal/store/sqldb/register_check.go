package sqldb

import (
	"database/sql"
	"strconv"
	"time"

	"parley.example/parley"
)

// CheckRow is one body that a ping tests, or one reply to a ping.
type CheckRow struct {
	Journal   int64
	Index     uint64
	Addressee parley.Body // ping: the body that is tested
	Other     parley.Body // ping: the counterpart's body, tested or testing
	Ours      bool
	ID        parley.MessageID
	Answers   parley.MessageID
	Step      string
	From      parley.Body
	Route     string
	Series    string
	Result    string
	Role      string
	Code      parley.Hash // zero: none
	At        string
	Stored    time.Time
}

const checkColumns = `c.journal, c.idx, c.addressee, c.other, c.ours, c.id, c.answers, c.step, c.sender, c.route, c.series, c.result, c.role, c.code, c.at, c.stored_at`

// PutChecks adds rows.
func (t *Tx) PutChecks(list []CheckRow) error {
	const width = 16
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		c := &list[i]
		rows = append(rows, c.Journal, int64(c.Index), string(c.Addressee), string(c.Other), bit(c.Ours), c.ID[:], orNull(c.Answers[:]), c.Step,
			string(c.From), c.Route, c.Series, c.Result, c.Role, orNull(c.Code[:]), c.At, toMicros(c.Stored))
	}
	return t.insert("view_check", `journal, idx, addressee, other, ours, id, answers, step, sender, route, series, result, role, code, at, stored_at`, "", width, rows)
}

// DropChecks removes the rows of one entry, whose part was erased or came back.
func (t *Tx) DropChecks(journal int64, index uint64) error {
	_, err := t.exec(`DELETE FROM view_check WHERE journal = $1 AND idx = $2`, journal, int64(index))
	return err
}

func (t *Tx) checks(query string, args ...any) ([]CheckRow, error) {
	var list []CheckRow
	err := t.query(query, args, func(r *sql.Rows) error {
		var c CheckRow
		err := r.Scan(&c.Journal, (*int64bits)(&c.Index), &c.Addressee, &c.Other, &c.Ours, octets(c.ID[:]), octets(c.Answers[:]), &c.Step,
			&c.From, &c.Route, &c.Series, &c.Result, &c.Role, hash{&c.Code}, &c.At, micros{&c.Stored})
		list = append(list, c)
		return err
	})
	return list, err
}

// CheckQuery asks for a page of tests, the newest here first.
type CheckQuery struct {
	Other parley.Body // "": every counterpart; then Route is ignored
	Route string      // "": every route
	After CheckPlace
	Limit int
}

// CheckPlace is where a page ends. The zero one is before the first.
type CheckPlace struct {
	MessagePlace
	Addressee parley.Body
}

// CheckPage lists pings that are no void message. Its cost does not depend on how many there are.
func (t *Tx) CheckPage(q CheckQuery) ([]CheckRow, error) {
	text := `SELECT ` + checkColumns + ` FROM view_check c JOIN view_message m ON m.journal = c.journal AND m.idx = c.idx
		WHERE m.void = '' AND c.step = 'ping'`
	var args []any
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	if q.Other != "" {
		text += ` AND c.other = ` + arg(string(q.Other))
		if q.Route != "" {
			text += ` AND c.route = ` + arg(q.Route)
		}
	}
	if q.After != (CheckPlace{}) {
		text += ` AND (c.stored_at, c.journal, c.idx, c.addressee) < (` + arg(q.After.Stored) + `, ` + arg(q.After.Journal) + `, ` + arg(int64(q.After.Index)) +
			`, ` + arg(string(q.After.Addressee)) + `)`
	}
	return t.checks(text+` ORDER BY c.stored_at DESC, c.journal DESC, c.idx DESC, c.addressee DESC LIMIT `+arg(q.Limit), args...)
}

// ChecksBy lists the pings with an id, one row for each body tested.
func (t *Tx) ChecksBy(journal int64, index uint64) ([]CheckRow, error) {
	return t.checks(`SELECT `+checkColumns+` FROM view_check c WHERE c.journal = $1 AND c.idx = $2 ORDER BY c.addressee`, journal, int64(index))
}

// CheckReplies lists what follows pings, each journal's in order, void messages left out.
func (t *Tx) CheckReplies(pings []parley.Hash) ([]CheckRow, error) {
	var list []CheckRow
	err := inChunks(pings, func(k int, args []any) error {
		some, err := t.checks(checkRepliesText[k], args...)
		list = append(list, some...)
		return err
	})
	return list, err
}

var checkRepliesText = textsIn(`SELECT `+checkColumns+` FROM view_check c JOIN view_message m ON m.journal = c.journal AND m.idx = c.idx
	WHERE c.answers IN (`, `) AND m.void = '' ORDER BY c.journal, c.idx`)

// LastCheck is the newest ping of a series from a journal of ours to a body.
func (t *Tx) LastCheck(journal int64, to parley.Body, series string) (CheckRow, bool, error) {
	return one(t.checks(`SELECT `+checkColumns+` FROM view_check c WHERE c.step = 'ping' AND c.ours = 1 AND c.journal = $1 AND c.addressee = $2 AND c.series = $3
		ORDER BY c.stored_at DESC LIMIT 1`, journal, string(to), series))
}
