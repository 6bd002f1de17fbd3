package stix

// isBundleID says whether s is bundle-- and a UUID of RFC 4122.
func isBundleID(s string) bool {
	typ, ok := typeOf(s)
	return ok && typ == "bundle"
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
