package node

import (
	"context"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/register"
)

// Alarms wakes people through package alert: what is raised is a pointer. It
// implements Alerter.
type Alarms struct {
	Queue *alert.Alerts
	Desk  string // URL of the desk, without a slash at the end
	Now   func() time.Time
}

// Raise implements Alerter.
func (a *Alarms) Raise(ctx context.Context, ref parley.Ref, m register.Judged) error {
	r := alert.Raised{Key: m.ID(), From: m.Envelope.From, Precedence: parley.Immediate, Thread: ref.Short(),
		URL: a.Desk + "/message/" + m.ID().String()}
	r.To = append(r.To, m.Envelope.To...)
	if m.Opened != nil {
		r.Precedence, r.Exercise = m.Opened.Facts.Precedence, m.Opened.Facts.Exercise
	}
	return a.Queue.Raise(ctx, r, a.Now())
}

// Quiet implements Alerter.
func (a *Alarms) Quiet(ctx context.Context, id parley.MessageID) error {
	return a.Queue.Close(ctx, id, "answered", a.Now())
}

// Remind implements Alerter. It is routine: quiet hours hold it back.
func (a *Alarms) Remind(ctx context.Context, key parley.MessageID, ours, to parley.Body, what, page string) error {
	return a.Queue.Raise(ctx, alert.Raised{Key: key, From: to, To: []parley.Body{ours}, Precedence: parley.Routine, Thread: what, URL: a.Desk + page}, a.Now())
}

// Urge implements Alerter.
func (a *Alarms) Urge(ctx context.Context, key parley.MessageID, from parley.Body, to []parley.Body, p parley.Precedence, what, page string) error {
	return a.Queue.Raise(ctx, alert.Raised{Key: key, From: from, To: to, Precedence: p, Thread: what, URL: a.Desk + page}, a.Now())
}
