package contactfile

import (
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
)

// firstTeam is a team as api.first.org writes it: the public scope, and what
// members get beside it. GET /data/v1/teams
type firstTeam struct {
	Team        words `json:"team"`
	Full        words `json:"team-full"`
	Host        words `json:"host"`
	Country     words `json:"country"`
	Website     words `json:"website"`
	Mail        words `json:"email"`
	Phone       words `json:"phone"`
	Emergency   words `json:"phone-emergency"`
	Fax         words `json:"fax"`
	Other       words `json:"other-communication"`
	Zone        words `json:"timezone"`
	Summer      words `json:"timezone-dst"`
	Hours       words `json:"operating-hours"`
	Sector      words `json:"constituency"`
	Described   words `json:"constituency-description"`
	Fingerprint words `json:"pgp-fingerprint"`
	Modified    words `json:"last-modified"`
}

func readFirst(s *source, o Options, yield func(Row) bool) error {
	return s.elements("data", func(n int, raw json.RawMessage) bool {
		return yield(rowOf(n, raw, o.fromFirst))
	})
}

// rowOf reads one object of a list.
func rowOf[T any](n int, raw json.RawMessage, read func(*T) (*Entry, error)) Row {
	var t T
	if !isText(raw) {
		return Row{n, nil, parley.E(parley.Invalid, "not UTF-8; want it saved as UTF-8")}
	}
	if err := json.Unmarshal(raw, &t); err != nil {
		return Row{n, nil, parley.E(parley.Invalid, "%v; want the object of a team", err)}
	}
	e, err := read(&t)
	return Row{n, e, err}
}

func (o Options) fromFirst(t *firstTeam) (*Entry, error) {
	e, err := o.entry(t.Team.first())
	if err != nil {
		return nil, err
	}
	e.Full, e.Host, e.Country, e.Website = line(t.Full.first(), 200), line(t.Host.first(), 200), line(t.Country.first(), 60), line(t.Website.first(), 300)
	if at, err := time.Parse(time.RFC1123, t.Modified.first()); err == nil {
		o.dated(e, at)
	}
	e.hours(strings.Join(t.Hours, "; "))
	e.zone(t.Zone.first(), o)
	e.summer(t.Summer.first())
	for _, p := range t.Emergency {
		e.route(parley.RouteEmergency, p)
	}
	for _, p := range t.Phone {
		e.route(parley.RouteTelephone, p)
	}
	for _, p := range t.Mail {
		e.route(parley.RouteMail, p)
	}
	for _, p := range t.Fax {
		e.route(parley.RouteFax, p)
	}
	for _, p := range t.Other {
		e.route(parley.RouteOther, p)
	}
	for _, f := range t.Fingerprint {
		e.key("pgp", f, "", t.Mail.first())
	}
	for _, w := range t.Sector {
		e.sector(w)
	}
	e.inWords(t.Described.first())
	return e, nil
}

func (o Options) firstRow(e *Entry) any {
	c := &e.Contact
	m := map[string]any{"id": slug(e.Name), "team": e.Name, "team-full": orElse(e.Full, e.Name), "host": e.Host, "country": e.Country}
	set := func(name string, v any) {
		switch v := v.(type) {
		case string:
			if v != "" {
				m[name] = v
			}
		case []string:
			if len(v) > 0 {
				m[name] = v
			}
		}
	}
	set("website", one(e.Website))
	set("email", firstOf(routes(c, parley.RouteMail)))
	set("phone", routes(c, parley.RouteTelephone))
	set("phone-emergency", firstOf(routes(c, parley.RouteEmergency)))
	set("fax", firstOf(routes(c, parley.RouteFax)))
	set("other-communication", strings.Join(routes(c, parley.RouteOther, parley.RouteNode, parley.RouteRadio), "; "))
	set("operating-hours", strings.Join(c.Hours, "; "))
	set("timezone", orElse(c.Zone, o.offset(c)))
	if k := c.Constituency; k != nil {
		set("constituency", strings.Join(k.Sectors, ", "))
		if k.Note != nil {
			set("constituency-description", k.Note.Text)
		}
	}
	for _, k := range c.Keys {
		if _, there := m["pgp-fingerprint"]; k.Sort == "pgp" && !there {
			m["pgp-fingerprint"] = strings.ToUpper(k.Fingerprint)
		}
	}
	if t, err := time.Parse(form.TimeLayout, c.Confirmed); err == nil {
		m["last-modified"] = t.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")
	}
	return m
}

// routes are the addresses of some routes, in their order.
func routes(c *form.Contact, kinds ...string) []string {
	var list []string
	for _, r := range c.Routes {
		for _, k := range kinds {
			if r.Route == k {
				list = append(list, r.Address)
			}
		}
	}
	return list
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func one(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// offset is the difference from UTC that a calendar shows now, or "".
func (o Options) offset(c *form.Contact) string {
	if c.Calendar == nil {
		return ""
	}
	t := c.Calendar.Table()
	cal, err := t.Calendar()
	if err != nil {
		return ""
	}
	return cal.Local(o.Now).Format("-07:00")
}
