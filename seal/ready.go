package seal

import (
	"bytes"

	"parley.example/parley"
)

// ReleaseHolds reports whether a message that is released has the signature of the
// release key that is in force at a place of its journal; true where it has none. JUDGE-10
func (r *Ready) ReleaseHolds(ref parley.Ref, law Law) (bool, error) {
	if !r.Released() {
		return true, nil
	}
	env, err := r.Envelope()
	if err != nil {
		return false, err
	}
	return releasedBy(env, ref, law), nil
}

// Unrelease takes the second signature away, so that another key can give it.
func (r *Ready) Unrelease() {
	if r.Released() {
		head := bytes.TrimSuffix(r.Lines, []byte("\n"))
		r.Lines = bytes.Clone(r.Lines[:bytes.LastIndexByte(head, '\n')+1])
	}
}

// Envelope is what the lines say; its time is none of anybody's. Invalid where they
// are no lines.
func (r *Ready) Envelope() (Envelope, error) {
	env, err := parseText(string(r.Lines) + "time 2000-01-01T00:00:00Z\n") // the node fills in the time when it appends
	if err != nil {
		err = parley.E(parley.Invalid, "message that waits: %w", err)
	}
	return env, err
}

// Open shows what a message says that has no place in a journal yet, by its own
// file key. Errors as for Open; Invalid where the lines are none.
func (r *Ready) Open() (Opened, error) {
	env, err := r.Envelope()
	if err != nil {
		return Opened{}, err
	}
	if r.Clear {
		return OpenClear(env, r.Sealed)
	}
	return OpenWithKey(env, r.Sealed, r.FileKey)
}
