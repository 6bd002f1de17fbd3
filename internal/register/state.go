package register

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// State is where a message stands with one addressee, or as a whole.
type State string

// The states of an entry, in the order in which a message usually passes them.
// What stands before (held back, queued, waiting for a release) the outbox knows.
const (
	StateSequenced    State = "sequenced"    // an entry of its author's journal; no addressee has signed for it
	StateTendered     State = "tendered"     // an archive that all named holds the entry and its part
	StateDelivered    State = "delivered"    // the addressee's mirror has cosigned
	StateOpened       State = "opened"       // receipt: the part opened there
	StateSeen         State = "seen"         // receipt: a person has seen it
	StateAcknowledged State = "acknowledged" // receipt: a person has taken note; admits nothing
	StateDeclined     State = "declined"     // receipt: a person declines, with a reason
	StateAnswered     State = "answered"     // a message of the addressee answers it
	StateUnreadable   State = "unreadable"   // receipt: the part does not open there
	StateErased       State = "erased"       // a party no longer holds the part
	StateGone         State = "gone"         // its author lost or erased the part before it was delivered
	StateVoid         State = "void"         // an entry that is no message
	StateConflict     State = "conflict"     // two parties contradict each other about it
)

// progress orders states: the whole is where the addressee who is least far is.
var progress = map[State]int{StateSequenced: 0, StateTendered: 1, StateUnreadable: 2, StateDelivered: 3, StateOpened: 4, StateSeen: 5,
	StateAcknowledged: 6, StateDeclined: 6, StateAnswered: 7}

// Message is one message as a person reads about it.
type Message struct {
	Ref        parley.Ref
	Agreement  parley.Hash
	ID         parley.MessageID // zero where the entry is void by itself: its place names it
	Thread     parley.MessageID // zero for receipts that name none
	Answers    parley.MessageID
	From       parley.Body // "" where the entry is malformed
	To         []parley.Body
	Box        string
	Kind       parley.Kind // "" where it is not known here: void, closed, unreadable, gone
	Version    int
	Step       string // of a kind with steps
	Precedence parley.Precedence
	Clock, Due string
	Exercise   bool
	Marking    string
	Blobs      int
	Released   bool // it carries its second signature, or that followed
	Seq        int  // place in the thread, from 1
	Inside     Inside
	Void       seal.Reason // why it is no message; "" where it is one
	Conflict   string      // the step that contradicts; "" where none does
	Answer     string      // what people of ours last said to it: seen, acknowledged, declined, answered
	Waits      bool        // for a person of ours
	Said       time.Time   // by its author's clock
	Stored     time.Time   // by ours
	Addressees []Addressee // one for each party in To, in its order
	Steps      []Step      // in canonical order
	State      State       // of the whole

	journal int64
}

// Addressee is how far a message is with one party.
type Addressee struct {
	Party parley.Party
	State State
	Proof Proof
}

// Step is a statement about a message and the entry that carries it.
type Step struct {
	Says string // a word of seal.Says, or answered, countersigned, gone, erased, or a kind and its step: response.refuse
	From parley.Body
	Ref  parley.Ref  // the entry that says so
	Said time.Time   // by its author's clock
	Blob parley.Hash // held: which one
	Why  string
}

// Proof is what stands behind a state: an entry, or a cosignature under a size of
// the message's journal. The zero one: the message's own entry alone.
type Proof struct {
	Ref      parley.Ref // the receipt or the answer
	Cosigner string     // key name
	Size     uint64     // delivered in a list: the largest size signed, not the first that covers the entry
}

// stateOf derives the state with one addressee. delivered and tendered say what
// cosignatures prove.
func (m *Message) stateOf(p parley.Party, delivered, tendered Proof) Addressee {
	a := Addressee{Party: p, State: StateSequenced}
	switch {
	case m.Void != "":
		a.State = StateVoid
		return a
	case delivered.Size > 0:
		a.State, a.Proof = StateDelivered, delivered
	case tendered.Size > 0:
		a.State, a.Proof = StateTendered, tendered
	}
	for i := range m.Steps {
		s := &m.Steps[i]
		if s.Says == SaysGone && a.State != StateDelivered && progress[a.State] < progress[StateOpened] {
			a.State, a.Proof = StateGone, Proof{Ref: s.Ref}
		}
		if s.From.Party() != p || isAside(m.To, s.Says, s.From) {
			continue
		}
		st := stateSaid(s.Says)
		if seal.Says(s.Says) == seal.SaysHeld {
			continue
		}
		rank, known := progress[st]
		now := progress[a.State]
		switch {
		case !known:
		case st == StateUnreadable && now > progress[StateDelivered]:
		case rank >= now, a.State == StateUnreadable, st == StateUnreadable, a.State == StateGone && rank >= progress[StateOpened]:
			a.State, a.Proof = st, Proof{Ref: s.Ref}
		}
	}
	return a
}

// whole is the state of the message as a whole.
func (m *Message) whole() State {
	switch {
	case m.Conflict != "":
		return StateConflict
	case m.Void != "":
		return StateVoid
	case len(m.Addressees) == 0:
		return StateSequenced
	}
	least := m.Addressees[0].State
	for _, a := range m.Addressees[1:] {
		if less(a.State, least) {
			least = a.State
		}
	}
	return least
}

// less: gone stands before all others, since a message that is gone goes no further.
func less(a, b State) bool {
	if a == StateGone || b == StateGone {
		return a == StateGone && b != StateGone
	}
	return progress[a] < progress[b]
}

var precedences = [...]parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine}

func (w *world) message(m *sqldb.Message, steps []sqldb.Step) Message {
	out := Message{Ref: w.ref(m.Journal, m.Index), Agreement: w.agreement(m.Journal), ID: m.ID, Answers: m.Answers, From: m.From, To: m.To, Box: m.Box,
		Kind: m.Kind, Version: m.Version, Step: m.Step, Precedence: precedences[m.Rank], Clock: m.Clock, Due: m.Due, Exercise: m.Exercise, Marking: m.Marking,
		Blobs: m.Blobs, Released: m.Released, Seq: m.Seq, Inside: Inside(m.Inside), Void: seal.Reason(m.Void), Conflict: m.Conflict, Answer: m.Answer, Waits: m.Waits,
		Said: m.Said, Stored: m.Stored, journal: m.Journal}
	if m.Reason == "" {
		out.Thread = parley.MessageID(m.Thread)
	}
	for i := range steps {
		s := &steps[i]
		out.Released = out.Released || s.Says == SaysCountersigned
		out.Steps = append(out.Steps, Step{Says: s.Says, From: s.From, Ref: w.ref(s.ByJournal, s.ByIndex), Said: s.Said, Blob: s.Blob, Why: s.Why})
	}
	return out
}
