package clock

import "time"

// maxAhead bounds how many days Next looks ahead: the longest closing of an
// office that anybody lists as holidays, with room.
const maxAhead = 366

// WithHours is the calendar with other hours: a body or a contact point keeps the
// offsets and holidays of its party and has hours of its own. CLOCK-3
func (c *Calendar) WithHours(h Hours) *Calendar {
	other := *c
	other.hours = h.days
	return &other
}

// WithoutHolidays is the calendar with its hours on every day: a desk that is
// attended around the clock does not close on a holiday.
func (c *Calendar) WithoutHolidays() *Calendar {
	other := *c
	other.holidays = nil
	return &other
}

// Always says that the hours are the whole of every day.
func (h Hours) Always() bool {
	for _, day := range h.days {
		if len(day) != 1 || day[0] != (span{0, 24 * 60}) {
			return false
		}
	}
	return true
}

// Local is t on the clock that the calendar's people see, in a zone that is named
// by its difference from UTC. CLOCK-3
func (c *Calendar) Local(t time.Time) time.Time {
	east := c.offsetAt(t)
	return t.In(time.FixedZone(formatOffset(east), int(east/time.Second)))
}

// Lists says whether the calendar lists the local day of t.
func (c *Calendar) Lists(t time.Time) bool { return c.lists(c.local(t)) }

// Holiday says whether the local day of t is a holiday.
func (c *Calendar) Holiday(t time.Time) bool { return c.holiday(c.local(t)) }

// Open says whether t lies in the hours, and when they end: at the close of the
// last span that follows without a gap, also over midnight. Zero: they do not end
// within a year. A day that the calendar does not list is never open.
func (c *Calendar) Open(t time.Time) (open bool, until time.Time) {
	if !c.Lists(t) || !c.Working(t) {
		return false, time.Time{}
	}
	today := c.local(t)
	end := t
	for d := today; d <= today+maxAhead; d++ {
		if !c.lists(d) {
			return true, end
		}
		grew := false
		for _, s := range c.spans(d) {
			if from, to := c.instant(d, s.start), c.instant(d, s.end); !from.After(end) && to.After(end) {
				end, grew = to, true
			}
		}
		if !grew && d > today || end.Before(c.instant(d, 24*60)) {
			return true, end
		}
	}
	return true, time.Time{}
}

// Next is the first instant from t on that lies in the hours; t itself where it
// does. ok is false where there is none within a year, or the calendar ends first.
func (c *Calendar) Next(t time.Time) (next time.Time, ok bool) {
	first := c.local(t)
	for d := max(first, c.from); d <= first+maxAhead && c.lists(d); d++ {
		for _, s := range c.spans(d) {
			from, to := c.instant(d, s.start), c.instant(d, s.end)
			switch {
			case !t.Before(to) || !from.Before(to):
			case from.After(t):
				return from, true
			default:
				return t, true
			}
		}
	}
	return time.Time{}, false
}

func formatOffset(east time.Duration) string {
	sign := byte('+')
	if east < 0 {
		sign, east = '-', -east
	}
	return string(sign) + time.Time{}.Add(east).Format("15:04")
}
