package stix

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scanner turns the octets of one JSON value into a tree in one pass. It takes
// I-JSON (RFC 7493) alone: strict RFC 8259, UTF-8, no lone surrogates, no
// duplicate keys, numbers that a double can hold.
type scanner struct {
	b      []byte
	nodes  []node
	seen   []uint64 // a mark of each key of the objects that are open
	depth  int
	limits Limits
	refs   []named  // the keys that end in _ref or _refs
	keys   []uint32 // those whose values are being read

	often map[string]string // strings that came before; nil: none are kept
}

// named is a key and its path without indexes; "" where that is the key itself.
type named struct {
	key  uint32
	path string
}

// short is what a scan gives where the octets end before the value does.
var short = &Fault{Rule: "json", Message: "it ends in the middle"}

// few is how many keys are compared one by one before a table takes over.
const few = 24

// scan reads one value at b[at:] and returns where it ends. The scanner's nodes
// are those of this value, until the next scan.
func (s *scanner) scan(b []byte, at int) (int, *Fault) {
	s.b, s.nodes, s.seen, s.refs, s.keys, s.depth = b, append(s.nodes[:0], node{next: root}), s.seen[:0], s.refs[:0], s.keys[:0], 0
	return s.value(at)
}

func (s *scanner) value(i int) (int, *Fault) {
	if i >= len(s.b) {
		return i, short
	}
	switch c := s.b[i]; c {
	case '"':
		return s.text(i, 0)
	case '{':
		return s.object(i)
	case '[':
		return s.array(i)
	case 't':
		return s.word(i, "true", boolTrue)
	case 'f':
		return s.word(i, "false", boolFalse)
	case 'n':
		return s.word(i, "null", null)
	default:
		if c == '-' || c-'0' < 10 {
			return s.number(i)
		}
		return i, s.wrong(i, "a value")
	}
}

// wrong says what stands at i and what would be right.
func (s *scanner) wrong(i int, want string) *Fault {
	if i >= len(s.b) {
		return short
	}
	found := strconv.QuoteRune(rune(s.b[i]))
	if s.b[i] >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(s.b[i:])
		if r == utf8.RuneError && n <= 1 {
			if !utf8.FullRune(s.b[i:]) {
				return short
			}
			return s.badUTF8(i)
		}
		found = strconv.QuoteRune(r)
	}
	return &Fault{Rule: "json", Offset: int64(i), Message: fmt.Sprintf("%s stands where %s should", found, want)}
}

// wrongByte says what stands at the start of b.
func (s *scanner) wrongByte(b []byte, want string) Fault {
	s.b = b
	return *s.wrong(0, want)
}

func (s *scanner) badUTF8(i int) *Fault {
	return &Fault{Rule: "utf-8", Offset: int64(i), Message: fmt.Sprintf("octet 0x%02x is not UTF-8: the text must be UTF-8 (RFC 8259 §8.1)", s.b[i])}
}

func (s *scanner) add(n node) (uint32, *Fault) {
	if len(s.nodes) >= s.limits.Nodes {
		return 0, &Fault{Rule: "nodes", Offset: int64(n.start), Message: fmt.Sprintf("more than %d values and keys in one object: split it", s.limits.Nodes)}
	}
	s.nodes = append(s.nodes, n)
	return uint32(len(s.nodes) - 1), nil
}

func (s *scanner) word(i int, w string, k kind) (int, *Fault) {
	end := i + len(w)
	if end > len(s.b) {
		if bytes.HasPrefix([]byte(w), s.b[i:]) {
			return i, short
		}
		return i, s.wrong(i, "a value")
	}
	if string(s.b[i:end]) != w {
		return i, s.wrong(i, "a value (true, false or null)")
	}
	_, f := s.add(node{kind: k, start: uint32(i), end: uint32(end), next: uint32(len(s.nodes) + 1)})
	return end, f
}

// number reads -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number(i int) (int, *Fault) {
	b, start, whole := s.b, i, true
	if b[i] == '-' {
		i++
	}
	digits := func(what string) *Fault {
		from := i
		for i < len(b) && b[i]-'0' < 10 {
			i++
		}
		if i == from {
			return s.wrong(i, what)
		}
		return nil
	}
	if i < len(b) && b[i] == '0' {
		if i++; i < len(b) && b[i]-'0' < 10 {
			return i, s.wrong(i, "the end of a number that begins with 0")
		}
	} else if f := digits("a digit"); f != nil {
		return i, f
	}
	if i < len(b) && b[i] == '.' {
		whole = false
		i++
		if f := digits("a digit of the fraction"); f != nil {
			return i, f
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		whole = false
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		if f := digits("a digit of the exponent"); f != nil {
			return i, f
		}
	}
	if i >= len(b) && s.depth > 0 {
		return i, short
	}
	if i-start > 300 || !whole {
		// The error of ParseFloat alone says too large; what is too small is 0.
		if v, err := strconv.ParseFloat(string(b[start:i]), 64); err != nil || math.IsInf(v, 0) {
			return i, &Fault{Rule: "number", Offset: int64(start), Message: "the number is larger than a double can hold (RFC 7493 §2.2)"}
		}
	}
	n := node{kind: number, start: uint32(start), end: uint32(i), next: uint32(len(s.nodes) + 1)}
	if whole {
		n.flags = isInteger
	}
	_, f := s.add(n)
	return i, f
}

