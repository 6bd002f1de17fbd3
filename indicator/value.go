package indicator

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"parley.example/parley"
)

// MaxText bounds one value, in octets.
const MaxText = 8192

// Parse reads a value that is known to be of a kind, and spells it in the one way
// of that kind. It does not refang: see Refang. The error is Invalid and says what
// would be right.
func Parse(k Kind, text string) (Value, error) {
	text = strings.TrimSpace(text)
	if len(text) > MaxText {
		return Value{}, parley.E(parley.Invalid, "a value of %d octets: at most %d", len(text), MaxText)
	}
	if text == "" {
		return Value{}, parley.E(parley.Invalid, "an empty %s: say which", k)
	}
	if !utf8.ValidString(text) {
		return Value{}, parley.E(parley.Invalid, "a %s must be UTF-8", k)
	}
	normal, err := normalise(k, text)
	if err != nil {
		return Value{}, err
	}
	return Value{k, normal}, nil
}

func normalise(k Kind, text string) (string, error) {
	if n := k.digits(); n > 0 {
		return hexadecimal(k, text, n)
	}
	switch k {
	case IPv4, IPv6:
		return address(k, text)
	case Domain:
		return domain(text)
	case URL:
		return link(text)
	case Email:
		return mailbox(text)
	case MAC:
		return mac(text)
	case ASN:
		return asn(text)
	case SSDeep:
		return ssdeep(text)
	case TLSH:
		return tlsh(text)
	case CertSerial:
		return serial(text)
	case Registry:
		return registry(text), nil
	case FileName:
		if strings.ContainsAny(text, "/\\") {
			return "", parley.E(parley.Invalid, "%q is a path: give its last part as %s, or all of it as %s", cut(text), FileName, FilePath)
		}
		return text, nil
	case FilePath, Mutex, Process, AppID, UserAgent, CommandLine, Subject:
		return text, nil
	}
	return "", parley.E(parley.Invalid, "%q is no kind of value: the kinds are %s", string(k), list(kinds))
}

func address(k Kind, text string) (string, error) {
	want := "an address such as 192.0.2.1 or a prefix such as 192.0.2.0/24"
	if k == IPv6 {
		want = "an address such as 2001:db8::1 or a prefix such as 2001:db8::/32"
	}
	p, err := prefix(text)
	if err != nil || p.Addr().Is4() != (k == IPv4) {
		return "", parley.E(parley.Invalid, "%q is no %s: want %s", cut(text), k, want)
	}
	if p.IsSingleIP() {
		return p.Addr().String(), nil
	}
	return p.String(), nil
}

// prefix reads an address or a prefix, masked; an IPv4 address inside an IPv6 one
// is the IPv4 address.
func prefix(text string) (netip.Prefix, error) {
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, err
		}
		if a.Zone() != "" {
			return netip.Prefix{}, parley.E(parley.Invalid, "an address with the zone %q holds on one machine only", cut(a.Zone()))
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, err
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), nil
}

// names maps as a browser does, and allows the underscores that service names and
// malware have.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.StrictDomainName(false))

func domain(text string) (string, error) {
	wrong := func() (string, error) {
		return "", parley.E(parley.Invalid, "%q is no domain: want a name such as www.aster.example", cut(text))
	}
	name := strings.TrimSuffix(text, ".")
	if plain(name) {
		name = strings.ToLower(name)
	} else {
		var err error
		if name, err = names.ToASCII(name); err != nil {
			return wrong()
		}
		name = strings.TrimSuffix(name, ".")
	}
	if len(name) == 0 || len(name) > 253 {
		return wrong()
	}
	for label := range strings.SplitSeq(name, ".") {
		if len(label) == 0 || len(label) > 63 {
			return wrong()
		}
		for i := range len(label) {
			if c := label[i]; !isLetter(c) && !isDigit(c) && c != '-' {
				return wrong()
			}
		}
	}
	if last := name[strings.LastIndexByte(name, '.')+1:]; strings.Trim(last, "0123456789") == "" {
		return wrong() // a number at the end is an address, not a name
	}
	return name, nil
}

// plain says that a name is ASCII without an A-label that would have to be checked.
func plain(name string) bool {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return false
		}
	}
	return !strings.Contains(strings.ToLower(name), "xn--")
}

