package parley

import "unicode/utf8"

// IsText reports whether s is valid UTF-8 of at most so many octets without control
// characters; newline and tab pass. ENTRY-30
func IsText(s string, octets int) bool { return isPlain(s, octets, true) }

// IsLine reports whether s is valid UTF-8 of at most so many octets in one line: it
// holds no control character, and none that ends a line or reorders the characters
// around it, because a name must not look like another one. ENTRY-30
func IsLine(s string, octets int) bool { return isPlain(s, octets, false) }

func isPlain(s string, octets int, lines bool) bool {
	if len(s) > octets || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		switch {
		case lines && (r == '\n' || r == '\t'):
		case r < 0x20 || r >= 0x7f && r < 0xa0:
			return false
		case !lines && (r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\ufeff'):
			return false
		}
	}
	return true
}
