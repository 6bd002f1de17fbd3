package misp

import (
	"crypto/sha1"
	"encoding/hex"
	"strings"
)

// space is the namespace in which identifiers are made that a file does not
// give: that of the converter that MISP itself comes with, so that both make the
// same relationships.
var space = [16]byte{0x76, 0xbe, 0xed, 0x5f, 0x72, 0x51, 0x45, 0x7e, 0x8c, 0x2a, 0xb4, 0x5f, 0x7b, 0x58, 0x9d, 0x3d}

// made is the UUID of version 5 of a text. RFC 9562 §5.5
func made(parts ...string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(strings.Join(parts, " - ")))
	var u [16]byte
	copy(u[:], h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	s := hex.EncodeToString(u[:])
	return s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

// orgUnnamed is an organisation of which only the UUID is known, as where the object that
// names it was withheld. The name says so, and is another one for each: MISP tells
// organisations apart by it.
func orgUnnamed(uuid string) Org { return Org{Name: "not named (" + uuid[:8] + ")", UUID: uuid} }

// parseUUID brings a UUID of RFC 9562's variant into lower case.
func parseUUID(s string) (string, bool) {
	if len(s) != 36 {
		return "", false
	}
	s = strings.ToLower(s)
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return "", false
			}
		case 14:
			if c < '1' || c > '8' {
				return "", false
			}
		case 19:
			if strings.IndexByte("89ab", c) < 0 {
				return "", false
			}
		default:
			if strings.IndexByte("0123456789abcdef", c) < 0 {
				return "", false
			}
		}
	}
	return s, true
}
