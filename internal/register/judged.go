package register

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// Inside says what this node can see of an entry beyond its lines.
type Inside string

const (
	InsideOpened     Inside = "opened"     // Opened is set
	InsideClosed     Inside = "closed"     // not addressed to us: only the lines are known
	InsideUnreadable Inside = "unreadable" // addressed to us, and does not open
	InsideGone       Inside = "gone"       // lost or erased by its author, or erased here
)

// Judged is one entry after judging: what the registers are folded from. Entries
// of one journal come in the order of their index, without a gap; a repeated one
// changes nothing.
type Judged struct {
	Agreement parley.Hash // identifier: hash of the founding text
	Ref       parley.Ref
	StoredAt  time.Time     // this node's clock when it made the entry durable; shown, never folded
	Envelope  seal.Envelope // the zero one where the verdict is malformed
	Verdict   seal.Verdict
	Inside    Inside
	Opened    *seal.Opened // where Inside is opened and the verdict is valid
	Facts     *seal.Facts  // where Opened is nil and the facts are known all the same: the text was erased. JUDGE-21
}

// ID is the message's identity; zero where the entry is malformed.
func (j *Judged) ID() parley.MessageID {
	if j.Envelope.Text() == "" {
		return parley.MessageID{}
	}
	return j.Envelope.ID()
}

// facts are the facts of a valid entry, where they are known.
func (j *Judged) facts() *seal.Facts {
	if j.Opened != nil {
		return &j.Opened.Facts
	}
	return j.Facts
}

// Later is the seal.Asker to judge with. It knows nobody: whether an answer names
// its asker depends on another entry that may arrive later, so the fold decides
// it, and decides it again. JUDGE-18
type Later struct{}

// Sender knows nobody.
func (Later) Sender(parley.MessageID) (parley.Body, bool) { return "", false }
