package stix

import (
	"bytes"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// Canonical returns the canonical form of one JSON value (RFC 8785): no spaces,
// the shortest escapes, numbers as ECMAScript writes doubles, properties in the
// order of their UTF-16. The error is a *Fault.
func Canonical(raw []byte) ([]byte, error) {
	s := scanner{limits: Limits{Object: len(raw) + 1}.withDefaults()}
	t, f := s.whole(raw)
	if f != nil {
		return nil, f
	}
	return t.canonical(make([]byte, 0, len(raw)), root), nil
}

func (t *tree) canonical(out []byte, n uint32) []byte {
	switch t.kind(n) {
	case text:
		return appendText(out, t.bytes(n))
	case number:
		return appendNumber(out, string(t.octets(n)))
	case array:
		out = append(out, '[')
		for i, item := range t.items(n) {
			if i > 0 {
				out = append(out, ',')
			}
			out = t.canonical(out, item)
		}
		return append(out, ']')
	case object:
		keys := make([]uint32, 0, 16)
		for key := range t.members(n) {
			keys = append(keys, key)
		}
		return t.members8785(out, keys)
	}
	return append(out, t.octets(n)...)
}

// members8785 writes an object of these keys.
func (t *tree) members8785(out []byte, keys []uint32) []byte {
	slices.SortFunc(keys, func(a, b uint32) int { return compareUTF16(t.bytes(a), t.bytes(b)) })
	out = append(out, '{')
	for i, key := range keys {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, t.bytes(key)), ':')
		out = t.canonical(out, key+1)
	}
	return append(out, '}')
}

// compareUTF16 orders as arrays of UTF-16 code units are ordered. RFC 8785 §3.2.3
func compareUTF16(a, b []byte) int {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	for i > 0 && (i < len(a) && !utf8.RuneStart(a[i]) || i < len(b) && !utf8.RuneStart(b[i])) {
		i--
	}
	a, b = a[i:], b[i:]
	if len(a) == 0 || len(b) == 0 {
		return len(a) - len(b)
	}
	x, _ := utf8.DecodeRune(a)
	y, _ := utf8.DecodeRune(b)
	if x == y {
		return bytes.Compare(a, b)
	}
	return int(unit(x)) - int(unit(y))
}

// unit is the first code unit of r, and behind it the second.
func unit(r rune) uint64 {
	if r < 0x10000 {
		return uint64(r) << 16
	}
	high, low := utf16.EncodeRune(r)
	return uint64(high)<<16 | uint64(low)
}

func appendText(out, s []byte) []byte {
	out = append(out, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= 0x20:
			out = append(out, c)
		case c == '\b':
			out = append(out, '\\', 'b')
		case c == '\t':
			out = append(out, '\\', 't')
		case c == '\n':
			out = append(out, '\\', 'n')
		case c == '\f':
			out = append(out, '\\', 'f')
		case c == '\r':
			out = append(out, '\\', 'r')
		default:
			const digits = "0123456789abcdef"
			out = append(out, '\\', 'u', '0', '0', digits[c>>4], digits[c&15])
		}
	}
	return append(out, '"')
}

// appendNumber writes a double as ECMAScript does. RFC 8785 §3.2.2.3
func appendNumber(out []byte, s string) []byte {
	v, _ := strconv.ParseFloat(s, 64)
	if v == 0 {
		return append(out, '0')
	}
	if a := max(v, -v); a >= 1e-6 && a < 1e21 {
		return strconv.AppendFloat(out, v, 'f', -1, 64)
	}
	at := len(out)
	out = strconv.AppendFloat(out, v, 'e', -1, 64)
	// e-07 is e-7.
	if e := bytes.IndexByte(out[at:], 'e') + at; e+2 < len(out) && out[e+2] == '0' {
		out = append(out[:e+2], out[e+3:]...)
	}
	return out
}
