package alert

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"golang.org/x/sync/errgroup"

	"parley.example/parley/internal/store/sqldb"
)

const (
	// batch is how many sends one step takes from one channel.
	batch = 64
	// singly is how many of them get an alert of their own; the last of these
	// says how many more wait, so that a flood of messages is no flood of mail.
	singly = 5
	// giveUp ends the attempts for what is not a flash. A flash has no end.
	giveUp = 24 * time.Hour
	// sendLimit bounds one attempt, whatever the channel does itself.
	sendLimit = 5*time.Minute + 10*time.Second
)

// Step makes every attempt that is due at now and says when to come again: the
// zero time where nothing waits. It returns when each outcome is durable. A
// crash in the middle repeats an alert; it never loses one. Channels run side
// by side, so that a slow one delays no other. The error is the store's:
// a channel that fails is recorded, tried again with growing pauses, and no error here.
func (a *Alerts) Step(ctx context.Context, now time.Time) (time.Time, error) {
	plan := make([]sqldb.AlertChannel, len(a.channels))
	names := make([]string, len(a.channels))
	for i, c := range a.channels {
		plan[i] = sqldb.AlertChannel{Name: c.Name, Rank: c.From.Rank(), After: c.After.Microseconds()}
		names[i] = c.Name
	}
	if err := a.store.PlanAlerts(ctx, plan); err != nil {
		return time.Time{}, fmt.Errorf("plan alerts: %w", err)
	}
	g, gctx := errgroup.WithContext(ctx)
	for _, c := range a.channels {
		g.Go(func() error { return a.channelStep(gctx, c, now) })
	}
	if err := g.Wait(); err != nil {
		return time.Time{}, fmt.Errorf("alert step: %w", err)
	}
	if err := a.climb(ctx, now); err != nil {
		return time.Time{}, fmt.Errorf("climb: %w", err)
	}
	next, err := a.store.NextAlert(ctx, names)
	if err != nil || next == 0 {
		return time.Time{}, err
	}
	return time.UnixMicro(next).UTC(), nil
}

func (a *Alerts) channelStep(ctx context.Context, c Channel, now time.Time) error {
	due, err := a.store.DueAlerts(ctx, c.Name, now.UnixMicro(), batch)
	if err != nil {
		return err
	}
	if due, err = a.holdQuiet(ctx, due, now); err != nil {
		return err
	}
	for i := range due {
		if rest := due[i:]; i == singly-1 && len(rest) > 1 {
			return a.attempt(ctx, c, rest, now) // the last one stands for all that are left
		}
		if err := a.attempt(ctx, c, due[i:i+1], now); err != nil {
			return err
		}
	}
	return nil
}

// attempt sends one pointer for the first of the sends, which stands for all of them.
func (a *Alerts) attempt(ctx context.Context, c Channel, sends []sqldb.AlertSend, now time.Time) error {
	p := pointer(sends[0].AlertRow, now)
	p.Repeat, p.More = sends[0].Sent, len(sends)-1
	sctx, cancel := context.WithTimeout(ctx, sendLimit)
	err := c.Send(sctx, p)
	cancel()
	if ctx.Err() != nil {
		return ctx.Err() // the node stops: not the channel's fault, and due again at the next start
	}
	record := sqldb.AlertAttempt{Alert: sends[0].ID, Channel: c.Name, At: now.UnixMicro(), More: len(sends) - 1}
	if err != nil {
		record.Error = clip(err.Error())
	}
	for i := range sends {
		a.after(&sends[i], record.Error, now)
	}
	return a.store.RecordAttempt(ctx, record, sends)
}

// after decides what follows an attempt.
func (a *Alerts) after(s *sqldb.AlertSend, failed string, now time.Time) {
	flash := s.Rank == 0
	switch {
	case failed != "":
		s.Failures++
		s.LastError = failed
		s.Next = now.Add(pause(s.Failures, flash)).UnixMicro()
		if !flash && now.Sub(time.UnixMicro(s.Raised)) >= giveUp {
			s.State = sqldb.SendFailed
		}
	case flash:
		s.Sent++
		s.Failures, s.LastError = 0, ""
		s.Next = now.Add(a.repeat).UnixMicro()
	default:
		s.Sent++
		s.Failures, s.LastError = 0, ""
		s.State = sqldb.SendDone
	}
}

// pause doubles from ten seconds to one minute for a flash, to fifteen for others.
func pause(failures int, flash bool) time.Duration {
	limit := 15 * time.Minute
	if flash {
		limit = time.Minute
	}
	return min(10*time.Second<<min(failures-1, 10), limit)
}

// holdQuiet puts off to the end of the quiet hours what is not a flash.
func (a *Alerts) holdQuiet(ctx context.Context, due []sqldb.AlertSend, now time.Time) ([]sqldb.AlertSend, error) {
	end := a.quiet.until(now)
	if end.IsZero() {
		return due, nil
	}
	var flash, held []sqldb.AlertSend
	for _, s := range due {
		if s.Rank == 0 {
			flash = append(flash, s)
			continue
		}
		s.Next = end.UnixMicro()
		held = append(held, s)
	}
	if len(held) == 0 {
		return flash, nil
	}
	return flash, a.store.HoldAlerts(ctx, held)
}

// clip bounds a channel's error to 200 octets of UTF-8.
func clip(s string) string {
	for i := range s {
		if i > 200 {
			return s[:i] + "..."
		}
	}
	if !utf8.ValidString(s) {
		return "the channel failed, and its error is no text"
	}
	return s
}
