package clock_test

import (
	"strings"
	"testing"
	"time"

	"parley.example/parley/clock"
)

func at(t *testing.T, s string) time.Time {
	t.Helper()
	ts, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return ts.UTC()
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04Z")
}

// Hours over a lunch, a weekend, a holiday, midnight, and both changes of the
// clock. CLOCK-3
func TestOpen(t *testing.T) {
	for _, tc := range []struct {
		name, hours, at, until, next string // until empty: shut; next: from then on
	}{
		{"in the morning", "", "2026-02-10T07:30:00Z", "2026-02-10T10:00Z", "2026-02-10T07:30Z"},
		{"at lunch", "", "2026-02-10T10:30:00Z", "", "2026-02-10T11:00Z"},
		{"at the very close", "", "2026-02-10T15:00:00Z", "", "2026-02-11T07:00Z"},
		{"on Friday evening", "", "2026-02-13T18:00:00Z", "", "2026-02-16T07:00Z"},
		{"before a holiday and a weekend", "", "2026-04-30T20:00:00Z", "", "2026-05-04T06:00Z"},
		{"over midnight", "fri 20:00-24:00,sat 00:00-06:00", "2026-02-13T21:00:00Z", "2026-02-14T04:00Z", "2026-02-13T21:00Z"},
		{"over midnight into summer time", "sat 22:00-24:00,sun 00:00-06:00", "2026-03-28T21:00:00Z", "2026-03-29T03:00Z", "2026-03-28T21:00Z"},
		{"over midnight out of summer time", "sat 22:00-24:00,sun 00:00-06:00", "2026-10-24T20:00:00Z", "2026-10-25T04:00Z", "2026-10-24T20:00Z"},
		{"an hour that summer time skips", "sun 03:00-04:00", "2026-03-28T12:00:00Z", "", "2026-04-05T00:00Z"},
		{"half of it", "sun 03:30-05:00", "2026-03-29T00:59:00Z", "", "2026-03-29T01:00Z"},
		{"an hour that comes twice is the first", "sun 03:00-03:30", "2026-10-25T01:10:00Z", "", "2026-11-01T01:00Z"},
		{"through the hour that comes twice", "sun 02:00-05:00", "2026-10-25T00:30:00Z", "2026-10-25T03:00Z", "2026-10-25T00:30Z"},
		{"always", "mon-sun 00:00-24:00", "2026-06-10T07:30:00Z", "", "2026-06-10T07:30Z"},
		{"never", "none", "2026-06-10T07:30:00Z", "", ""},
		{"past the last day", "", "2028-06-10T07:30:00Z", "", ""},
		{"before the first day", "", "2025-12-30T12:00:00Z", "", "2026-01-02T07:00Z"},
	} {
		tab := table()
		if tc.hours != "" {
			tab.Hours = nil
			if tc.hours != "none" {
				tab.Hours = append(tab.Hours, strings.Split(tc.hours, ",")...)
			}
		}
		cal, err := tab.Calendar()
		if err != nil {
			t.Fatal(err)
		}
		if tc.name == "always" {
			cal = cal.WithoutHolidays()
		}
		open, until := cal.Open(at(t, tc.at))
		if want := tc.until != "" || tc.name == "always"; open != want || stamp(until) != tc.until {
			t.Errorf("%s: open %t until %s, want %s", tc.name, open, stamp(until), tc.until)
		}
		next, ok := cal.Next(at(t, tc.at))
		if ok != (tc.next != "") || stamp(next) != tc.next {
			t.Errorf("%s: next %s, want %s", tc.name, stamp(next), tc.next)
		}
	}
}

// Next is never inside a closed time, and nothing open lies before it.
func TestNextIsTheFirst(t *testing.T) {
	tab := table()
	cal, err := tab.Calendar()
	if err != nil {
		t.Fatal(err)
	}
	for day := at(t, "2026-03-20T00:07:00Z"); day.Before(at(t, "2026-11-10T00:00:00Z")); day = day.Add(11 * time.Hour) {
		next, ok := cal.Next(day)
		if open, _ := cal.Open(next); !ok || !open || next.Before(day) {
			t.Fatalf("%s: %s %t is shut", day, next, ok)
		}
		for m := day; m.Before(next); m = m.Add(5 * time.Minute) {
			if open, _ := cal.Open(m); open {
				t.Fatalf("%s: open at %s, before %s", day, m, next)
			}
		}
	}
}

func TestLocal(t *testing.T) {
	tab := table()
	cal, _ := tab.Calendar()
	for in, want := range map[string]string{"2026-03-29T00:59:00Z": "02:59 +02:00", "2026-03-29T01:00:00Z": "04:00 +03:00", "2026-10-25T01:00:00Z": "03:00 +02:00"} {
		if got := cal.Local(at(t, in)).Format("15:04 MST"); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	west := clock.Table{From: "2026-01-01", To: "2026-12-31", Offsets: []clock.Offset{{UTC: "-03:30"}}}
	cal, err := west.Calendar()
	if err != nil || cal.Local(at(t, "2026-01-01T03:00:00Z")).Format("02 15:04 MST") != "31 23:30 -03:30" {
		t.Errorf("west of Greenwich: %v", err)
	}
	if cal.Lists(at(t, "2026-01-01T03:00:00Z")) || !cal.Lists(at(t, "2026-01-01T04:00:00Z")) {
		t.Error("the first day begins at its local midnight")
	}
}
