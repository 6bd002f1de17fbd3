package node

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"parley.example/parley/indicator"
)

// covering are the values that a value lies in: of an address or a prefix the prefixes
// around it, of a domain the domains above it but the last, of an e-mail address and of a
// URL those of their host, and the host. The index knows each of them, at most 128 and as
// many as a name has labels, so that a search with them costs what one for so many values
// costs.
func covering(v indicator.Value) (list []indicator.Value) {
	switch v.Kind {
	case "ipv4-addr", "ipv6-addr":
		return prefixes(v)
	case "domain-name":
		for name := v.Text; ; {
			_, above, ok := strings.Cut(name, ".")
			if !ok || !strings.Contains(above, ".") {
				return list
			}
			name = above
			list = append(list, indicator.Value{Kind: v.Kind, Text: name})
		}
	case "email-addr":
		return host(v.Text[strings.LastIndexByte(v.Text, '@')+1:])
	case "url":
		if u, err := url.Parse(v.Text); err == nil {
			return host(u.Hostname())
		}
	}
	return nil
}

// host is the value that a host is, and what it lies in.
func host(name string) []indicator.Value {
	for _, kind := range []indicator.Kind{"ipv4-addr", "ipv6-addr", "domain-name"} {
		if v, err := indicator.Parse(kind, name); err == nil {
			return append([]indicator.Value{v}, covering(v)...)
		}
	}
	return nil
}

func prefixes(v indicator.Value) (list []indicator.Value) {
	p, err := netip.ParsePrefix(v.Text)
	if a, bad := netip.ParseAddr(v.Text); bad == nil {
		p, err = netip.PrefixFrom(a, a.BitLen()), nil
	}
	if err != nil {
		return nil
	}
	for bits := p.Bits() - 1; bits >= 1; bits-- {
		around, err := p.Addr().Prefix(bits)
		if err != nil {
			return list
		}
		list = append(list, indicator.Value{Kind: v.Kind, Text: around.String()})
	}
	return list
}

// withCovering adds to some values all that they lie in.
func withCovering(values []indicator.Value) []indicator.Value {
	out := slices.Clone(values)
	for _, v := range values {
		out = append(out, covering(v)...)
	}
	return out
}
