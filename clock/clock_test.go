package clock_test

import (
	"errors"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
)

// table: UTC+2, in summer UTC+3; a lunch break; a holiday each year and one in 2026.
func table() clock.Table {
	return clock.Table{From: "2026-01-01", To: "2027-12-31", Hours: []string{"mon-thu 09:00-12:00", "mon-thu 13:00-17:00", "fri 09:00-13:00"},
		Holidays: []string{"01-01", "2026-05-01"},
		Offsets:  []clock.Offset{{UTC: "+02:00"}, {From: "2026-03-29T01:00:00Z", UTC: "+03:00"}, {From: "2026-10-25T01:00:00Z", UTC: "+02:00"}}}
}

func TestDeadline(t *testing.T) {
	tab := table()
	cal, err := tab.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, length, start, due string }{
		{"hours are hours", "24 hours", "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"},
		{"one minute", "1 minute", "2026-03-28T12:00:59Z", "2026-03-28T12:01:59Z"},
		{"a day ends at local midnight", "1 day", "2026-02-10T08:00:00Z", "2026-02-11T22:00:00Z"},
		{"the day is the local one", "1 day", "2026-02-10T22:30:00Z", "2026-02-12T22:00:00Z"},
		{"across the change to summer time", "1 day", "2026-03-28T12:00:00Z", "2026-03-29T21:00:00Z"},
		{"sixty days", "60 days", "2026-01-01T12:00:00Z", "2026-03-02T22:00:00Z"},
		{"a week", "1 week", "2026-02-10T08:00:00Z", "2026-02-17T22:00:00Z"},
		{"a month", "1 month", "2026-02-10T08:00:00Z", "2026-03-10T22:00:00Z"},
		{"a shorter month", "1 month", "2026-01-31T08:00:00Z", "2026-02-28T22:00:00Z"},
		{"a year", "1 year", "2026-02-10T08:00:00Z", "2027-02-10T22:00:00Z"},
		{"a working day closes with its hours", "1 working day", "2026-02-10T08:00:00Z", "2026-02-11T15:00:00Z"},
		{"over the weekend", "2 working days", "2026-02-12T08:00:00Z", "2026-02-16T15:00:00Z"},
		{"Friday closes early", "1 working day", "2026-02-12T08:00:00Z", "2026-02-13T11:00:00Z"},
		{"started on a Sunday", "1 working day", "2026-02-15T08:00:00Z", "2026-02-16T15:00:00Z"},
		{"a holiday is no working day", "1 working day", "2026-04-30T08:00:00Z", "2026-05-04T14:00:00Z"},
		{"working hours over lunch", "3 working hours", "2026-02-10T09:00:00Z", "2026-02-10T13:00:00Z"},
		{"working hours over night", "8 working hours", "2026-02-10T13:00:00Z", "2026-02-11T14:00:00Z"},
		{"working hours from the night", "1 working hour", "2026-02-10T01:00:00Z", "2026-02-10T08:00:00Z"},
		{"exactly to the close", "2 working hours", "2026-02-10T13:00:00Z", "2026-02-10T15:00:00Z"},
	} {
		l, err := clock.ParseLength(tc.length)
		if err != nil {
			t.Fatal(err)
		}
		start, _ := time.Parse(time.RFC3339, tc.start)
		due, ok, err := l.Deadline(start, cal)
		if err != nil || !ok || due.Format(time.RFC3339) != tc.due {
			t.Errorf("%s: %s from %s: %s %t %v, want %s", tc.name, tc.length, tc.start, due.Format(time.RFC3339), ok, err, tc.due)
		}
	}
}

// CLOCK-6: "as soon as possible" has no deadline. CLOCK-3: nothing is counted
// where the calendar lists nothing.
func TestNoDeadline(t *testing.T) {
	tab := table()
	cal, err := tab.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	soon, err := clock.ParseLength("as soon as possible")
	if err != nil {
		t.Fatal(err)
	}
	if _, ok, err := soon.Deadline(time.Unix(0, 0), cal); ok || err != nil {
		t.Error("as soon as possible has a deadline")
	}
	for _, s := range []string{"2 years", "600 working days", "9000 working hours"} {
		l, _ := clock.ParseLength(s)
		if _, ok, err := l.Deadline(time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), cal); ok || parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s beyond the calendar: %t %v", s, ok, err)
		}
	}
	day, _ := clock.ParseLength("1 day")
	if _, _, err := day.Deadline(time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC), cal); err == nil {
		t.Error("started before the calendar begins")
	}
	if due, ok, err := day.Deadline(time.Date(2055, 6, 1, 5, 0, 0, 0, time.UTC), clock.UTC()); err != nil || !ok || due.Day() != 3 {
		t.Errorf("UTC lists every day: %v %v", due, err)
	}
}

