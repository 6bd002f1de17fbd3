package stix

import "time"

// ParseTime reads a timestamp: YYYY-MM-DDTHH:mm:ss[.s+]Z, UTC alone. Digits beyond
// nanoseconds are cut off; a leap second is the second after.
// OASIS STIX 2.1 §2.15
func ParseTime(b []byte) (time.Time, bool) {
	if len(b) < 20 || len(b) > 64 || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' || b[len(b)-1] != 'Z' {
		return time.Time{}, false
	}
	ok := true
	digits := func(from, to int) int {
		n := 0
		for _, c := range b[from:to] {
			if c-'0' > 9 {
				ok = false
			}
			n = n*10 + int(c-'0')
		}
		return n
	}
	year, month, day := digits(0, 4), digits(5, 7), digits(8, 10)
	hour, minute, second := digits(11, 13), digits(14, 16), digits(17, 19)
	nano := 0
	if end := len(b) - 1; end > 19 {
		if b[19] != '.' || end == 20 {
			return time.Time{}, false
		}
		digits(20, end)
		nano = digits(20, min(end, 29))
		for i := end; i < 29; i++ {
			nano *= 10
		}
	}
	if !ok || month < 1 || month > 12 || day < 1 || day > days(year, month) || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	return time.Date(year, time.Month(month), day, hour, minute, second, nano, time.UTC), true
}

func days(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// FormatTime writes a timestamp with milliseconds, or with the digits it needs.
func FormatTime(t time.Time) string {
	if t.Nanosecond()%1e6 == 0 {
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.999999999Z")
}
