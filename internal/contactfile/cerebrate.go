package contactfile

import (
	"encoding/json"
	"sort"
	"strings"

	"parley.example/parley"
)

// cerebrateOrg is an organisation as Cerebrate's API writes it: meta fields stand
// by template and field, a field with one value as a word.
type cerebrateOrg struct {
	Name        words           `json:"name"`
	URL         words           `json:"url"`
	Nationality words           `json:"nationality"`
	Sector      words           `json:"sector"`
	Contacts    words           `json:"contacts"`
	Modified    words           `json:"modified"`
	Meta        json.RawMessage `json:"meta_fields"`
	Keys        []struct {
		Type        words `json:"type"`
		Fingerprint words `json:"fingerprint"`
		Expires     words `json:"expires"`
		Revoked     bool  `json:"revoked"`
	} `json:"encryption_keys"`
}

func readCerebrate(s *source, o Options, yield func(Row) bool) error {
	return s.elements("organisations", func(n int, raw json.RawMessage) bool {
		return yield(rowOf(n, raw, o.fromCerebrate))
	})
}

func (o Options) fromCerebrate(t *cerebrateOrg) (*Entry, error) {
	e, err := o.entry(t.Name.first())
	if err != nil {
		return nil, err
	}
	e.Country, e.Website = line(t.Nationality.first(), 60), line(t.URL.first(), 300)
	if day, ok := parseDay(t.Modified.first()); ok {
		if d, ok := at(day + "T00:00:00Z"); ok {
			o.dated(e, d)
		}
	}
	for _, w := range t.Sector {
		e.sector(w)
	}
	for _, w := range t.Contacts {
		if strings.Contains(w, "@") {
			e.route(parley.RouteMail, w)
		} else {
			e.route(parley.RouteOther, w)
		}
	}
	meta, err := metaFields(t.Meta)
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"email", "Email"} {
		for _, w := range meta[name] {
			e.route(parley.RouteMail, w)
		}
	}
	for _, w := range meta["phone-emergency"] {
		e.route(parley.RouteEmergency, w)
	}
	for _, w := range meta["phone"] {
		e.route(parley.RouteTelephone, w)
	}
	for _, w := range meta["other-communication"] {
		e.route(parley.RouteOther, w)
	}
	e.Full, e.Host = line(words(append(meta["team-full"], meta["team-name"]...)).first(), 200), line(meta["host"].first(), 200)
	e.hours(strings.Join(meta["operating-hours"], "; "))
	e.zone(meta["timezone"].first(), o)
	e.summer(meta["timezone-dst"].first())
	e.inWords(words(append(meta["constituency-description"], meta["constituency"]...)).first())
	for _, name := range []string{"IPv4 address", "IPv6 address", "Domain"} {
		for _, w := range meta[name] {
			e.claim(w)
		}
	}
	for _, w := range meta["AS Number"] {
		e.claim("AS" + strings.TrimPrefix(strings.ToUpper(w), "AS"))
	}
	for _, w := range meta["Sector"] {
		e.sector(w)
	}
	for _, k := range t.Keys {
		if !k.Revoked {
			e.key(map[bool]string{true: "smime", false: "pgp"}[strings.EqualFold(k.Type.first(), "smime")], k.Fingerprint.first(), k.Expires.first(), "")
		}
	}
	return e, nil
}

// metaFields are the values by field, whatever the template; an empty one is a
// list in PHP's JSON.
func metaFields(raw json.RawMessage) (map[string]words, error) {
	all := map[string]words{}
	if len(raw) == 0 || raw[0] == '[' || string(raw) == "null" {
		return all, nil
	}
	var byTemplate map[string]map[string]words
	if err := json.Unmarshal(raw, &byTemplate); err != nil {
		return nil, parley.E(parley.Invalid, "meta_fields: %v; want values by template and field", err)
	}
	names := make([]string, 0, len(byTemplate))
	for t := range byTemplate {
		names = append(names, t)
	}
	sort.Strings(names)
	for _, t := range names {
		for field, values := range byTemplate[t] {
			all[field] = append(all[field], values...)
		}
	}
	return all, nil
}

func (o Options) cerebrateRow(e *Entry) any {
	c := &e.Contact
	first := map[string]any{"team": e.Name}
	put := func(m map[string]any, name string, values ...string) {
		switch len(values) {
		case 0:
		case 1:
			if values[0] != "" {
				m[name] = values[0]
			}
		default:
			m[name] = values
		}
	}
	put(first, "team-full", e.Full)
	put(first, "host", e.Host)
	put(first, "email", routes(c, parley.RouteMail)...)
	put(first, "phone", routes(c, parley.RouteTelephone)...)
	put(first, "phone-emergency", routes(c, parley.RouteEmergency)...)
	put(first, "other-communication", routes(c, parley.RouteOther, parley.RouteNode, parley.RouteFax, parley.RouteRadio)...)
	put(first, "operating-hours", strings.Join(c.Hours, "; "))
	put(first, "timezone", orElse(c.Zone, o.offset(c)))
	meta := map[string]any{"FIRST Directory": first}
	sector := ""
	if k := c.Constituency; k != nil {
		held := map[string]any{}
		var four, six, systems []string
		for _, n := range k.Networks {
			if strings.Contains(n, ":") {
				six = append(six, n)
			} else {
				four = append(four, n)
			}
		}
		for _, n := range k.ASNs {
			systems = append(systems, asnText(n))
		}
		put(held, "IPv4 address", four...)
		put(held, "IPv6 address", six...)
		put(held, "AS Number", systems...)
		put(held, "Domain", k.Domains...)
		put(held, "Sector", k.Sectors...)
		if len(held) > 0 {
			meta["CSIRT Constituency"] = held
		}
		if k.Note != nil {
			put(first, "constituency-description", k.Note.Text)
		}
		sector = strings.Join(k.Sectors, ", ")
	}
	m := map[string]any{"name": e.Name, "url": e.Website, "nationality": e.Country, "sector": sector, "meta_fields": meta}
	type key struct {
		Type        string `json:"type"`
		Fingerprint string `json:"fingerprint"`
		Expires     string `json:"expires,omitempty"`
	}
	var keys []key
	for _, k := range c.Keys {
		keys = append(keys, key{k.Sort, strings.ToUpper(k.Fingerprint), k.Expires})
	}
	if keys != nil {
		m["encryption_keys"] = keys
	}
	if t, ok := at(c.Confirmed); ok {
		m["modified"] = t.Format("2006-01-02T15:04:05+00:00")
	}
	return m
}
