package stix

import (
	"encoding/base64"
	"net/netip"
	"strings"

	"golang.org/x/text/encoding/ianaindex"
)

// text checks a string of a type that has a form.
func (c *checker) text(n uint32, s form, clause string) {
	b := c.t.bytes(n)
	switch s {
	case when, milli:
		if _, ok := ParseTime(b); !ok {
			c.fault(n, "timestamp", "2.15", "%q is no timestamp: 2026-11-30T08:15:00.000Z is, in UTC", clip(string(b)))
		} else if s == milli && len(b) < len("2026-11-30T08:15:00.000Z") {
			c.fault(n, "timestamp", "3.2", "%q must have milliseconds: 2026-11-30T08:15:00.000Z", b)
		}
	case hexa:
		if !isHex(string(b)) {
			c.fault(n, "hex", "2.7", "%q is not an even number of hexadecimal digits", clip(string(b)))
		}
	case base64ed:
		if _, err := base64.StdEncoding.DecodeString(string(b)); err != nil || strings.ContainsAny(string(b), "\r\n") {
			c.fault(n, "base64", "2.1", "%q is not base64 of RFC 4648 §4 with its padding", clip(string(b)))
		}
	case language:
		if !isLanguage(string(b)) {
			c.fault(n, "language", clause, "%q is no language code of RFC 5646, such as en or zh-Hans", clip(string(b)))
		}
	case uri:
		if why := uriFault(string(b)); why != "" {
			c.fault(n, "uri", clause, "%q is no URI of RFC 3986: %s", clip(string(b)), why)
		}
	case charset:
		if _, err := ianaindex.IANA.Encoding(string(b)); err != nil {
			c.fault(n, "charset", clause, "%q is no name of IANA's character set registry, such as UTF-8 or windows-1251", clip(string(b)))
		}
	}
}

func isHex(s string) bool {
	for i := range len(s) {
		if unhex(s[i]) < 0 {
			return false
		}
	}
	return len(s) > 0 && len(s)%2 == 0
}

// isLanguage has the form of RFC 5646 §2.1, not its registry.
func isLanguage(s string) bool {
	for i, part := range strings.Split(s, "-") {
		if len(part) == 0 || len(part) > 8 || i == 0 && strings.ContainsAny(part, "0123456789") {
			return false
		}
		for _, r := range part {
			if r|0x20 < 'a' || r|0x20 > 'z' {
				if r < '0' || r > '9' {
					return false
				}
			}
		}
	}
	return true
}

// uriFault says why s is no URI with a scheme (RFC 3986 §3), "" where it is one.
func uriFault(s string) string {
	scheme, rest, ok := strings.Cut(s, ":")
	if !ok || scheme == "" {
		return "it has no scheme, such as https:"
	}
	for i, r := range scheme {
		if letter := r|0x20 >= 'a' && r|0x20 <= 'z'; !letter && (i == 0 || !(r >= '0' && r <= '9') && !strings.ContainsRune("+-.", r)) {
			return "its scheme is no word"
		}
	}
	for i, r := range rest {
		switch {
		case r == '%':
			if i+2 >= len(rest) || unhex(rest[i+1]) < 0 || unhex(rest[i+2]) < 0 {
				return "after % two hexadecimal digits must stand"
			}
		case r <= ' ' || r > '~' || strings.ContainsRune("\"<>\\^`{|}", r):
			return "the character " + quoteRune(r) + " must be written with %"
		}
	}
	if strings.Count(rest, "#") > 1 {
		return "it has more than one #"
	}
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		end := strings.IndexAny(after, "/?#")
		if end < 0 {
			end = len(after)
		}
		if !isAuthority(after[:end]) {
			return "between // and / a host must stand, and a port in digits"
		}
		rest = after[end:]
	}
	if strings.ContainsAny(rest, "[]") {
		return "a bracket must be written with %"
	}
	return ""
}

// isAuthority: a user, a host or an address in brackets, a port. RFC 3986 §3.2
func isAuthority(s string) bool {
	host := s[strings.LastIndexByte(s, '@')+1:]
	if after, ok := strings.CutPrefix(host, "["); ok {
		inside, port, ok := strings.Cut(after, "]")
		if a, err := netip.ParseAddr(inside); !ok || (err != nil || !a.Is6()) && !strings.HasPrefix(inside, "v") {
			return false
		}
		host = port
	}
	if user := s[:len(s)-len(host)]; strings.Count(user, "[") > 1 || strings.ContainsAny(host, "[]") {
		return false
	}
	_, port, _ := strings.Cut(host, ":")
	return strings.Trim(port, "0123456789") == ""
}

func quoteRune(r rune) string {
	if r == ' ' {
		return "space"
	}
	return clip(string(r))
}

// valueRule keeps the form of the value of an address or a name. OASIS STIX 2.1 §6.4, §6.5, §6.8 to §6.10
func valueRule(c *checker, n uint32) {
	v := c.t.get(n, "value")
	if c.t.kind(v) != text {
		return
	}
	s := c.t.text(v)
	why := ""
	switch c.o.Type {
	case "ipv4-addr":
		if !isAddress(s, true) {
			why = "an IPv4 address, or a prefix in CIDR notation"
		}
	case "ipv6-addr":
		if !isAddress(s, false) {
			why = "an IPv6 address, or a prefix in CIDR notation"
		}
	case "mac-addr":
		if !isMAC(s) {
			why = "six pairs of hexadecimal digits in lower case with colons between them"
		}
	case "domain-name":
		if !isDomain(s) {
			why = "a domain name of RFC 1034, or RFC 5890"
		}
	case "email-addr":
		if !isMailbox(s) {
			why = "an address of RFC 5322 §3.4.1 without a name, such as name@example.org"
		}
	}
	if why != "" {
		c.fault(v, "value", "6", "%q is not %s", clip(s), why)
	}
}

func isAddress(s string, v4 bool) bool {
	host, bits, prefix := strings.Cut(s, "/")
	a, err := netip.ParseAddr(host)
	if err != nil || a.Is4() != v4 || a.Zone() != "" {
		return false
	}
	if !prefix {
		return true
	}
	n := 0
	for i := range len(bits) {
		if bits[i]-'0' > 9 || len(bits) > 3 {
			return false
		}
		n = n*10 + int(bits[i]-'0')
	}
	return bits != "" && (bits == "0" || bits[0] != '0') && n <= a.BitLen()
}

func isMAC(s string) bool {
	if len(s) != 17 {
		return false
	}
	for i := range len(s) {
		if i%3 == 2 {
			if s[i] != ':' {
				return false
			}
		} else if unhex(s[i]) < 0 || s[i] >= 'A' && s[i] <= 'F' {
			return false
		}
	}
	return true
}

func isDomain(s string) bool {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > 1024 {
		return false
	}
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 && isASCII(label) || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if r < 0x80 && r != '-' && r != '_' && (r < '0' || r > '9') && (r|0x20 < 'a' || r|0x20 > 'z') {
				return false
			}
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func isMailbox(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if !isASCII(s) || at <= 0 || at == len(s)-1 {
		return false
	}
	local, host := s[:at], s[at+1:]
	if strings.HasPrefix(local, `"`) && strings.HasSuffix(local, `"`) && len(local) > 2 {
		return !strings.ContainsAny(host, " <>@")
	}
	return !strings.ContainsAny(local, " <>@,;:\"()[]\t\r\n") && !strings.ContainsAny(host, " <>,;\"()\t\r\n")
}
