package stix

import "parley.example/parley"

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
	return f.Path + ": " + f.Message
}

// Unwrap makes parley.KindOf say Invalid.
func (f *Fault) Unwrap() error { return parley.E(parley.Invalid, "%s", f.Error()) }
