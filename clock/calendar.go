package clock

import (
	"fmt"
	"strings"
	"time"

	"parley.example/parley"
)

// Table is a calendar as an agreement lists it. CLOCK-3
type Table struct {
	From     string   `toml:"from"`     // first day that it lists, YYYY-MM-DD
	To       string   `toml:"to"`       // last day that it lists
	Offsets  []Offset `toml:"offset"`   // in order of time, the first without a start
	Hours    []string `toml:"hours"`    // "mon-fri 09:00-17:00"; several lines add up
	Holidays []string `toml:"holidays"` // "2026-01-01", or "01-01" for every year
}

// Offset is a difference from UTC, and the instant from which it holds.
type Offset struct {
	From string `toml:"from"` // RFC 3339 UTC; empty in the first
	UTC  string `toml:"utc"`  // "+02:00"
}

// Calendar is a checked Table. It is never changed, and safe for concurrent use.
type Calendar struct {
	from, to day
	offsets  []offset
	hours    [7][]span // by time.Weekday, in order, not touching
	holidays map[string]bool
}

type offset struct {
	from time.Time
	east time.Duration
}

// span is a stretch of one local day, in minutes from its midnight, end excluded.
type span struct{ start, end int }

// day counts days since 1970-01-01, in local time.
type day int

// FieldError says which field of a Table is wrong.
type FieldError struct {
	Field string // as in the text: "offset", "hours", ...
	Index int    // in a list; -1 where the field is none
	What  string
	Want  string
}

func (e *FieldError) Error() string { return fmt.Sprintf("%s: %s; want %s", e.Field, e.What, e.Want) }

// UTC is a calendar without hours or holidays that lists every day. It counts
// calendar time only.
func UTC() *Calendar {
	return &Calendar{from: -1 << 20, to: 1 << 20, offsets: []offset{{}}}
}

// Calendar checks the table. Errors are *FieldError.
func (t *Table) Calendar() (*Calendar, error) {
	c := &Calendar{holidays: map[string]bool{}}
	var ok bool
	if c.from, ok = parseDay(t.From); !ok {
		return nil, &FieldError{"from", -1, quote(t.From) + " is no day", "YYYY-MM-DD"}
	}
	if c.to, ok = parseDay(t.To); !ok || c.to < c.from || c.to-c.from > 40*366 {
		return nil, &FieldError{"to", -1, quote(t.To) + " is no day that follows", "YYYY-MM-DD, at most 40 years after from"}
	}
	for i, o := range t.Offsets {
		parsed, err := parseOffset(i, o)
		if err != nil {
			return nil, err
		}
		if i > 0 && !parsed.from.After(c.offsets[i-1].from) {
			return nil, &FieldError{"offset", i, "it begins before the one above", "offsets in order of time"}
		}
		c.offsets = append(c.offsets, parsed)
	}
	if len(c.offsets) == 0 || len(c.offsets) > 200 {
		return nil, &FieldError{"offset", -1, fmt.Sprintf("%d offsets", len(c.offsets)), "1 to 200"}
	}
	for i, h := range t.Holidays {
		if _, ok := parseDay("2024-" + h); len(h) == 5 && ok {
			c.holidays[h] = true
		} else if _, ok := parseDay(h); ok {
			c.holidays[h] = true
		} else {
			return nil, &FieldError{"holidays", i, quote(h) + " is no day", "YYYY-MM-DD, or MM-DD for every year"}
		}
	}
	if len(t.Holidays) > 2000 {
		return nil, &FieldError{"holidays", -1, fmt.Sprintf("%d holidays", len(t.Holidays)), "at most 2000"}
	}
	hours, err := ParseHours(t.Hours)
	if err != nil {
		return nil, err
	}
	c.hours = hours.days
	return c, nil
}

func parseOffset(i int, o Offset) (offset, error) {
	var parsed offset
	if (i == 0) != (o.From == "") {
		return parsed, &FieldError{"offset", i, "from is " + quote(o.From), "no from in the first offset, and one in each that follows"}
	}
	if o.From != "" {
		t, err := time.Parse("2006-01-02T15:04:05Z", o.From)
		if err != nil {
			return parsed, &FieldError{"offset", i, "from is " + quote(o.From), "an instant such as 2027-03-28T01:00:00Z"}
		}
		parsed.from = t
	}
	var sign byte
	var h, m int
	if n, err := fmt.Sscanf(o.UTC, "%c%02d:%02d", &sign, &h, &m); err != nil || n != 3 || len(o.UTC) != 6 || h > 14 || m > 59 || h < 0 || m < 0 || sign != '+' && sign != '-' {
		return parsed, &FieldError{"offset", i, "utc is " + quote(o.UTC), "a difference such as +02:00, at most 14 hours"}
	}
	parsed.east = time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	if sign == '-' {
		parsed.east = -parsed.east
	}
	return parsed, nil
}

// Hours are the working hours of a week.
type Hours struct{ days [7][]span }

var weekdays = [7]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// ParseHours reads lines such as "mon-fri 09:00-12:30" or "sat 10:00-14:00"; a
// day ends at 24:00 at the latest, and lines must not overlap. CLOCK-3
func ParseHours(lines []string) (Hours, error) {
	var h Hours
	for i, line := range lines {
		days, times, ok := strings.Cut(line, " ")
		from, to, ranged := strings.Cut(days, "-")
		if !ranged {
			to = from
		}
		first, last := weekday(from), weekday(to)
		start, end, ok2 := parseSpan(times)
		if !ok || !ok2 || first < 0 || last < 0 {
			return h, &FieldError{"hours", i, quote(line) + " is not understood", "days and hours such as mon-fri 09:00-17:00"}
		}
		for d := first; ; d = (d + 1) % 7 {
			if !h.add(d, span{start, end}) {
				return h, &FieldError{"hours", i, quote(line) + " overlaps or touches another line", "each hour once"}
			}
			if d == last {
				break
			}
		}
	}
	return h, nil
}

func (h *Hours) add(d int, s span) bool {
	at := len(h.days[d])
	for i, o := range h.days[d] {
		if s.start <= o.end && o.start <= s.end {
			return false
		}
		if s.end < o.start {
			at = min(at, i)
		}
	}
	h.days[d] = append(h.days[d][:at], append([]span{s}, h.days[d][at:]...)...)
	return true
}

func weekday(s string) int {
	for i, w := range weekdays {
		if w == s {
			return i
		}
	}
	return -1
}

func parseSpan(s string) (start, end int, ok bool) {
	var h1, m1, h2, m2 int
	n, err := fmt.Sscanf(s, "%02d:%02d-%02d:%02d", &h1, &m1, &h2, &m2)
	if err != nil || n != 4 || fmt.Sprintf("%02d:%02d-%02d:%02d", h1, m1, h2, m2) != s || m1 > 59 || m2 > 59 || h1 < 0 || h2 < 0 {
		return 0, 0, false
	}
	start, end = h1*60+m1, h2*60+m2
	return start, end, start < end && end <= 24*60
}

func parseDay(s string) (day, bool) {
	t, err := time.Parse("2006-01-02", s)
	return day(t.Unix() / 86400), err == nil && t.Format("2006-01-02") == s && t.Year() >= 1900
}

func quote(s string) string { return fmt.Sprintf("%q", clip(s)) }

// outside is the error for an instant that the calendar does not list.
func (c *Calendar) outside() error {
	return parley.E(parley.Invalid, "the calendar lists no days from there; want an amendment that lists more").
		WithHint("amend the agreement with the offsets and holidays of the years to come")
}
