package agreement

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
)

// Clock is a promised duration. AGREEMENT-19, CLOCK-1
type Clock struct {
	ID     string `toml:"id"`
	Title  Texts  `toml:"title"`
	Length string `toml:"length"`   // "24 hours", "3 working days", "as soon as possible"
	Starts string `toml:"starts"`   // sent, delivered, seen, event
	Proven string `toml:"proven"`   // author, addressee, third: whose log proves the start
	Time   string `toml:"calendar"` // owing: the calendar of the party that owes; author; or UTC
	Lapse  Texts  `toml:"lapse"`    // what follows when it lapses
}

// Promises are what the review measures. AGREEMENT-20
type Promises struct {
	Commitments   []Commitment   `toml:"commitment"`
	Consultations []Consultation `toml:"consultation"`
	Checks        []Check        `toml:"check"`
}

// Commitment is one promise.
type Commitment struct {
	ID          string              `toml:"id"`
	Title       Texts               `toml:"title"`
	Article     string              `toml:"article"`
	Sort        string              `toml:"sort"` // answer, recurring, once, standing
	Owed        []parley.Party      `toml:"owed"` // by whom; empty: by every party to every other
	Kinds       []parley.Kind       `toml:"kinds"`
	Steps       []string            `toml:"steps"`       // of those kinds; empty: all
	Next        []string            `toml:"next"`        // answer: steps by which its author goes on, any of which meets it; empty: the addressee answers
	Precedences []parley.Precedence `toml:"precedences"` // empty: all
	Clock       string              `toml:"clock"`       // answer and once: the clock by which
	Times       int                 `toml:"times"`       // recurring: so often ...
	Every       string              `toml:"every"`       // ... in each of these lengths: "6 months"
}

// Consultation is a series of meetings.
type Consultation struct {
	ID       string `toml:"id"`
	Title    Texts  `toml:"title"`
	Article  string `toml:"article"`
	Times    int    `toml:"times"`
	Every    string `toml:"every"`
	Host     string `toml:"host"`   // turns: each party in turn, in the order of the text; or remote
	Notice   string `toml:"notice"` // how long before, agenda and date are proposed
	Agenda   Texts  `toml:"agenda"`
	OnDemand bool   `toml:"on_demand"` // more on request
}

// RouteLine is the route that needs no other: the line itself.
const RouteLine = "line"

// Routes are the words for a route that is tested. AGREEMENT-20
func Routes() []string {
	return []string{RouteLine, "telephone", "e-mail", "fax", "pouch", "radio", "in-person"}
}

// Check is a series of tests of a route.
type Check struct {
	ID    string   `toml:"id"`
	Route string   `toml:"route"` // line, telephone, e-mail, fax, pouch, radio, in-person
	Roles []string `toml:"roles"` // of the bodies that are tested; empty: all
	Every string   `toml:"every"`
	Clock string   `toml:"clock"` // within which the reply is due
}

// Clock finds a clock by its id.
func (a *Agreement) Clock(id string) (*Clock, bool) {
	for i := range a.Clocks {
		if a.Clocks[i].ID == id {
			return &a.Clocks[i], true
		}
	}
	return nil, false
}

// Due is when a clock that started at start runs out for the party that owes.
// ok is false where it has no deadline. Errors are parley.Invalid where the
// agreement lists no such clock or its calendar does not reach. CLOCK-2
func (a *Agreement) Due(id string, start time.Time, author, owing parley.Party) (due time.Time, ok bool, err error) {
	c, found := a.Clock(id)
	if !found {
		return time.Time{}, false, parley.E(parley.Invalid, "clock %q: want one that the agreement lists", id)
	}
	length, err := clock.ParseLength(c.Length)
	if err != nil {
		return time.Time{}, false, err
	}
	who := owing
	switch c.Time {
	case "utc":
		return length.Deadline(start, clock.UTC())
	case "author":
		who = author
	}
	p, found := a.Party(who)
	if !found {
		return time.Time{}, false, parley.E(parley.Invalid, "clock %q: %s is no party", id, who)
	}
	return length.Deadline(start, p.working)
}

func (a *Agreement) workingLength(s string) bool {
	l, err := clock.ParseLength(s)
	return err == nil && l.Working()
}

// fixed is a checked length in seconds, minutes or hours, or the default.
func fixed(s string, otherwise time.Duration) time.Duration {
	if l, err := clock.ParseLength(s); err == nil {
		if d, ok := l.Fixed(); ok {
			return d
		}
	}
	return otherwise
}
