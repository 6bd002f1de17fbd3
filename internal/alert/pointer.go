package alert

import (
	"strings"
	"time"

	"parley.example/parley"
)

// Pointer is all that leaves the node in an alert.
type Pointer struct {
	Alert      string            `json:"alert"` // always "parley/alert/v1"
	ID         int64             `json:"id"`    // of the alert on this node; 0 in a trial
	From       parley.Body       `json:"from"`
	To         []parley.Body     `json:"to"` // bodies of this party
	Precedence parley.Precedence `json:"precedence"`
	Thread     string            `json:"thread"` // a reference such as borea/42
	URL        string            `json:"url"`    // where an officer reads it, on this party's desk
	Exercise   bool              `json:"exercise"`
	Trial      bool              `json:"trial"` // sent by hand to try the channel
	Raised     time.Time         `json:"raised"`
	Sent       time.Time         `json:"sent"`   // of this attempt
	Repeat     int               `json:"repeat"` // 0 the first time
	More       int               `json:"more"`   // so many other messages wait too and get no alert of their own now
}

// Subject is one line for people: ASCII, whatever the language of the message.
func (p Pointer) Subject() string {
	var b strings.Builder
	b.WriteString("[Parley] ")
	if p.Exercise {
		b.WriteString("EXERCISE ")
	}
	if p.Trial {
		b.WriteString("TRIAL ")
	}
	b.WriteString(strings.ToUpper(string(p.Precedence)))
	b.WriteString(" from " + string(p.From))
	if p.Repeat > 0 {
		b.WriteString(" (not acknowledged yet)")
	}
	return b.String()
}
