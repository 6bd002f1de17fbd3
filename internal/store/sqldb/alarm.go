package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// Alarm is something that a person must know about: it stands until it is cleared.
type Alarm struct {
	ID      int64
	Kind    string // "fork", "unexplained", ...
	Subject string // what it is about: an origin, a file, a party
	Text    string // what happened, what still works, the way back
	First   time.Time
	Last    time.Time
	Times   int64
	Cleared time.Time
	By      string // the officer whose act ended it; empty: the facts did
	Why     string // in a sentence; may be empty
}

// RaiseAlarm records an alarm, or counts it once more where it stands already.
func (t *Tx) RaiseAlarm(kind, subject, text string, at time.Time) error {
	_, err := t.exec(`INSERT INTO alarm (kind, subject, text, first_at, last_at, times) VALUES ($1, $2, $3, $4, $4, 1)
		ON CONFLICT (kind, subject, cleared_at) DO UPDATE SET text = excluded.text, last_at = excluded.last_at, times = alarm.times + 1`,
		kind, subject, text, toMicros(at))
	return err
}

// ClearAlarm ends an alarm that stands, by the facts, and says whether there was one.
func (t *Tx) ClearAlarm(kind, subject string, at time.Time) (bool, error) {
	return t.EndAlarm(kind, subject, "", "", at)
}

// EndAlarm ends an alarm that stands, by the facts or by an officer's act, says why,
// and says whether there was one. What was ended stays on the list of all.
func (t *Tx) EndAlarm(kind, subject, by, why string, at time.Time) (bool, error) {
	var last int64 // two that end at one instant are two rows all the same
	err := t.query(`SELECT COALESCE(MAX(cleared_at), 0) FROM alarm WHERE kind = $1 AND subject = $2`, []any{kind, subject},
		func(r *sql.Rows) error { return r.Scan(&last) })
	if err != nil {
		return false, err
	}
	n, err := t.exec(`UPDATE alarm SET cleared_at = $3, ended_by = $4, ended_why = $5 WHERE kind = $1 AND subject = $2 AND cleared_at = 0`,
		kind, subject, max(toMicros(at), last+1), by, why)
	return n > 0, err
}

// Alarms lists the alarms that stand, the newest first; with all
// also those that are over, after them; at most 1000.
func (t *Tx) Alarms(all bool) ([]Alarm, error) {
	query := `SELECT alarm, kind, subject, text, first_at, last_at, times, cleared_at, ended_by, ended_why FROM alarm WHERE cleared_at = 0
		ORDER BY last_at DESC, alarm DESC LIMIT 1000`
	if all {
		query = `SELECT alarm, kind, subject, text, first_at, last_at, times, cleared_at, ended_by, ended_why FROM alarm
			ORDER BY CASE WHEN cleared_at = 0 THEN 0 ELSE 1 END, last_at DESC, alarm DESC LIMIT 1000`
	}
	var list []Alarm
	err := t.query(query, nil, func(r *sql.Rows) error {
		var a Alarm
		if err := r.Scan(&a.ID, &a.Kind, &a.Subject, &a.Text, micros{&a.First}, micros{&a.Last}, &a.Times, micros{&a.Cleared}, &a.By, &a.Why); err != nil {
			return err
		}
		list = append(list, a)
		return nil
	})
	return list, err
}

// Evidence is a file that convicts somebody by itself, such as a fork.
type Evidence struct {
	Hash   parley.Hash
	Kind   string
	Origin parley.Origin
	Bytes  []byte
	Stored time.Time
}

// PutEvidence keeps evidence; the same bytes again are no change.
func (t *Tx) PutEvidence(e Evidence) error {
	_, err := t.exec(`INSERT INTO log_evidence (hash, kind, origin, stored_at, bytes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		e.Hash[:], e.Kind, string(e.Origin), toMicros(e.Stored), e.Bytes)
	return err
}

// EvidenceOf lists the evidence about one journal.
func (t *Tx) EvidenceOf(origin parley.Origin) ([]Evidence, error) {
	var list []Evidence
	err := t.query(`SELECT hash, kind, origin, stored_at, bytes FROM log_evidence WHERE origin = $1 ORDER BY stored_at, hash`,
		[]any{string(origin)}, func(r *sql.Rows) error {
			var e Evidence
			if err := r.Scan(hash{&e.Hash}, &e.Kind, &e.Origin, micros{&e.Stored}, &e.Bytes); err != nil {
				return err
			}
			list = append(list, e)
			return nil
		})
	return list, err
}
