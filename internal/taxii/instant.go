package taxii

import (
	"strings"
	"time"

	"parley.example/parley"
)

// addedForm has exactly six fraction digits: there are clients that refuse any
// other number. OASIS TAXII 2.1 §2, timestamp
const addedForm = "2006-01-02T15:04:05.000000Z"

func formatAdded(t time.Time) string { return t.UTC().Format(addedForm) }

// noVersion stands for the version of an object that says none (an observable). It
// is a time that no object says of itself.
const noVersion = "1970-01-01T00:00:00.000Z"

// formatVersion writes a version as STIX does: three digits at least, six where the
// object says more.
func formatVersion(t time.Time) string {
	switch {
	case t.IsZero():
		return noVersion
	case t.Nanosecond()%int(time.Millisecond) == 0:
		return t.UTC().Format("2006-01-02T15:04:05.000Z")
	case t.Nanosecond()%int(time.Microsecond) == 0:
		return t.UTC().Format(addedForm)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// parseInstant reads an RFC 3339 time with any number of fraction digits. A plus
// that a client did not escape has become a blank on the way.
func parseInstant(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339Nano, strings.Replace(s, " ", "+", 1))
	if err != nil {
		return time.Time{}, parley.E(parley.Invalid, "%.60q: want a time such as 2026-11-22T12:30:00.000000Z", s)
	}
	return t.UTC(), nil
}
