package agreement

import (
	"strings"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// reader takes the lines of a small text apart: "word value value". The first
// line that does not fit ends the reading; each text is then written again and
// must come out the same, so that one statement has one spelling.
type reader struct {
	rest string
	err  error
}

func (r *reader) fail(want string) {
	if r.err == nil {
		line, _, _ := strings.Cut(r.rest, "\n")
		r.err = parley.E(parley.Invalid, "line %s; want: %s", quote(line), want)
	}
}

// exact takes a line that is known in full.
func (r *reader) exact(line string) {
	rest, ok := strings.CutPrefix(r.rest, line+"\n")
	if !ok {
		r.fail(line)
		return
	}
	r.rest = rest
}

// next takes a line if it begins with the word, and returns its n values.
func (r *reader) next(word string, n int, want string) ([]string, bool) {
	line, rest, ok := strings.Cut(r.rest, "\n")
	f := strings.Split(line, " ")
	if r.err != nil || !ok || f[0] != word {
		return nil, false
	}
	if n > 0 && len(f) != n+1 {
		r.fail(word + " " + want)
		return nil, false
	}
	r.rest = rest
	return f[1:], true
}

// must is next for a line that has to be there.
func (r *reader) must(word string, n int, want string) []string {
	f, ok := r.next(word, n, want)
	if !ok {
		r.fail(word + " " + want)
		return make([]string, max(n, 1))
	}
	return f
}

// end: nothing may follow.
func (r *reader) end() error {
	if r.err == nil && r.rest != "" {
		r.fail("no more lines")
	}
	return r.err
}

// keep notes the first error of a value.
func (r *reader) keep(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
}

func (r *reader) key(s string, typ byte, name string) proof.Key {
	k, err := proof.ParseVKey(s)
	r.keep(err)
	if err == nil && (k.Type != typ || k.Name != name) {
		r.keep(parley.E(parley.Invalid, "key %s of type 0x%02x: want one named %s of type 0x%02x", k.Name, k.Type, name, typ))
	}
	return k
}

func (r *reader) hash(s string) parley.Hash { h, err := parley.ParseHash(s); r.keep(err); return h }
func (r *reader) origin(s string) parley.Origin {
	o, err := parley.ParseOrigin(s)
	r.keep(err)
	return o
}
func (r *reader) bodyName(s string) parley.Body { b, err := parley.ParseBody(s); r.keep(err); return b }
func (r *reader) size(s string) uint64          { n, err := parley.ParseSize(s); r.keep(err); return n }
