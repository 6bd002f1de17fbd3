package stix

// wrapped says whether the object that begins here is a wrapper of objects: its
// type is bundle, or it has no type before "objects", an array, or, where nested is
// allowed, a member that has. It looks as far as Limits.Object.
func (r *Reader) wrapped(nested bool) bool {
	for {
		verdict := look(r.rest(), nested)
		if verdict != unsure {
			return verdict == wraps
		}
		if len(r.rest()) > r.limits.Object || !r.more() {
			return verdict == wraps
		}
	}
}

type verdict uint8

const (
	unsure verdict = iota // more octets may tell
	wraps
	plain
)

// look reads the names of the object at b[0] and goes over their values.
func look(b []byte, nested bool) verdict {
	typ := ""
	i := 1
	next := func() byte { // over spaces
		for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\r' || b[i] == '\t' || b[i] == ',') {
			i++
		}
		if i >= len(b) {
			return 0
		}
		return b[i]
	}
	over := func() (string, bool) { // a value
		var w skipper
		n, ok := w.over(b[i:])
		if w.scalar && !ok {
			return "", false
		}
		from := i
		i += n
		return string(b[from:min(i, from+300)]), ok
	}
	for {
		switch next() {
		case 0:
			return unsure
		case '"':
		default:
			return plain
		}
		key, ok := over()
		if !ok {
			return unsure
		}
		if i < len(b) && b[i] == ':' {
			i++
		}
		switch c := next(); {
		case c == 0:
			return unsure
		case key == `"objects"` && c == '[':
			return wraps
		case key == `"type"`:
			if typ, ok = over(); !ok {
				return unsure
			}
			if typ == `"bundle"` {
				return wraps
			}
			if len(typ) > 2 && typ[0] == '"' {
				return plain
			}
			continue
		case c == '{' && nested:
			if v := look(b[i:], false); v != plain {
				return v
			}
		}
		if _, ok := over(); !ok {
			return unsure
		}
	}
}
