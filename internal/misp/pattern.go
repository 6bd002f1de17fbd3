package misp

import (
	"encoding/json"
	"strings"
)

// term is one comparison of a flat pattern: path = value.
type term struct{ path, value string }

// maxTerm is the longest value that a pattern compares: not a whole sample.
const maxTerm = 16 << 10

// patternText writes [a = 'x' AND b = 2]; ok is false where a value is missing.
func (v *values) patternText(row [][2]string) (string, bool) {
	var b strings.Builder
	b.WriteByte('[')
	n := 0
	for _, pair := range row {
		made, ok := v.fillText(pair[1])
		if s, _ := made.(string); !ok || len(s) > maxTerm {
			continue
		}
		if n++; n > 1 {
			b.WriteString(" AND ")
		}
		b.WriteString(pair[0])
		b.WriteString(" = ")
		switch made := made.(type) {
		case json.Number:
			b.WriteString(made.String())
		case string:
			b.WriteString(quote(made))
		}
	}
	b.WriteByte(']')
	return b.String(), n > 0
}

// quote writes a string literal of the patterning language. OASIS STIX 2.1 §9.2
func quote(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}

// parseFlat reads a pattern of one observation whose comparisons are equalities
// that must all hold: the form that MISP's converter writes. ok is false for
// every other pattern.
func parseFlat(s string) ([]term, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return nil, false
	}
	s = s[1 : len(s)-1]
	var terms []term
	for {
		path, rest, ok := cutPath(s)
		if !ok {
			return nil, false
		}
		value, rest, ok := cutLiteral(rest)
		if !ok {
			return nil, false
		}
		terms = append(terms, term{path, value})
		rest = strings.TrimLeft(rest, " \t\r\n")
		if rest == "" {
			return terms, true
		}
		if s, ok = strings.CutPrefix(rest, "AND "); !ok {
			return nil, false
		}
	}
}

// cutPath takes an object path and the equals sign after it.
func cutPath(s string) (path, rest string, ok bool) {
	s = strings.TrimLeft(s, " \t\r\n")
	quoted := false
	for i := range len(s) {
		switch c := s[i]; {
		case c == '\'':
			quoted = !quoted
		case quoted:
		case c == '=':
			path = strings.TrimRight(s[:i], " \t\r\n")
			return path, strings.TrimLeft(s[i+1:], "= \t\r\n"), strings.Contains(path, ":") && !strings.ContainsAny(path, " !()<>")
		case c == '[' && !strings.HasPrefix(s[i:], "[*]"), c == '(':
			return "", "", false
		}
	}
	return "", "", false
}

// cutLiteral takes a string or a number.
func cutLiteral(s string) (value, rest string, ok bool) {
	if s == "" {
		return "", "", false
	}
	if s[0] != '\'' {
		end := strings.IndexAny(s, " \t\r\n")
		if end < 0 {
			end = len(s)
		}
		return s[:end], s[end:], strings.IndexByte("0123456789-tf", s[0]) >= 0
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case c == '\'':
			return b.String(), s[i+1:], true
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// unifyPattern binds a row's placeholders to the values of a flat pattern, each
// of whose terms it must explain. With some, terms that the row does not name are
// passed over, as long as one is named.
func (v *values) unifyPattern(row [][2]string, terms []term, some bool) bool {
	if len(row) == 0 || !some && len(row) != len(terms) {
		return false
	}
	found := 0
	for _, pair := range row {
		for _, t := range terms {
			if plain(t.path) == plain(pair[0]) {
				if v.unifyText(pair[1], t.value) {
					found++
				}
				break
			}
		}
	}
	return found > 0 && (some || found == len(row))
}
