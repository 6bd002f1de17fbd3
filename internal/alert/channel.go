package alert

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
)

// Sender carries one pointer. Its error is shown on the desk: it must not hold a secret.
type Sender interface {
	Send(ctx context.Context, p Pointer) error
}

// Channel is one way to wake people.
type Channel struct {
	Name  string
	From  parley.Precedence // the least urgent that uses it
	After time.Duration     // used only where nobody acknowledged by then
	Step  int               // of the contact order, from 1; 0: there is none
	Sender
}

// Channels makes the channels of the settings. Secrets are read from their
// files at each use, so that a changed one needs no restart.
func Channels(c config.Alert) []Channel {
	var out []Channel
	for _, s := range c.SMTP {
		out = append(out, Channel{s.Name, parley.Precedence(s.From), time.Duration(s.After), 0, SMTP{s}})
	}
	for _, w := range c.Webhook {
		out = append(out, Channel{w.Name, parley.Precedence(w.From), time.Duration(w.After), 0, Webhook{w}})
	}
	for _, e := range c.Exec {
		out = append(out, Channel{e.Name, parley.Precedence(e.From), time.Duration(e.After), 0, Exec{e}})
	}
	climbing(out, c.Step)
	return out
}

// climbing sets from when on each channel is used by the contact order.
func climbing(channels []Channel, order []config.Step) {
	var after time.Duration
	for i, s := range order {
		for j := range channels {
			if slices.Contains(s.Channels, channels[j].Name) {
				channels[j].Step, channels[j].After = i+1, after
			}
		}
		after += time.Duration(s.Wait)
	}
}
