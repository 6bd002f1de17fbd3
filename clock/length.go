package clock

import (
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
)

// Unit is what a length counts.
type Unit string

// The units. Working units count in the hours of a calendar. CLOCK-1
const (
	Second      Unit = "second"
	Minute      Unit = "minute"
	Hour        Unit = "hour"
	Day         Unit = "day"
	Week        Unit = "week"
	Month       Unit = "month"
	Year        Unit = "year"
	WorkingHour Unit = "working hour"
	WorkingDay  Unit = "working day"
	Soon        Unit = "as soon as possible" // has an age, no deadline, and is never late. CLOCK-6
)

// Length is a promised duration; only ParseLength makes one.
type Length struct {
	n    int
	unit Unit
}

// maxCount bounds a length to what one agreement can mean.
const maxCount = 100000

// ParseLength reads "72 hours", "1 month", "3 working days" or "as soon as
// possible"; the unit is plural unless the number is 1. CLOCK-1
func ParseLength(s string) (Length, error) {
	if s == string(Soon) {
		return Length{unit: Soon}, nil
	}
	number, word, _ := strings.Cut(s, " ")
	n, err := strconv.Atoi(number)
	unit := Unit(word)
	if n != 1 {
		var plural bool
		if word, plural = strings.CutSuffix(word, "s"); plural {
			unit = Unit(word)
		} else {
			unit = ""
		}
	}
	if err != nil || n < 1 || n > maxCount || strconv.Itoa(n) != number || !unit.counts() {
		return Length{}, parley.E(parley.Invalid, "length %q: want a number and a unit, such as 72 hours, 1 month, 3 working days, or: as soon as possible", clip(s))
	}
	return Length{n, unit}, nil
}

func (u Unit) counts() bool {
	switch u {
	case Second, Minute, Hour, Day, Week, Month, Year, WorkingHour, WorkingDay:
		return true
	}
	return false
}

// String is what ParseLength reads.
func (l Length) String() string {
	switch {
	case l.unit == Soon:
		return string(Soon)
	case l.n == 1:
		return "1 " + string(l.unit)
	}
	return strconv.Itoa(l.n) + " " + string(l.unit) + "s"
}

// Unit is what the length counts.
func (l Length) Unit() Unit { return l.unit }

// Working says that the length counts in the hours of a calendar.
func (l Length) Working() bool { return l.unit == WorkingHour || l.unit == WorkingDay }

// Fixed is the length as a duration, where it is one on every calendar:
// seconds, minutes and hours.
func (l Length) Fixed() (time.Duration, bool) {
	switch l.unit {
	case Second:
		return time.Duration(l.n) * time.Second, true
	case Minute:
		return time.Duration(l.n) * time.Minute, true
	case Hour:
		return time.Duration(l.n) * time.Hour, true
	}
	return 0, false
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
