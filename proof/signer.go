package proof

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
)

const privatePrefix = "PARLEY-PRIVATE-KEY"

// Signer holds a private key. Whoever holds one can speak in its key's name;
// it is printed only by Text. Safe for concurrent use.
type Signer struct {
	key  Key
	seed [seedSize]byte
	sign func(msg []byte) []byte
}

// GenerateKey makes a new key of the given type from 32 octets of rand.
func GenerateKey(rand io.Reader, typ byte, name string) (Signer, error) {
	var seed [seedSize]byte
	if _, err := io.ReadFull(rand, seed[:]); err != nil {
		return Signer{}, parley.E(parley.Internal, "read randomness: %w", err)
	}
	return newSigner(typ, name, seed)
}

func newSigner(typ byte, name string, seed [seedSize]byte) (Signer, error) {
	a, ok := algorithmOf(typ)
	if !ok {
		return Signer{}, parley.E(parley.Invalid, "private key %s: type 0x%02x: want 0x01, 0x04 or 0x06", clip(name), typ)
	}
	public, sign := a.fromSeed(seed)
	k, err := NewKey(name, typ, public)
	return Signer{key: k, seed: seed, sign: sign}, err
}

// ParseSigner reads what Text wrote, without a newline. The error never quotes the key.
func ParseSigner(text string) (Signer, error) {
	bad := parley.E(parley.Invalid, "private key: want one line %s+type+name+base64 of 32 octets", privatePrefix)
	f := strings.Split(text, "+")
	if len(f) < 4 || f[0] != privatePrefix {
		return Signer{}, bad
	}
	raw, err := decode64(strings.Join(f[3:], "+")) // base64 may hold a plus sign, a name never does
	if err != nil || len(raw) != seedSize {
		return Signer{}, bad
	}
	for _, typ := range []byte{TypeEd25519, TypeCosignature, TypeMLDSA44} {
		if f[1] == fmt.Sprintf("%02x", typ) {
			return newSigner(typ, f[2], [seedSize]byte(raw))
		}
	}
	return Signer{}, bad
}

// Text is the private key as one line: "PARLEY-PRIVATE-KEY+<type, two hex
// digits>+<name>+<base64 of the seed>". It is a secret. JOURNAL-9
func (s Signer) Text() string {
	return fmt.Sprintf("%s+%02x+%s+%s", privatePrefix, s.key.Type, s.key.Name, encode64(s.seed[:]))
}

// String never shows the private key.
func (s Signer) String() string { return "private key of " + s.key.Name }

// GoString never shows the private key.
func (s Signer) GoString() string { return s.String() }

// Key is the public half.
func (s Signer) Key() Key { return s.key }

// NoteSigner signs notes: their text for TypeEd25519 (at is unused), a
// checkpoint at the given time, in whole seconds, for the cosignature types.
func (s Signer) NoteSigner(at time.Time) note.Signer { return noteSigner{s, at} }

// Sign returns the signature of msg as a note line carries it after the key id.
func (s Signer) Sign(msg []byte, at time.Time) ([]byte, error) {
	if s.sign == nil {
		return nil, parley.E(parley.Internal, "sign: an empty private key")
	}
	if s.key.Type == TypeEd25519 {
		return s.sign(msg), nil
	}
	stamp, err := stampOf(at)
	if err != nil {
		return nil, err
	}
	signed, err := cosignedMessage(s.key, stamp, msg)
	if err != nil {
		return nil, err
	}
	return append(binary.BigEndian.AppendUint64(nil, stamp), s.sign(signed)...), nil
}

type noteSigner struct {
	s  Signer
	at time.Time
}

func (n noteSigner) Name() string                    { return n.s.key.Name }
func (n noteSigner) KeyHash() uint32                 { return n.s.key.ID }
func (n noteSigner) Sign(msg []byte) ([]byte, error) { return n.s.Sign(msg, n.at) }
