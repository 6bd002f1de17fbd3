package node

import (
	"slices"
	"testing"

	"parley.example/parley/indicator"
)

func TestCovering(t *testing.T) {
	for _, x := range []struct {
		kind indicator.Kind
		text string
		n    int
		some []string
	}{
		{"ipv4-addr", "10.1.2.3", 31, []string{"10.1.2.0/24", "10.0.0.0/8", "0.0.0.0/1", "10.1.2.2/31"}},
		{"ipv4-addr", "10.1.2.0/24", 23, []string{"10.1.0.0/16"}},
		{"ipv6-addr", "2001:db8::1", 127, []string{"2001:db8::/32", "2001:db8::/64"}},
		{"domain-name", "a.b.evil.example", 2, []string{"b.evil.example", "evil.example"}},
		{"domain-name", "evil.example", 0, nil},
		{"url", "https://a.evil.example/x", 2, []string{"a.evil.example", "evil.example"}},
		{"url", "https://[2001:db8::1]/x", 128, []string{"2001:db8::1", "2001:db8::/32"}},
		{"email-addr", "x@mail.evil.example", 2, []string{"mail.evil.example", "evil.example"}},
		{"mutex", "a.b.c", 0, nil},
		{"ipv4-addr", "nonsense", 0, nil},
		{"url", "%zz", 0, nil},
	} {
		list := covering(indicator.Value{Kind: x.kind, Text: x.text})
		if len(list) != x.n {
			t.Errorf("%s lies in %d: %v, want %d", x.text, len(list), list, x.n)
		}
		for _, want := range x.some {
			if !slices.ContainsFunc(list, func(v indicator.Value) bool { return v.Text == want }) {
				t.Errorf("%s lies in %v: want %s among them", x.text, list, want)
			}
		}
	}
}
