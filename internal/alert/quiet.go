package alert

import (
	"time"
	_ "time/tzdata" // a node may run where the system has no time zones

	"parley.example/parley"
	"parley.example/parley/internal/config"
)

// quiet is a daily span in a time zone. The zero value is never.
type quiet struct {
	from, to int // minutes after midnight; equal: never
	zone     *time.Location
}

func newQuiet(c config.Alert) (quiet, error) {
	if c.QuietFrom == "" && c.QuietTo == "" {
		return quiet{}, nil
	}
	from, err1 := time.Parse("15:04", c.QuietFrom)
	to, err2 := time.Parse("15:04", c.QuietTo)
	zone, err3 := time.LoadLocation(c.TimeZone)
	if err1 != nil || err2 != nil || err3 != nil {
		return quiet{}, parley.E(parley.Invalid, "quiet hours from %q to %q in %q: want times such as 22:00 and a zone such as Europe/Vienna", c.QuietFrom, c.QuietTo, c.TimeZone)
	}
	return quiet{from.Hour()*60 + from.Minute(), to.Hour()*60 + to.Minute(), zone}, nil
}

// until is when the quiet hours end that the instant is in; zero where it is in none.
func (q quiet) until(at time.Time) time.Time {
	if q.from == q.to {
		return time.Time{}
	}
	local := at.In(q.zone)
	minute := local.Hour()*60 + local.Minute()
	day := 0
	switch {
	case q.from < q.to && minute >= q.from && minute < q.to:
	case q.from > q.to && minute >= q.from:
		day = 1
	case q.from > q.to && minute < q.to:
	default:
		return time.Time{}
	}
	return time.Date(local.Year(), local.Month(), local.Day()+day, q.to/60, q.to%60, 0, 0, q.zone)
}
