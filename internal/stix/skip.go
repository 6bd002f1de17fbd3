package stix

// skip goes over the value that begins here though it is not JSON: to the bracket
// that closes it, as far as can be told. It returns the octets, nil where they are
// more than Limits.Object, and false where the stream ends before the value.
//
// What is commonly wrong does not cost the next object: a bracket that is missing
// (in an object no object comes after a comma), one that does not fit, a quote
// that is missing (outside of strings stand no other letters; no string goes on
// in the next line; where objects stand one on a line, a new line is a new object).
func (r *Reader) skip() ([]byte, bool) {
	var raw []byte
	large := false
	w := skipper{lines: len(r.levels) == 0}
	for {
		b := r.rest()
		n, done := w.over(b)
		if !large {
			if len(raw)+n > r.limits.Object {
				raw, large = nil, true
			} else {
				raw = append(raw, b[:n]...)
			}
		}
		r.advance(n)
		if done {
			if w.comma && len(r.levels) > 0 {
				r.level().state = behind
			}
			return raw, true
		}
		if !r.more() {
			return raw, false
		}
	}
}

type skipper struct {
	open    []byte // brackets
	deeper  int    // more of them than are kept
	quoted  bool
	escaped bool
	last    byte // before c, spaces and what is in strings left out
	scalar  bool // the value is no array and no object
	begun   bool
	lines   bool // objects follow one another, each on a line of its own
	newline bool // before c
	comma   bool // the comma behind the value is gone over too
}

// over returns how far the value goes in b, and whether it ends there.
func (w *skipper) over(b []byte) (int, bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if w.escaped {
			w.escaped = false
			continue
		}
		begins := w.newline
		w.newline = c == '\n'
		if w.quoted {
			switch c {
			case '\\':
				w.escaped = true
			case '"', '\n':
				w.quoted = false
				w.last = '"'
				if w.scalar {
					return i + 1, true
				}
			}
			continue
		}
		switch c {
		case ' ', '\t', '\r', '\n':
			if w.scalar && w.last != 0 {
				return i, true
			}
			continue
		case '"':
			w.quoted = true
		case '{', '[':
			if w.scalar {
				return i, true
			}
			if begins && w.lines && w.begun && c == '{' {
				return i, true
			}
			if c == '{' && w.last == ',' && len(w.open) > 0 && w.open[len(w.open)-1] == '{' {
				w.comma = true
				return i, true // the object before has no end
			}
			if len(w.open) < 1<<16 {
				w.open = append(w.open, c)
			} else {
				w.deeper++
			}
		case '}', ']':
			for n := len(w.open); n > 0; n-- {
				if w.deeper > 0 {
					w.deeper--
					break
				}
				if w.open[n-1]+2 == c { // of what is open, the innermost that fits
					w.open = w.open[:n-1]
					break
				}
			}
			if w.scalar {
				return i, true
			}
			if len(w.open) == 0 {
				return i + 1, true
			}
		case ',':
			if w.scalar {
				return i, true
			}
		case ':', '-', '+', '.':
		default:
			if c >= '0' && c <= '9' || letters[c] {
				break
			}
			w.quoted = true // a quote was missing before it
		}
		if !w.begun {
			w.begun = true
			w.scalar = c != '{' && c != '['
		}
		w.last = c
	}
	return len(b), false
}

// letters are those of true, false, null and of exponents.
var letters = [256]bool{'t': true, 'r': true, 'u': true, 'e': true, 'f': true, 'a': true, 'l': true, 's': true, 'n': true, 'E': true}
