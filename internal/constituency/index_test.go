package constituency_test

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
	"parley.example/parley/internal/constituency"
)

// index has the claims of three parties; Corvia claims what is others'.
func index(t *testing.T) *constituency.Index {
	t.Helper()
	var b constituency.Builder
	for _, h := range []struct{ body, claims string }{
		{"aster.example/cert", "198.51.100.0/24 2001:db8:a::/48 AS64496 aster.example 203.0.113.7"},
		{"aster.example/energy", "198.51.100.128/25 grid.aster.example"},
		{"borea.example/cert", "192.0.2.0/24 2001:db8:b::/48 AS64497 borea.example xn--80ak6aa92e.example"},
		{"corvia.example/cert", "198.51.100.192/26 192.0.2.0/24 AS64497 mail.borea.example"},
	} {
		party, _, _ := strings.Cut(h.body, "/")
		i := b.Holder(constituency.Holder{Party: party, Body: h.body})
		for s := range strings.FieldsSeq(h.claims) {
			b.Add(i, value(t, s))
		}
	}
	return b.Build()
}

func value(t *testing.T, s string) constituency.Value {
	t.Helper()
	v, err := constituency.ParseValue(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// CONTACT-13, CONTACT-14
func TestFind(t *testing.T) {
	x := index(t)
	for in, want := range map[string]string{
		"198.51.100.1":            "aster.example/cert",
		"198.51.100.129":          "aster.example/energy",
		"198.51.100.200":          "corvia.example/cert inside",
		"::ffff:198.51.100.1":     "aster.example/cert",
		"::ffff:198.51.100.0/120": "aster.example/cert",
		"192.0.2.9":               "borea.example/cert corvia.example/cert fought",
		"192.0.2.0/25":            "borea.example/cert corvia.example/cert fought",
		"192.0.0.0/16":            "",
		"203.0.113.7":             "aster.example/cert",
		"203.0.113.8":             "",
		"2001:db8:a:1::5":         "aster.example/cert",
		"2001:DB8:A::/64":         "aster.example/cert",
		"2001:db8:c::1":           "",
		"AS64496":                 "aster.example/cert",
		"as64497":                 "borea.example/cert corvia.example/cert fought",
		"AS1":                     "",
		"www.aster.example":       "aster.example/cert",
		"*.Aster.Example.":        "aster.example/cert",
		"a.b.grid.aster.example":  "aster.example/energy",
		"notaster.example":        "",
		"example":                 "",
		"mail.borea.example":      "corvia.example/cert inside",
		"x.mail.borea.example":    "corvia.example/cert inside",
		"web.borea.example":       "borea.example/cert",
		"аррӏе.example":           "borea.example/cert", // Cyrillic letters: the name that is claimed in ASCII
		"apple.example":           "",
	} {
		h := x.Find(value(t, in))
		var words []string
		for _, i := range h.Holders() {
			words = append(words, x.Holder(int(i)).Body)
		}
		if fought, inside := h.Contested(); fought {
			words = append(words, "fought")
		} else if inside {
			words = append(words, "inside")
		}
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

// Both claims are told, the longest first.
func TestConflicts(t *testing.T) {
	x := index(t)
	list, more := x.Conflicts()
	var got []string
	for _, c := range list {
		line := c.Value
		for _, claim := range c.Claims {
			line += " " + x.Holder(claim.Holder).Body + "=" + claim.Value
		}
		got = append(got, line)
	}
	want := []string{
		"192.0.2.0/24 borea.example/cert=192.0.2.0/24 corvia.example/cert=192.0.2.0/24",
		"198.51.100.192/26 corvia.example/cert=198.51.100.192/26 aster.example/energy=198.51.100.128/25 aster.example/cert=198.51.100.0/24",
		"AS64497 borea.example/cert=AS64497 corvia.example/cert=AS64497",
		"mail.borea.example corvia.example/cert=mail.borea.example borea.example/cert=borea.example",
	}
	if d := cmp.Diff(want, got); d != "" || more {
		t.Error(d, more)
	}
	inside, more := x.Inside(value(t, "198.51.100.0/24"))
	if len(inside) != 2 || more || inside[0].Value != "198.51.100.128/25" {
		t.Errorf("inside: %+v %t", inside, more)
	}
}

// Claims of one holder that repeat, and many conflicts, stay bounded.
func TestManyConflicts(t *testing.T) {
	var b constituency.Builder
	a, c := b.Holder(constituency.Holder{Party: "aster.example"}), b.Holder(constituency.Holder{Party: "borea.example"})
	for i := range 1000 {
		v := constituency.Value{Sort: constituency.ASN, ASN: uint32(i + 1)}
		b.Add(a, v)
		b.Add(a, v)
		b.Add(c, v)
	}
	x := b.Build()
	if list, more := x.Conflicts(); len(list) != 200 || !more || x.Size() != 1000 {
		t.Errorf("%d conflicts of %d, more %t", len(list), x.Size(), more)
	}
}

func TestParseValue(t *testing.T) {
	for in, want := range map[string]string{
		" 192.0.2.7 ": "192.0.2.7", "192.0.2.7/32": "192.0.2.7", "2001:DB8::1": "2001:db8::1", "::ffff:192.0.2.7": "192.0.2.7",
		"as64496": "AS64496", "*.ac.example": "ac.example", "EXAMPLE.": "example", "_dmarc.aster.example": "_dmarc.aster.example",
		"bücher.example": "xn--bcher-kva.example", "例え。example": "xn--r8jz45g.example", "assembly.example": "assembly.example",
	} {
		if v, err := constituency.ParseValue(in); err != nil || v.String() != want {
			t.Errorf("%q: %s %v, want %s", in, v, err, want)
		}
	}
	for _, in := range []string{"", "192.0.2.7/24", "::ffff:0.0.0.0/80", "fe80::1%eth0", "192.0.2", "192.0.2.256", "AS0", "AS4294967296", "AS99999999999999999999",
		"a..example", ".", "*.", "-a.example", "aster example", "http://aster.example/", "x@aster.example", strings.Repeat("a", 64) + ".example", "xn--zzzzzz!.example",
		"192.0.2.0/33", "a\u202eb.example", "\x00", strings.Repeat("1", 400), "64496"} {
		if v, err := constituency.ParseValue(in); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%q is taken as %s (%v)", in, v, err)
		}
	}
}

// The longest match is what a plain search over all claims finds.
func TestFindAgainstPlainSearch(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var b constituency.Builder
	claims := map[netip.Prefix]int{}
	for i := range 40 {
		h := b.Holder(constituency.Holder{Party: string(rune('a' + i%3))})
		for range 30 {
			p, _ := netip.AddrFrom4([4]byte{10, byte(r.IntN(4)), byte(r.Uint32()), byte(r.Uint32())}).Prefix(10 + r.IntN(20))
			if _, ok := claims[p]; !ok {
				claims[p] = h
				b.Add(h, constituency.Value{Sort: constituency.Prefix, Prefix: p})
			}
		}
	}
	x := b.Build()
	for range 20000 {
		a := netip.AddrFrom4([4]byte{10, byte(r.IntN(5)), byte(r.Uint32()), byte(r.Uint32())})
		best, want, inside := -1, -1, false
		for p, h := range claims {
			if p.Contains(a) && p.Bits() > best {
				best, want = p.Bits(), h
			}
		}
		for p, h := range claims {
			inside = inside || p.Contains(a) && p.Bits() < best && x.Holder(h).Party != x.Holder(want).Party
		}
		h := x.Addr(a)
		if _, in := h.Contested(); h.Found() != (want >= 0) || want >= 0 && int(h.Holders()[0]) != want || in != inside {
			t.Fatalf("%s: %v inside %t, want holder %d inside %t", a, h.Holders(), in, want, inside)
		}
	}
}

func FuzzParseValue(f *testing.F) {
	for _, s := range []string{"192.0.2.7", "2001:db8::/32", "AS64496", "*.aster.example", "bücher.example", "::ffff:192.0.2.0/120", "xn--a.example"} {
		f.Add(s)
	}
	x := func() *constituency.Index {
		var b constituency.Builder
		b.Add(b.Holder(constituency.Holder{}), constituency.Value{Sort: constituency.Domain, Name: "example"})
		return b.Build()
	}()
	f.Fuzz(func(t *testing.T, s string) {
		v, err := constituency.ParseValue(s)
		if err != nil {
			return
		}
		again, err := constituency.ParseValue(v.String())
		if err != nil || again != v {
			t.Errorf("%q is read as %q, and that as %q: %v", s, v, again, err)
		}
		x.Find(v)
		x.Claims(v)
	})
}
