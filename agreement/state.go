package agreement

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
)

// State is where an agreement stands. AGREEMENT-11
type State string

// The states, in the order of a life.
const (
	Drafted     State = "draft"     // lines are missing
	FullySigned State = "signed"    // all lines are there
	InForce     State = "in force"  // every party's first entry is cosigned by all others
	Suspended   State = "suspended" // by notice; only what the text lets go on passes
	Denounced   State = "denounced" // notice to end is given and runs
	Ended       State = "ended"     // journals stay readable; nothing new passes but the surviving duties
)

// NoticeContent is what an `agreement` entry says that gives notice. AGREEMENT-23
type NoticeContent struct {
	Notice string `json:"notice"` // suspend, resume, denounce, revoke (a denunciation that has not taken effect)
	Effect string `json:"effect"` // RFC 3339, UTC
	Reason string `json:"reason,omitempty"`
}

// Notice is a notice that stands in a journal.
type Notice struct {
	Ref    parley.Ref
	What   string
	Effect time.Time
	Reason string
}

const maxReason = 4000 // octets

// applyNotice: a party suspends, resumes, denounces or takes that back. AGREEMENT-23
func (c *Chain) applyNotice(ref parley.Ref, content []byte) error {
	var n NoticeContent
	if err := once(content, &n); err != nil {
		return err
	}
	a, err := c.At(ref)
	if err != nil {
		return err
	}
	if err := a.CheckNotice(n); err != nil {
		return err
	}
	effect, err := parseTime(n.Effect)
	if err != nil {
		return err
	}
	c.notices = append(c.notices, Notice{ref, n.Notice, effect, n.Reason})
	return nil
}

// CheckNotice says whether a notice is in order under this text. AGREEMENT-23
func (a *Agreement) CheckNotice(n NoticeContent) error {
	if _, err := parseTime(n.Effect); err != nil || len(n.Reason) > maxReason {
		return parley.E(parley.Invalid, "notice: want an instant such as 2027-01-31T00:00:00Z, and a reason of at most %d octets", maxReason)
	}
	switch n.Notice {
	case "suspend", "resume":
		if by := a.Legal.Suspension.By; by != "any" && by != "all" {
			return parley.E(parley.Invalid, "notice: this agreement knows no suspension")
		}
	case "denounce", "revoke":
		if a.Legal.Ending.By == "" {
			return parley.E(parley.Invalid, "notice: this agreement knows no denunciation")
		}
	default:
		return parley.E(parley.Invalid, "notice %s: want suspend, resume, denounce or revoke", quote(n.Notice))
	}
	return nil
}

// Notices are all notices, in the order in which they were applied.
func (c *Chain) Notices() []Notice { return c.notices }

// Earliest is the first instant at which a notice given at the time may take
// effect: the length of notice of the text, on the party's calendar. AGREEMENT-23
func (a *Agreement) Earliest(what string, given time.Time, by parley.Party) (time.Time, error) {
	length := ""
	switch what {
	case "suspend":
		length = a.Legal.Suspension.Notice
	case "denounce":
		length = a.Legal.Ending.Notice
	}
	p, ok := a.Party(by)
	if length == "" || !ok {
		return given, nil
	}
	l, err := clock.ParseLength(length)
	if err != nil {
		return given, err
	}
	at, _, err := l.Deadline(given, p.working)
	return at, err
}

// State is where the agreement stands at an instant. opened says that every
// party's first entry is cosigned by all others, which the mirrors know. AGREEMENT-11
func (c *Chain) State(now time.Time, opened bool) State {
	if !opened {
		return FullySigned
	}
	a := c.Newest()
	suspended, denounced := map[parley.Party]bool{}, map[parley.Party]time.Time{}
	for _, n := range c.notices {
		p := n.Ref.Origin.Party()
		switch n.What {
		case "suspend", "resume":
			if !n.Effect.After(now) {
				suspended[p] = n.What == "suspend"
			}
		case "denounce":
			denounced[p] = n.Effect
		case "revoke":
			if n.Effect.Before(denounced[p]) {
				delete(denounced, p)
			}
		}
	}
	gone, paused := 0, 0
	for i := range a.Parties {
		p := a.Parties[i].Name
		if effect, given := denounced[p]; given && !effect.After(now) {
			gone++
		}
		if suspended[p] {
			paused++
		}
	}
	n := len(a.Parties)
	switch {
	case a.Legal.Ending.By == "all" && gone == n, a.Legal.Ending.By == "any" && n-gone < 2:
		return Ended
	case a.Legal.Suspension.By == "all" && paused == n, a.Legal.Suspension.By == "any" && paused > 0:
		return Suspended
	case len(denounced) > 0:
		return Denounced
	}
	return InForce
}

// Passes says whether a kind may be sent in a state. What runs the line always
// may: an ended agreement's journals are still confirmed and erased. AGREEMENT-11
func (a *Agreement) Passes(s State, kind parley.Kind) bool {
	switch s {
	case InForce, Denounced:
		return true
	case Suspended:
		return contains(runningTheLine, kind) || contains(a.Legal.Suspension.Continues, kind)
	}
	return contains(runningTheLine, kind)
}

// Left says that a party gave notice to leave, and that it has run out at an instant.
// AGREEMENT-23
func (c *Chain) Left(p parley.Party, now time.Time) bool {
	left := false
	for _, n := range c.notices {
		if n.Ref.Origin.Party() == p && (n.What == "denounce" || n.What == "revoke") {
			left = n.What == "denounce" && !n.Effect.After(now)
		}
	}
	return left
}

// denounced says that a party has given notice to leave.
func (c *Chain) denounced(p parley.Party) bool {
	for i := len(c.notices) - 1; i >= 0; i-- {
		if n := &c.notices[i]; n.Ref.Origin.Party() == p && (n.What == "denounce" || n.What == "revoke") {
			return n.What == "denounce"
		}
	}
	return false
}

// Newest is the text that most amendments led to, of those in force in some journal.
func (c *Chain) Newest() *Agreement {
	best, depth := c.founding, 0
	for _, o := range c.Origins() {
		a, n := c.journals[o].textAt(last), 0
		for t := a; t.Amends != nil; n++ {
			t = c.texts[*t.Amends].Agreement
		}
		if n > depth {
			best, depth = a, n
		}
	}
	return best
}
