package form

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
)

// The spellings of instants and days. FORM-7
const (
	TimeLayout = "2006-01-02T15:04:05Z"
	DateLayout = "2006-01-02"
)

// fits holds a string against the field's type; what is "" where it fits.
func (f *Field) fits(s string, a *agreement.Agreement) (what, want string) {
	if s == "" {
		return "empty", "a value, or leave the field out"
	}
	ok := true
	switch f.Type {
	case Text: // FORM-5
		if len(s) > f.octets() {
			return strconv.Itoa(len(s)) + " octets", "at most " + strconv.Itoa(f.octets()) + "; a longer text goes as an attachment"
		}
		ok, want = parley.IsText(s, f.octets()), "text without control characters"
	case Line, PlaceName:
		if len(s) > f.octets() {
			return strconv.Itoa(len(s)) + " octets", "at most " + strconv.Itoa(f.octets())
		}
		ok, want = parley.IsLine(s, f.octets()) && strings.TrimSpace(s) == s, "one line without spaces around it and without control characters"
	case Word:
		ok, want = isWord(s), "lower-case letters and digits, dots or hyphens between them, at most 60"
	case Language:
		ok, want = IsLanguage(s), "the tag of a language in lower case, such as en, ru or zh-hans"
	case OneOf:
		ok = slices.ContainsFunc(f.Choices, func(c Choice) bool { return c.ID == s })
		want = "one of " + f.choices()
	case Term: // FORM-6
		if ok, want = isWord(s), "a word of the agreement's "+f.Words; ok && a != nil && !hasWord(a, f.Words, s) {
			ok, want = false, "one of the agreement's "+f.Words+": "+wordList(a, f.Words)
		}
	case Time:
		ok, want = isTime(TimeLayout, s), "an instant in UTC that exists, such as 2027-01-31T09:00:00Z"
	case Date:
		ok, want = isTime(DateLayout, s), "a day that exists, such as 2027-01-31"
	case Party, Body:
		return f.member(s, a)
	case Message:
		h, err := parley.ParseHash(s)
		ok, want = err == nil && !h.IsZero(), "the id of a message: 64 lower-case hex digits, not all zero"
	case Network:
		ok, want = isNetwork(s), "an address or a prefix without bits behind its length, such as 192.0.2.7 or 2001:db8::/32"
	case Domain:
		ok, want = isDomain(s), "a host name in lower case and ASCII, such as www.aster.example"
	case Length:
		l, err := clock.ParseLength(s)
		ok, want = err == nil && l.String() == s, "a number and a unit, such as 72 hours or 3 working days"
	}
	if !ok {
		return quote(s) + " does not fit", want
	}
	return "", ""
}

// member is a party or a body; with Members it is one of the agreement. FORM-9
func (f *Field) member(s string, a *agreement.Agreement) (what, want string) {
	var err error
	known := true
	if f.Type == Party {
		_, err = parley.ParseParty(s)
		if a != nil {
			_, known = a.Party(parley.Party(s))
		}
		want = "a party such as aster.example"
	} else {
		_, err = parley.ParseBody(s)
		if a != nil {
			_, known = a.Body(parley.Body(s))
		}
		want = "a body such as aster.example/cert"
	}
	switch {
	case err != nil:
		return quote(s) + " does not fit", want
	case f.Words == Members && !known:
		return quote(s) + " is none of this agreement", want + " that the agreement names"
	}
	return "", ""
}

func (f *Field) choices() string {
	list := make([]string, len(f.Choices))
	for i := range f.Choices {
		list[i] = f.Choices[i].ID
	}
	return strings.Join(list, ", ")
}

func isTime(layout, s string) bool {
	t, err := time.Parse(layout, s)
	return err == nil && t.Format(layout) == s
}

// isNetwork accepts one spelling of each address and prefix: no zone, no IPv4
// inside IPv6, no host bits. FORM-10
func isNetwork(s string) bool {
	if !strings.Contains(s, "/") {
		a, err := netip.ParseAddr(s)
		return err == nil && a.Zone() == "" && !a.Is4In6() && a.String() == s
	}
	p, err := netip.ParsePrefix(s)
	return err == nil && !p.Addr().Is4In6() && p.Masked() == p && p.String() == s
}

func isDomain(s string) bool {
	if len(s) > 253 {
		return false
	}
	letter := false
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for i := range len(label) {
			switch c := label[i]; {
			case c >= 'a' && c <= 'z':
				letter = true
			case c >= '0' && c <= '9' || c == '-':
			default:
				return false
			}
		}
	}
	return letter // 192.0.2.7 is no host name
}

// isWord: as agreements write identifiers. AGREEMENT-14
func isWord(s string) bool {
	before := byte('.')
	for i := range len(s) {
		c := s[i]
		alnum := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !alnum && (c != '.' && c != '-' || before == '.' || before == '-') {
			return false
		}
		before = c
	}
	return s != "" && len(s) <= 60 && before != '.' && before != '-'
}

// IsLanguage says whether s is the tag of a language as AGREEMENT-12 writes them: en, zh-hans.
func IsLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if i > 3 || len(part) < 2 || i == 0 && len(part) > 3 || len(part) > 8 {
			return false
		}
		for j := range len(part) {
			if c := part[j]; !(c >= 'a' && c <= 'z' || i > 0 && c >= '0' && c <= '9') {
				return false
			}
		}
	}
	return true
}
