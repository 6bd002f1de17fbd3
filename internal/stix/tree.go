package stix

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// kind is what a JSON value is.
type kind uint8

const (
	nothing kind = iota // what is not there
	null
	boolFalse
	boolTrue
	number
	text
	array
	object
)

var kindNames = [...]string{"nothing", "null", "a boolean", "a boolean", "a number", "a string", "an array", "an object"}

func (k kind) String() string { return kindNames[k] }

// flags say more of a node.
type flags uint8

const (
	isKey     flags = 1 << iota // the name of a property; its value is the next node
	isEscaped                   // a string with a backslash
	isUnicode                   // a string beyond ASCII
	isInteger                   // a number without fraction and exponent
)

// node is one value or key: the octets raw[start:end], and all that stand in it
// are the nodes up to next.
type node struct {
	kind  kind
	flags flags
	start uint32
	end   uint32
	next  uint32
}

// none is the node that is not there, root that of the whole value.
const (
	none uint32 = iota
	root
)

// tree is one JSON value as a flat list of nodes in the order of the text; node root is the whole.
type tree struct {
	raw   []byte
	nodes []node
}

func (t *tree) kind(n uint32) kind { return t.nodes[n].kind }

// octets are those of the text of n.
func (t *tree) octets(n uint32) []byte { return t.raw[t.nodes[n].start:t.nodes[n].end] }

// bytes is the content of string n, without copying where it has no escapes.
func (t *tree) bytes(n uint32) []byte {
	s := t.raw[t.nodes[n].start+1 : t.nodes[n].end-1]
	if t.nodes[n].flags&isEscaped == 0 {
		return s
	}
	return unescape(s)
}

// text is the content of string n; "" where n is none.
func (t *tree) text(n uint32) string {
	if t.nodes[n].kind != text {
		return ""
	}
	return string(t.bytes(n))
}

// items calls f with each element of array n until it returns false.
func (t *tree) items(n uint32) func(yield func(int, uint32) bool) {
	return func(yield func(int, uint32) bool) {
		if t.nodes[n].kind != array {
			return
		}
		for i, at := 0, n+1; at < t.nodes[n].next; i, at = i+1, t.nodes[at].next {
			if !yield(i, at) {
				return
			}
		}
	}
}

// members calls f with each key and value of object n until it returns false.
func (t *tree) members(n uint32) func(yield func(key, value uint32) bool) {
	return func(yield func(key, value uint32) bool) {
		if t.nodes[n].kind != object {
			return
		}
		for at := n + 1; at < t.nodes[n].next; at = t.nodes[at+1].next {
			if !yield(at, at+1) {
				return
			}
		}
	}
}

// get finds a property of object n; none where it has none.
func (t *tree) get(n uint32, name string) uint32 {
	for key, value := range t.members(n) {
		if string(t.bytes(key)) == name {
			return value
		}
	}
	return none
}

// count is the number of elements or members of n.
func (t *tree) count(n uint32) int {
	c := 0
	for at := n + 1; at < t.nodes[n].next; at = t.nodes[at].next {
		c++
	}
	if t.nodes[n].kind == object {
		c /= 2
	}
	return c
}

// texts are the strings of array n.
func (t *tree) texts(n uint32) []string {
	var out []string
	for _, at := range t.items(n) {
		if t.nodes[at].kind == text {
			out = append(out, string(t.bytes(at)))
		}
	}
	return out
}

// path says where node n stands, as granular selectors do.
func (t *tree) path(n uint32) string {
	var b strings.Builder
	for at := uint32(root); at != n; {
		switch t.nodes[at].kind {
		case array:
			for i, item := range t.items(at) {
				if n < t.nodes[item].next {
					dot(&b)
					b.WriteString("[" + strconv.Itoa(i) + "]")
					at = item
					break
				}
			}
		case object:
			for key, end := at+1, t.nodes[at].next; key < end; key = t.nodes[key+1].next {
				// Where a scan stopped, the last key has no value.
				if at = key + 1; int(at) == len(t.nodes) || n < t.nodes[at].next {
					dot(&b)
					b.WriteString(clip(string(t.bytes(key))))
					if n == key {
						return b.String()
					}
					break
				}
			}
		default:
			return b.String()
		}
	}
	return b.String()
}

func dot(b *strings.Builder) {
	if b.Len() > 0 {
		b.WriteByte('.')
	}
}

// unescape makes of the content of a JSON string that was scanned its text.
func unescape(s []byte) []byte {
	out := make([]byte, 0, len(s))
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 {
			return append(out, s...)
		}
		out = append(out, s[:i]...)
		switch c := s[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := four(s[i+2:])
			if r >= 0xd800 && r < 0xdc00 {
				r = (r-0xd800)<<10 + four(s[i+8:]) - 0xdc00 + 0x10000
				i += 6
			}
			out = utf8.AppendRune(out, r)
			i += 4
		default:
			out = append(out, c)
		}
		s = s[i+2:]
	}
}

func four(s []byte) rune {
	return unhex(s[0])<<12 | unhex(s[1])<<8 | unhex(s[2])<<4 | unhex(s[3])
}