// text reads a string with its quotes and adds a node of it.
func (s *scanner) text(i int, fl flags) (int, *Fault) {
	b, start, ascii := s.b, i, true
	for i++; ; {
		// Eight octets at a time as long as none of them is a quote, a backslash,
		// a control character or beyond ASCII.
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			if m := special(w); m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				goto found
			}
			i += 8
		}
		for i < len(b) && b[i] != '"' && b[i] != '\\' && b[i] >= 0x20 && b[i] < utf8.RuneSelf {
			i++
		}
		if i >= len(b) {
			return i, short
		}
	found:
		switch c := b[i]; {
		case c == '"':
			if !ascii {
				fl |= isUnicode
				if at := invalid(b[start:i]); at >= 0 {
					return i, s.badUTF8(start + at)
				}
			}
			n := node{kind: text, flags: fl, start: uint32(start), end: uint32(i + 1), next: uint32(len(s.nodes) + 1)}
			_, f := s.add(n)
			return i + 1, f
		case c == '\\':
			fl |= isEscaped
			end, f := s.escape(i)
			if f != nil {
				return i, f
			}
			i = end
		case c >= utf8.RuneSelf:
			ascii = false
			for i++; i < len(b) && b[i] >= utf8.RuneSelf; i++ {
			}
		default:
			return i, &Fault{Rule: "json", Offset: int64(i), Message: fmt.Sprintf("control character 0x%02x in a string: write \\u%04x (RFC 8259 §7)", c, c)}
		}
	}
}

// special has the top bit set in the lowest octet that is ", \, below 0x20 or above 0x7f.
// Octets above the lowest may be marked wrongly; only the lowest counts.
func special(w uint64) uint64 {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	quote := w ^ ones*'"'
	slash := w ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (w-ones*0x20)&^w | w) & tops
}

// invalid returns where b stops to be UTF-8, -1 where it does not.
func invalid(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return -1
}

// escape reads one escape at i, a pair of surrogates as one.
func (s *scanner) escape(i int) (int, *Fault) {
	b := s.b
	if i+1 >= len(b) {
		return i, short
	}
	switch b[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2, nil
	case 'u':
	default:
		return i, &Fault{Rule: "json", Offset: int64(i), Message: fmt.Sprintf("the escape \\%s does not exist: a backslash itself is written \\\\ (RFC 8259 §7)", printable(b[i+1]))}
	}
	r, f := s.hex(i)
	if f != nil {
		return i, f
	}
	switch {
	case r < 0xd800 || r > 0xdfff:
		return i + 6, nil
	case r < 0xdc00:
		if i+6 >= len(b) || b[i+6] == '\\' && i+7 >= len(b) {
			return i, short
		}
		if b[i+6] == '\\' && b[i+7] == 'u' {
			low, f := s.hex(i + 6)
			if f != nil {
				return i, f
			}
			if low >= 0xdc00 && low <= 0xdfff {
				return i + 12, nil
			}
		}
	}
	return i, &Fault{Rule: "surrogate", Offset: int64(i), Message: fmt.Sprintf("\\u%04x is half of a pair: both halves must stand together (RFC 7493 §2.1)", r)}
}

func printable(c byte) string {
	if c > 0x20 && c < 0x7f {
		return string(rune(c))
	}
	return fmt.Sprintf("0x%02x", c)
}

func (s *scanner) hex(i int) (rune, *Fault) {
	var r rune
	for j := i + 2; j < i+6; j++ {
		if j >= len(s.b) {
			return 0, short
		}
		d := unhex(s.b[j])
		if d < 0 {
			return 0, s.wrong(j, "one of four hexadecimal digits of a \\u escape")
		}
		r = r<<4 | d
	}
	return r, nil
}

