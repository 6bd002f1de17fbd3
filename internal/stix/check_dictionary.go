package stix

import "strings"

// dictionary checks keys and values. OASIS STIX 2.1 §2.3
func (c *checker) dictionary(n uint32, s form) {
	empty := true
	for key, v := range c.t.members(n) {
		empty = false
		if name := string(c.t.bytes(key)); !isKeyName(name) {
			c.fault(v, "key", "2.3", "the key %q must have 1 to 250 of a to z, A to Z, 0 to 9, hyphen and underscore", clip(name))
		}
		switch k := c.t.kind(v); {
		case k == null:
			c.fault(v, "null", "2.3", "null says nothing: leave the key out")
		case k == array && c.t.count(v) == 0:
			c.fault(v, "empty", "2.12", "an empty list: leave the key out")
		case s == texts && k != text:
			c.fault(v, "type", "2.3", "%s stands where a string should", k)
		case s == numbers && (k != number || c.t.nodes[v].flags&isInteger == 0):
			c.fault(v, "type", "2.3", "%s stands where an integer should", k)
		case s == scalars && k != text && (k != number || c.t.nodes[v].flags&isInteger == 0):
			c.fault(v, "type", "2.3", "%s stands where a string or an integer should", k)
		case s == lists && k != text && k != array:
			c.fault(v, "type", "2.3", "%s stands where a list of strings should", k)
		case s == lists:
			for _, item := range c.t.items(v) {
				if c.t.kind(item) != text {
					c.fault(item, "type", "2.3", "%s stands where a string should", c.t.kind(item))
				}
			}
		}
	}
	if empty {
		c.fault(n, "empty", "2.3", "an empty dictionary: leave the property out")
	}
}

func isKeyName(s string) bool {
	for i := range len(s) {
		if ch := s[i]; ch-'0' > 9 && (ch|0x20)-'a' > 25 && ch != '-' && ch != '_' {
			return false
		}
	}
	return len(s) >= 1 && len(s) <= 250
}

// hashDigits are how many hexadecimal digits a hash has. OASIS STIX 2.1 §10.7
var hashDigits = map[string]int{"MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128}

// hashes: §2.6
func (c *checker) hashes(n uint32) {
	empty := true
	for key, v := range c.t.members(n) {
		empty = false
		name := string(c.t.bytes(key))
		if !isKeyName(name) || len(name) < 3 {
			c.fault(v, "key", "2.6", "%q is no name of a hash algorithm: 3 to 250 of a to z, A to Z, 0 to 9, hyphen and underscore", clip(name))
			continue
		}
		if c.t.kind(v) != text {
			c.fault(v, "type", "2.6", "%s stands where a hash should", c.t.kind(v))
			continue
		}
		s := c.t.text(v)
		if want, ok := hashDigits[name]; ok && (len(s) != want || !isHex(s)) {
			c.fault(v, "hash", "2.6", "%q is not the %d hexadecimal digits of %s", clip(s), want, name)
		}
		if name == "SSDEEP" && (len(s) == 0 || len(s) > 160 || strings.Count(s, ":") < 2) {
			c.fault(v, "hash", "2.6", "%q is no ssdeep hash: a block size and two hashes with colons between them", clip(s))
		}
		if digits := strings.TrimPrefix(s, "T1"); name == "TLSH" && (len(digits) != 70 || !isHex(digits)) {
			c.fault(v, "hash", "2.6", "%q is not the 70 hexadecimal digits of a TLSH hash", clip(s))
		}
	}
	if empty {
		c.fault(n, "empty", "2.6", "an empty dictionary of hashes: leave the property out")
	}
}
