package alert

import (
	"context"
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
	Sender
}

// Channels makes the channels of the settings. Secrets are read from their
// files at each use, so that a changed one needs no restart.
func Channels(c config.Alert) []Channel {
	var out []Channel
	for _, s := range c.SMTP {
		out = append(out, Channel{s.Name, parley.Precedence(s.From), time.Duration(s.After), SMTP{s}})
	}
	for _, w := range c.Webhook {
		out = append(out, Channel{w.Name, parley.Precedence(w.From), time.Duration(w.After), Webhook{w}})
	}
	for _, e := range c.Exec {
		out = append(out, Channel{e.Name, parley.Precedence(e.From), time.Duration(e.After), Exec{e}})
	}
	return out
}
