package agreement

import (
	"crypto/sha256"
	"encoding/hex"

	"parley.example/parley/proof"
)

// keyring finds key bytes that stand twice, in whatever role. KEYS-11
type keyring map[string]string // SHA-256 of the bytes that a verifier uses -> where

// add notes a key's bytes; it returns where they stood before, or "".
func (k keyring) add(public []byte, where string) (before string) {
	id := keyID(public)
	if before = k[id]; before == "" {
		k[id] = where
	}
	return before
}

// ed25519SPKI is what stands before the 32 octets in the SubjectPublicKeyInfo
// of an Ed25519 certificate (RFC 8410 §4): with it a signing key that also
// serves as a TLS key is found by its pin.
var ed25519SPKI = []byte{0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}

// addKey notes a vkey, also as the TLS key that it could be.
func (k keyring) addKey(key proof.Key, where string) (before string) {
	before = k.add(key.Public, where)
	if key.Type != proof.TypeMLDSA44 {
		pin := sha256.Sum256(append(append([]byte{}, ed25519SPKI...), key.Public...))
		if b := k.addPin(pin, where); before == "" && b != where {
			before = b
		}
	}
	return before
}

func (k keyring) addPin(pin [32]byte, where string) (before string) {
	id := "tls " + hex.EncodeToString(pin[:])
	if before = k[id]; before == "" {
		k[id] = where
	}
	return before
}

// addParty notes all keys of a party.
func (k keyring) addParty(p *Party) {
	for _, list := range [][]VKey{{p.Identity}, p.Journal, p.Mirror} {
		for _, v := range list {
			k.addKey(v.Key, v.Name)
		}
	}
	for i := range p.Bodies {
		b := &p.Bodies[i]
		k.addKey(b.Signing.Key, b.Signing.Name)
		if !b.Release.IsZero() {
			k.addKey(b.Release.Key, b.Release.Name)
		}
		k.add([]byte(b.Age), string(b.Name)+" age")
	}
	for _, pin := range p.TLS {
		k.addPin(pin, string(p.Name)+" tls")
	}
}

func keyID(public []byte) string {
	sum := sha256.Sum256(public)
	return hex.EncodeToString(sum[:])
}
