package alert

import (
	"context"
	"fmt"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// Broken is a channel whose last attempt failed.
type Broken struct {
	Channel string    `json:"channel"`
	Since   time.Time `json:"since"` // of the first failure after its last success, as far back as is looked
	Times   int       `json:"times"`
	Error   string    `json:"error"` // of the last one
}

// lookBack is how many attempts of all channels are looked at.
const lookBack = 500

// Failing lists the channels of the settings whose newest attempt failed, a trial
// counting like an alert: whoever goes home relies on each of them. One that was never
// used is not among them.
func (a *Alerts) Failing(ctx context.Context) ([]Broken, error) {
	attempts, err := a.store.AlertAttempts(ctx, lookBack)
	if err != nil {
		return nil, fmt.Errorf("list attempts: %w", err)
	}
	var list []Broken
	for _, c := range a.channels {
		b := Broken{Channel: c.Name}
		trial, tried := a.trialOf(c.Name)
		for _, t := range attempts { // the newest first
			at := time.UnixMicro(t.At).UTC()
			if t.Channel != c.Name || tried && at.Before(trial.at) && trial.err == "" {
				continue
			}
			if t.Error == "" {
				break
			}
			if b.Times++; b.Error == "" {
				b.Error = t.Error
			}
			b.Since = at
		}
		if tried && trial.err != "" && b.Times == 0 && !succeededSince(attempts, c.Name, trial.at) {
			b.Times, b.Error, b.Since = 1, trial.err, trial.at
		}
		if b.Times > 0 {
			list = append(list, b)
		}
	}
	return list, nil
}

// trial is what a channel did with the last Try of this process.
type trial struct {
	at  time.Time
	err string // empty: it took it
}

func (a *Alerts) trialOf(channel string) (trial, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	t, ok := a.trials[channel]
	return t, ok
}

func (a *Alerts) noteTrial(channel string, t trial) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.trials == nil {
		a.trials = map[string]trial{}
	}
	a.trials[channel] = t
}

func succeededSince(attempts []sqldb.AlertAttempt, channel string, since time.Time) bool {
	for _, t := range attempts {
		if t.Channel == channel && t.Error == "" && !time.UnixMicro(t.At).Before(since) {
			return true
		}
	}
	return false
}
