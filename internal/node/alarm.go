package node

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/wholefile"
)

// The kinds of alarms, beside those of package mirror. Each ends by the facts; those
// that settle allows also by an officer's act.
const (
	AlarmOwnFork  = "own-fork" // our key signed two histories
	AlarmAhead    = "ahead"    // others hold more of our journal than we do
	AlarmOverride = "override" // an officer decided to go on without an answer
	AlarmStranded = "stranded" // messages that waited when their journal was closed
	AlarmBlob     = "blob"     // an attachment that is not what its entry names
	AlarmClock    = "clock"    // a clock further from ours than the agreement allows
	AlarmDisk     = "disk"     // a watermark is passed
	AlarmBackup   = "backup"   // the last backup is old
)

// Alarm is something that a person must know of.
type Alarm struct {
	Kind     string    `json:"kind"`    // AlarmAhead, ...
	Subject  string    `json:"subject"` // an origin, a party, a file
	Text     string    `json:"text"`    // what happened, what still works, the way back
	First    time.Time `json:"first"`
	Last     time.Time `json:"last"`
	Times    int64     `json:"times"`
	Cleared  time.Time `json:"cleared,omitzero"`
	By       string    `json:"ended_by,omitempty"`  // the officer whose act ended it; empty: the facts did
	Why      string    `json:"ended_why,omitempty"` // how it ended, in a sentence
	Evidence string    `json:"evidence,omitempty"`  // a file that convicts by itself
}

// Alarms lists those that stand, the newest first; with all also those that are over.
func (n *Node) Alarms(ctx context.Context, all bool) ([]Alarm, error) {
	rows, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(all) })
	if err != nil {
		return nil, err
	}
	list := make([]Alarm, 0, len(rows))
	for _, r := range rows {
		a := Alarm{Kind: r.Kind, Subject: r.Subject, Text: r.Text, First: r.First, Last: r.Last, Times: r.Times, Cleared: r.Cleared, By: r.By, Why: r.Why}
		if r.Kind == mirror.AlarmFork {
			a.Evidence = n.evidenceFile(parley.Origin(r.Subject))
		}
		list = append(list, a)
	}
	return list, nil
}

// evidenceFile is where the evidence of a fork is left, if it is there.
func (n *Node) evidenceFile(o parley.Origin) string {
	path := n.evidencePath(o)
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}

func (n *Node) evidencePath(o parley.Origin) string {
	return n.home.Path("evidence", "fork-"+strings.ReplaceAll(string(o), "/", "-")+".evidence")
}

// leaveEvidence writes the file that convicts a journal of two histories into the
// home, once: it needs this node no more.
func (n *Node) leaveEvidence(ctx context.Context, o parley.Origin) error {
	path := n.evidencePath(o)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	file, err := n.proveFork(ctx, o)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return parley.E(parley.Unavailable, "make the evidence folder: %w", err)
	}
	return wholefile.Write(path, 0o600, file)
}

// refused looks at an error of a mirror: where it convicts the author, the
// evidence is left as a file and the desk is told.
func (l *Line) refused(ctx context.Context, o parley.Origin, err error) {
	if e := (*parley.Error)(nil); errors.As(err, &e) && e.Proves {
		if left := l.node.leaveEvidence(ctx, o); left != nil {
			l.node.log.Error("evidence not written", "event", "evidence.lost", "origin", string(o), "error", left)
		}
		l.node.log.Error("a journal has two histories", "event", "fork", "origin", string(o), "evidence", l.node.evidencePath(o))
	}
	l.node.publish(Event{What: "alarm", Agreement: l.id})
}
