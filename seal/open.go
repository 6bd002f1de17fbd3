package seal

import (
	"encoding/json"
	"io"

	"bytes"

	"filippo.io/age"

	"parley.example/parley"
)

// Opened is the inside of an entry: its hash, its age header, its context and its
// facts hold. Whether it is a message, JudgeOpened says.
type Opened struct {
	Facts      Facts
	FactsBytes []byte // the exact octets that the entry commits to
	Marking    string
	Languages  []string
	Legal      string
	Blobs      []Attachment
	Content    json.RawMessage
}

// Open opens a sealed part with the first identity that fits and returns its
// file key, which opens it again by OpenWithKey once the identity is destroyed.
// The order of the checks: the part's hash, age's header MAC, the payload, the
// context. Errors: Invalid where the part is not the one the entry names or is
// in clear; Untrusted where it does not open (the entry is unreadable, JUDGE-20);
// a *VoidError where it opens and shows that the entry is void.
func Open(env Envelope, part []byte, identities ...age.Identity) (Opened, []byte, error) {
	if env.Clear {
		return Opened{}, nil, parley.E(parley.Invalid, "part is in clear: want OpenClear")
	}
	if err := checkPart(env, part); err != nil {
		return Opened{}, nil, err
	}
	r, key, err := decryptFrom(bytes.NewReader(part), identities)
	if err != nil {
		return Opened{}, nil, err
	}
	inside := bytes.NewBuffer(make([]byte, 0, len(part)+bytes.MinRead)) // which is longer
	if _, err := inside.ReadFrom(io.LimitReader(r, parley.MaxSealed+1)); err != nil {
		return Opened{}, nil, parley.E(parley.Untrusted, "sealed part does not open: %w", err)
	}
	o, err := openInside(env, inside.Bytes())
	return o, key, err
}

// OpenWithKey opens one sealed part with its file key; errors as for Open.
func OpenWithKey(env Envelope, part, fileKey []byte) (Opened, error) {
	ids, err := withKey(fileKey)
	if err != nil {
		return Opened{}, err
	}
	o, _, err := Open(env, part, ids...)
	return o, err
}

// OpenInside reads what the caller has sealed itself and still has (Ready.Inside); it is
// as trustworthy as the caller's memory. That the entry names the part of it is for the
// caller to know. Errors as for Open.
func OpenInside(env Envelope, inside []byte) (Opened, error) {
	if env.Clear {
		return Opened{}, parley.E(parley.Invalid, "part is in clear: want OpenClear")
	}
	return openInside(env, inside)
}

// OpenClear reads a clear part; errors as for Open.
func OpenClear(env Envelope, part []byte) (Opened, error) {
	if !env.Clear {
		return Opened{}, parley.E(parley.Invalid, "part is sealed: want Open")
	}
	if err := checkPart(env, part); err != nil {
		return Opened{}, err
	}
	return openInside(env, part)
}

// OpenFacts checks facts that are shown alone against the entry. Errors are
// Untrusted where they are facts of another entry, Invalid where they are none. FACTS-3, FACTS-4
func OpenFacts(env Envelope, facts []byte) (Facts, error) {
	if parley.Sum(facts) != env.Facts {
		return Facts{}, parley.E(parley.Untrusted, "facts are not those that the entry names")
	}
	f, err := ParseFacts(facts)
	if err != nil {
		return Facts{}, err
	}
	if f.Context != env.Context() {
		return Facts{}, parley.E(parley.Untrusted, "facts belong to another entry")
	}
	return f, nil
}

func checkPart(env Envelope, part []byte) error {
	if len(part) != env.PartSize || parley.Sum(part) != env.Part {
		return parley.E(parley.Invalid, "part of %d octets is not the one that the entry names", len(part))
	}
	return nil
}

// openInside reads what stands inside. Each fault has its reason, so that whoever
// holds the file key reaches the same verdict.
func openInside(env Envelope, b []byte) (Opened, error) {
	text, err := unpad(b, env.Clear)
	if err != nil {
		return Opened{}, &VoidError{VoidPart, err}
	}
	var in inside
	if err := decode(text, &in, "inside"); err != nil {
		return Opened{}, &VoidError{VoidPart, err}
	}
	if err := in.check(); err != nil {
		return Opened{}, &VoidError{VoidPart, err}
	}
	f, err := ParseFacts([]byte(in.Facts))
	if err != nil {
		return Opened{}, &VoidError{VoidFacts, err}
	}
	if f.Context != env.Context() {
		return Opened{}, &VoidError{VoidContext, parley.E(parley.Untrusted, "this part was sealed for another entry")}
	}
	if parley.Sum([]byte(in.Facts)) != env.Facts {
		return Opened{}, &VoidError{VoidFacts, parley.E(parley.Untrusted, "facts are not those that the entry names")}
	}
	if len(in.Blobs) != len(env.Blobs) {
		return Opened{}, &VoidError{VoidBlobs, parley.E(parley.Invalid, "%d blob lines and %d attachments", len(env.Blobs), len(in.Blobs))}
	}
	return Opened{Facts: f, FactsBytes: []byte(in.Facts), Marking: in.Marking, Languages: in.Languages,
		Legal: in.Legal, Blobs: in.Blobs, Content: in.Content}, nil
}
