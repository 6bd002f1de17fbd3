package journal

import (
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// packed is a sealed message as the outbox keeps it. It never leaves the node.
type packed struct {
	Lines   []byte `json:"lines"`
	Sealed  []byte `json:"sealed"`
	Clear   bool   `json:"clear,omitempty"`
	Facts   []byte `json:"facts"`
	FileKey []byte `json:"file_key,omitempty"` // wrapped
}

// Pack makes the payload of a sealed message for the outbox; its file key is
// wrapped, and left out where keep is nil.
func Pack(o parley.Origin, r *seal.Ready, keep Keep) ([]byte, error) {
	p := packed{Lines: r.Lines, Sealed: r.Sealed, Clear: r.Clear, Facts: r.Facts}
	if keep != nil && r.FileKey != nil {
		var err error
		if p.FileKey, err = keep.Wrap(outboxLabel(o, r.Facts), r.FileKey); err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(p)
	if err != nil {
		return nil, parley.E(parley.Internal, "pack message: %w", err)
	}
	return b, nil
}

// Unpack is the inverse of Pack.
func Unpack(o parley.Origin, payload []byte, keep Keep) (*seal.Ready, error) {
	var p packed
	if err := json.Unmarshal(payload, &p); err != nil {
		return nil, parley.E(parley.Internal, "unpack message: %w", err)
	}
	r := &seal.Ready{Lines: p.Lines, Sealed: p.Sealed, Clear: p.Clear, Facts: p.Facts}
	if keep != nil && p.FileKey != nil {
		var err error
		if r.FileKey, err = keep.Unwrap(outboxLabel(o, p.Facts), p.FileKey); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// outboxLabel binds the wrapped key to its message by the message's salted facts.
func outboxLabel(o parley.Origin, facts []byte) string {
	return "outbox " + string(o) + " " + parley.Sum(facts).String()
}

// peekTime stands where a time will stand.
var peekTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Peek reads the fields of a message that waits: who speaks to whom, its nonce,
// its attachments. Time and mirrored lines are not there yet, nor an identity.
func Peek(r *seal.Ready) (seal.Envelope, error) {
	raw, err := seal.Sign(r, peekTime, nil, peekSigner{})
	if err != nil {
		return seal.Envelope{}, err
	}
	return seal.ParseEntry(raw)
}
