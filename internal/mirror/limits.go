package mirror

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Limits is what the author of a journal may send, from the agreement. Zero is no
// limit. What a day leaves unused may be used within the window, so that a journal
// that was cut off for weeks can be delivered at once. JOURNAL-48
type Limits struct {
	EntriesPerDay uint64
	BytesPerDay   uint64 // octets of entries and parts
}

// window is how many days' allowance may come together.
const window = 30

// SetLimits changes what the author may send from now on: an amendment did.
func (m *Mirror) SetLimits(l Limits) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.cfg.Limits = l
}

func (m *Mirror) limits() Limits {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.cfg.Limits
}

// charge counts what is about to be stored, or refuses it.
func (m *Mirror) charge(tx *sqldb.Tx, u sqldb.Usage) error {
	if u == (sqldb.Usage{}) {
		return nil
	}
	now := m.cfg.Now()
	used, err := tx.UsageSince(m.row.ID, now.AddDate(0, 0, 1-window))
	if err != nil {
		return err
	}
	days := uint64(1)
	if now.After(m.row.Opened) {
		days = min(window, 1+uint64(now.Unix()/86400-m.row.Opened.Unix()/86400))
	}
	limits := m.limits()
	if l := limits.EntriesPerDay; l > 0 && used.Entries+u.Entries > l*days {
		return overLimit(now, "entries", l)
	}
	if l := limits.BytesPerDay; l > 0 && used.Bytes+u.Bytes > l*days {
		return overLimit(now, "octets", l)
	}
	return tx.AddUsage(m.row.ID, now, u)
}

func overLimit(now time.Time, what string, limit uint64) error {
	next := now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	return parley.E(parley.Unavailable, "the agreement's limit of %d %s a day is used up until %s", limit, what, next.Format(time.RFC3339)).
		WithHint("an amendment can raise the limit; the line goes on by itself then")
}
