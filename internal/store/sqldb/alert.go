package sqldb

import (
	"context"
	"database/sql"
)

// AlertRow is an alert. Times are microseconds; Closed is 0 while nobody has acted.
type AlertRow struct {
	ID         int64
	Key        string // message id, hex
	From, To   string // bodies; To separated by one space
	Precedence string
	Rank       int
	Thread     string
	URL        string
	Exercise   bool
	Raised     int64
	Closed     int64
	Why        string
}

// AlertSend is an alert on one channel.
type AlertSend struct {
	AlertRow
	Channel   string
	State     string
	Next      int64
	Sent      int
	Failures  int
	LastError string
}

// The states of a send.
const (
	SendDue    = "due"
	SendDone   = "done"
	SendFailed = "failed"
)

// AlertAttempt is one call of a channel.
type AlertAttempt struct {
	Alert   int64
	Channel string
	At      int64
	Error   string // empty: taken
	More    int
}

// AlertChannel is what planning needs to know of a channel.
type AlertChannel struct {
	Name  string
	Rank  int   // the least urgent that it carries
	After int64 // microseconds after the alert was raised
}

const alertColumns = `a.id, a.message, a.from_body, a.to_bodies, a.precedence, a.urgency, a.thread, a.url, a.exercise, a.raised, a.closed, a.why`

func (r *AlertRow) dest() []any {
	return []any{&r.ID, &r.Key, &r.From, &r.To, &r.Precedence, &r.Rank, &r.Thread, &r.URL, &r.Exercise, &r.Raised, &r.Closed, &r.Why}
}

// RaiseAlert queues an alert inside the caller's transaction; the same key again changes nothing.
func (t *Tx) RaiseAlert(r AlertRow) error {
	exercise := 0
	if r.Exercise {
		exercise = 1
	}
	_, err := t.exec(`INSERT INTO alert (message, from_body, to_bodies, precedence, urgency, thread, url, exercise, raised)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (message) DO NOTHING`,
		r.Key, r.From, r.To, r.Precedence, r.Rank, r.Thread, r.URL, exercise, r.Raised)
	return err
}

// CloseAlert ends an open alert inside the caller's transaction.
func (t *Tx) CloseAlert(key, why string, at int64) error {
	_, err := t.exec(`UPDATE alert SET closed = $2, why = $3 WHERE message = $1 AND closed = 0`, key, at, why)
	return err
}

// RaiseAlert is Tx.RaiseAlert in a transaction of its own.
func (d *DB) RaiseAlert(ctx context.Context, r AlertRow) error {
	return d.Update(ctx, func(t *Tx) error { return t.RaiseAlert(r) })
}

// CloseAlert is Tx.CloseAlert in a transaction of its own.
func (d *DB) CloseAlert(ctx context.Context, key, why string, at int64) error {
	return d.Update(ctx, func(t *Tx) error { return t.CloseAlert(key, why, at) })
}

