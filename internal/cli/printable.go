package cli

import (
	"strconv"
	"strings"
	"unicode"
)

// count is a number with its noun: "1 entry", "2 entries".
func count[N int | int64 | uint64](n N, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if stem, ok := strings.CutSuffix(one, "y"); ok {
		one = stem + "ie"
	}
	return strconv.FormatUint(uint64(n), 10) + " " + one + "s"
}

// printable makes foreign text safe for a terminal line: control characters,
// among them the escape sequences that move a cursor, and the marks that turn
// the direction of writing become U+FFFD.
func printable(s string) string { return clean(s, false) }

// printableText is printable for a text of several lines.
func printableText(s string) string { return clean(s, true) }

func clean(s string, lines bool) string {
	return strings.Map(func(r rune) rune {
		switch {
		case lines && (r == '\n' || r == '\t'):
			return r
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\u2028', r == '\u2029':
			return unicode.ReplacementChar
		}
		return r
	}, s)
}
