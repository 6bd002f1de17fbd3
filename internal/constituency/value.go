package constituency

import (
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"parley.example/parley"
)

// Sort says what a value is.
type Sort string

// The sorts of values.
const (
	Address Sort = "address"
	Prefix  Sort = "prefix"
	ASN     Sort = "asn"
	Domain  Sort = "domain"
)

// Value is something that has a holder, in its one spelling.
type Value struct {
	Sort   Sort
	Prefix netip.Prefix // Address (a whole-length prefix) and Prefix
	ASN    uint32
	Name   string // Domain: lower case, ASCII, no full stop at its end
}

// maxValue bounds a value's spelling, in octets.
const maxValue = 300

// ParseValue reads what people and files write: 192.0.2.7, 2001:db8::/32, AS64496,
// www.aster.example, *.aster.example, a name in its own letters (IDNA, UTS 46). An
// IPv4 address inside IPv6 is the IPv4 address. Errors are parley.Invalid.
// CONTACT-15
func ParseValue(s string) (Value, error) {
	s = strings.TrimSpace(s)
	if s == "" || len(s) > maxValue {
		return Value{}, parley.E(parley.Invalid, "%s: want an address, a prefix, AS and a number, or a domain", clip(s))
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return addressValue(a, s)
	}
	if strings.Contains(s, "/") {
		return prefixValue(s)
	}
	if n, ok := asn(s); ok {
		return n.value(s)
	}
	return domainValue(s)
}

func addressValue(a netip.Addr, s string) (Value, error) {
	if a.Zone() != "" {
		return Value{}, parley.E(parley.Invalid, "%s: want the address without a zone: who holds it differs from machine to machine", clip(s))
	}
	a = a.Unmap()
	return Value{Sort: Address, Prefix: netip.PrefixFrom(a, a.BitLen())}, nil
}

func prefixValue(s string) (Value, error) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return Value{}, parley.E(parley.Invalid, "%s: want a prefix such as 192.0.2.0/24 or 2001:db8::/32", clip(s))
	}
	if a := p.Addr(); a.Is4In6() {
		if p.Bits() < 96 {
			return Value{}, parley.E(parley.Invalid, "%s: want the IPv4 prefix itself", clip(s))
		}
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return Value{}, parley.E(parley.Invalid, "%s: it has bits behind its length; want %s", clip(s), p.Masked())
	}
	if p.IsSingleIP() {
		return Value{Sort: Address, Prefix: p}, nil
	}
	return Value{Sort: Prefix, Prefix: p}, nil
}

type number string

// asn takes AS64496 and as64496, not a bare number: it could be anything.
func asn(s string) (number, bool) {
	if len(s) < 3 || !strings.EqualFold(s[:2], "as") {
		return "", false
	}
	for i := 2; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return "", false
		}
	}
	return number(s[2:]), true
}

func (n number) value(s string) (Value, error) {
	i, err := strconv.ParseUint(string(n), 10, 32)
	if err != nil || i == 0 {
		return Value{}, parley.E(parley.Invalid, "%s: want the number of an autonomous system, AS1 to AS4294967295", clip(s))
	}
	return Value{Sort: ASN, ASN: uint32(i)}, nil
}

func domainValue(s string) (Value, error) {
	name, err := CanonicalDomain(s)
	if err != nil {
		return Value{}, err
	}
	_, number := asn(name)
	if _, failed := netip.ParseAddr(name); number || failed == nil { // AS1. and its like
		return Value{}, parley.E(parley.Invalid, "%s: want an address, a prefix, AS and a number, or a domain such as aster.example", clip(s))
	}
	return Value{Sort: Domain, Name: name}, nil
}

// names maps a name in any letters to ASCII as a resolver would (UTS 46, not
// transitional); hosts may have underscores.
var names = idna.New(idna.MapForLookup(), idna.Transitional(false), idna.StrictDomainName(false), idna.CheckHyphens(false), idna.BidiRule())

// CanonicalDomain is the one spelling of a domain: ASCII, lower case, without a
// leading "*." or a full stop at its end. A name that only looks like another one
// has another spelling here. CONTACT-12
func CanonicalDomain(s string) (string, error) {
	name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(s), "*."), ".")
	wrong := parley.E(parley.Invalid, "%s: want an address, a prefix, AS and a number, or a domain such as aster.example", clip(s))
	if plain, ok := lower(name); ok {
		name = plain
	} else {
		ascii, err := names.ToASCII(name)
		ascii = strings.TrimSuffix(ascii, ".") // other scripts have full stops of their own
		again, err2 := names.ToASCII(ascii)
		if err != nil || err2 != nil || again != ascii || !utf8.ValidString(name) {
			return "", wrong
		}
		name = ascii
	}
	if !isName(name) {
		return "", wrong
	}
	return name, nil
}

// lower spells an ASCII name without IDNA, which costs more than the look-up.
func lower(s string) (string, bool) {
	capital := false
	for i := range len(s) {
		if s[i] >= 0x80 {
			return "", false
		}
		capital = capital || s[i] >= 'A' && s[i] <= 'Z'
	}
	if capital {
		s = strings.ToLower(s)
	}
	if strings.HasPrefix(s, "xn--") || strings.Contains(s, ".xn--") {
		return "", false // to be checked
	}
	return s, true
}

func isName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	letter, start := false, 0
	for i := 0; i <= len(s); i++ {
		if i == len(s) || s[i] == '.' {
			label := s[start:i]
			if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
				return false
			}
			start = i + 1
			continue
		}
		switch c := s[i]; {
		case c >= 'a' && c <= 'z':
			letter = true
		case c >= '0' && c <= '9' || c == '-' || c == '_':
		default:
			return false
		}
	}
	return letter // 192.0.2 is no name
}

// String is the value's one spelling.
func (v Value) String() string {
	switch v.Sort {
	case Address:
		return v.Prefix.Addr().String()
	case Prefix:
		return v.Prefix.String()
	case ASN:
		return "AS" + strconv.FormatUint(uint64(v.ASN), 10)
	}
	return v.Name
}

func clip(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "..."
	}
	return strconv.QuoteToASCII(s)
}
