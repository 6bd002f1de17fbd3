package indicator

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

// literal is a constant of a pattern, or a value of an observation that is
// compared with one.
type literal struct {
	kind literalKind
	text string // textLiteral: UTF-8; binaryLiteral: octets
	n    int64  // integerLiteral; boolLiteral: 1 is true
	f    float64
	t    time.Time
}

type literalKind uint8

const (
	noLiteral literalKind = iota // an object, a list, null: equal to nothing
	textLiteral
	binaryLiteral
	integerLiteral
	floatLiteral
	boolLiteral
	timeLiteral
)

var literalWords = [...]string{"no value", "strings", "binary", "integers", "floats", "booleans", "timestamps"}

// unquote takes the quotes and backslashes off a string constant.
func unquote(s string) string {
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b = append(b, s[i])
	}
	return string(b)
}

// constant makes a literal of a token that is one. STIX 2.1 §9.2
func constant(kind tokenKind, s string) (literal, bool) {
	switch kind {
	case stringToken:
		return literal{kind: textLiteral, text: unquote(s)}, true
	case intToken:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return literal{kind: integerLiteral, n: n}, true
		}
		f, err := strconv.ParseFloat(s, 64) // beyond 64 bits: the nearest float
		return literal{kind: floatLiteral, f: f}, err == nil
	case floatToken:
		f, err := strconv.ParseFloat(s, 64)
		return literal{kind: floatLiteral, f: f}, err == nil
	case hexToken:
		b, err := hex.DecodeString(s[2 : len(s)-1])
		return literal{kind: binaryLiteral, text: string(b)}, err == nil
	case binaryToken:
		b, err := base64.StdEncoding.DecodeString(s[2 : len(s)-1])
		return literal{kind: binaryLiteral, text: string(b)}, err == nil
	case timeToken:
		t, ok := parseTime(s[2 : len(s)-1])
		return literal{kind: timeLiteral, t: t}, ok
	case keyword:
		switch s {
		case "true":
			return literal{kind: boolLiteral, n: 1}, true
		case "false":
			return literal{kind: boolLiteral}, true
		}
	}
	return literal{}, false
}

// parseTime reads YYYY-MM-DDTHH:MM:SS[.f]Z; a day that the month does not have is
// the day after its last, as the grammar allows it. STIX 2.1 §9.2
func parseTime(s string) (time.Time, bool) {
	const shape = "0000-00-00T00:00:00"
	if len(s) < len(shape)+1 || s[len(s)-1] != 'Z' {
		return time.Time{}, false
	}
	for i := range len(shape) {
		if c := s[i]; shape[i] == '0' && !isDigit(c) || shape[i] != '0' && c != shape[i] {
			return time.Time{}, false
		}
	}
	nanos := 0
	if fraction := s[len(shape) : len(s)-1]; fraction != "" {
		if fraction[0] != '.' || len(fraction) < 2 {
			return time.Time{}, false
		}
		unit := 100_000_000
		for i := 1; i < len(fraction); i++ {
			if !isDigit(fraction[i]) {
				return time.Time{}, false
			}
			nanos += int(fraction[i]-'0') * unit
			unit /= 10
		}
	}
	at := func(i, n int) int {
		v := 0
		for _, c := range s[i : i+n] {
			v = v*10 + int(c-'0')
		}
		return v
	}
	month, day, hour, minute, second := at(5, 2), at(8, 2), at(11, 2), at(14, 2), at(17, 2)
	if month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60 {
		return time.Time{}, false
	}
	return time.Date(at(0, 4), time.Month(month), day, hour, minute, second, nanos, time.UTC), true
}

// equal compares two values; kinds that cannot be compared are unequal.
func (a literal) equal(b literal) bool {
	switch {
	case a.kind == noLiteral || b.kind == noLiteral:
		return false
	case a.kind == b.kind && (a.kind == textLiteral || a.kind == binaryLiteral):
		return a.text == b.text
	}
	order, ok := a.compare(b)
	return ok && order == 0
}

// compare orders two values; ok is false where their kinds have no order between
// them. A string is compared with binary octet by octet, if its characters are
// all below 256. STIX 2.1 §9.5
func (a literal) compare(b literal) (order int, ok bool) {
	switch {
	case a.kind == integerLiteral && b.kind == integerLiteral:
		return cmp.Compare(a.n, b.n), true
	case a.number() && b.number():
		x, y := a.float(), b.float()
		if math.IsNaN(x) || math.IsNaN(y) {
			return 0, false
		}
		return cmp.Compare(x, y), true
	case a.kind == textLiteral && b.kind == textLiteral, a.kind == binaryLiteral && b.kind == binaryLiteral:
		return strings.Compare(a.text, b.text), true
	case a.kind == textLiteral && b.kind == binaryLiteral:
		octets, ok := latin1(a.text)
		return strings.Compare(octets, b.text), ok
	case a.kind == binaryLiteral && b.kind == textLiteral:
		octets, ok := latin1(b.text)
		return strings.Compare(a.text, octets), ok
	case a.kind == boolLiteral && b.kind == boolLiteral:
		return cmp.Compare(a.n, b.n), true // asked for equality only: the grammar has no order of booleans
	case a.kind == timeLiteral && b.kind == timeLiteral:
		return a.t.Compare(b.t), true
	}
	return 0, false
}

func (a literal) number() bool { return a.kind == integerLiteral || a.kind == floatLiteral }

func (a literal) float() float64 {
	if a.kind == integerLiteral {
		return float64(a.n)
	}
	return a.f
}

// latin1 makes octets of characters below 256; ok is false where one is above.
func latin1(s string) (octets string, ok bool) {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 255 {
			return "", false
		}
		b = append(b, byte(r))
	}
	return string(b), true
}

// characters makes text of octets, each a character below 256.
func characters(octets string) string {
	r := make([]rune, len(octets))
	for i := range len(octets) {
		r[i] = rune(octets[i])
	}
	return string(r)
}
