package alert

import (
	"context"
	"fmt"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// ListRequest asks for alerts: open ones first, then the newest.
type ListRequest struct {
	Open  bool `json:"open,omitempty"`  // only those that nobody has acknowledged
	Limit int  `json:"limit,omitempty"` // 1 to 500; 0 is 50
}

// ListResponse has the alerts and the newest attempts of all.
type ListResponse struct {
	Channels []string  `json:"channels"` // by name; none: nobody can be woken
	Order    []Rung    `json:"order,omitempty"`
	Alerts   []Listed  `json:"alerts"`
	Attempts []Attempt `json:"attempts"` // newest first
}

// Rung is one step of the contact order, as it is set.
type Rung struct {
	Name     string        `json:"name,omitempty"`
	Channels []string      `json:"channels"`
	After    time.Duration `json:"after_ns"` // since the alert was raised
}

// Listed is an alert and what became of it on each channel.
type Listed struct {
	ID         int64             `json:"id"`
	Message    string            `json:"message"` // its id, hex
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"`
	Precedence parley.Precedence `json:"precedence"`
	Thread     string            `json:"thread"`
	Exercise   bool              `json:"exercise,omitempty"`
	Raised     time.Time         `json:"raised"`
	Closed     time.Time         `json:"closed,omitzero"`
	Why        string            `json:"why,omitempty"` // acknowledged, declined, ...
	Sends      []SendState       `json:"sends"`
	Reached    bool              `json:"reached"`        // at least one channel has taken it
	Step       int               `json:"step,omitempty"` // how far it has climbed in the contact order, from 1
}

// SendState is one alert on one channel.
type SendState struct {
	Channel  string    `json:"channel"`
	Step     int       `json:"step,omitempty"` // of the contact order, as it is set now
	State    string    `json:"state"`          // due, done, failed
	Sent     int       `json:"sent"`           // how often the channel took it
	Failures int       `json:"failures,omitempty"`
	Error    string    `json:"error,omitempty"`
	Next     time.Time `json:"next,omitzero"` // while it is due and the alert is open
}

// Attempt is one call of a channel.
type Attempt struct {
	Alert   int64     `json:"alert"`
	Channel string    `json:"channel"`
	At      time.Time `json:"at"`
	Error   string    `json:"error,omitempty"` // empty: the channel took it
	More    int       `json:"more,omitempty"`  // so many other alerts went with it
}

// List shows what was raised, what each channel did, and what comes next.
func (a *Alerts) List(ctx context.Context, in ListRequest) (ListResponse, error) {
	limit := 50
	if in.Limit > 0 {
		limit = min(in.Limit, 500)
	}
	out := ListResponse{Channels: []string{}, Alerts: []Listed{}, Attempts: []Attempt{}}
	steps := map[string]int{}
	for _, c := range a.channels {
		out.Channels = append(out.Channels, c.Name)
		steps[c.Name] = c.Step
	}
	out.Order = a.order()
	rows, err := a.store.Alerts(ctx, in.Open, limit)
	if err != nil {
		return out, fmt.Errorf("list alerts: %w", err)
	}
	place, ids := map[int64]int{}, []int64{}
	for i, r := range rows {
		place[r.ID] = i
		ids = append(ids, r.ID)
		out.Alerts = append(out.Alerts, listed(r))
	}
	sends, err := a.store.AlertSends(ctx, ids)
	if err != nil {
		return out, fmt.Errorf("list alerts: %w", err)
	}
	for _, s := range sends {
		l := &out.Alerts[place[s.ID]]
		st := SendState{Channel: s.Channel, Step: steps[s.Channel], State: s.State, Sent: s.Sent, Failures: s.Failures, Error: s.LastError}
		if s.State == sqldb.SendDue && l.Closed.IsZero() {
			st.Next = time.UnixMicro(s.Next).UTC()
		}
		l.Sends = append(l.Sends, st)
		l.Reached = l.Reached || s.Sent > 0
		if s.Sent > 0 || s.Failures > 0 {
			l.Step = max(l.Step, st.Step)
		}
	}
	attempts, err := a.store.AlertAttempts(ctx, limit)
	if err != nil {
		return out, fmt.Errorf("list attempts: %w", err)
	}
	for _, t := range attempts {
		out.Attempts = append(out.Attempts, Attempt{Alert: t.Alert, Channel: t.Channel, At: time.UnixMicro(t.At).UTC(), Error: t.Error, More: t.More})
	}
	return out, nil
}

func listed(r sqldb.AlertRow) Listed {
	p := pointer(r, time.Time{})
	l := Listed{ID: r.ID, Message: r.Key, From: p.From, To: p.To, Precedence: p.Precedence, Thread: r.Thread, Exercise: r.Exercise,
		Raised: time.UnixMicro(r.Raised).UTC(), Why: r.Why, Sends: []SendState{}}
	if r.Closed != 0 {
		l.Closed = time.UnixMicro(r.Closed).UTC()
	}
	return l
}

// Unreached gives the open alerts that no channel has taken since before the
// grace: nobody was woken, and an alarm must say so. Those that no channel
// carries are not among them, unless they are flash.
func (a *Alerts) Unreached(ctx context.Context, now time.Time, grace time.Duration) ([]Listed, error) {
	all, err := a.List(ctx, ListRequest{Open: true, Limit: 500})
	if err != nil {
		return nil, err
	}
	var out []Listed
	for _, l := range all.Alerts {
		owed := len(l.Sends) > 0 || l.Precedence == parley.Flash
		if owed && !l.Reached && now.Sub(l.Raised) >= grace && !a.held(l, now) {
			out = append(out, l)
		}
	}
	return out, nil
}

// held: it has not been tried because of quiet hours or a channel's delay.
func (a *Alerts) held(l Listed, now time.Time) bool {
	for _, s := range l.Sends {
		if s.Failures > 0 || !s.Next.After(now) {
			return false
		}
	}
	return len(l.Sends) > 0
}

// TryResponse says what each channel did with a trial.
type TryResponse struct {
	Channels []Tried `json:"channels"`
}

// Tried is one channel's answer.
type Tried struct {
	Channel string `json:"channel"`
	Error   string `json:"error,omitempty"`
}

// TryRequest names a channel; empty: all of them.
type TryRequest struct {
	Channel string    `json:"channel,omitempty"`
	From    string    `json:"from,omitempty"` // whom the trial names as its sender
	URL     string    `json:"url,omitempty"`  // of the desk
	At      time.Time `json:"at,omitzero"`
}

// Try sends a trial pointer through the channels now, one after the other, and
// records nothing. NotFound where there is no such channel, or none at all.
func (a *Alerts) Try(ctx context.Context, in TryRequest) (TryResponse, error) {
	out := TryResponse{Channels: []Tried{}}
	from, at := parley.Body(in.From), in.At.UTC().Truncate(time.Second)
	for _, c := range a.channels {
		if in.Channel != "" && !strings.EqualFold(in.Channel, c.Name) {
			continue
		}
		p := Pointer{Alert: "parley/alert/v1", From: from, To: []parley.Body{from}, Precedence: parley.Flash, Thread: "none", URL: in.URL,
			Trial: true, Raised: at, Sent: at}
		t := Tried{Channel: c.Name}
		sctx, cancel := context.WithTimeout(ctx, sendLimit)
		if err := c.Send(sctx, p); err != nil {
			t.Error = clip(err.Error())
		}
		cancel()
		a.noteTrial(c.Name, trial{at, t.Error})
		out.Channels = append(out.Channels, t)
	}
	if len(out.Channels) == 0 {
		return out, parley.E(parley.NotFound, "there is no such alert channel").WithHint("channels stand in parley.toml: see `parley help config`")
	}
	return out, nil
}
