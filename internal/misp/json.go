package misp

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// member is one member of a JSON object whose order is kept.
type member struct {
	name  string
	value any
}

// ordered is a JSON object whose members are written in this order.
type ordered []member

// appendJSON writes what this package makes: ordered, map[string]any (its names
// in order of the alphabet, those that a reader looks for first before them),
// lists, text, numbers, truth values and json.RawMessage.
func appendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case ordered:
		dst = append(dst, '{')
		for i, m := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(appendText(dst, m.name), ':')
			dst = appendJSON(dst, m.value)
		}
		return append(dst, '}')
	case map[string]any:
		return appendJSON(dst, inOrder(v))
	case []any:
		return appendList(dst, v)
	case []string:
		return appendList(dst, v)
	case []ordered:
		return appendList(dst, v)
	case []map[string]any:
		return appendList(dst, v)
	case string:
		return appendText(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case json.Number:
		return append(dst, v...)
	case float64:
		return strconv.AppendFloat(dst, v, 'f', -1, 64)
	case json.RawMessage:
		return append(dst, v...)
	}
	return append(dst, "null"...)
}

func appendList[T any](dst []byte, all []T) []byte {
	dst = append(dst, '[')
	for i, v := range all {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendJSON(dst, v)
	}
	return append(dst, ']')
}

var first = []string{"type", "spec_version", "id", "created_by_ref", "created", "modified", "name", "description"}

func inOrder(m map[string]any) ordered {
	all := make(ordered, 0, len(m))
	for _, name := range first {
		if v, ok := m[name]; ok {
			all = append(all, member{name, v})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(first, name) {
			all = append(all, member{name, m[name]})
		}
	}
	return all
}

// appendText writes a JSON string; what is no UTF-8 becomes U+FFFD.
func appendText(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c == '\r':
			dst = append(dst, '\\', 'r')
		case c == '\t':
			dst = append(dst, '\\', 't')
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		case c < utf8.RuneSelf:
			dst = append(dst, c)
		default:
			r, n := utf8.DecodeRuneInString(s[i:])
			dst = utf8.AppendRune(dst, r)
			i += n
			continue
		}
		i++
	}
	return append(dst, '"')
}

// stamp writes created and modified, which STIX keeps to the millisecond.
func stamp(t time.Time) string {
	if t.Nanosecond()%1e6 != 0 {
		return t.UTC().Format("2006-01-02T15:04:05.000000Z")
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// instant writes any other time of STIX: with a fraction only where it has one.
func instant(t time.Time) string {
	if t.Nanosecond() == 0 {
		return t.UTC().Format("2006-01-02T15:04:05Z")
	}
	return stamp(t)
}
