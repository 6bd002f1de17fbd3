package mispserver

import (
	"fmt"
	"io"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/misp"
)

// actions are the policies of a response policy zone, by MISP's words: what a resolver
// does with a name.
var actions = map[string]string{"NXDOMAIN": ".", "NODATA": "*.", "DROP": "rpz-drop.", "PASSTHRU": "rpz-passthru.", "TCP-only": "rpz-tcp-only."}

var (
	dnsName  = regexp.MustCompile(`^([A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}\.?$`)
	duration = regexp.MustCompile(`^[0-9]{1,9}[smhdwSMHDW]?$`)
)

func isName(s string) bool { return len(s) <= 253 && dnsName.MatchString(s) }

// rpzOutput writes a response policy zone as a file that resolvers load. Its serial is
// the time of its making, so it grows.
type rpzOutput struct {
	*protective
	head   string
	action string
}

func (q *request) newRPZ(f *filter) (*rpzOutput, error) {
	get := func(name, other string) string {
		if v := f.flags.get(name); v != "" {
			return v
		}
		return other
	}
	names := map[string]string{"ns": get("ns", "localhost."), "email": get("email", "root.localhost"), "ns_alt": get("ns_alt", "")}
	for name, v := range names {
		if v != "" && !isName(v) {
			return nil, parley.E(parley.Invalid, "%s is %.80q: want a name of DNS", name, v)
		}
	}
	numbers := []string{}
	for _, n := range [][2]string{{"refresh", "2h"}, {"retry", "30m"}, {"expiry", "30d"}, {"minimum_ttl", "1h"}, {"ttl", "1w"}} {
		v := get(n[0], n[1])
		if !duration.MatchString(v) {
			return nil, parley.E(parley.Invalid, "%s is %.40q: want a length such as 2h", n[0], v)
		}
		numbers = append(numbers, v)
	}
	policy := get("policy", "NXDOMAIN")
	action := actions[policy]
	if policy == "Local-Data" {
		if action = get("walled_garden", ""); !isName(action) {
			return nil, parley.E(parley.Invalid, "policy Local-Data: want the walled_garden's name")
		}
		action = strings.TrimSuffix(action, ".") + "."
	}
	if action == "" {
		return nil, parley.E(parley.Invalid, "policy %.40q: want NXDOMAIN, NODATA, DROP, PASSTHRU, TCP-only or Local-Data", policy)
	}
	head := fmt.Sprintf("$TTL %s;\n@               SOA %s %s (%d %s)\n                NS %s\n", numbers[4], names["ns"], names["email"], q.Now().Unix(), strings.Join(numbers[:4], " "), names["ns"])
	if names["ns_alt"] != "" {
		head += "                NS " + names["ns_alt"] + "\n"
	}
	return &rpzOutput{q.protective(), head + "\n", action}, nil
}

func (o *rpzOutput) open(w io.Writer) error { return put(w, o.head) }

func (o *rpzOutput) add(w io.Writer, _ *misp.Event, hits []hit) error {
	var b strings.Builder
	o.each(hits, func(_ hit, kind, value string) {
		switch kind {
		case "domain", "hostname":
			v, err := indicator.Parse("domain-name", value)
			if err != nil || !isName(v.Text) {
				fmt.Fprintf(&b, "; left out: %s: is no name of DNS\n", line(value))
				return
			}
			if o.once("name", v.Text) {
				fmt.Fprintf(&b, "%s CNAME %s\n", v.Text, o.action)
			}
			if kind == "domain" && o.once("below", v.Text) {
				fmt.Fprintf(&b, "*.%s CNAME %s\n", v.Text, o.action)
			}
		case "ip-src", "ip-dst":
			name, ok := rpzAddress(value)
			if !ok {
				fmt.Fprintf(&b, "; left out: %s: is no address and no network\n", line(value))
			} else if o.once("address", name) {
				fmt.Fprintf(&b, "%s CNAME %s\n", name, o.action)
			}
		}
	})
	if err := put(w, b.String()); err != nil {
		return err
	}
	return o.drain(w, ";")
}

func (o *rpzOutput) close(io.Writer) error { return nil }

// rpzAddress writes an address or a network as a policy zone does: its length first,
// then its parts from the last, "zz" for a run of zeros.
func rpzAddress(text string) (string, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return "", false
		}
		a = a.Unmap()
		p = netip.PrefixFrom(a, a.BitLen())
	}
	p = p.Masked()
	if p.Bits() == 0 {
		return "", false // everything: nobody means that
	}
	sep, s := ".", p.Addr().String()
	if p.Addr().Is6() {
		sep, s = ":", strings.Replace(s, "::", ":zz:", 1)
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return string(r) == sep })
	slices.Reverse(parts)
	return strconv.Itoa(p.Bits()) + "." + strings.Join(parts, ".") + ".rpz-ip", true
}
