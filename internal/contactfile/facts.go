package contactfile

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/constituency"
)

// Bounds of what one row may bring: those of a record's form, so that a row can
// become one.
const (
	maxRoutes   = 16
	maxKeys     = 8
	maxNetworks = 1500
	maxASNs     = 500
	maxDomains  = 500
	maxSectors  = 40
)

// new begins an entry; a row without a name is broken.
func (o Options) entry(name string) (*Entry, error) {
	name = line(name, 200)
	if name == "" {
		return nil, parley.E(parley.Invalid, "no name; want the name of a team")
	}
	e := &Entry{Name: name}
	e.Contact.Point = slug(name)
	e.Contact.Title = []form.TextContent{{Language: "en", Text: name}}
	e.Contact.Track = "technical"
	o.dated(e, o.Now)
	return e, nil
}

// dated says since when the entry holds.
func (o Options) dated(e *Entry, at time.Time) {
	at = at.UTC().Truncate(time.Second)
	e.Contact.Confirmed = at.Format(form.TimeLayout)
	e.Contact.Until = at.Add(o.Valid).Format(form.TimeLayout)
}

// line is foreign text as one line: no control characters, no marks that turn the
// direction of writing, at most n octets.
func line(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || r == '\u2028' || r == '\u2029' }), " ")
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\ufeff' {
			return -1
		}
		return r
	}, s)
	for len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return strings.TrimSpace(s)
}

// slug is a word made of a name: letters and digits of ASCII with hyphens between.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= 40 {
			break
		}
	}
	if w := strings.Trim(b.String(), "-"); w != "" {
		return w
	}
	return "team"
}

// route adds a way to reach the entry, in its one spelling.
func (e *Entry) route(kind, address string) {
	said := line(address, 300)
	if said == "" {
		return
	}
	ok := true
	switch kind {
	case parley.RouteTelephone, parley.RouteEmergency, parley.RouteFax:
		address = telephone(said)
		ok = form.IsTelephone(address)
	case parley.RouteMail:
		address = mail(said)
		ok = form.IsMail(address)
	default:
		address = line(said, 200)
	}
	t := form.ContactRoute{Route: kind, Address: address}
	switch {
	case !ok:
		e.left(kind, said, "want digits, or an address in ASCII")
	case slices.ContainsFunc(e.Contact.Routes, func(o form.ContactRoute) bool { return o.Route == kind && o.Address == address }):
	case len(e.Contact.Routes) == maxRoutes:
		e.left(kind, said, "more than "+strconv.Itoa(maxRoutes)+" routes")
	default:
		e.Contact.Routes = append(e.Contact.Routes, t)
	}
}

