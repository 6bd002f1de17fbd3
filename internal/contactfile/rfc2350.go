package contactfile

import (
	"fmt"
	"regexp"
	"strings"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/form"
)

// Sections of a description, RFC 2350 Appendix D. People renumber them and keep
// the titles, so that titles count first.
var (
	heading = regexp.MustCompile(`^\s*(\d+(?:\.\d+)*)\.?\s+(\S.*?)\s*:?\s*$`)
	mailIn  = regexp.MustCompile(`[A-Za-z0-9!#$%&'*+/=?^_{|}~.-]+(?:@|\s*\(at\)\s*|\s*\[at\]\s*)[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+`)
	phoneIn = regexp.MustCompile(`\+?\d[\d ()./-]{5,24}\d`)
	printIn = regexp.MustCompile(`(?:[0-9A-Fa-f]{4}[ :\x{a0}]*){10,16}`)
	valueIn = regexp.MustCompile(`(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2})?|[0-9A-Fa-f:]*::?[0-9A-Fa-f:]*/\d{1,3}|\bAS\d{1,10}\b|(?:\*\.|\b)[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b`)
)

func readRFC2350(s *source, o Options, yield func(Row) bool) error {
	all, err := s.all()
	if err != nil {
		return err
	}
	e, err := o.fromRFC2350(all)
	yield(Row{1, e, err})
	return nil
}

// sections are the texts below each title, in small letters; the number too.
func sections(all string) map[string]string {
	by := map[string]string{}
	title := ""
	var body []string
	put := func() {
		if title != "" && strings.TrimSpace(strings.Join(body, "")) != "" {
			by[title] = strings.TrimSpace(by[title] + "\n" + strings.Join(body, "\n"))
		}
		body = nil
	}
	for l := range strings.SplitSeq(all, "\n") {
		m := heading.FindStringSubmatch(l)
		if m != nil && !printIn.MatchString(l) && !strings.ContainsAny(m[2], "@+") && len(m[2]) < 80 && !numeric(m[2]) {
			put()
			title = strings.ToLower(m[2])
			continue
		}
		body = append(body, strings.TrimSpace(l))
	}
	put()
	return by
}

func numeric(s string) bool { return strings.Trim(s, "0123456789 .-/()") == "" }

// part finds a section by a word of its title.
func part(by map[string]string, names ...string) string {
	for _, n := range names {
		for title, body := range by {
			if strings.Contains(title, n) && (n != "telephone" || !strings.Contains(title, "other")) {
				return body
			}
		}
	}
	return ""
}

func (o Options) fromRFC2350(all string) (*Entry, error) {
	by := sections(all)
	if len(by) == 0 {
		return nil, parley.E(parley.Invalid, "no sections; want the numbered titles of RFC 2350, such as 2.1 Name of the Team")
	}
	name := part(by, "name of the team", "name of team", "team name")
	short, _, _ := strings.Cut(strings.TrimSpace(name), "\n")
	e, err := o.entry(short)
	if err != nil {
		return nil, parley.E(parley.Invalid, "no section with the name of the team; want 2.1 Name of the Team")
	}
	if parts := strings.Split(name, "\n"); len(parts) > 1 {
		e.Full = line(parts[1], 200)
	}
	if day, ok := parseDay(strings.TrimRight(line(part(by, "date of last update"), 100), ".")); ok {
		if d, ok := at(day + "T00:00:00Z"); ok {
			o.dated(e, d)
		}
	}
	for l := range strings.SplitSeq(part(by, "telephone number", "telephone"), "\n") {
		kind := parley.RouteTelephone
		if low := strings.ToLower(l); strings.Contains(low, "emergency") || strings.Contains(low, "24/7") || strings.Contains(low, "24x7") {
			kind = parley.RouteEmergency
		}
		for _, n := range phoneIn.FindAllString(l, 4) {
			e.route(kind, n)
		}
	}
	for _, m := range mailIn.FindAllString(part(by, "electronic mail", "e-mail", "email"), 8) {
		e.route(parley.RouteMail, strings.NewReplacer("(at)", "@", "[at]", "@", " ", "").Replace(m))
	}
	for _, n := range phoneIn.FindAllString(part(by, "facsimile", "fax"), 2) {
		e.route(parley.RouteFax, n)
	}
	if other := line(part(by, "other telecommunication"), 200); other != "" && !none(other) {
		e.route(parley.RouteOther, other)
	}
	address := firstOf(routes(&e.Contact, parley.RouteMail))
	for _, f := range printIn.FindAllString(part(by, "public keys", "encryption information"), maxKeys) {
		e.key("pgp", strings.TrimSpace(f), "", address)
	}
	e.zoneWords(part(by, "time zone", "time-zone", "timezone"), o)
	hours := part(by, "points of customer contact", "hours of operation", "operating hours", "business hours")
	if lines, note := ParseHours(line(hours, 2000)); len(lines) > 0 && note == "" {
		e.Contact.Hours = lines
	} else if hours != "" {
		e.left("hours", line(hours, 200), "want such as 09:00 to 17:00 Monday to Friday, or 24/7")
	}
	held := part(by, "constituency")
	e.inWords(held)
	for _, v := range valueIn.FindAllString(held, 2000) {
		e.claim(v)
	}
	return e, nil
}

