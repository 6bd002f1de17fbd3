package taxii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// place is where a page ended: all that the page after needs. OASIS TAXII 2.1 §3.5
type place struct {
	what       string // "objects", "manifest" or "versions"
	collection string // its id
	object     string // its id, where one object was asked for
	filter     filter
	after      intel.Cursor
}

// tokens makes and reads the parameter next: opaque to clients, complete in itself
// (the server keeps nothing for it), good for ever, and signed, so that nobody makes
// one up. It carries no right: each page is cut by its asker's clearance.
type tokens struct{ key []byte }

// Octets of a token before base64: its version, a MAC cut to 128 bits (RFC 2104 §5),
// the cursor, the filter.
const (
	tokenVersion = 1
	macLength    = 16
	tokenHead    = 1 + macLength
	maxToken     = tokenHead + 8 + maxFilter
)

func (t tokens) format(p place) string {
	raw := make([]byte, tokenHead, tokenHead+128)
	raw[0] = tokenVersion
	raw = binary.BigEndian.AppendUint64(raw, uint64(p.after))
	raw = append(raw, p.filter.encode()...)
	copy(raw[1:], t.mac(p, raw[tokenHead:]))
	return base64.RawURLEncoding.EncodeToString(raw)
}

// parse fills in what the token says of the place: its filter and cursor.
func (t tokens) parse(text string, p place) (place, error) {
	bad := parley.E(parley.Invalid, "next is not a value that this server gave for these %s", p.what).WithHint("want it unchanged, at the address that it came from; or begin again without it")
	if len(text) > base64.RawURLEncoding.EncodedLen(maxToken) {
		return p, bad
	}
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || base64.RawURLEncoding.EncodeToString(raw) != text || len(raw) < tokenHead+8 || raw[0] != tokenVersion || !hmac.Equal(raw[1:tokenHead], t.mac(p, raw[tokenHead:])) {
		return p, bad
	}
	p.after = intel.Cursor(binary.BigEndian.Uint64(raw[tokenHead:]))
	if p.filter, err = decodeFilter(string(raw[tokenHead+8:])); err != nil {
		return p, bad
	}
	return p, nil
}

// mac covers where the token may be used; a zero octet stands in none of these.
func (t tokens) mac(p place, rest []byte) []byte {
	m := hmac.New(sha256.New, t.key)
	m.Write([]byte{tokenVersion})
	m.Write([]byte(p.what + "\x00" + p.collection + "\x00" + p.object + "\x00"))
	m.Write(rest)
	return m.Sum(nil)[:macLength]
}
