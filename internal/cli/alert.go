package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
)

// alertCmd is about who is woken.
type alertCmd struct {
	List alertList `cmd:"" help:"List alerts, what each channel did with them, and what comes next."`
	Test alertTest `cmd:"" help:"Send a trial through each channel now, or through one of them."`
}

type alertList struct {
	Open  bool `help:"Only those that wait for a person."`
	Limit int  `short:"n" default:"50" placeholder:"ROWS" help:"At most so many, up to 500."`

	Attempts bool `help:"List every attempt too, the newest first."`
}

func (a *alertList) Run(c *Context) error {
	var list alert.ListResponse
	if err := c.Call("alert.list", alert.ListRequest{Open: a.Open, Limit: a.Limit}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		if len(list.Channels) == 0 {
			c.Say("no alert channel is set up: nobody is woken")
			c.Hint("`parley help config` shows how")
		}
		rows := [][]string{}
		for _, l := range list.Alerts {
			state := "waits for a person"
			if !l.Closed.IsZero() {
				state = l.Why
			}
			if len(l.Sends) == 0 {
				rows = append(rows, []string{l.Thread, string(l.Precedence), stamp(l.Raised), state, "-", "-", "", "-"})
			}
			for _, s := range l.Sends {
				if s.Step > 0 {
					s.Channel = fmt.Sprintf("%d %s", s.Step, s.Channel)
				}
				rows = append(rows, []string{l.Thread, string(l.Precedence), stamp(l.Raised), state, s.Channel, fmt.Sprint(s.Sent), s.Error, stamp(s.Next)})
			}
		}
		columns(w, []string{"THREAD", "PRECEDENCE", "RAISED (UTC)", "STATE", "CHANNEL", "TAKEN", "ERROR", "NEXT"}, rows)
		if a.Attempts {
			fmt.Fprintln(w)
			attemptTable(w, list)
		}
	})
}

func attemptTable(w io.Writer, list alert.ListResponse) {
	threads := map[int64]string{}
	for _, l := range list.Alerts {
		threads[l.ID] = l.Thread
	}
	rows := [][]string{}
	for _, t := range list.Attempts {
		what := "taken"
		if t.Error != "" {
			what = t.Error
		}
		if t.More > 0 {
			what += fmt.Sprintf(", for %d more", t.More)
		}
		rows = append(rows, []string{stamp(t.At), orDash(threads[t.Alert]), t.Channel, what})
	}
	columns(w, []string{"ATTEMPT (UTC)", "THREAD", "CHANNEL", "OUTCOME"}, rows)
}

type alertTest struct {
	Channel string `arg:"" optional:"" help:"The channel's name; default: all of them."`
}

func (a *alertTest) Run(c *Context) error {
	var tried alert.TryResponse
	if err := c.Call("alert.test", alert.TryRequest{Channel: a.Channel}, &tried); err != nil {
		return err
	}
	failed := 0
	err := c.Data(tried.Channels, func(w io.Writer) {
		for _, t := range tried.Channels {
			if t.Error == "" {
				t.Error = "taken"
			}
			fmt.Fprintf(w, "%s: %s\n", printable(t.Channel), printable(t.Error))
		}
	})
	for _, t := range tried.Channels {
		if t.Error != "" {
			failed++
		}
	}
	if err == nil && failed > 0 {
		err = parley.E(parley.Unavailable, "%d of %d channels did not take the trial", failed, len(tried.Channels))
	}
	return err
}

// alertTest sends a trial in this party's name.
func (h *house) alertTest(ctx context.Context, in alert.TryRequest) (alert.TryResponse, error) {
	in.URL, in.From, in.At = deskURL(h.settings.Desk), string(h.party()), time.Now()
	return h.alerts.Try(ctx, in)
}
