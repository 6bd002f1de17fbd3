package form

import (
	"encoding/json"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
)

// contactRule is what a record's fields say of each other. The content has been
// held against the form before. CONTACT-3 to CONTACT-8, CONTACT-11
func contactRule(raw json.RawMessage) Faults {
	var c Contact
	if err := json.Unmarshal(raw, &c); err != nil {
		return Faults{{"", "not read", "a contact's record"}}
	}
	r := &rule{}
	r.titles(c.Title)
	r.hours("hours", c.Hours)
	r.calendar(c.Calendar)
	r.routes(&c)
	r.keys(&c)
	if k := c.Constituency; k != nil {
		r.within("constituency", k.Confirmed, k.Until, &c)
		r.networks(k.Networks)
	}
	return r.faults
}

type rule struct{ faults Faults }

func (r *rule) fault(field, what, want string) {
	if len(r.faults) < MaxFaults {
		r.faults = append(r.faults, Fault{field, what, want})
	}
}

func (r *rule) titles(list []TextContent) {
	seen := map[string]bool{}
	for i, t := range list {
		if seen[t.Language] {
			r.fault("title."+strconv.Itoa(i), "a second text in "+t.Language, "one text in each language")
		}
		seen[t.Language] = true
		if strings.Contains(t.Text, "\n") {
			r.fault("title."+strconv.Itoa(i), "several lines", "one line")
		}
	}
}

// hours are spelled as in a calendar. CONTACT-3
func (r *rule) hours(field string, lines []string) {
	_, err := clock.ParseHours(lines)
	r.clock(field, err)
}

// clock puts a fault of package clock in its place; its field is the list itself.
func (r *rule) clock(field string, err error) {
	var fe *clock.FieldError
	if errors.As(err, &fe) {
		if fe.Index >= 0 {
			field += "." + strconv.Itoa(fe.Index)
		}
		r.fault(field, fe.What, fe.Want)
	}
}

// calendar: impossible zones and holidays are refused where they are written. CONTACT-4
func (r *rule) calendar(c *ContactCalendar) {
	if c == nil {
		return
	}
	t := c.Table()
	_, err := t.Calendar()
	var fe *clock.FieldError
	if errors.As(err, &fe) {
		name := map[string]string{"offset": "offsets"}[fe.Field]
		if name == "" {
			name = fe.Field
		}
		r.clock("calendar."+name, err)
	}
}

func (r *rule) routes(c *Contact) {
	seen := map[[2]string]bool{}
	for i := range c.Routes {
		t := &c.Routes[i]
		at := "routes." + strconv.Itoa(i)
		if seen[[2]string{t.Route, t.Address}] {
			r.fault(at, "the same route twice", "each route once")
		}
		seen[[2]string{t.Route, t.Address}] = true
		r.hours(at+".hours", t.Hours)
		r.within(at, t.Confirmed, t.Until, c)
		r.address(at+".address", t.Route, t.Address)
	}
}

// address keeps what a person types or dials in letters that cannot be mistaken
// for others. CONTACT-11
func (r *rule) address(field, route, s string) {
	switch route {
	case parley.RouteTelephone, parley.RouteEmergency, parley.RouteFax:
		if !IsTelephone(s) {
			r.fault(field, quote(s)+" does not fit", "a number such as +43 1 505 6416, with digits and single spaces only; a remark goes into the note")
		}
	case parley.RouteMail:
		if !IsMail(s) {
			r.fault(field, quote(s)+" does not fit", "an address such as duty@aster.example, in ASCII")
		}
	case parley.RouteNode:
		if _, err := parley.ParseBody(s); err != nil {
			r.fault(field, quote(s)+" does not fit", "a body such as aster.example/cert")
		}
	}
}

// IsTelephone accepts digits with single spaces between them, after a plus or
// not: 3 to 20 digits.
func IsTelephone(s string) bool {
	rest := strings.TrimPrefix(s, "+")
	digits := 0
	for i := range len(rest) {
		switch c := rest[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == ' ' && i > 0 && i+1 < len(rest) && rest[i-1] != ' ':
		default:
			return false
		}
	}
	return digits >= 3 && digits <= 20
}

