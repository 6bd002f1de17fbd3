package contactfile

import (
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
)

// tiTeam is a team of the Trusted Introducer's directory, teams.json.
type tiTeam struct {
	Official words `json:"official_name"`
	Short    words `json:"short_name"`
	Host     words `json:"host_organisation"`
	Country  struct {
		Code words `json:"code"`
	} `json:"country"`
	Constituency struct {
		Types   words `json:"types"`
		ASNs    words `json:"asns"`
		Domains words `json:"domains"`
		Ranges  words `json:"ipranges"`
	} `json:"constituency"`
	Hours words `json:"business_hours"`
	Zone  words `json:"business_hours_timezone"`
	Keys  []struct {
		Fingerprint words `json:"fingerprint"`
		Expires     words `json:"expires"`
	} `json:"pgp_keys"`
	Phones []struct {
		Usage   words `json:"usage"`
		Number  words `json:"number"`
		Comment words `json:"comments"`
	} `json:"phones"`
	Mails []struct {
		Address words `json:"address"`
		Usage   words `json:"usage"`
	} `json:"emails"`
}

func readTi(s *source, o Options, yield func(Row) bool) error {
	return s.elements("teams", func(n int, raw json.RawMessage) bool {
		return yield(rowOf(n, raw, o.fromTi))
	})
}

func (o Options) fromTi(t *tiTeam) (*Entry, error) {
	e, err := o.entry(orElse(t.Short.first(), t.Official.first()))
	if err != nil {
		return nil, err
	}
	e.Full, e.Host, e.Country = line(t.Official.first(), 200), line(t.Host.first(), 200), line(t.Country.Code.first(), 60)
	e.hours(t.Hours.first())
	e.zone(t.Zone.first(), o)
	for _, emergency := range []bool{true, false} { // the emergency number is tried first
		for _, p := range t.Phones {
			kind := parley.RouteTelephone
			switch {
			case has(p.Usage, "emergency"):
				kind = parley.RouteEmergency
			case has(p.Usage, "fax") && !has(p.Usage, "voice"):
				kind = parley.RouteFax
			}
			if (kind == parley.RouteEmergency) != emergency {
				continue
			}
			n := len(e.Contact.Routes)
			e.route(kind, p.Number.first())
			if note := text(p.Comment.first(), 500); note != "" && len(e.Contact.Routes) > n {
				e.Contact.Routes[n].Note = &form.TextContent{Language: "en", Text: note}
			}
		}
	}
	address := ""
	for _, m := range t.Mails {
		e.route(parley.RouteMail, m.Address.first())
		address = orElse(address, m.Address.first())
	}
	for _, k := range t.Keys {
		e.key("pgp", k.Fingerprint.first(), k.Expires.first(), address)
	}
	for _, w := range t.Constituency.Types {
		e.sector(w)
	}
	for _, n := range t.Constituency.ASNs {
		e.claim("AS" + strings.TrimPrefix(strings.ToUpper(n), "AS"))
	}
	for _, list := range []words{t.Constituency.Domains, t.Constituency.Ranges} {
		for _, v := range list {
			e.claim(v)
		}
	}
	return e, nil
}

func has(list words, word string) bool {
	for _, w := range list {
		if strings.EqualFold(w, word) {
			return true
		}
	}
	return false
}

func (o Options) tiRow(e *Entry) any {
	type phone struct {
		Usage  []string `json:"usage"`
		Number string   `json:"number"`
	}
	type mailbox struct {
		Address string   `json:"address"`
		Usage   []string `json:"usage"`
	}
	type key struct {
		Fingerprint string `json:"fingerprint"`
		Expires     string `json:"expires,omitempty"`
	}
	c := &e.Contact
	phones, mails, keys := []phone{}, []mailbox{}, []key{}
	for _, r := range c.Routes {
		switch r.Route {
		case parley.RouteTelephone:
			phones = append(phones, phone{[]string{"voice"}, r.Address})
		case parley.RouteEmergency:
			phones = append(phones, phone{[]string{"voice", "emergency"}, r.Address})
		case parley.RouteFax:
			phones = append(phones, phone{[]string{"fax"}, r.Address})
		case parley.RouteMail:
			mails = append(mails, mailbox{r.Address, []string{"contact"}})
		}
	}
	for _, k := range c.Keys {
		if k.Sort == "pgp" {
			keys = append(keys, key{spaced(k.Fingerprint), k.Expires})
		}
	}
	held := map[string]any{"types": []string{}, "asns": []uint32{}, "domains": []string{}, "ipranges": []string{}}
	if k := c.Constituency; k != nil {
		held = map[string]any{"types": list(k.Sectors), "asns": list(k.ASNs), "domains": list(k.Domains), "ipranges": list(k.Networks)}
	}
	m := map[string]any{"official_name": orElse(e.Full, e.Name), "short_name": e.Name, "host_organisation": e.Host, "country": map[string]string{"code": e.Country},
		"constituency": held, "business_hours": strings.Join(c.Hours, "; "), "business_hours_timezone": orElse(c.Zone, o.offset(c)),
		"pgp_keys": keys, "phones": phones, "emails": mails}
	return m
}

func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// spaced is a fingerprint as people read it: capital letters in groups of four.
func spaced(f string) string {
	var b strings.Builder
	for i, r := range strings.ToUpper(f) {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// at reads an instant of a record.
func at(s string) (time.Time, bool) {
	t, err := time.Parse(form.TimeLayout, s)
	return t, err == nil
}
