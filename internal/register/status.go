package register

import (
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Status is where a request stands with one addressed party. REQUEST-7
type Status string

// The statuses that words bring about. Before the first of them it is StatusAsked
// or a state of the message: tendered, delivered, opened, seen, unreadable, gone,
// erased, void.
const (
	StatusAsked        Status = "asked"
	StatusAcknowledged Status = "acknowledged"
	StatusDeclined     Status = "declined" // by a receipt: a reason, and no ground of the agreement
	StatusOffered      Status = "offered"
	StatusProgress     Status = "in progress"
	StatusAnswered     Status = "answered"
	StatusRefused      Status = "refused"
	StatusCannotEnsure Status = "cannot ensure"
	StatusContested    Status = "contested"
	StatusWithdrawn    Status = "withdrawn"
	StatusConflict     Status = "conflict"
)

// said is what a step of the fold makes of a request.
type said struct {
	status Status
	rank   int  // a word stands until one of its rank or a higher one
	class  int  // words of two classes cannot stand together; 0: stands with all. REQUEST-8
	meets  bool // it meets a clock. REQUEST-6
}

// final is the rank of words that an acknowledgement, an offer or progress cannot undo.
const final = 3

var words = map[string]said{
	string(seal.SaysAcknowledged): {StatusAcknowledged, 1, 0, false},
	string(seal.SaysDeclined):     {StatusDeclined, 1, 0, true},
	"response.acknowledge":        {StatusAcknowledged, 1, 0, false},
	"response.offer":              {StatusOffered, 2, 1, true},
	"response.progress":           {StatusProgress, 2, 1, false},
	"response.result":             {StatusAnswered, final, 1, true},
	"response.refuse":             {StatusRefused, final, 2, true},
	"response.cannot-ensure":      {StatusCannotEnsure, final, 3, true},
	"contest":                     {StatusContested, final, 4, false},
}

// word is a step as far as counting goes.
type word struct {
	says string
	from parley.Body
}

// counted is what the words of a request come to for one party. Indexes are into
// the words; -1 stands for none.
type counted struct {
	status                  Status // "": nobody there has said anything
	word, answer, withdrawn int
	asides                  []aside
}

type aside struct {
	step    int
	because Because
}

// count folds the words about a request, in canonical order, into where it stands
// with one party: pure, and the same on every node. REQUEST-5 to REQUEST-9
func count(asker parley.Body, to []parley.Body, p parley.Party, list []word) counted {
	c := counted{word: -1, answer: -1, withdrawn: -1}
	last := map[parley.Body]int{} // each body's word that stands
	for i, w := range list {
		if w.says == string(parley.KindWithdraw) && w.from == asker && c.withdrawn < 0 {
			c.withdrawn = i
		}
		s, known := words[w.says]
		if !known || w.from.Party() != p {
			continue
		}
		before, spoke := last[w.from]
		switch {
		case !slices.Contains(to, w.from):
			c.asides = append(c.asides, aside{i, NotAsked})
			continue
		case c.withdrawn >= 0:
			c.asides = append(c.asides, aside{i, TooLate})
			continue
		case spoke && s.rank < words[list[before].says].rank:
			c.asides = append(c.asides, aside{i, Superseded})
		default:
			last[w.from] = i
		}
		if s.meets && c.answer < 0 {
			c.answer = i
		}
	}
	class := 0
	for _, i := range last {
		s := words[list[i].says]
		if class != 0 && s.class != 0 && s.class != class {
			c.status = StatusConflict
		}
		class = max(class, s.class)
		if c.word < 0 || s.rank > words[list[c.word].says].rank || s.rank == words[list[c.word].says].rank && i > c.word {
			c.word = i
		}
	}
	switch {
	case c.status == StatusConflict:
	case c.word >= 0:
		c.status = words[list[c.word].says].status
	}
	if c.withdrawn >= 0 && (c.word < 0 || words[list[c.word].says].rank < final) {
		c.status, c.word = StatusWithdrawn, c.withdrawn
	}
	return c
}

// personal says that a step is a word of a person, so that they have seen the request.
func personal(says string) bool {
	_, known := words[says]
	return known || seal.Says(says) == seal.SaysSeen || says == SaysAnswered
}

// open reports whether a request still waits for a party that it addresses. REQUEST-10
func open(m *sqldb.Message, steps []sqldb.Step) bool {
	if m.Kind != parley.KindRequest || m.Void != "" {
		return false
	}
	list := make([]word, len(steps))
	for i := range steps {
		list[i] = word{steps[i].Says, steps[i].From}
	}
	for _, b := range m.To {
		if b.Party() == m.From.Party() {
			continue
		}
		c := count(m.From, m.To, b.Party(), list)
		if c.withdrawn >= 0 {
			return false
		}
		switch c.status {
		case StatusAnswered, StatusRefused, StatusCannotEnsure:
		default:
			return true
		}
	}
	return false
}

// isAside reports whether a step of an addressed party is a response of a body that
// a request does not name. REQUEST-5
func isAside(to []parley.Body, says string, from parley.Body) bool {
	return (strings.HasPrefix(says, "response.") || says == string(parley.KindContest)) && !slices.Contains(to, from)
}

// MayFollow says in words why a body that has said these things to a request may
// not say another one; "" where it may. A result may follow anything but a result:
// who refused may still give. REQUEST-7
func MayFollow(before []string, says string) string {
	next, known := words[says]
	if !known {
		return "has no such thing to say to a request: want acknowledge, offer, progress, result, refuse, cannot-ensure or contest"
	}
	var now said
	for _, b := range before {
		if s, ok := words[b]; ok && s.rank >= now.rank {
			now = s
		}
	}
	switch {
	case now.rank == final && now.status == StatusAnswered:
		return "has given a result already"
	case now.rank == final && next.status != StatusAnswered:
		return "has said that it is " + string(now.status) + " already"
	case next.rank == 1 && now.rank >= 1:
		return "has said as much already"
	}
	return ""
}
