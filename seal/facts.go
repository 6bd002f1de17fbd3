package seal

import (
	"encoding/hex"
	"io"

	"parley.example/parley"
)

// Facts are the few fields of a message that can be shown without its text.
// Only OpenFacts and the Open functions make one that has been checked.
type Facts struct {
	Salt       parley.Nonce
	Context    parley.Hash // FACTS-3
	Kind       parley.Kind
	Version    int
	Step       string           // what the kind does: refuse, final, acknowledged; "" where it has no steps
	Thread     parley.MessageID // zero: this message opens its thread
	Answers    parley.MessageID
	Precedence parley.Precedence
	Clock      string
	Due        string
	Exercise   bool
}

// wireFacts is the order of the members. FACTS-2
type wireFacts struct {
	Salt       string `json:"salt"`
	Context    string `json:"context"`
	Kind       string `json:"kind"`
	Version    int    `json:"version"`
	Step       string `json:"step"`
	Thread     string `json:"thread"`
	Answers    string `json:"answers"`
	Precedence string `json:"precedence"`
	Clock      string `json:"clock"`
	Due        string `json:"due"`
	Exercise   bool   `json:"exercise"`
}

// maxFacts bounds the octets of facts. FACTS-1
const maxFacts = 1024

func newFacts(rand io.Reader, context parley.Hash, m Message) ([]byte, error) {
	var salt [16]byte
	if _, err := io.ReadFull(rand, salt[:]); err != nil {
		return nil, err
	}
	w := wireFacts{
		Salt: hex.EncodeToString(salt[:]), Context: context.String(),
		Kind: string(m.Kind), Version: m.Version, Step: m.Step,
		Thread: idText(m.Thread), Answers: idText(m.Answers),
		Precedence: string(m.Precedence), Clock: m.Clock, Due: m.Due, Exercise: m.Exercise,
	}
	b, err := encode(w)
	if err != nil {
		return nil, err
	}
	_, err = ParseFacts(b) // refuses here what a reader would refuse
	return b, err
}

// ParseFacts reads facts by themselves: their syntax only. OpenFacts ties them to an entry.
func ParseFacts(b []byte) (Facts, error) {
	var w wireFacts
	if len(b) > maxFacts {
		return Facts{}, parley.E(parley.Invalid, "facts of %d octets: want at most %d", len(b), maxFacts)
	}
	if err := decode(b, &w, "facts"); err != nil {
		return Facts{}, err
	}
	f := Facts{Kind: parley.Kind(w.Kind), Version: w.Version, Step: w.Step, Precedence: parley.Precedence(w.Precedence),
		Clock: w.Clock, Due: w.Due, Exercise: w.Exercise}
	var err error
	if f.Salt, err = parley.ParseNonce(w.Salt); err != nil {
		return Facts{}, err
	}
	if f.Context, err = parley.ParseHash(w.Context); err != nil {
		return Facts{}, err
	}
	if f.Thread, err = parseID(w.Thread); err != nil {
		return Facts{}, err
	}
	if f.Answers, err = parseID(w.Answers); err != nil {
		return Facts{}, err
	}
	if _, err := parley.ParsePrecedence(w.Precedence); err != nil { // ENTRY-16
		return Facts{}, err
	}
	switch {
	case !isWord(w.Kind, 32): // ENTRY-15
		return Facts{}, parley.E(parley.Invalid, "facts: kind %.40q: want lower-case letters, digits and hyphens", w.Kind)
	case w.Version < 1 || w.Version > 999:
		return Facts{}, parley.E(parley.Invalid, "facts: version %d: want 1 to 999", w.Version)
	case w.Step != "" && !isWord(w.Step, 32): // FACTS-7
		return Facts{}, parley.E(parley.Invalid, "facts: step %.40q: want lower-case letters, digits and hyphens, or nothing", w.Step)
	case f.Thread.IsZero() && !f.Answers.IsZero(): // FACTS-5
		return Facts{}, parley.E(parley.Invalid, "facts: answers without a thread: a message that opens a thread answers nothing")
	case w.Clock != "" && !isWord(w.Clock, 64):
		return Facts{}, parley.E(parley.Invalid, "facts: clock %.80q: want the name of a clock of the agreement", w.Clock)
	case w.Due != "":
		if _, err := parseTime(w.Due); err != nil { // FACTS-6
			return Facts{}, err
		}
	}
	return f, nil
}

// idText and parseID spell "none" as the empty string. FACTS-5
func idText(id parley.MessageID) string {
	if id.IsZero() {
		return ""
	}
	return id.String()
}

func parseID(s string) (parley.MessageID, error) {
	if s == "" {
		return parley.MessageID{}, nil
	}
	h, err := parley.ParseHash(s)
	if err == nil && h.IsZero() {
		err = parley.E(parley.Invalid, "message id of zeros: want the empty string where there is none")
	}
	return parley.MessageID(h), err
}

func isWord(s string, n int) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return s != "" && len(s) <= n
}
