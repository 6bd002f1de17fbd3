package evidence

import (
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Bounds, checked before anything is parsed or verified. EVIDENCE-1
const (
	MaxFile   = 64 << 20 // octets
	maxAbout  = 64
	maxLeaves = 1 << 17 // entries of all runs together
	maxProofs = 64      // proofs of one entry
)

// What a file can be about. EVIDENCE-4
const (
	AboutMessage = "message" // an entry, who signed it and who holds it
	AboutSilence = "silence" // that a party has not answered it
	AboutFork    = "fork"    // that a journal has two histories
	AboutReview  = "review"  // what two parties said to one another up to a cut
)

// About is one thing that the file was made to show.
type About struct {
	What   string
	Ref    parley.Ref    // message, silence
	Party  parley.Party  // silence: who has not answered
	Origin parley.Origin // fork

	Instant time.Time       // review, and what follows
	Parties [2]parley.Party // in the order of the agreement
	Cut     []Cut
}

// Cut is one journal at one size. REVIEW-1
type Cut struct {
	Origin parley.Origin
	Size   uint64
	Root   tlog.Hash
}

// File is a file that has been read: its sum holds, nothing in it is verified.
// Only Parse and Build make one; not to be changed.
type File struct {
	About     []About
	Agreement []byte // the founding text with its lines
	Steps     []Step
	Forks     []Fork
}

// Step is one entry with its proofs, or a run of entries. Exactly one is set.
type Step struct {
	Leaf *Leaf
	Run  *Run
}

// Leaf is one entry and what is opened of it.
type Leaf struct {
	Ref    parley.Ref
	Raw    []byte   // the entry
	Clear  []byte   // its clear part, or nil
	Facts  []byte   // its facts alone, or nil
	Part   []byte   // its sealed part, with Key, or nil
	Key    []byte   // the part's age file key
	Proofs [][]byte // tlog-proofs; none within a run
}

// Run is every entry of [Start, End) of one journal, so that none is left out.
type Run struct {
	Origin     parley.Origin
	Start, End uint64
	Frontier   []tlog.Hash         // the complete subtrees, from the left, of the tree of size Start
	Checkpoint proof.RawCheckpoint // of size End
	Leaves     []Leaf
	Cosigned   []Cosigned // of a review, sizes ascending
}

// Cosigned is cosignature lines on the tree of a size within a run. REVIEW-17
type Cosigned struct {
	Size  uint64
	Lines []byte
}

// Fork is two histories of one journal, in proof's text form.
type Fork struct {
	Origin parley.Origin
	Text   []byte
}
