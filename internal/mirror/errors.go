package mirror

import (
	"fmt"

	"parley.example/parley"
)

// SizeConflict says which size the next consistency proof must begin at: the 409
// of add-checkpoint. c2sp.org/tlog-witness
type SizeConflict struct{ Size uint64 }

func (e *SizeConflict) Error() string {
	return fmt.Sprintf("the checkpoint held has size %d: want a proof from that size", e.Size)
}
func (e *SizeConflict) Unwrap() error { return parley.E(parley.Conflict, "another size is held") }

// Info says which upload a mirror wants next. c2sp.org/tlog-mirror, add-entries
type Info struct {
	Size   uint64 // of a valid pending checkpoint
	Next   uint64 // the next entry
	Ticket []byte // always empty: pending checkpoints are kept here. JOURNAL-41
}

// InfoConflict is the 409 of add-entries.
type InfoConflict struct{ Info }

func (e *InfoConflict) Error() string {
	return fmt.Sprintf("want the entries from %d to a checkpoint of size %d", e.Next, e.Size)
}
func (e *InfoConflict) Unwrap() error { return parley.E(parley.Conflict, "other entries are wanted") }

// Missing is why a checkpoint is not cosigned yet: parts of entries addressed to
// our party are not held, nor called gone. The first few are named. JOURNAL-44
type Missing struct{ Parts []parley.Hash }

func (e *Missing) Error() string {
	return fmt.Sprintf("sealed part %s is missing (%d in all so far): want it first, or an entry of kind gone", e.Parts[0], len(e.Parts))
}
func (e *Missing) Unwrap() error {
	return parley.E(parley.Unavailable, "sealed parts are missing")
}

// maxMissing bounds how many missing parts one answer names.
const maxMissing = 64
