package contactfile

import (
	"fmt"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
)

func readSecurity(s *source, o Options, yield func(Row) bool) error {
	all, err := s.all()
	if err != nil {
		return err
	}
	e, err := o.fromSecurity(all)
	yield(Row{1, e, err})
	return nil
}

// fromSecurity reads a security.txt. A signature around it is taken off and not
// verified. RFC 9116 §2
func (o Options) fromSecurity(all string) (*Entry, error) {
	signed := strings.HasPrefix(all, "-----BEGIN PGP SIGNED MESSAGE-----")
	if signed {
		_, rest, _ := strings.Cut(all, "\n\n")
		all, _, _ = strings.Cut(rest, "\n-----BEGIN PGP SIGNATURE-----")
	}
	fields := map[string][]string{}
	for n, l := range strings.Split(all, "\n") {
		l = strings.TrimPrefix(strings.TrimSpace(l), "- ") // RFC 9580: dash-escaped
		if l == "" || strings.HasPrefix(l, "#") {
			continue
		}
		name, value, ok := strings.Cut(l, ":")
		if !ok || strings.ContainsAny(name, " \t") {
			return nil, parley.E(parley.Invalid, "line %d is no field; want a name, a colon and a value", n+1)
		}
		name = strings.ToLower(name)
		if fields[name] = append(fields[name], strings.TrimSpace(value)); len(fields[name]) > 100 {
			return nil, parley.E(parley.Invalid, "more than 100 fields %s; want fewer", quote(name))
		}
	}
	if len(fields["contact"]) == 0 {
		return nil, parley.E(parley.Invalid, "no Contact field; want at least one, such as Contact: mailto:security@aster.example")
	}
	for _, once := range []string{"expires", "preferred-languages"} {
		if len(fields[once]) > 1 {
			return nil, parley.E(parley.Invalid, "%s stands %d times; want it once", once, len(fields[once]))
		}
	}
	e, err := o.entry(securityName(fields))
	if err != nil {
		return nil, err
	}
	if signed {
		e.left("signature", "OpenPGP", "it is not verified here")
	}
	for _, c := range fields["contact"] {
		scheme, address, ok := strings.Cut(c, ":")
		switch scheme = strings.ToLower(scheme); {
		case ok && scheme == "mailto":
			e.route(parley.RouteMail, address)
		case ok && scheme == "tel":
			e.route(parley.RouteTelephone, address)
		default:
			e.route(parley.RouteOther, c)
		}
	}
	for _, k := range fields["encryption"] {
		if f, ok := strings.CutPrefix(strings.ToLower(k), "openpgp4fpr:"); ok {
			e.key("pgp", f, "", firstOf(routes(&e.Contact, parley.RouteMail)))
		} else {
			e.left("key", k, "nothing is fetched: give its fingerprint")
		}
	}
	for _, l := range fields["preferred-languages"] {
		for tag := range strings.SplitSeq(l, ",") {
			e.language(tag)
		}
	}
	if len(fields["expires"]) == 0 {
		e.left("Expires", "", "the file has none, which RFC 9116 demands")
		return e, nil
	}
	until, err := time.Parse(time.RFC3339, fields["expires"][0])
	if err != nil {
		return nil, parley.E(parley.Invalid, "Expires %s is no instant that exists; want such as 2027-01-31T09:00:00Z", quote(fields["expires"][0]))
	}
	until = until.UTC().Truncate(time.Second)
	if !until.After(o.Now) { // it ran out: keep it, so that it shows as unconfirmed
		o.dated(e, until.Add(-o.Valid))
	}
	e.Contact.Until = until.Format(form.TimeLayout)
	return e, nil
}

// securityName is the host that the file speaks for.
func securityName(fields map[string][]string) string {
	for _, c := range fields["canonical"] {
		if rest, ok := strings.CutPrefix(c, "https://"); ok {
			host, _, _ := strings.Cut(rest, "/")
			return host
		}
	}
	for _, c := range fields["contact"] {
		if _, host, ok := strings.Cut(c, "@"); ok {
			return host
		}
	}
	return "security.txt"
}

// securityText writes the fields that a contact point can fill. RFC 9116 §2
func (o Options) securityText(e *Entry) string {
	c := &e.Contact
	var b strings.Builder
	for _, r := range c.Routes {
		switch r.Route {
		case parley.RouteMail:
			fmt.Fprintf(&b, "Contact: mailto:%s\n", r.Address)
		case parley.RouteTelephone, parley.RouteEmergency:
			fmt.Fprintf(&b, "Contact: tel:%s\n", strings.ReplaceAll(r.Address, " ", "-"))
		}
	}
	fmt.Fprintf(&b, "Expires: %s\n", c.Until)
	for _, k := range c.Keys {
		if k.Sort == "pgp" {
			fmt.Fprintf(&b, "Encryption: openpgp4fpr:%s\n", k.Fingerprint)
		}
	}
	if len(c.Languages) > 0 {
		fmt.Fprintf(&b, "Preferred-Languages: %s\n", strings.Join(c.Languages, ", "))
	}
	return b.String()
}