func none(s string) bool {
	s = strings.ToLower(strings.Trim(s, " ."))
	return s == "none" || s == "none available" || s == "n/a" || s == "not available" || s == "-"
}

var zoneIn = regexp.MustCompile(`\b[A-Z][A-Za-z]+/[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z_]+)?\b`)
var utcIn = regexp.MustCompile(`(?:UTC|GMT)\s*[+-]\s*\d{1,2}(?::?\d\d)?`)

// zoneWords finds a zone in a sentence such as "CET (UTC+1), Europe/Vienna".
func (e *Entry) zoneWords(s string, o Options) {
	if s = line(s, 300); s == "" {
		return
	}
	for _, name := range zoneIn.FindAllString(s, 3) {
		if _, err := Zone(name, o.Now, o.Years); err == nil {
			e.zone(name, o)
			return
		}
	}
	all := utcIn.FindAllString(s, 3)
	if len(all) == 0 {
		e.left("zone", s, "want a name of the IANA database, or an offset such as UTC+02:00")
		return
	}
	e.zone(strings.ReplaceAll(all[0], " ", ""), o)
	if len(all) > 1 {
		e.summer(strings.ReplaceAll(all[1], " ", ""))
	}
}

// rfc2350Text writes the sections that a contact point can fill. RFC 2350 Appendix D
func (o Options) rfc2350Text(e *Entry) string {
	c := &e.Contact
	var b strings.Builder
	section := func(number, title string, lines ...string) {
		fmt.Fprintf(&b, "%s %s\n\n", number, title)
		for _, l := range lines {
			for one := range strings.SplitSeq(l, "\n") {
				fmt.Fprintf(&b, "   %s\n", one)
			}
		}
		b.WriteString("\n")
	}
	or := func(l []string) []string {
		if len(l) == 0 {
			return []string{"None available."}
		}
		return l
	}
	section("1.", "Document Information")
	day, _, _ := strings.Cut(c.Confirmed, "T")
	section("1.1", "Date of Last Update", day)
	section("2.", "Contact Information")
	section("2.1", "Name of the Team", append([]string{e.Name}, one(e.Full)...)...)
	section("2.2", "Address", or(one(e.Host))...)
	section("2.3", "Time Zone", zoneLine(c, o))
	var phones []string
	for _, r := range c.Routes {
		switch r.Route {
		case parley.RouteTelephone:
			phones = append(phones, r.Address)
		case parley.RouteEmergency:
			phones = append(phones, r.Address+" (emergency)")
		}
	}
	section("2.4", "Telephone Number", or(phones)...)
	section("2.5", "Facsimile Number", or(routes(c, parley.RouteFax))...)
	section("2.6", "Other Telecommunication", or(routes(c, parley.RouteNode, parley.RouteRadio, parley.RouteOther))...)
	section("2.7", "Electronic Mail Address", or(routes(c, parley.RouteMail))...)
	var keys []string
	for _, k := range c.Keys {
		l := map[string]string{"pgp": "OpenPGP", "smime": "S/MIME"}[k.Sort] + " fingerprint: " + spaced(k.Fingerprint)
		if k.Expires != "" {
			l += " (expires " + k.Expires + ")"
		}
		keys = append(keys, l)
	}
	section("2.8", "Public Keys and Other Encryption Information", or(keys)...)
	section("2.9", "Team Members", "Roles only: "+roleLine(c))
	section("2.11", "Points of Customer Contact", "Hours: "+orElse(strings.Join(c.Hours, "; "), "those of the body"))
	section("3.", "Charter")
	var held []string
	if k := c.Constituency; k != nil {
		if k.Note != nil {
			held = append(held, k.Note.Text)
		}
		for _, n := range k.ASNs {
			held = append(held, asnText(n))
		}
		held = append(append(held, k.Networks...), k.Domains...)
		if len(k.Sectors) > 0 {
			held = append(held, "Sectors: "+strings.Join(k.Sectors, ", "))
		}
	}
	section("3.2", "Constituency", or(held)...)
	return b.String()
}

func roleLine(c *form.Contact) string {
	if len(c.Title) == 0 {
		return c.Point
	}
	return c.Title[0].Text + " (" + c.Track + ")"
}

func zoneLine(c *form.Contact, o Options) string {
	if c.Calendar == nil {
		return "As the party's calendar says."
	}
	t := c.Calendar.Table()
	cal, err := t.Calendar()
	if err != nil {
		return c.Zone
	}
	return strings.TrimSpace(c.Zone + " (UTC" + clockOffset(cal, o) + " now)")
}

func clockOffset(cal *clock.Calendar, o Options) string { return cal.Local(o.Now).Format("-07:00") }
