package indicator

import (
	"net/netip"
	"slices"
	"strings"

	"parley.example/parley"
)

// fileEndings are endings of file names that no top-level domain has: "com", "zip",
// "mov", "sh", "so", "app" and the like are domains here.
var fileEndings = strings.Fields(`exe dll scr sys bat cmd vbs vbe jse wsf wsh hta msi msp cpl ocx drv pif lnk
	doc docx docm dotm xls xlsx xlsm xlsb ppt pptx pptm rtf pdf odt ods
	rar 7z gz tgz tar iso img vhd vhdx jar apk dex ipa dmg deb rpm elf bin dat tmp log txt csv xml json html htm php asp aspx jsp jspx
	ps1 psm1 psd1 js swf png jpg jpeg gif bmp ico bak old conf cfg ini db sqlite pcap eml msg pst ova vmdk`)

// Recognise refangs a text and says which one value it is. Where it could be two
// kinds it takes the one that is told apart by form: 64 hexadecimal digits are a
// SHA-256 of a file, not a SHA3 or a certificate's. The error is Invalid and says
// why nothing fits.
func Recognise(text string) (Value, error) {
	if len(text) > MaxText {
		return Value{}, parley.E(parley.Invalid, "a value of %d octets: at most %d", len(text), MaxText)
	}
	t := Refang(text)
	if t == "" {
		return Value{}, parley.E(parley.Invalid, "nothing to recognise: the text is empty")
	}
	lower := strings.ToLower(t)
	if k, ok := hashKind(lower); ok {
		return Parse(k, t)
	}
	for _, k := range shaped(lower) {
		if v, err := Parse(k, t); err == nil {
			return v, nil
		}
	}
	if strings.Trim(lower, "0123456789abcdef.:/[]") == "" || strings.Contains(t, "%") { // digits of an address
		if p, err := prefix(strings.TrimSuffix(strings.TrimPrefix(t, "["), "]")); err == nil {
			if p.Addr().Is4() {
				return Parse(IPv4, p.String())
			}
			return Parse(IPv6, p.String())
		}
	}
	if a, err := netip.ParseAddrPort(t); err == nil {
		return Value{}, parley.E(parley.Invalid, "%q is an address with a port: give the address alone, or a URL with its scheme", cut(t)).
			WithHint("An indicator for %s alone would also hit the other ports of that address.", a.Addr().Unmap())
	}
	if rest, ok := strings.CutPrefix(lower, "as"); ok && rest != "" && strings.Trim(strings.TrimPrefix(rest, "n"), " 0123456789") == "" {
		return Parse(ASN, t)
	}
	switch {
	case strings.HasPrefix(lower, "hkey_"), strings.HasPrefix(lower, `hklm\`), strings.HasPrefix(lower, `hkcu\`), strings.HasPrefix(lower, `hkcr\`), strings.HasPrefix(lower, `hku\`), strings.HasPrefix(lower, `hkcc\`):
		return Parse(Registry, t)
	case strings.HasPrefix(t, `Global\`), strings.HasPrefix(t, `Local\`):
		return Parse(Mutex, t)
	case strings.HasPrefix(t, "Mozilla/"):
		return Parse(UserAgent, t)
	case isPath(t):
		return Parse(FilePath, t)
	case strings.Contains(t, "://"):
		return Parse(URL, t)
	}
	if strings.Contains(t, " ") {
		return Value{}, parley.E(parley.Invalid, "%q is more than one word: give one value a line", cut(text))
	}
	if strings.HasPrefix(t, "*.") {
		return Value{}, parley.E(parley.Invalid, "%q is a wildcard: give the domain itself, names below it are found with it", cut(text))
	}
	if strings.Contains(t, "@") && !strings.Contains(t, "/") {
		v, err := Parse(Email, t)
		if err != nil && !strings.Contains(text, "@") {
			return v, parley.E(parley.Invalid, "%q is no mail address, however its words are read", cut(text))
		}
		return v, err
	}
	name, tail, _ := strings.Cut(t, "/")
	if tail == "" && !strings.HasSuffix(t, "/") {
		if dot := strings.LastIndexByte(lower, '.'); dot > 0 && slices.Contains(fileEndings, lower[dot+1:]) {
			return Parse(FileName, t)
		}
		if v, err := Parse(Domain, t); err == nil && strings.Contains(v.Text, ".") {
			return v, nil
		}
	} else if a, err := netip.ParseAddr(name); err == nil && strings.Trim(tail, "0123456789") == "" {
		return Value{}, parley.E(parley.Invalid, "%q is no address: a prefix of it ends at /%d", cut(t), a.BitLen())
	} else if host, _, err := hostPort(name); err == nil && strings.Contains(host, ".") {
		return Parse(URL, t)
	}
	if host, port, ok := strings.Cut(t, ":"); ok && port != "" && strings.Trim(port, "0123456789") == "" {
		if v, err := Parse(Domain, host); err == nil && strings.Contains(v.Text, ".") {
			return Value{}, parley.E(parley.Invalid, "%q is a domain with a port: give %s alone, or a URL with its scheme", cut(t), v.Text)
		}
	}
	return Value{}, parley.E(parley.Invalid, "%q is no address, domain, URL, mail address, hash, file name, path, registry key or AS number", cut(text)).
		WithHint("Say the kind where the text alone does not tell it: one of %s.", list(kinds))
}

// shaped are the kinds that a text may be of by its length and its signs.
func shaped(lower string) []Kind {
	switch n := len(lower); {
	case n == 70 || n == 72:
		return []Kind{TLSH, SSDeep}
	case n == 14 && lower[4] == '.' || n == 17 && (lower[2] == ':' || lower[2] == '-'):
		return []Kind{MAC}
	case strings.Count(lower, ":") == 2:
		return []Kind{SSDeep}
	}
	return nil
}

func hashKind(lower string) (Kind, bool) {
	if len(lower) < 32 || !isHex(lower) {
		return "", false
	}
	for _, k := range []Kind{MD5, SHA1, SHA224, SHA256, SHA384, SHA512} {
		if k.digits() == len(lower) {
			return k, true
		}
	}
	return "", false
}

func isPath(t string) bool {
	if strings.ContainsAny(t, "\r\n") || len(t) < 3 {
		return false
	}
	drive := t[1] == ':' && t[2] == '\\' && (t[0]|0x20) >= 'a' && (t[0]|0x20) <= 'z'
	variable := t[0] == '%' && strings.Contains(t[1:], `%\`)
	return drive || variable || strings.HasPrefix(t, `\\`) || t[0] == '/' && strings.Count(t, "/") > 1
}
