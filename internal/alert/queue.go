package alert

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/store/sqldb"
)

// Store keeps alerts, what is due on which channel, and every attempt. Each
// method is one durable transaction.
type Store interface {
	// RaiseAlert is idempotent per key.
	RaiseAlert(ctx context.Context, row sqldb.AlertRow) error
	// CloseAlert ends an alert by its key; it is no error where there is none or it is closed.
	CloseAlert(ctx context.Context, key, why string, at int64) error
	// PlanAlerts adds what is missing: each open alert on each channel that carries its rank.
	PlanAlerts(ctx context.Context, channels []sqldb.AlertChannel) error
	// DueAlerts gives what is due on a channel at the instant, the most urgent and then the oldest first.
	DueAlerts(ctx context.Context, channel string, at int64, limit int) ([]sqldb.AlertSend, error)
	// RecordAttempt stores the attempt and what follows for each send, together.
	RecordAttempt(ctx context.Context, a sqldb.AlertAttempt, after []sqldb.AlertSend) error
	// HoldAlerts stores the Next of each send and nothing else.
	HoldAlerts(ctx context.Context, sends []sqldb.AlertSend) error
	// NextAlert is the earliest instant at which anything is due on one of the channels; 0: nothing.
	NextAlert(ctx context.Context, channels []string) (int64, error)
	// Alerts lists the newest alerts, open ones first.
	Alerts(ctx context.Context, openOnly bool, limit int) ([]sqldb.AlertRow, error)
	// AlertSends and AlertAttempts give what is known of alerts by their ids.
	AlertSends(ctx context.Context, ids []int64) ([]sqldb.AlertSend, error)
	AlertAttempts(ctx context.Context, limit int) ([]sqldb.AlertAttempt, error)
}

// Alerts is the queue of one node. Raise, Close and the lists may be called at
// any time; Step by one goroutine.
type Alerts struct {
	store    Store
	channels []Channel
	steps    []config.Step // the contact order; empty: there is none
	repeat   time.Duration
	quiet    quiet

	mu     sync.Mutex
	trials map[string]trial // guarded by mu; by channel
}

// New makes the queue from the settings.
func New(store Store, c config.Alert) (*Alerts, error) {
	q, err := newQuiet(c)
	if err != nil {
		return nil, err
	}
	return &Alerts{store: store, channels: Channels(c), steps: c.Step, repeat: time.Duration(c.Repeat), quiet: q}, nil
}

// Raised describes what a person must be told of.
type Raised struct {
	Key        parley.MessageID // the message: the same is raised once
	From       parley.Body
	To         []parley.Body // those of our party
	Precedence parley.Precedence
	Thread     string
	URL        string
	Exercise   bool
}

// Row is the stored form, for a caller that raises in a transaction of its own
// (sqldb.Tx.RaiseAlert), so that a message is never held without its alert.
func (r Raised) Row(at time.Time) sqldb.AlertRow {
	to := make([]string, len(r.To))
	for i, b := range r.To {
		to[i] = string(b)
	}
	return sqldb.AlertRow{Key: r.Key.String(), From: string(r.From), To: strings.Join(to, " "), Precedence: string(r.Precedence),
		Rank: r.Precedence.Rank(), Thread: r.Thread, URL: r.URL, Exercise: r.Exercise, Raised: at.UnixMicro()}
}

// Raise queues an alert. Durable when it returns; the same key again changes nothing.
func (a *Alerts) Raise(ctx context.Context, r Raised, at time.Time) error {
	if err := a.store.RaiseAlert(ctx, r.Row(at)); err != nil {
		return fmt.Errorf("raise alert: %w", err)
	}
	return nil
}

// Close ends an alert because a person has acted on the message; why is one
// word for the list, such as acknowledged or declined.
func (a *Alerts) Close(ctx context.Context, key parley.MessageID, why string, at time.Time) error {
	if err := a.store.CloseAlert(ctx, key.String(), why, at.UnixMicro()); err != nil {
		return fmt.Errorf("close alert: %w", err)
	}
	return nil
}

func pointer(row sqldb.AlertRow, now time.Time) Pointer {
	p := Pointer{Alert: "parley/alert/v1", ID: row.ID, From: parley.Body(row.From), Precedence: parley.Precedence(row.Precedence),
		Thread: row.Thread, URL: row.URL, Exercise: row.Exercise, Raised: time.UnixMicro(row.Raised).UTC().Truncate(time.Second), Sent: now.UTC().Truncate(time.Second)}
	for b := range strings.FieldsSeq(row.To) {
		p.To = append(p.To, parley.Body(b))
	}
	return p
}
