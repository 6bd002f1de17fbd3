package parley

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Party names an organisation that has signed an agreement, by a schema-less
// URL without a path: "aster.example". AGREEMENT-2
type Party string

// Body names a competent body of a party: "aster.example/cert". AGREEMENT-3
type Body string

// Origin names a journal: "aster.example/0123456789abcdef".
// It is the origin line of that journal's checkpoints (c2sp.org/tlog-checkpoint). AGREEMENT-4
type Origin string

// ParseParty accepts a lower-case host name of at most 100 octets with at least one dot.
func ParseParty(s string) (Party, error) {
	if len(s) > 100 || !strings.Contains(s, ".") {
		return "", E(Invalid, "party %q: want a lower-case host name such as aster.example, at most 100 characters", clip(s))
	}
	for label := range strings.SplitSeq(s, ".") {
		if !isLabel(label) {
			return "", E(Invalid, "party %q: want a lower-case host name such as aster.example", clip(s))
		}
	}
	return Party(s), nil
}

// ParseBody accepts a party, a slash and a label of at most 40 octets.
func ParseBody(s string) (Body, error) {
	p, name, ok := strings.Cut(s, "/")
	if ok && len(name) <= 40 && isLabel(name) {
		if _, err := ParseParty(p); err == nil {
			return Body(s), nil
		}
	}
	return "", E(Invalid, "body %q: want a party, a slash and a name, such as aster.example/cert", clip(s))
}

// ParseOrigin accepts a party, a slash and sixteen lower-case hex digits.
func ParseOrigin(s string) (Origin, error) {
	p, digits, ok := strings.Cut(s, "/")
	if ok && len(digits) == 16 && isHex(digits) {
		if _, err := ParseParty(p); err == nil {
			return Origin(s), nil
		}
	}
	return "", E(Invalid, "origin %q: want a party, a slash and 16 hex digits, such as aster.example/0123456789abcdef", clip(s))
}

// Party is the party that the body belongs to.
func (b Body) Party() Party { p, _, _ := strings.Cut(string(b), "/"); return Party(p) }

// Name is the part after the slash.
func (b Body) Name() string { _, n, _ := strings.Cut(string(b), "/"); return n }

// Party is the party that writes the journal.
func (o Origin) Party() Party { p, _, _ := strings.Cut(string(o), "/"); return Party(p) }

// Mirror is the key name of that party's mirror for the same agreement. AGREEMENT-4
func (o Origin) Mirror() string { return string(o) + "/mirror" }

// PathHash is the origin hash that URLs use: SHA-256 of the origin in lower-case hex.
// c2sp.org/tlog-mirror, introduction.
func (o Origin) PathHash() string {
	h := sha256.Sum256([]byte(o))
	return hex.EncodeToString(h[:])
}

func isLabel(s string) bool {
	if s == "" || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-') {
			return false
		}
	}
	return true
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return s != ""
}

// clip keeps foreign text in an error short.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
