package stix

import (
	"crypto/sha1"
	"fmt"
	"slices"
)

// namespace is that of the UUIDs that STIX makes of observables. OASIS STIX 2.1 §2.9
var namespace = [16]byte{0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7}

// DeterministicID computes the identifier that STIX 2.1 §2.9 gives an observable:
// a UUIDv5 of the canonical JSON (RFC 8785) of its ID contributing properties. raw
// needs a type; the id that it may have counts for nothing. An observable that has
// none of those properties, or an object of another class, gives a *Fault.
func DeterministicID(raw []byte) (string, error) {
	s := scanner{limits: Limits{Object: len(raw) + 1}.withDefaults()}
	t, f := s.whole(raw)
	if f != nil {
		return "", f
	}
	typ := t.text(t.get(root, "type"))
	names, ok := contributing[typ]
	if !ok {
		return "", &Fault{Rule: "deterministic-id", Path: "type", Clause: "2.9", Message: fmt.Sprintf("%q is no observable of STIX 2.1: only they have deterministic identifiers", clip(typ))}
	}
	out := []byte{'{'}
	for _, name := range names {
		n := t.get(root, name)
		if n == none {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(appendText(out, []byte(name)), ':')
		if name == "hashes" && t.kind(n) == object {
			out = t.firstHash(out, n)
			continue
		}
		out = t.canonical(out, n)
	}
	if len(out) == 1 {
		return "", &Fault{Rule: "deterministic-id", Clause: "2.9", Message: fmt.Sprintf("the %s has none of the properties that its identifier is made of (%v): it needs a UUID of version 4", typ, names)}
	}
	return typ + "--" + uuid5(append(out, '}')), nil
}

// firstHash writes the one hash that contributes: the first that is there of the
// four that STIX prefers, else the first in the order of the names.
// OASIS STIX 2.1 §2.9
func (t *tree) firstHash(out []byte, n uint32) []byte {
	var keys []uint32
	for key := range t.members(n) {
		keys = append(keys, key)
	}
	best := func(key uint32) int {
		if i := slices.Index([]string{"MD5", "SHA-1", "SHA-256", "SHA-512"}, string(t.bytes(key))); i >= 0 {
			return i
		}
		return 4
	}
	slices.SortFunc(keys, func(a, b uint32) int {
		if d := best(a) - best(b); d != 0 {
			return d
		}
		return compareUTF16(t.bytes(a), t.bytes(b))
	})
	return t.members8785(out, keys[:min(1, len(keys))])
}

// uuid5 is a UUID of version 5 in STIX's namespace. RFC 9562 §5.5
func uuid5(name []byte) string {
	h := sha1.New()
	h.Write(namespace[:])
	h.Write(name)
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// contributing are the ID contributing properties of observables in the order of
// their names. OASIS STIX 2.1 §6
var contributing = map[string][]string{
	"artifact":             {"hashes", "payload_bin"},
	"autonomous-system":    {"number"},
	"directory":            {"path"},
	"domain-name":          {"value"},
	"email-addr":           {"value"},
	"email-message":        {"body", "from_ref", "subject"},
	"file":                 {"extensions", "hashes", "name", "parent_directory_ref"},
	"ipv4-addr":            {"value"},
	"ipv6-addr":            {"value"},
	"mac-addr":             {"value"},
	"mutex":                {"name"},
	"network-traffic":      {"dst_port", "dst_ref", "end", "extensions", "protocols", "src_port", "src_ref", "start"},
	"process":              {},
	"software":             {"cpe", "name", "swid", "vendor", "version"},
	"url":                  {"value"},
	"user-account":         {"account_login", "account_type", "user_id"},
	"windows-registry-key": {"key", "values"},
	"x509-certificate":     {"hashes", "serial_number"},
}

// contributes says whether an observable has a property that contributes to its identifier.
func contributes(t *tree, typ string) bool {
	for key := range t.members(root) {
		if slices.Contains(contributing[typ], string(t.bytes(key))) {
			return true
		}
	}
	return false
}