// IsMail accepts an address of plain ASCII: no quotes, no comments, a host name
// in its ASCII form.
func IsMail(s string) bool {
	local, host, ok := strings.Cut(s, "@")
	if !ok || local == "" || len(local) > 64 || !strings.Contains(host, ".") || !isDomain(host) {
		return false
	}
	before := byte('.')
	for i := range len(local) {
		c := local[i]
		alnum := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !alnum && (c == '.' && before == '.' || !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~.", rune(c))) {
			return false
		}
		before = c
	}
	return before != '.'
}

func (r *rule) keys(c *Contact) {
	seen := map[string]bool{}
	for i := range c.Keys {
		k := &c.Keys[i]
		at := "keys." + strconv.Itoa(i)
		n := len(k.Fingerprint)
		fits := k.Sort == "pgp" && (n == 40 || n == 64) || k.Sort == "smime" && (n == 40 || n == 64)
		if !fits || strings.Trim(k.Fingerprint, "0123456789abcdef") != "" {
			r.fault(at+".fingerprint", quote(k.Fingerprint)+" does not fit", "40 or 64 lower-case hex digits, without spaces")
		}
		if seen[k.Fingerprint] {
			r.fault(at, "the same key twice", "each key once")
		}
		seen[k.Fingerprint] = true
		if k.Address != "" && !IsMail(k.Address) {
			r.fault(at+".address", quote(k.Address)+" does not fit", "an address such as duty@aster.example, in ASCII")
		}
		if confirmed := either(k.Confirmed, c.Confirmed); k.Expires != "" && k.Expires < confirmed[:min(len(confirmed), 10)] {
			r.fault(at+".expires", "expired before it was confirmed", "a key that is good when it is confirmed")
		}
		r.within(at, k.Confirmed, k.Until, c)
	}
}

func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// within: a fact is confirmed no later than the record that says it, and its end
// lies after its confirmation. CONTACT-8
func (r *rule) within(field, confirmed, until string, c *Contact) {
	if confirmed > c.Confirmed {
		r.fault(field+".confirmed", "later than the record itself", "an instant not after "+c.Confirmed)
	}
	if confirmed == "" && until != "" && until <= c.Confirmed {
		r.fault(field+".until", "not after the record's confirmed", "an instant after "+c.Confirmed)
	}
}

// A claim narrower than this is somebody's; a wider one is nobody's. CONTACT-7
const (
	widest4 = 8
	widest6 = 16
)

// unclaimed are networks that mean another machine to each who reads them, or
// everybody: no party answers for them. RFC 6890
var unclaimed = prefixes("0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3 " +
	"::/8 fc00::/7 fe80::/10 ff00::/8")

func prefixes(s string) (list []netip.Prefix) {
	for one := range strings.FieldsSeq(s) {
		list = append(list, netip.MustParsePrefix(one))
	}
	return list
}

func (r *rule) networks(list []string) {
	for i, s := range list {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			a, err := netip.ParseAddr(s)
			if err != nil {
				continue // said by the form
			}
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if what, want := Claimable(p); what != "" {
			r.fault("constituency.networks."+strconv.Itoa(i), s+" "+what, want)
		}
	}
}

// Claimable says why no constituency may hold a prefix; what is "" where it may. CONTACT-7
func Claimable(p netip.Prefix) (what, want string) {
	if p.Addr().Is4() && p.Bits() < widest4 || p.Addr().Is6() && p.Bits() < widest6 {
		return "is wider than any constituency", "a prefix of /" + strconv.Itoa(widest4) + " or longer, of IPv6 /" + strconv.Itoa(widest6) + " or longer"
	}
	for _, n := range unclaimed {
		if n.Overlaps(p) {
			return "lies in " + n.String() + ", which is nobody's", "public addresses"
		}
	}
	return "", ""
}

// Stale says from when on a fact is unconfirmed: from its end, or from when the
// agreement's length after its confirmation has run out, whichever is earlier; a
// zero length counts the end only. Zero where an instant is none. CONTACT-9
func Stale(confirmed, until string, length clock.Length) time.Time {
	c, err := time.Parse(TimeLayout, confirmed)
	u, err2 := time.Parse(TimeLayout, until)
	if err != nil || err2 != nil {
		return time.Time{}
	}
	if by, ok, err := length.Deadline(c, clock.UTC()); err == nil && ok && by.Before(u) {
		return by
	}
	return u
}