// link spells a URL as RFC 3986 §6.2.2 and §6.2.3 make two spellings equal, as far
// as that cannot change what a server sees. A URL without a scheme keeps none.
func link(text string) (string, error) {
	wrong := func() (string, error) {
		return "", parley.E(parley.Invalid, "%q is no URL: want one such as https://www.aster.example/path", cut(text))
	}
	if strings.ContainsAny(text, " \t\r\n\"<>") {
		return wrong()
	}
	scheme, rest, ok := strings.Cut(text, "://")
	if !ok || strings.ContainsAny(scheme, "/?#.") {
		scheme, rest = "", text
	}
	scheme = strings.ToLower(scheme)
	if scheme != "" && (strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz0123456789+-") != "" || scheme[0] < 'a') {
		return wrong()
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	authority, tail := rest[:end], rest[end:]
	user := ""
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, authority = authority[:i+1], authority[i+1:]
	}
	host, port, err := hostPort(authority)
	if err != nil {
		return wrong()
	}
	if scheme == "http" && port == "80" || scheme == "https" && port == "443" || scheme == "ftp" && port == "21" {
		port = ""
	}
	if scheme == "" && tail == "" {
		return wrong()
	}
	if !strings.HasPrefix(tail, "/") {
		tail = "/" + tail
	}
	var b strings.Builder
	if scheme != "" {
		b.WriteString(scheme + "://")
	}
	b.WriteString(user + host)
	if port != "" {
		b.WriteString(":" + port)
	}
	b.WriteString(tail)
	return b.String(), nil
}

func hostPort(authority string) (host, port string, err error) {
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return "", "", parley.E(parley.Invalid, "no port %q: want 1 to 65535", cut(port))
		}
	}
	if inner, ok := strings.CutPrefix(host, "["); ok {
		a, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		if err != nil || !a.Is6() || !strings.HasSuffix(inner, "]") {
			return "", "", parley.E(parley.Invalid, "no IPv6 address %q", cut(host))
		}
		return "[" + a.String() + "]", port, nil
	}
	if a, err := netip.ParseAddr(host); err == nil && a.Is4() {
		return a.String(), port, nil
	}
	if unescaped, err := url.PathUnescape(host); err == nil {
		host = unescaped
	}
	host, err = domain(host)
	return host, port, err
}

func mailbox(text string) (string, error) {
	text = strings.TrimSpace(strings.Trim(strings.TrimPrefix(text, "mailto:"), "<>"))
	i := strings.LastIndexByte(text, '@')
	if i <= 0 || i > 64 || strings.ContainsAny(text[:i], " \t\r\n<>()[]\\,;:\"@") {
		return "", parley.E(parley.Invalid, "%q is no address of mail: want one such as duty@aster.example", cut(text))
	}
	at, err := domain(text[i+1:])
	if err != nil {
		return "", err
	}
	return strings.ToLower(text[:i]) + "@" + at, nil
}

func asn(text string) (string, error) {
	digits := text
	for _, before := range []string{"asn", "as"} {
		if len(text) > len(before) && strings.EqualFold(text[:len(before)], before) {
			digits = strings.TrimLeft(text[len(before):], " :")
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return "", parley.E(parley.Invalid, "%q is no autonomous system: want a number such as AS64500", cut(text))
	}
	return strconv.FormatUint(n, 10), nil
}

// registry spells the hive out, whose short form STIX 2.1 §6.18 forbids, and
// drops the backslashes that end no key.
func registry(text string) string {
	hive, rest, _ := strings.Cut(text, `\`)
	long := map[string]string{
		"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG",
	}
	upper := strings.ToUpper(strings.TrimRight(hive, ":"))
	if l, ok := long[upper]; ok {
		upper = l
	}
	if !strings.HasPrefix(upper, "HKEY_") {
		return text
	}
	if rest = strings.TrimRight(rest, `\`); rest == "" {
		return upper
	}
	return upper + `\` + rest
}

// cut shortens foreign text for an error.
func cut(s string) string {
	if len(s) <= 80 {
		return s
	}
	return strings.ToValidUTF8(s[:77], "") + "..."
}

func list(all []Kind) string {
	words := make([]string, len(all))
	for i, k := range all {
		words[i] = string(k)
	}
	return strings.Join(words, ", ")
}