func TestWorking(t *testing.T) {
	tab := table()
	cal, _ := tab.Calendar()
	for at, want := range map[string]bool{"2026-02-10T07:00:00Z": true, "2026-02-10T10:00:00Z": false, "2026-02-10T15:00:00Z": false,
		"2026-02-14T08:00:00Z": false, "2026-05-01T08:00:00Z": false, "2026-07-07T06:00:00Z": true} {
		ts, _ := time.Parse(time.RFC3339, at)
		if cal.Working(ts) != want {
			t.Errorf("%s: %t", at, !want)
		}
	}
}

func TestParseLength(t *testing.T) {
	for _, s := range []string{"1 hour", "72 hours", "3 working days", "1 working hour", "as soon as possible", "90 days", "18 months"} {
		if l, err := clock.ParseLength(s); err != nil || l.String() != s {
			t.Errorf("%s: %s %v", s, l, err)
		}
	}
	for _, s := range []string{"", "1", "hours", "1 hours", "2 hour", "0 days", "-1 days", "+1 day", "01 days", "1.5 hours", "2  days", "2 Days", "1000000 days", "3 fortnights", "as soon as possibles", "2 working weeks"} {
		if l, err := clock.ParseLength(s); err == nil {
			t.Errorf("%q is taken as %s", s, l)
		}
	}
}

func TestCalendarFaults(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*clock.Table)
		field  string
	}{
		"no first day":      {func(c *clock.Table) { c.From = "" }, "from"},
		"an impossible day": {func(c *clock.Table) { c.To = "2026-02-30" }, "to"},
		"backwards":         {func(c *clock.Table) { c.To = "2025-02-28" }, "to"},
		"endless":           {func(c *clock.Table) { c.To = "2999-02-28" }, "to"},
		"no offset":         {func(c *clock.Table) { c.Offsets = nil }, "offset"},
		"first with start":  {func(c *clock.Table) { c.Offsets[0].From = "2026-03-29T01:00:00Z" }, "offset"},
		"second without":    {func(c *clock.Table) { c.Offsets[1].From = "" }, "offset"},
		"out of order":      {func(c *clock.Table) { c.Offsets[2].From = "2026-01-29T01:00:00Z" }, "offset"},
		"a zone's name":     {func(c *clock.Table) { c.Offsets[0].UTC = "CET" }, "offset"},
		"fifteen hours":     {func(c *clock.Table) { c.Offsets[0].UTC = "+15:00" }, "offset"},
		"no sign":           {func(c *clock.Table) { c.Offsets[0].UTC = " 02:00" }, "offset"},
		"Christmas":         {func(c *clock.Table) { c.Holidays = []string{"Christmas"} }, "holidays"},
		"31 June":           {func(c *clock.Table) { c.Holidays = []string{"06-31"} }, "holidays"},
		"a strange day":     {func(c *clock.Table) { c.Hours = []string{"moon 09:00-17:00"} }, "hours"},
		"backward hours":    {func(c *clock.Table) { c.Hours = []string{"mon 17:00-09:00"} }, "hours"},
		"past midnight":     {func(c *clock.Table) { c.Hours = []string{"mon 17:00-24:30"} }, "hours"},
		"hours twice":       {func(c *clock.Table) { c.Hours = []string{"mon-fri 09:00-17:00", "wed 16:00-18:00"} }, "hours"},
		"no minutes":        {func(c *clock.Table) { c.Hours = []string{"mon 9-17"} }, "hours"},
	} {
		tab := table()
		tc.change(&tab)
		_, err := tab.Calendar()
		var fe *clock.FieldError
		if !errors.As(err, &fe) || fe.Field != tc.field || fe.Want == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := clock.ParseHours([]string{"sat-mon 00:00-24:00", "tue-fri 10:00-11:00"}); err != nil {
		t.Error(err)
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("mon-fri 09:00-17:00")
	f.Add("sat 00:00-24:00")
	f.Fuzz(func(t *testing.T, s string) {
		clock.ParseHours([]string{s, s}) // must end, and never panic
		if l, err := clock.ParseLength(s); err == nil && l.String() != s {
			t.Errorf("%q has two spellings", s)
		}
	})
}