// PlanAlerts adds the sends that open alerts lack on these channels. It writes
// only where something is missing.
func (d *DB) PlanAlerts(ctx context.Context, channels []AlertChannel) error {
	for _, c := range channels {
		const missing = ` FROM alert a WHERE a.closed = 0 AND a.urgency <= $2
			AND NOT EXISTS (SELECT 1 FROM alert_send s WHERE s.alert = a.id AND s.channel = $1)`
		n, err := Read(ctx, d, func(t *Tx) (n int64, err error) {
			_, err = t.one(`SELECT COUNT(*)`+missing, []any{c.Name, c.Rank}, &n)
			return n, err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		if err := d.Update(ctx, func(t *Tx) error {
			_, err := t.exec(`INSERT INTO alert_send (alert, channel, state, next_at) SELECT a.id, $1, 'due', a.raised + $3`+missing, c.Name, c.Rank, c.After)
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

const sendColumns = alertColumns + `, s.channel, s.state, s.next_at, s.sent, s.failures, s.last_error`

func (t *Tx) sends(query string, args ...any) (out []AlertSend, err error) {
	err = t.query(query, args, func(rows *sql.Rows) error {
		var s AlertSend
		err := rows.Scan(append(s.dest(), &s.Channel, &s.State, &s.Next, &s.Sent, &s.Failures, &s.LastError)...)
		out = append(out, s)
		return err
	})
	return out, err
}

// DueAlerts gives what is due on a channel, the most urgent and then the oldest first.
func (d *DB) DueAlerts(ctx context.Context, channel string, at int64, limit int) ([]AlertSend, error) {
	return Read(ctx, d, func(t *Tx) ([]AlertSend, error) {
		return t.sends(`SELECT `+sendColumns+` FROM alert_send s JOIN alert a ON a.id = s.alert
			WHERE s.channel = $1 AND s.state = 'due' AND s.next_at <= $2 AND a.closed = 0 ORDER BY a.urgency, a.raised, a.id LIMIT $3`, channel, at, limit)
	})
}

// RecordAttempt stores an attempt and what follows for each send that it stood for.
func (d *DB) RecordAttempt(ctx context.Context, a AlertAttempt, after []AlertSend) error {
	return d.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(`INSERT INTO alert_attempt (alert, channel, at, error, more) VALUES ($1, $2, $3, $4, $5)`,
			a.Alert, a.Channel, a.At, a.Error, a.More); err != nil {
			return err
		}
		for _, s := range after {
			if _, err := t.exec(`UPDATE alert_send SET state = $3, next_at = $4, sent = $5, failures = $6, last_error = $7 WHERE alert = $1 AND channel = $2`,
				s.ID, s.Channel, s.State, s.Next, s.Sent, s.Failures, s.LastError); err != nil {
				return err
			}
		}
		return nil
	})
}

// HoldAlerts puts sends off to their Next.
func (d *DB) HoldAlerts(ctx context.Context, sends []AlertSend) error {
	return d.Update(ctx, func(t *Tx) error {
		for _, s := range sends {
			if _, err := t.exec(`UPDATE alert_send SET next_at = $3 WHERE alert = $1 AND channel = $2`, s.ID, s.Channel, s.Next); err != nil {
				return err
			}
		}
		return nil
	})
}

// NextAlert is the earliest instant at which one of the channels has something to do; 0 where none has.
func (d *DB) NextAlert(ctx context.Context, channels []string) (int64, error) {
	return Read(ctx, d, func(t *Tx) (next int64, err error) {
		for _, c := range channels {
			var at sql.NullInt64
			if _, err := t.one(`SELECT MIN(s.next_at) FROM alert_send s JOIN alert a ON a.id = s.alert
				WHERE s.channel = $1 AND s.state = 'due' AND a.closed = 0`, []any{c}, &at); err != nil {
				return 0, err
			}
			if at.Valid && (next == 0 || at.Int64 < next) {
				next = at.Int64
			}
		}
		return next, nil
	})
}

// Alerts lists the newest alerts, open ones first and the most urgent of these.
func (d *DB) Alerts(ctx context.Context, openOnly bool, limit int) ([]AlertRow, error) {
	query := `SELECT ` + alertColumns + ` FROM alert a ORDER BY CASE WHEN a.closed = 0 THEN a.urgency ELSE 9 END, a.id DESC LIMIT $1`
	if openOnly {
		query = `SELECT ` + alertColumns + ` FROM alert a WHERE a.closed = 0 ORDER BY a.urgency, a.raised, a.id LIMIT $1`
	}
	return Read(ctx, d, func(t *Tx) (out []AlertRow, err error) {
		err = t.query(query, []any{limit}, func(rows *sql.Rows) error {
			var r AlertRow
			err := rows.Scan(r.dest()...)
			out = append(out, r)
			return err
		})
		return out, err
	})
}

// AlertSends gives the sends of alerts, by channel.
func (d *DB) AlertSends(ctx context.Context, ids []int64) ([]AlertSend, error) {
	return Read(ctx, d, func(t *Tx) (out []AlertSend, err error) {
		for _, id := range ids {
			sends, err := t.sends(`SELECT `+sendColumns+` FROM alert_send s JOIN alert a ON a.id = s.alert WHERE a.id = $1 ORDER BY s.channel`, id)
			if err != nil {
				return nil, err
			}
			out = append(out, sends...)
		}
		return out, nil
	})
}

// AlertAttempts gives the newest attempts.
func (d *DB) AlertAttempts(ctx context.Context, limit int) ([]AlertAttempt, error) {
	return Read(ctx, d, func(t *Tx) (out []AlertAttempt, err error) {
		err = t.query(`SELECT alert, channel, at, error, more FROM alert_attempt ORDER BY id DESC LIMIT $1`, []any{limit}, func(rows *sql.Rows) error {
			var a AlertAttempt
			err := rows.Scan(&a.Alert, &a.Channel, &a.At, &a.Error, &a.More)
			out = append(out, a)
			return err
		})
		return out, err
	})
}
