package ctl

import (
	"crypto/rand"
	"encoding/hex"
	"errors"

	"parley.example/parley"
	"parley.example/parley/internal/plain"
)

// Bounds of one call. A text or a list fits with room to spare; files go by path.
const (
	maxRequest = 4 << 20  // octets
	maxReply   = 64 << 20 // octets
	maxCalls   = 64       // at once; one more is Unavailable
)

const pathPrefix = "/ctl/v1/"

// failure is an error on the wire.
type failure struct {
	Kind     string `json:"kind"`
	Message  string `json:"message"`
	Hint     string `json:"hint,omitempty"`
	Received []byte `json:"received,omitempty"`
	Proves   bool   `json:"proves,omitempty"`
}

// kinds is the closed set, by its own words.
var kinds = [...]parley.ErrorKind{
	parley.Internal, parley.Invalid, parley.NotFound, parley.Conflict,
	parley.Forbidden, parley.Untrusted, parley.Unavailable,
}

// newFailure shows an Internal error as an id only; the caller of newFailure
// logs the cause under that id. The id is empty for every other kind.
func newFailure(err error) (f failure, id string) {
	kind := parley.KindOf(err)
	if kind == parley.Internal {
		var b [4]byte
		rand.Read(b[:])
		id = hex.EncodeToString(b[:])
		return failure{
			Kind:    kind.String(),
			Message: "internal error " + id,
			Hint:    "the log of `parley serve` has the cause under this id",
		}, id
	}
	f = failure{Kind: kind.String(), Message: plain.Words(err), Hint: parley.HintOf(err)}
	var e *parley.Error
	if errors.As(err, &e) {
		f.Received, f.Proves = e.Received, e.Proves
	}
	return f, ""
}

// err is the failure as the error it was.
func (f failure) err() error {
	e := &parley.Error{Kind: parley.Internal, Msg: f.Message, Hint: f.Hint, Received: f.Received, Proves: f.Proves}
	for _, k := range kinds {
		if k.String() == f.Kind {
			e.Kind = k
		}
	}
	return e
}
