package officer

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"parley.example/parley"
)

// Officer is a person who acts for bodies of this node's party.
type Officer struct {
	Name   string        `json:"name"`
	Bodies []parley.Body `json:"bodies"`
	Roles  []Role        `json:"roles"`
	Added  time.Time     `json:"added"` // UTC
}

// Role is what an officer may do beyond reading, and acknowledging what is
// addressed to a body of theirs.
type Role string

// The roles. None includes another.
const (
	Send     Role = "send"     // write and send messages
	Release  Role = "release"  // give the second signature
	Override Role = "override" // decide what the node will not decide by itself, on the record; take over a watch
	Admin    Role = "admin"    // add and remove officers
)

// Roles is the closed list, in the order in which they are shown.
var Roles = []Role{Send, Release, Override, Admin}

// May reports whether the officer has the role.
func (o Officer) May(r Role) bool { return slices.Contains(o.Roles, r) }

// ActsFor reports whether the officer acts for the body.
func (o Officer) ActsFor(b parley.Body) bool { return slices.Contains(o.Bodies, b) }

// ActsForAny reports whether the officer acts for one of the bodies.
func (o Officer) ActsForAny(bodies []parley.Body) bool {
	return slices.ContainsFunc(bodies, o.ActsFor)
}

// ParseRole accepts the four words.
func ParseRole(s string) (Role, error) {
	if r := Role(s); slices.Contains(Roles, r) {
		return r, nil
	}
	return "", parley.E(parley.Invalid, "role %.40q: want send, release, override or admin", s)
}

// ParseName gives the one spelling of an officer's name: NFKC, lower case,
// letters and digits of any script, and . - _ inside; 1 to 40 characters.
func ParseName(s string) (string, error) {
	s = strings.ToLower(norm.NFKC.String(strings.TrimSpace(s)))
	n := utf8.RuneCountInString(s)
	bad := strings.ContainsFunc(s, func(r rune) bool {
		return !(unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || strings.ContainsRune(".-_", r))
	})
	if n < 1 || n > 40 || bad || !utf8.ValidString(s) || strings.ContainsRune(".-_", rune(s[0])) {
		return "", parley.E(parley.Invalid, "officer's name: want 1 to 40 letters, digits, and . - _ inside, without spaces").
			WithHint("a name such as anna or a.petrova; it never leaves this node")
	}
	return s, nil
}
