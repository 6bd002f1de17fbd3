package intel

import (
	"time"
)

// Words for what became of an object.
const (
	Taken       = "taken"       // it is in the store
	Changed     = "changed"     // taken, and not as it came: upgraded, mapped, or its identifier computed
	Known       = "known"       // the same object was there already
	Quarantined = "quarantined" // kept to be looked at
	Refused     = "refused"     // not kept
	Lost        = "lost"        // the other format does not say it; the object is there
	Warned      = "warned"      // a warninglist names it as harmless
	Noted       = "noted"       // of the file, not of an object: nothing is lost by it
	Contested   = "contested"   // the same version with other content: both are kept, and an alarm says so
)

// Line is what became of one object, and why.
type Line struct {
	Path    string    `json:"path,omitempty"` // where in the input: "objects[17]", "line 4"
	ID      string    `json:"id,omitempty"`
	Version time.Time `json:"version,omitzero"` // of what was not taken, as far as it says one
	What    string    `json:"what"`
	Rule    string    `json:"rule,omitempty"` // a short word that stays the same
	Reason  string    `json:"reason,omitempty"`
}

// Report says what became of every object of an import or export. Lines holds those
// that were not simply taken or known, at most MaxLines of them; the counts are of all.
type Report struct {
	Name        string        `json:"name,omitempty"`
	Format      string        `json:"format"`
	Octets      int64         `json:"octets"`
	Objects     int           `json:"objects"`
	Taken       int           `json:"taken"`
	Changed     int           `json:"changed"`
	Known       int           `json:"known"`
	Quarantined int           `json:"quarantined"`
	Refused     int           `json:"refused"`
	Contested   int           `json:"contested"`
	Broken      bool          `json:"broken,omitempty"` // the stream is cut off or damaged: what came before that was taken
	Lines       []Line        `json:"lines,omitempty"`
	More        int           `json:"more_lines,omitempty"` // lines that are not in Lines
	Lost        []string      `json:"lost,omitempty"`       // what the target cannot say
	Took        time.Duration `json:"-"`
}

// MaxLines bounds Report.Lines.
const MaxLines = 10_000
