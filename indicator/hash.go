package indicator

import (
	"strings"

	"parley.example/parley"
)

func hexadecimal(k Kind, text string, digits int) (string, error) {
	lower := strings.ToLower(text)
	if len(lower) != digits || !isHex(lower) {
		return "", parley.E(parley.Invalid, "%q is no %s: want %d hexadecimal digits", cut(text), k, digits)
	}
	return lower, nil
}

func isHex(lower string) bool {
	for i := range len(lower) {
		if c := lower[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// ssdeep has a block size and two pieces of base64, the second at half the size.
func ssdeep(text string) (string, error) {
	parts := strings.Split(text, ":")
	const base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	ok := len(parts) == 3 && parts[0] != "" && len(parts[0]) <= 10 && strings.Trim(parts[0], "0123456789") == ""
	for _, piece := range parts[min(1, len(parts)):] {
		ok = ok && len(piece) <= 64 && strings.Trim(piece, base64) == ""
	}
	if !ok || parts[1] == "" {
		return "", parley.E(parley.Invalid, "%q is no ssdeep: want one such as 96:abcdefgh:ijkl", cut(text))
	}
	return text, nil
}

func tlsh(text string) (string, error) {
	upper := strings.ToUpper(text)
	digits := strings.TrimPrefix(upper, "T1")
	if len(digits) != 70 || !isHex(strings.ToLower(digits)) {
		return "", parley.E(parley.Invalid, "%q is no TLSH: want T1 and 70 hexadecimal digits", cut(text))
	}
	return "T1" + digits, nil
}

// mac is EUI-48 written with colons, hyphens, dots or nothing. STIX 2.1 §6.9
func mac(text string) (string, error) {
	lower := strings.ToLower(text)
	digits := strings.NewReplacer(":", "", "-", "", ".", "").Replace(lower)
	ok := len(digits) == 12 && isHex(digits)
	switch len(lower) {
	case 12:
	case 14:
		ok = ok && lower[4] == '.' && lower[9] == '.'
	case 17:
		for i := 2; i < 17; i += 3 {
			ok = ok && lower[i] == lower[2] && (lower[i] == ':' || lower[i] == '-')
		}
	default:
		ok = false
	}
	if !ok {
		return "", parley.E(parley.Invalid, "%q is no hardware address: want one such as 00:00:5e:00:53:01", cut(text))
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String(), nil
}

// serial is a certificate's serial number in hexadecimal.
func serial(text string) (string, error) {
	digits := strings.NewReplacer(":", "", " ", "", "-", "").Replace(strings.ToLower(text))
	digits = strings.TrimPrefix(digits, "0x")
	if digits == "" || len(digits) > 64 || !isHex(digits) {
		return "", parley.E(parley.Invalid, "%q is no serial number: want hexadecimal digits such as 0a:1b:2c", cut(text))
	}
	if digits = strings.TrimLeft(digits, "0"); digits == "" {
		digits = "0"
	}
	return digits, nil
}