// telephone spells a number with single spaces: "+43 (0)1/505-6416" is +43 1 505
// 6416. What holds letters stays as it is, for the form to refuse.
func telephone(s string) string {
	s = strings.ReplaceAll(strings.TrimPrefix(s, "tel:"), "(0)", " ")
	if rest, ok := strings.CutPrefix(strings.TrimSpace(s), "00"); ok {
		s = "+" + rest
	}
	s = strings.Map(func(r rune) rune {
		if strings.ContainsRune("()-./\u00a0\u2010\u2011\u2012\u2013", r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	return strings.Replace(s, "+ ", "+", 1)
}

// mail spells an address: the host in ASCII and lower case.
func mail(s string) string {
	s = strings.TrimPrefix(s, "mailto:")
	if i := strings.LastIndexByte(s, '<'); i >= 0 && strings.HasSuffix(s, ">") {
		s = s[i+1 : len(s)-1]
	}
	s, _, _ = strings.Cut(s, "?")
	local, host, ok := strings.Cut(strings.TrimSpace(s), "@")
	if name, err := constituency.CanonicalDomain(host); ok && err == nil {
		return local + "@" + name
	}
	return s
}

// key adds a key by its fingerprint; expires is a day, or "".
func (e *Entry) key(sort, fingerprint, expires, address string) {
	said := line(fingerprint, 200)
	if said == "" {
		return
	}
	f := strings.ToLower(strings.Map(func(r rune) rune {
		if r == ' ' || r == ':' || r == '\u00a0' {
			return -1
		}
		return r
	}, said))
	f = strings.TrimPrefix(strings.TrimPrefix(f, "openpgp4fpr"), "0x")
	if len(f) != 40 && len(f) != 64 || strings.Trim(f, "0123456789abcdef") != "" {
		e.left("key", said, "want a whole fingerprint, 40 or 64 hex digits")
		return
	}
	if slices.ContainsFunc(e.Contact.Keys, func(k form.ContactKey) bool { return k.Fingerprint == f }) {
		return
	}
	if len(e.Contact.Keys) == maxKeys {
		e.left("key", said, "more than "+strconv.Itoa(maxKeys)+" keys")
		return
	}
	k := form.ContactKey{Sort: sort, Fingerprint: f}
	if a := mail(line(address, 200)); form.IsMail(a) {
		k.Address = a
	}
	if expires != "" {
		day, ok := parseDay(expires)
		if !ok {
			e.left("a key's last day", expires, "want a day such as 2027-01-31")
		} else {
			k.Expires = day
		}
	}
	e.Contact.Keys = append(e.Contact.Keys, k)
}

// parseDay reads the days that the formats write.
func parseDay(s string) (string, bool) {
	s = strings.TrimSpace(s)
	for _, layout := range []string{form.DateLayout, time.RFC3339, "2006-01-02 15:04:05", "January 2, 2006", "2 January 2006", time.RFC1123} {
		if t, err := time.Parse(layout, s); err == nil && t.Year() >= 1900 {
			return t.Format(form.DateLayout), true
		}
	}
	return "", false
}

// claim adds a network, system or domain.
func (e *Entry) claim(s string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return
	}
	v, err := constituency.ParseValue(s)
	if err != nil {
		e.left("constituency", s, err.Error())
		return
	}
	c := e.Contact.Constituency
	if c == nil {
		c = &form.Constituency{}
	}
	full := ""
	switch v.Sort {
	case constituency.Address, constituency.Prefix:
		if what, want := form.Claimable(v.Prefix); what != "" {
			e.left("network", s, "it "+what+"; want "+want)
			return
		}
		full = addOnce(&c.Networks, v.String(), maxNetworks)
	case constituency.ASN:
		if slices.Contains(c.ASNs, v.ASN) {
			break
		}
		if len(c.ASNs) == maxASNs {
			full = "more than " + strconv.Itoa(maxASNs)
			break
		}
		c.ASNs = append(c.ASNs, v.ASN)
	default:
		if strings.Contains(v.Name, "_") {
			full = "want a host name"
			break
		}
		full = addOnce(&c.Domains, v.Name, maxDomains)
	}
	if full != "" {
		e.left("constituency", s, full)
		return
	}
	e.Contact.Constituency = c
}

func addOnce(list *[]string, s string, most int) (full string) {
	if slices.Contains(*list, s) {
		return ""
	}
	if len(*list) == most {
		return "more than " + strconv.Itoa(most)
	}
	*list = append(*list, s)
	return ""
}

// sector adds a sector as a word.
func (e *Entry) sector(s string) {
	if strings.TrimSpace(s) == "" {
		return
	}
	if e.Contact.Constituency == nil {
		e.Contact.Constituency = &form.Constituency{}
	}
	if full := addOnce(&e.Contact.Constituency.Sectors, slug(s), maxSectors); full != "" {
		e.left("sector", s, full)
	}
}

// inWords keeps a constituency's description.
func (e *Entry) inWords(s string) {
	if s = text(s, 2000); s == "" {
		return
	}
	if e.Contact.Constituency == nil {
		e.Contact.Constituency = &form.Constituency{}
	}
	e.Contact.Constituency.Note = &form.TextContent{Language: "en", Text: s}
}

// text is foreign text of several lines.
func text(s string, n int) string {
	var lines []string
	for l := range strings.SplitSeq(strings.ToValidUTF8(s, ""), "\n") {
		lines = append(lines, line(l, n))
	}
	s = strings.TrimSpace(strings.Join(lines, "\n"))
	for len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return strings.TrimSpace(s)
}

// language adds a language's tag.
func (e *Entry) language(s string) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" || len(s) > 20 {
		return
	}
	if !form.IsLanguage(s) {
		e.left("language", s, "want a tag such as en")
		return
	}
	addOnce(&e.Contact.Languages, s, 20)
}

// Claims are the values of a constituency, for an index.
func Claims(c *form.Constituency, visit func(constituency.Value)) {
	if c == nil {
		return
	}
	for _, n := range c.ASNs {
		visit(constituency.Value{Sort: constituency.ASN, ASN: n})
	}
	for _, s := range c.Networks {
		if p, err := netip.ParsePrefix(s); err == nil {
			visit(constituency.Value{Sort: constituency.Prefix, Prefix: p})
		} else if a, err := netip.ParseAddr(s); err == nil {
			visit(constituency.Value{Sort: constituency.Address, Prefix: netip.PrefixFrom(a, a.BitLen())})
		}
	}
	for _, s := range c.Domains {
		visit(constituency.Value{Sort: constituency.Domain, Name: s})
	}
}
