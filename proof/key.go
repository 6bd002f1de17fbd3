package proof

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
)

// MaxName is the longest name of a key in octets: what subtree/v1 can hold.
const MaxName = 255

// Key is a parsed verifier key (c2sp.org/signed-note, Verifier keys). Its ID is
// computed from the rest, never believed. Only ParseVKey and NewKey make a usable one. JOURNAL-7
type Key struct {
	Name   string
	ID     uint32
	Type   byte   // TypeEd25519, TypeCosignature or TypeMLDSA44
	Public []byte // 32 or 1312 octets; not to be changed

	verify func(msg, sig []byte) bool // the expanded key; nil refuses everything
}

// NewKey makes a Key from its parts. Errors are parley.Invalid.
func NewKey(name string, typ byte, public []byte) (Key, error) {
	if !validName(name) {
		return Key{}, parley.E(parley.Invalid, "key name %q: want 1 to %d octets of UTF-8 without spaces, plus signs or control characters", clip(name), MaxName)
	}
	a, ok := algorithmOf(typ)
	if !ok {
		return Key{}, parley.E(parley.Invalid, "key %s: type 0x%02x: want 0x01 (Ed25519), 0x04 (Ed25519 cosignature) or 0x06 (ML-DSA-44 cosignature)", clip(name), typ)
	}
	public = bytes.Clone(public)
	verify, err := a.parse(public)
	if err != nil {
		return Key{}, parley.E(parley.Invalid, "key %s: %w", clip(name), err)
	}
	return Key{Name: name, ID: keyID(name, typ, public), Type: typ, Public: public, verify: verify}, nil
}

// ParseVKey reads "<name>+<8 hex digits>+<base64 of type and key>" and accepts
// one spelling only. Errors are parley.Invalid.
func ParseVKey(s string) (Key, error) {
	if len(s) > 4096 {
		return Key{}, parley.E(parley.Invalid, "verifier key of %d octets: want at most 4096", len(s))
	}
	name, rest, ok1 := strings.Cut(s, "+")
	id, b64, ok2 := strings.Cut(rest, "+")
	if !ok1 || !ok2 {
		return Key{}, parley.E(parley.Invalid, "verifier key %q: want name+id+key", clip(s))
	}
	raw, err := decode64(b64)
	if err != nil || len(raw) < 2 {
		return Key{}, parley.E(parley.Invalid, "verifier key %q: the last part is not canonical base64", clip(s))
	}
	k, err := NewKey(name, raw[0], raw[1:])
	if err != nil {
		return Key{}, err
	}
	if id != fmt.Sprintf("%08x", k.ID) {
		return Key{}, parley.E(parley.Invalid, "verifier key %q: the id is %q, and the key's own is %08x", clip(s), clip(id), k.ID)
	}
	return k, nil
}

// String is the vkey.
func (k Key) String() string {
	return fmt.Sprintf("%s+%08x+%s", k.Name, k.ID, encode64(append([]byte{k.Type}, k.Public...)))
}

// Equal says whether both are the same key under the same name and type.
func (k Key) Equal(o Key) bool {
	return k.Name == o.Name && k.Type == o.Type && bytes.Equal(k.Public, o.Public)
}

// Verifier verifies note signatures by this key: over the text for TypeEd25519,
// over a checkpoint's text for the two cosignature types (the signature's first
// eight octets are its time). It fits golang.org/x/mod/sumdb/note.
func (k Key) Verifier() note.Verifier { return verifier{k} }

type verifier struct{ k Key }

func (v verifier) Name() string    { return v.k.Name }
func (v verifier) KeyHash() uint32 { return v.k.ID }

func (v verifier) Verify(msg, sig []byte) bool {
	if v.k.verify == nil {
		return false
	}
	if v.k.Type == TypeEd25519 {
		return v.k.verify(msg, sig)
	}
	if len(sig) < 8 {
		return false
	}
	stamp := binary.BigEndian.Uint64(sig)
	signed, err := cosignedMessage(v.k, stamp, msg)
	return err == nil && stamp <= maxStamp && v.k.verify(signed, sig[8:])
}

func keyID(name string, typ byte, public []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write([]byte{typ})
	h.Write(public)
	return binary.BigEndian.Uint32(h.Sum(nil))
}

// validName is the rule of c2sp.org/signed-note, with a bound.
func validName(s string) bool {
	if s == "" || len(s) > MaxName || !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r < 0x20 || r == '+' || unicode.IsSpace(r) {
			return false
		}
	}
	return true
}

var std64 = base64.StdEncoding.Strict()

func encode64(b []byte) string { return std64.EncodeToString(b) }

// decode64 accepts the one canonical spelling: no line breaks, no spare bits.
func decode64(s string) ([]byte, error) {
	b, err := std64.DecodeString(s)
	if err == nil && encode64(b) != s {
		return nil, base64.CorruptInputError(0)
	}
	return b, err
}

// clip keeps foreign text in an error short.
func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}
