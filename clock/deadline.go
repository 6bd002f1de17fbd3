package clock

import "time"

// Deadline is the instant at which the length, started at start, runs out on
// the calendar. ok is false for "as soon as possible", which has none.
// A clock is met by what happens before its deadline or exactly at it.
// Errors are parley.Invalid where the calendar does not list the days that
// would have to be counted. CLOCK-2, CLOCK-4, CLOCK-5
func (l Length) Deadline(start time.Time, c *Calendar) (due time.Time, ok bool, err error) {
	start = start.UTC().Truncate(time.Second)
	if d, fixed := l.Fixed(); fixed {
		return start.Add(d), true, nil // the same on every calendar
	}
	today := c.local(start)
	if l.unit != Soon && !c.lists(today) {
		return time.Time{}, false, c.outside()
	}
	switch l.unit {
	case Day:
		return c.endOf(today + day(l.n))
	case Week:
		return c.endOf(today + day(7*l.n))
	case Month:
		return c.endOf(today.addMonths(l.n))
	case Year:
		return c.endOf(today.addMonths(12 * l.n))
	case WorkingDay:
		return c.workingDays(today, l.n)
	case WorkingHour:
		return c.workingHours(start, l.n*60*60)
	}
	return time.Time{}, false, nil
}

// Working says whether t lies in the hours of the calendar.
func (c *Calendar) Working(t time.Time) bool {
	d := c.local(t)
	for _, s := range c.spans(d) {
		if !t.Before(c.instant(d, s.start)) && t.Before(c.instant(d, s.end)) {
			return true
		}
	}
	return false
}

// endOf is the last midnight of a day: a term of days ends with its last day. CLOCK-4
func (c *Calendar) endOf(d day) (time.Time, bool, error) {
	if !c.lists(d) {
		return time.Time{}, false, c.outside()
	}
	return c.instant(d, 24*60), true, nil
}

// workingDays: the day of the start does not count; the term ends at the close
// of the last working day's hours. CLOCK-5
func (c *Calendar) workingDays(d day, n int) (time.Time, bool, error) {
	for d++; c.lists(d); d++ {
		spans := c.spans(d)
		if len(spans) == 0 {
			continue
		}
		if n--; n == 0 {
			return c.instant(d, spans[len(spans)-1].end), true, nil
		}
	}
	return time.Time{}, false, c.outside()
}

// workingHours counts seconds within the hours only. CLOCK-5
func (c *Calendar) workingHours(start time.Time, left int) (time.Time, bool, error) {
	for d := c.local(start); c.lists(d); d++ {
		for _, s := range c.spans(d) {
			open, shut := c.instant(d, s.start), c.instant(d, s.end)
			if start.After(open) {
				open = start
			}
			have := int(shut.Sub(open) / time.Second)
			if have >= left {
				return open.Add(time.Duration(left) * time.Second), true, nil
			}
			left -= max(have, 0)
		}
	}
	return time.Time{}, false, c.outside()
}

// spans are the hours of a day: none on a holiday.
func (c *Calendar) spans(d day) []span {
	if c.holiday(d) {
		return nil
	}
	return c.hours[d.time().Weekday()]
}

func (c *Calendar) holiday(d day) bool {
	if len(c.holidays) == 0 {
		return false
	}
	t := d.time()
	return c.holidays[t.Format("2006-01-02")] || c.holidays[t.Format("01-02")]
}

func (c *Calendar) lists(d day) bool { return c.from <= d && d <= c.to }

// local is the day that the calendar shows at t.
func (c *Calendar) local(t time.Time) day {
	s := t.Add(c.offsetAt(t)).Unix()
	return day((s - (s%86400+86400)%86400) / 86400)
}

// offsetAt is the difference from UTC at an instant.
func (c *Calendar) offsetAt(t time.Time) time.Duration {
	east := c.offsets[0].east
	for _, o := range c.offsets[1:] {
		if t.Before(o.from) {
			break
		}
		east = o.east
	}
	return east
}

// instant is the first instant at which the calendar shows the minute of the
// day; a minute that summer time skips is the instant of the change. CLOCK-3
func (c *Calendar) instant(d day, minute int) time.Time {
	shown := d.time().Add(time.Duration(minute) * time.Minute)
	for i, o := range c.offsets {
		t := shown.Add(-o.east)
		if i > 0 && t.Before(o.from) {
			t = o.from
		}
		if i+1 == len(c.offsets) || t.Before(c.offsets[i+1].from) {
			return t
		}
	}
	return shown // not reached: the last offset has no end
}

func (d day) time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// addMonths is the same day n months on, or the last day of that month. CLOCK-4
func (d day) addMonths(n int) day {
	t := d.time()
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1)
	return day(first.AddDate(0, 0, min(t.Day(), last.Day())-1).Unix() / 86400)
}
