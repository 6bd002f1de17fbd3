package evidence

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// Kinds of statements.
const (
	SaysSigned    = "signed"    // all parties signed the agreement
	SaysWritten   = "written"   // a body wrote a message
	SaysDelivered = "delivered" // an addressee held it
	SaysExisted   = "existed"   // somebody who is not the author held or saw it by a time
	SaysQuorum    = "quorum"    // the agreement's policy is met
	SaysFacts     = "facts"     // what the message is, without its text
	SaysText      = "text"      // what the message says
	SaysSilence   = "silence"   // nobody answered
	SaysFork      = "fork"      // a journal has two histories
	SaysWhole     = "whole"     // nothing is left out of a journal up to a size
)

// Statement is one sentence and whom it binds.
type Statement struct {
	Says     string    `json:"says"`
	About    string    `json:"about"`               // an entry, a journal or the agreement
	Text     string    `json:"text"`                // for people, in English
	Proven   bool      `json:"proven"`              // it holds, and the agreement is the trusted one
	Holds    bool      `json:"holds"`               // the signatures and proofs of this file bear it out
	Claimed  bool      `json:"claimed"`             // the file was made to show this
	Against  []string  `json:"against,omitempty"`   // who cannot deny it
	Third    bool      `json:"third,omitempty"`     // existed: by a third that the agreement names
	NotAfter time.Time `json:"not_after,omitzero"`  // delivered, existed, silence: by the stated clock
	Size     uint64    `json:"size,omitempty"`      // of the journal, where a cosignature says so
	Keys     []string  `json:"signed_by,omitempty"` // names of the keys
}

// Message is an entry that the file is about, as far as the file shows it.
type Message struct {
	Ref      parley.Ref
	ID       parley.MessageID
	Envelope seal.Envelope
	Facts    *seal.Facts  // nil: not opened
	Opened   *seal.Opened // nil: the text is not shown
}

// Report is what a file proves. Everything in it was verified.
type Report struct {
	Agreement   parley.Hash `json:"agreement"`   // its identifier
	Fingerprint string      `json:"fingerprint"` // for people
	Tied        bool        `json:"tied"`        // it is the agreement that the reader trusts
	Statements  []Statement `json:"statements"`
	Messages    []Message   `json:"-"`
	Law         int         `json:"law"` // entries shown that change keys or text. EVIDENCE-14
}

// Proven says that the agreement is the trusted one and that everything the
// file was made to show is proven: exit status 0, else 3. EVIDENCE-16
func (r *Report) Proven() bool {
	for _, s := range r.Statements {
		if s.Claimed && !s.Proven {
			return false
		}
	}
	return r.Tied
}

func (r *Report) say(s Statement) { r.Statements = append(r.Statements, s) }
