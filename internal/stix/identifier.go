package stix

import "strings"

// uuidAfter says whether s is prefix and a UUID in the form of RFC 9562 §4: lower case or upper.
func uuidAfter(s, prefix string) bool {
	u, ok := strings.CutPrefix(s, prefix)
	return ok && isUUID(u)
}

func isUUID[T string | []byte](u T) bool {
	if len(u) != 36 {
		return false
	}
	for i := range len(u) {
		switch i {
		case 8, 13, 18, 23:
			if u[i] != '-' {
				return false
			}
		default:
			if unhex(u[i]) < 0 {
				return false
			}
		}
	}
	return true
}
