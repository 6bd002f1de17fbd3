package parley

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
)

// Hash is a SHA-256. Its text form is 64 lower-case hex digits.
type Hash [32]byte

// Nonce is made by whoever sends; the same nonce from the same body is the same message. ENTRY-7
type Nonce [16]byte

// MessageID is the SHA-256 of an entry's note text. ENTRY-14
type MessageID Hash

// Ref is a place in a journal. Its text form is "<origin>/<index>".
type Ref struct {
	Origin Origin
	Index  uint64
}

// Sum is the SHA-256 of b.
func Sum(b []byte) Hash { return sha256.Sum256(b) }

// ParseHash accepts exactly 64 lower-case hex digits.
func ParseHash(s string) (Hash, error) {
	var h Hash
	if len(s) != 64 || !isHex(s) {
		return h, E(Invalid, "hash %q: want 64 lower-case hex digits", clip(s))
	}
	_, err := hex.Decode(h[:], []byte(s))
	return h, err
}

// ParseNonce accepts exactly 32 lower-case hex digits.
func ParseNonce(s string) (Nonce, error) {
	var n Nonce
	if len(s) != 32 || !isHex(s) {
		return n, E(Invalid, "nonce %q: want 32 lower-case hex digits", clip(s))
	}
	_, err := hex.Decode(n[:], []byte(s))
	return n, err
}

// ParseRef accepts "<origin>/<index>", the index in decimal without leading zeros.
func ParseRef(s string) (Ref, error) {
	i := strings.LastIndexByte(s, '/')
	if i > 0 {
		o, err := ParseOrigin(s[:i])
		n, err2 := ParseSize(s[i+1:])
		if err == nil && err2 == nil {
			return Ref{o, n}, nil
		}
	}
	return Ref{}, E(Invalid, "entry %q: want an origin, a slash and an index, such as aster.example/0123456789abcdef/118", clip(s))
}

// ParseSize reads a decimal without sign or leading zeros, below 2^62.
func ParseSize(s string) (uint64, error) {
	n, err := strconv.ParseUint(s, 10, 62)
	if err != nil || strconv.FormatUint(n, 10) != s {
		return 0, E(Invalid, "number %q: want a decimal without leading zeros", clip(s))
	}
	return n, nil
}

// Again is the nonce under which a message is said once more whose part is lost. ENTRY-32
func (m MessageID) Again() Nonce {
	h := Sum([]byte("parley/again/v1\n" + m.String() + "\n"))
	return Nonce(h[:16])
}

func (h Hash) String() string      { return hex.EncodeToString(h[:]) }
func (h Hash) IsZero() bool        { return h == Hash{} }
func (n Nonce) String() string     { return hex.EncodeToString(n[:]) }
func (n Nonce) IsZero() bool       { return n == Nonce{} }
func (m MessageID) String() string { return hex.EncodeToString(m[:]) }
func (m MessageID) IsZero() bool   { return m == MessageID{} }
func (r Ref) String() string       { return string(r.Origin) + "/" + strconv.FormatUint(r.Index, 10) }

// Short is the form people use where one agreement is meant: "aster/118".
func (r Ref) Short() string {
	name, _, _ := strings.Cut(string(r.Origin), ".")
	return name + "/" + strconv.FormatUint(r.Index, 10)
}

func (h Hash) MarshalText() ([]byte, error)      { return []byte(h.String()), nil }
func (n Nonce) MarshalText() ([]byte, error)     { return []byte(n.String()), nil }
func (m MessageID) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

func (h *Hash) UnmarshalText(b []byte) (err error) { *h, err = ParseHash(string(b)); return err }
func (n *Nonce) UnmarshalText(b []byte) (err error) {
	*n, err = ParseNonce(string(b))
	return err
}
func (m *MessageID) UnmarshalText(b []byte) error {
	h, err := ParseHash(string(b))
	*m = MessageID(h)
	return err
}
