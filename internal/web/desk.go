package web

import (
	"context"
	"io"
	"iter"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Desk is what the pages need of a node. Every method is safe for concurrent
// use. `by` is the officer at the desk: the node shows what they may see and
// refuses (Forbidden) what they may not do; the pages only hide what View.May
// says is not open. All times are UTC; a zero time is not shown.
//
// An id in a URL is a Row.ID. For a message in the outbox that is its nonce,
// and the nonce goes on working after the entry exists. A NotFound is shown as
// a page that says so; an Internal error is shown as an id only.
type Desk interface {
	Reading
	Acting
	Calling
	Requesting
	Reviewing
	Knowing
	Contacting
	Forming
	Reporting
	// Subscribe gives what changes from now on, coalesced or not. The channel is
	// closed by the node when ctx ends or the node stops; a slow reader may miss
	// events but is told so by an event with the topic TopicAll.
	Subscribe(ctx context.Context) (<-chan Event, error)
}

// Reading is everything that pages show.
type Reading interface {
	// Overview is asked for on every page and by every live update: keep it cheap.
	Overview(ctx context.Context, by officer.Officer) (Overview, error)
	// Inbox is what is addressed to a body of the officer's: first what waits for
	// a person (flash first, then oldest first), then the rest, newest first.
	Inbox(ctx context.Context, by officer.Officer, p Page) (Inbox, error)
	// Hotline lists hotline messages, ours and theirs, newest first.
	Hotline(ctx context.Context, by officer.Officer, p Page) (List, error)
	// Message is one message with every step and what proves it; forms are read in
	// the first of the languages that they have.
	Message(ctx context.Context, by officer.Officer, id string, languages ...string) (View, error)
	// Thread is the messages of a thread in canonical order. The id is that of any message in it.
	Thread(ctx context.Context, by officer.Officer, id string, languages ...string) (Thread, error)
	// File opens one attachment, decrypted, by its place in View.Files. The caller closes it.
	File(ctx context.Context, by officer.Officer, id string, n int) (Download, error)
	// Addressees is what the compose page can offer this officer: one for each
	// agreement in force in which a body of theirs may send. Empty: none.
	Addressees(ctx context.Context, by officer.Officer) ([]Addressees, error)
	Lines(ctx context.Context, by officer.Officer) ([]Line, error)
	// Alarms gives standing alarms first, then the newest that are over.
	Alarms(ctx context.Context, by officer.Officer) ([]Alarm, error)
	// Doctor is the screen of `parley doctor`. It may take seconds.
	Doctor(ctx context.Context, by officer.Officer) ([]Finding, error)
}

// Acting is everything that a button does. Each method returns when the act is
// durable. Conflict says that the message is no longer in a state for it.
type Acting interface {
	// Send puts a message into the outbox. The same nonce is the same message:
	// sending it again gives the same Sent and no second message.
	Send(ctx context.Context, by officer.Officer, d Draft) (Sent, error)
	// Undo takes back a message that is still held back. Conflict where it has gone.
	Undo(ctx context.Context, by officer.Officer, id string) error
	// Release gives the second signature where the agreement owes one.
	Release(ctx context.Context, by officer.Officer, id string) error
	// Countersign gives it to a message that has gone on one signature.
	Countersign(ctx context.Context, by officer.Officer, id string) error
	// Settle ends a standing alarm, by its id, for a reason that stays on the record.
	Settle(ctx context.Context, by officer.Officer, id, why string) error
	Seen(ctx context.Context, by officer.Officer, id string) error
	// Acknowledge also ends the repeats of an alert. The note may be empty.
	Acknowledge(ctx context.Context, by officer.Officer, id, note string) error
	// Decline needs a reason: Invalid where it is empty.
	Decline(ctx context.Context, by officer.Officer, id, reason string) error
}

// Page asks for a part of a list.
type Page struct {
	After string // List.Next of the page before; empty: the first page
	Limit int    // rows, 1 to 200
}

// Overview is in the frame of every page.
type Overview struct {
	Waiting   int    // messages that wait for a person who acts for this officer's bodies
	Flash     int    // of these, with precedence flash
	Alarms    int    // standing
	LinesDown int    // lines whose state is neither LineUp nor LineQuiet
	ReadOnly  string // why the node takes no new message, in a sentence; empty: it does
}

// Row is a message in a list.
type Row struct {
	ID         string // names it in URLs: 64 hex digits, or a nonce
	Short      string // aster/118; empty before the entry exists
	Agreement  string // title; shown where the node has more than one
	Ours       bool
	From       parley.Body
	To         []parley.Body
	Kind       parley.Kind
	Precedence parley.Precedence
	State      State
	By         parley.Party // whose step State is; empty where it is ours
	Proof      *Proof       // of State; for a new one of theirs, their entry; nil where nothing outside this node proves it
	Line       string       // the first line of the text, at most 200 characters; empty where there is no text (see View.NoText)
	At         time.Time    // the entry's time; before it exists, when it was written
	Held       time.Time    // held back until then; zero where it is not
	Due        time.Time    // an answer is owed by then; zero where none is, or there is no deadline
	Files      int
	Exercise   bool
	Unsigned   bool // it went on one signature; the second is owed and has not followed
}

// State is where a message stands. The words are those of the whole project.
type State string

// The states, in the order in which a message usually passes them.
const (
	StateHeldBack      State = "held-back"     // in our outbox, can be undone
	StateUndone        State = "undone"        // taken back before it was an entry
	StateRelease       State = "needs-release" // waits for the second signature
	StateQueued        State = "queued"        // durable in our outbox, not yet an entry
	StateSent          State = "sent"          // an entry of our journal, nobody else has signed for it
	StateTendered      State = "tendered"      // an archive that both named holds entry and sealed part
	StateUndelivered   State = "undelivered"   // the grace has run, nobody signed
	StateDelivered     State = "delivered"     // the addressee's mirror has cosigned
	StateCountersigned State = "countersigned" // the second signature followed
	StateOpened        State = "opened"        // a signed receipt: it opened there
	StateNew           State = "new"           // theirs: it is here, no person has said that they have seen it
	StateSeen          State = "seen"          // a person has seen it
	StateAcknowledged  State = "acknowledged"  // a person says that it was read; admits nothing
	StateDeclined      State = "declined"      // with a reason
	StateAnswered      State = "answered"      // a message answers it
	StateLate          State = "late"          // the deadline has passed, provably
	StateDisputed      State = "disputed"      // the interval of time straddles the deadline
	StateConflict      State = "conflict"      // contradictory concurrent steps
	StateUnreadable    State = "unreadable"    // did not open at the addressee
	StateVoid          State = "void"          // an entry that is not a message
	StateGone          State = "gone"          // its author lost or erased the sealed part
	StateErased        State = "erased"        // erased by rule or by agreement
)

// List is a page of rows.
type List struct {
	Rows []Row
	Next string // for Page.After; empty on the last page
}

// Inbox is what is addressed to us.
type Inbox struct {
	Waiting []Row // all of them, on the first page only
	List          // the rest
}

// View is one message.
type View struct {
	Row
	Thread    string // an id that Thread takes
	Answers   *Row   // what it answers
	Text      string // plain text, as written
	NoText    State  // why there is none: StateUnreadable, StateVoid, StateGone, StateErased; empty otherwise
	Why       string // what the node can add to NoText: a reason of the closed list, the author's word
	Marking   string // TLP:AMBER
	Languages []string
	Legal     string
	Files     []File
	Steps     []Step // oldest first
	May       May

	Said         *node.Reading // of a kind with a form: what it says, instead of Text
	Translations []node.Translation
	Corrections  []node.Correction
}

// May is what is open to this officer now.
type May struct {
	Undo, Release, Countersign, Seen, Acknowledge, Decline, Answer bool
}

// Step is one thing that happened to a message, with everything that proves it.
// A message of theirs begins with StateSent (their entry) and StateNew (our cosignature).
type Step struct {
	State  State
	By     parley.Party // who says so; empty: this node
	At     time.Time
	Text   string // the reason of a decline, the note of an acknowledgement
	Proofs []Proof
}

// Proof is why a step is to be believed, and by whom.
type Proof struct {
	Kind   ProofKind
	Ref    string    // the entry that is or carries it: borea/42; empty for a cosignature or a note of our own
	ID     string    // Row.ID of that entry where it has a page
	Key    string    // name and id of the key: borea.example/fedcba9876543210/mirror+0a1b2c3d
	Time   time.Time // the time that was signed
	Size   uint64    // of the checkpoint that a cosignature is on
	Line   string    // the signature line, verbatim
	Verify string    // a command that shows it to an outsider; may be empty
}

// ProofKind is a closed list.
type ProofKind string

// What can prove a step.
const (
	ProofEntry       ProofKind = "entry"       // an entry signed by a body and cosigned
	ProofCosignature ProofKind = "cosignature" // a mirror's or an archive's cosignature
	ProofReceipt     ProofKind = "receipt"     // an entry of kind receipt
	ProofOwn         ProofKind = "own"         // our own record: shows an outsider nothing
)

// File is an attachment.
type File struct {
	Name  string
	Type  string // as its author says; never believed
	Size  int64  // octets of plaintext
	Have  int64  // octets that are here; Size where it is complete
	State FileState
	Hash  string // SHA-256 of the plaintext, hex, as the author states it
}

// FileState is a closed list.
type FileState string

// What a file can be.
const (
	FileHere     FileState = "here"     // complete, its hash is right
	FileWaiting  FileState = "waiting"  // still coming, or waiting to go
	FileMismatch FileState = "mismatch" // what came is not what the message names
	FileGone     FileState = "gone"     // lost or erased
)

// Thread is a matter with all that answers it.
type Thread struct {
	ID       string
	Messages []View
}

// Download is an open attachment.
type Download struct {
	Name string
	Size int64 // -1 where it is not known
	io.ReadCloser
}

// Addressees is what can be chosen in one agreement.
type Addressees struct {
	Agreement string // an id that Draft.Agreement takes
	Title     string
	From      []parley.Body // bodies of this officer that may send
	To        []parley.Body // bodies of the other parties
	Markings  []string      // allowed, the default first
	Languages []string      // tags such as en, the default first
	// Release names the precedences that need a second signature before they go.
	Release  []parley.Precedence
	MaxFiles int
	MaxBytes int64 // of one file
}

// Draft is a message as an officer wrote it.
type Draft struct {
	Agreement  string
	From       parley.Body
	To         []parley.Body
	Precedence parley.Precedence
	Text       string
	Marking    string
	Language   string
	Answers    string // Row.ID of what it answers; empty where it opens a thread
	Exercise   bool
	Nonce      parley.Nonce
	// Files are read from the browser as the node asks for them, in order, once,
	// and never stand in plaintext on this machine's disk. A name is what the
	// browser gave: without folders, at most 255 octets, otherwise unchecked.
	// nil where there is none.
	Files iter.Seq2[Upload, error]
}

// Upload is one attachment while it comes in; Content is good until the next one is asked for.
type Upload struct {
	Name    string
	Type    string
	Content io.Reader
}

// Sent says what became of a draft.
type Sent struct {
	ID    string    // for the message page
	State State     // StateHeldBack, StateRelease or StateQueued
	Until time.Time // of the hold-back
}

// Line is the state of one counterpart, archive or witness in one agreement.
type Line struct {
	Agreement string
	Party     string // a party, or the name of an archive or witness
	Role      LineRole
	State     LineState
	Since     time.Time // of State
	Heard     time.Time // last verified word from them
	Signed    time.Time // their newest cosignature on our journal, by its own time
	Ours      uint64    // size of our journal
	Cosigned  uint64    // size that they have cosigned
	Theirs    uint64    // size of their journal that we hold; 0 for a witness
	Waiting   int       // entries of ours that they have not signed for
	Offset    time.Duration
	HasOffset bool              // Offset was measured
	Attended  []node.Attendance // what their desks said last of their watch; none where they said nothing
	Why       string            // what the node knows of the cause, in a sentence
}

// LineRole says what they are to us.
type LineRole string

// The roles.
const (
	RoleCounterpart LineRole = "counterpart"
	RoleArchive     LineRole = "archive"
	RoleWitness     LineRole = "witness"
)

// LineState is a closed list.
type LineState string

// The states of a line.
const (
	LineUp      LineState = "up"      // heard within the last minute or two, nothing waits
	LineQuiet   LineState = "quiet"   // reachable, something waits for its signature
	LineDown    LineState = "down"    // does not answer
	LineAsking  LineState = "asking"  // we have not yet learnt what it holds of ours
	LineLeft    LineState = "left"    // we take part in the agreement no more
	LineStopped LineState = "stopped" // an alarm stopped it: we no longer cosign
	LinePouch   LineState = "pouch"   // carried by hand
)

// Alarm is something that a person must know of.
type Alarm struct {
	ID        string
	Kind      AlarmKind
	Agreement string
	Party     string
	At        time.Time
	Over      time.Time // zero while it stands
	Detail    string    // sizes, references, names: data, not a sentence; may be empty
	// Evidence is the path of a file on the node's machine, and whether it
	// convicts by itself. Empty where there is none.
	Evidence string
	Convicts bool
	// What, Works and Back say what happened, what still works, and the way
	// back, for a Kind that the catalogue does not know; otherwise the catalogue's words are shown.
	What, Works, Back string
	// EndedBy is the officer whose act ended it, empty where the facts did; EndedWhy says how.
	EndedBy, EndedWhy string
	Settles           bool // this officer may end it
}

// AlarmKind picks the words; the list is open, see Alarm.What.
type AlarmKind string

// The kinds that the catalogue has words for.
const (
	AlarmFork        AlarmKind = "fork"        // two histories, both signed
	AlarmUnexplained AlarmKind = "unexplained" // a checkpoint without a valid proof
	AlarmLineDown    AlarmKind = "line-down"
	AlarmBlob        AlarmKind = "blob"     // does not match its hash
	AlarmClock       AlarmKind = "clock"    // far from a counterpart's
	AlarmBehind      AlarmKind = "behind"   // others hold more of our journal than we do: an older copy was restored
	AlarmTwin        AlarmKind = "twin"     // someone else signs with our key
	AlarmOverride    AlarmKind = "override" // an officer decided what the node would not
	AlarmAlert       AlarmKind = "alert"    // nobody could be woken
	AlarmChannel     AlarmKind = "channel"  // one way of waking people fails
	AlarmStranded    AlarmKind = "stranded" // messages that waited when their journal was closed
	AlarmSuccession  AlarmKind = "succession"
	AlarmDisk        AlarmKind = "disk"      // a watermark is passed
	AlarmBackup      AlarmKind = "backup"    // the last one is old
	AlarmContested   AlarmKind = "contested" // two objects that claim to be one version, and differ
)

// Finding is one line of doctor.
type Finding struct {
	Name  string
	State FindingState
	Value string
	Hint  string
}

// FindingState is a closed list.
type FindingState string

// What doctor says of a thing.
const (
	FindingOK   FindingState = "ok"
	FindingWarn FindingState = "warn"
	FindingBad  FindingState = "bad"
)

// Event says that something changed; pages ask again for what it was.
type Event struct {
	Topic Topic  `json:"topic"`
	ID    string `json:"id,omitempty"`    // Row.ID where it concerns one message
	Flash bool   `json:"flash,omitempty"` // a flash for us has arrived
}

// Topic is a closed list.
type Topic string

// What can change.
const (
	TopicMessage Topic = "message" // arrived, or a state changed
	TopicLine    Topic = "line"
	TopicAlarm   Topic = "alarm"
	TopicWatch   Topic = "watch"
	TopicAll     Topic = "all" // events were missed
)
