package stix

import (
	"strings"
	"unicode/utf8"

	"parley.example/parley"
)

// Fault is one rule that an object, or a stream of objects, does not keep.
type Fault struct {
	Rule    string // a short word that stays the same: "json", "depth", "duplicate-key", "required", "timestamp", ...
	Path    string // where in the object, as a granular selector has it: "kill_chain_phases.[0].phase_name"; empty for the whole
	Message string // what is wrong and what would be right, one sentence for people
	Clause  string // the clause of OASIS STIX 2.1 that says so, "3.2"; empty for rules of JSON and of our Limits
	Offset  int64  // octets from the start of the object (of the stream, where it has no object); -1 where it is not known
}

func (f *Fault) Error() string {
	if f.Path == "" {
		return f.Message
	}
	return headTail(f.Path) + ": " + f.Message
}

// headTail is a path for people: of one that is very deep the head and the tail.
func headTail(path string) string {
	const head, tail = 80, 40
	if len(path) <= head+tail {
		return path
	}
	cut := func(s string, at int) int { // where a step begins
		if i := strings.IndexByte(s[at:], '.'); i >= 0 && i < tail {
			return at + i
		}
		for at < len(s) && !utf8.RuneStart(s[at]) {
			at++
		}
		return at
	}
	from, to := cut(path, head), cut(path, len(path)-tail)
	if to <= from {
		return path
	}
	return path[:from] + " … " + strings.TrimPrefix(path[to:], ".")
}

// Unwrap makes parley.KindOf say Invalid.
func (f *Fault) Unwrap() error { return parley.E(parley.Invalid, "%s", f.Error()) }