func unhex(c byte) rune {
	switch {
	case c-'0' < 10:
		return rune(c - '0')
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

func (s *scanner) space(i int) int {
	for i < len(s.b) && (s.b[i] == ' ' || s.b[i] == '\n' || s.b[i] == '\r' || s.b[i] == '\t') {
		i++
	}
	return i
}

func (s *scanner) open(i int, k kind) (uint32, *Fault) {
	if s.depth++; s.depth > s.limits.Depth {
		return 0, &Fault{Rule: "depth", Offset: int64(i), Message: fmt.Sprintf("arrays and objects stand more than %d deep within one another", s.limits.Depth)}
	}
	return s.add(node{kind: k, start: uint32(i)})
}

func (s *scanner) close(n uint32, i int) {
	s.depth--
	s.nodes[n].end, s.nodes[n].next = uint32(i), uint32(len(s.nodes))
}

func (s *scanner) array(i int) (int, *Fault) {
	self, f := s.open(i, array)
	if f != nil {
		return i, f
	}
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == ']' {
		s.close(self, i+1)
		return i + 1, nil
	}
	for n := 0; ; n++ {
		if i, f = s.value(i); f != nil {
			return i, f
		}
		if i = s.space(i); i >= len(s.b) {
			return i, short
		}
		switch s.b[i] {
		case ']':
			s.close(self, i+1)
			return i + 1, nil
		case ',':
			comma := i
			if i = s.space(i + 1); i < len(s.b) && s.b[i] == ']' {
				return i, trailing(comma)
			}
		default:
			return i, s.wrong(i, "a comma or the end of the array")
		}
	}
}

func trailing(i int) *Fault {
	return &Fault{Rule: "comma", Offset: int64(i), Message: "a comma with nothing after it: take it away"}
}

func (s *scanner) object(i int) (int, *Fault) {
	self, f := s.open(i, object)
	if f != nil {
		return i, f
	}
	marks := len(s.seen)
	var table map[string]struct{}
	if i = s.space(i + 1); i < len(s.b) && s.b[i] == '}' {
		s.close(self, i+1)
		return i + 1, nil
	}
	for {
		if i >= len(s.b) {
			return i, short
		}
		if s.b[i] != '"' {
			return i, s.wrong(i, "the name of a property in quotes")
		}
		key := uint32(len(s.nodes))
		if i, f = s.text(i, isKey); f != nil {
			return i, f
		}
		if f = s.unique(self, key, marks, &table); f != nil {
			return i, f
		}
		if i = s.space(i); i >= len(s.b) {
			return i, short
		}
		if s.b[i] != ':' {
			return i, s.wrong(i, "a colon")
		}
		s.keys = append(s.keys, key)
		if i, f = s.value(s.space(i + 1)); f != nil {
			return i, f
		}
		s.keys = s.keys[:len(s.keys)-1]
		if i = s.space(i); i >= len(s.b) {
			return i, short
		}
		switch s.b[i] {
		case '}':
			s.seen = s.seen[:marks]
			s.close(self, i+1)
			return i + 1, nil
		case ',':
			comma := i
			if i = s.space(i + 1); i < len(s.b) && s.b[i] == '}' {
				return i, trailing(comma)
			}
		default:
			return i, s.wrong(i, "a comma or the end of the object")
		}
	}
}

// unique refuses a key that its object has already, and notes references.
func (s *scanner) unique(self, key uint32, marks int, table *map[string]struct{}) *Fault {
	t := tree{raw: s.b, nodes: s.nodes}
	k := t.bytes(key)
	twice := func() *Fault {
		return &Fault{Rule: "duplicate-key", Offset: int64(s.nodes[key].start), Message: fmt.Sprintf("the property %q stands twice in one object (RFC 7493 §2.3)", clip(string(k)))}
	}
	if n := len(k); n > 4 && (string(k[n-4:]) == "_ref" || string(k[n-5:]) == "_refs") {
		s.refs = append(s.refs, named{key, s.above(&t, k)})
	}
	if *table != nil {
		if _, ok := (*table)[string(k)]; ok {
			return twice()
		}
		(*table)[string(k)] = struct{}{}
		return nil
	}
	m := mark(k)
	for _, other := range s.seen[marks:] {
		if other != m {
			continue
		}
		for at := self + 1; at < key; at = s.nodes[at+1].next {
			if bytes.Equal(t.bytes(at), k) {
				return twice()
			}
		}
		break
	}
	if s.seen = append(s.seen, m); len(s.seen)-marks > few {
		*table = make(map[string]struct{}, 4*few)
		for at := self + 1; at < key; at = s.nodes[at+1].next {
			(*table)[string(t.bytes(at))] = struct{}{}
		}
		(*table)[string(k)] = struct{}{}
	}
	return nil
}

// above is the path of key k, without indexes, where it stands in other values.
func (s *scanner) above(t *tree, k []byte) string {
	if len(s.keys) == 0 {
		return ""
	}
	var b strings.Builder
	for _, key := range s.keys {
		b.WriteString(clip(string(t.bytes(key))))
		b.WriteByte('.')
	}
	b.Write(k)
	return b.String()
}

// mark tells most different keys apart: length, first and last eight octets.
func mark(k []byte) uint64 {
	if len(k) >= 8 {
		return binary.LittleEndian.Uint64(k)*0x9e3779b97f4a7c15 ^ binary.LittleEndian.Uint64(k[len(k)-8:]) ^ uint64(len(k))
	}
	m := uint64(len(k))
	for _, c := range k {
		m = m<<8 | uint64(c)
	}
	return m
}

// clip shortens what a message quotes of foreign text.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	n := most
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
