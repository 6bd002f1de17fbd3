package evidence

import (
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// Trust is what the reader brings: which agreement he believes in. The zero
// Trust ties the evidence to nobody. EVIDENCE-15
type Trust struct {
	Agreement   parley.Hash // of the founding text; zero: none
	Fingerprint string      // eight groups of five digits; "": none
}

// ParseTrust reads what a person has: a fingerprint (eight groups of five
// digits, with any spaces or hyphens between), a SHA-256 in hex, or the text of
// the agreement, signed or not. An amendment stands for the text it was founded
// on. Errors are parley.Invalid.
func ParseTrust(b []byte) (Trust, error) {
	if len(b) > MaxFile {
		return Trust{}, parley.E(parley.Invalid, "trust: want a fingerprint or an agreement")
	}
	s := strings.TrimSpace(string(b))
	if len(s) < 100 {
		if h, err := parley.ParseHash(s); err == nil {
			return Trust{Agreement: h}, nil
		}
		if f, ok := fingerprint(s); ok {
			return Trust{Fingerprint: f}, nil
		}
	}
	if signed, err := agreement.OpenSigned(b); err == nil {
		return Trust{Agreement: signed.Agreement.ID()}, nil
	}
	a, err := agreement.Parse(b)
	if err != nil {
		return Trust{}, parley.E(parley.Invalid, "trust: want eight groups of five digits, or the agreement").
			WithHint("the fingerprint is what two people read to each other before they signed")
	}
	return Trust{Agreement: a.ID()}, nil
}

// fingerprint gathers forty digits into eight groups.
func fingerprint(s string) (string, bool) {
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '\n' || r == '\t' {
			return -1
		}
		return r
	}, s)
	if len(digits) != 40 || strings.Trim(digits, "0123456789") != "" {
		return "", false
	}
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = digits[5*i : 5*i+5]
	}
	return strings.Join(groups, " "), true
}

// ties says whether the agreement is the one that the reader trusts.
func (t Trust) ties(founding parley.Hash) bool {
	if t.Agreement.IsZero() && t.Fingerprint == "" {
		return false
	}
	return (t.Agreement.IsZero() || t.Agreement == founding) &&
		(t.Fingerprint == "" || t.Fingerprint == agreement.Fingerprint(founding))
}
