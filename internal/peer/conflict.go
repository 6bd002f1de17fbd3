package peer

import (
	"errors"
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
)

// What a mirror says when it wants something else. The types are the mirror's own,
// on both sides of the wire.
type (
	SizeConflict = mirror.SizeConflict // 409 of add-checkpoint
	InfoConflict = mirror.InfoConflict // 409 of add-entries
	Missing      = mirror.Missing      // 503 with the parts that are owed. WIRE-14
	Info         = mirror.Info         // text/x.tlog.mirror-info
	Package      = mirror.Package      // one entry package
	Result       = mirror.Result       // 200 or 202 of add-entries
	Push         = mirror.Push         // a combined push. WIRE-13
)

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
