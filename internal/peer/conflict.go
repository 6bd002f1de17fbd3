package peer

import (
	"errors"
	"fmt"
	"time"

	"parley.example/parley"
)

// SizeConflict is the 409 of add-checkpoint: the size that the other side holds.
type SizeConflict struct{ Size uint64 }

func (e *SizeConflict) Error() string {
	return fmt.Sprintf("the checkpoint held has size %d: want a proof from that size", e.Size)
}
func (e *SizeConflict) Unwrap() error { return parley.E(parley.Conflict, "another size is held") }

// InfoConflict is the 409 of add-entries: which upload the mirror wants.
type InfoConflict struct{ Info }

func (e *InfoConflict) Error() string {
	return fmt.Sprintf("want the entries from %d to a checkpoint of size %d", e.Next, e.Size)
}
func (e *InfoConflict) Unwrap() error { return parley.E(parley.Conflict, "other entries are wanted") }

// Missing is the 503 of a mirror that may not cosign yet: it lacks parts of
// entries addressed to its party. WIRE-14
type Missing struct{ Parts []parley.Hash }

func (e *Missing) Error() string {
	if len(e.Parts) == 1 {
		return fmt.Sprintf("sealed part %s is missing: want it first, or an entry of kind gone", e.Parts[0])
	}
	return fmt.Sprintf("%d sealed parts are missing: want them first, or entries of kind gone", len(e.Parts))
}
func (e *Missing) Unwrap() error { return parley.E(parley.Unavailable, "sealed parts are missing") }

// OffsetConflict is the 409 of a blob upload: how many octets are held.
type OffsetConflict struct{ Held int64 }

func (e *OffsetConflict) Error() string {
	return fmt.Sprintf("%d octets of the blob are held: want the octets from there", e.Held)
}
func (e *OffsetConflict) Unwrap() error { return parley.E(parley.Conflict, "other octets are wanted") }

// Busy is a 429 or 503 that says when to come again.
type Busy struct {
	After time.Duration
	Err   error // of kind Unavailable
}

func (e *Busy) Error() string { return e.Err.Error() }
func (e *Busy) Unwrap() error { return e.Err }

// RetryAfter is how long the other side asked us to wait; 0 where it did not.
func RetryAfter(err error) time.Duration {
	var b *Busy
	if errors.As(err, &b) {
		return b.After
	}
	return 0
}
