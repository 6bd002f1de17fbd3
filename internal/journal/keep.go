package journal

import (
	"crypto/aes"
	"crypto/cipher"

	"parley.example/parley"
)

// keep wraps file keys with AES-256-GCM under a key that lives outside the
// database: whoever steals the database alone opens nothing with them.
type keep struct{ aead cipher.AEAD }

// NewKeep makes a Keep from 32 secret octets.
func NewKeep(secret [32]byte) (Keep, error) {
	block, err := aes.NewCipher(secret[:])
	if err != nil {
		return nil, parley.E(parley.Internal, "wrap file keys: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block) // good for 2^32 keys
	if err != nil {
		return nil, parley.E(parley.Internal, "wrap file keys: %w", err)
	}
	return keep{aead}, nil
}

func (k keep) Wrap(label string, key []byte) ([]byte, error) {
	return k.aead.Seal(nil, nil, key, []byte(label)), nil
}

func (k keep) Unwrap(label string, wrapped []byte) ([]byte, error) {
	key, err := k.aead.Open(nil, nil, wrapped, []byte(label))
	if err != nil {
		return nil, parley.E(parley.Untrusted, "the stored file key of %s does not open with this node's key", label)
	}
	return key, nil
}

// KeyLabel binds a wrapped file key to its entry: one moved to another row does
// not unwrap.
func KeyLabel(ref parley.Ref) string { return "filekey " + ref.String() }
