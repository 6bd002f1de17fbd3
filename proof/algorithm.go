package proof

import (
	"crypto/ed25519"
	"errors"

	"github.com/cloudflare/circl/sign/mldsa/mldsa44"
)

// Types of keys: the signature type byte of c2sp.org/signed-note.
const (
	TypeEd25519     byte = 0x01 // signs the text of any note
	TypeCosignature byte = 0x04 // Ed25519 cosignature/v1 of a checkpoint
	TypeMLDSA44     byte = 0x06 // ML-DSA-44 subtree/v1 cosignature of a checkpoint
)

const seedSize = 32 // octets of a private key, for both algorithms

// algorithm is the one place that knows a signature scheme. The standard
// library can take over ML-DSA-44 here once it has it.
type algorithm interface {
	parse(public []byte) (verify func(msg, sig []byte) bool, err error)
	fromSeed(seed [seedSize]byte) (public []byte, sign func(msg []byte) []byte)
}

func algorithmOf(typ byte) (algorithm, bool) {
	switch typ {
	case TypeEd25519, TypeCosignature:
		return edwards{}, true
	case TypeMLDSA44:
		return mldsa{}, true
	}
	return nil, false
}

type edwards struct{}

// parse refuses keys for which RFC 8032 leaves room: another encoding of the
// same point, and points of small order, under which one signature fits any
// text. The standard library refuses the rest: S is below the group order and
// R is compared as octets, without a cofactor. JOURNAL-8
func (edwards) parse(public []byte) (func(msg, sig []byte) bool, error) {
	if len(public) != ed25519.PublicKeySize {
		return nil, errors.New("want 32 octets")
	}
	if !canonicalPoint(public) {
		return nil, errors.New("not the canonical encoding of a point")
	}
	if smallOrder(public) {
		return nil, errors.New("a point of small order signs any text")
	}
	k := ed25519.PublicKey(public)
	return func(msg, sig []byte) bool {
		return len(sig) == ed25519.SignatureSize && ed25519.Verify(k, msg, sig)
	}, nil
}

func (edwards) fromSeed(seed [seedSize]byte) ([]byte, func([]byte) []byte) {
	k := ed25519.NewKeyFromSeed(seed[:])
	return k.Public().(ed25519.PublicKey), func(msg []byte) []byte { return ed25519.Sign(k, msg) }
}

type mldsa struct{}

func (mldsa) parse(public []byte) (func(msg, sig []byte) bool, error) {
	if len(public) != mldsa44.PublicKeySize {
		return nil, errors.New("want 1312 octets")
	}
	k := new(mldsa44.PublicKey)
	if err := k.UnmarshalBinary(public); err != nil {
		return nil, err
	}
	return func(msg, sig []byte) bool {
		return len(sig) == mldsa44.SignatureSize && mldsa44.Verify(k, msg, nil, sig)
	}, nil
}

// fromSeed signs with the deterministic variant of FIPS 204, as signing here
// must not depend on a source of randomness.
func (mldsa) fromSeed(seed [seedSize]byte) ([]byte, func([]byte) []byte) {
	pub, k := mldsa44.NewKeyFromSeed(&seed)
	return pub.Bytes(), func(msg []byte) []byte {
		sig := make([]byte, mldsa44.SignatureSize)
		if err := mldsa44.SignTo(k, msg, nil, false, sig); err != nil {
			panic(err) // only a context above 255 octets fails, and ours is empty
		}
		return sig
	}
}
