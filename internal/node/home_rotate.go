package node

import (
	"crypto/rand"
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/wholefile"
	"parley.example/parley/proof"
)

// BodySigners reads all keys that ever signed for a body, the newest first: which
// one signs an entry is what the agreement says at its index. KEYS-7
func (h Home) BodySigners(b parley.Body) ([]proof.Signer, error) {
	return h.signers(bodyFile(b, "signing"))
}

// ReleaseSigners reads all release keys of a body, the newest first.
func (h Home) ReleaseSigners(b parley.Body) ([]proof.Signer, error) {
	return h.signers(bodyFile(b, "release"))
}

// AddBodySigner makes a new signing key of a body; the older ones stay.
func (h Home) AddBodySigner(b parley.Body) (proof.Signer, error) {
	return h.addSigner(bodyFile(b, "signing"), string(b))
}

// AddReleaseSigner makes a new release key of a body; the older ones stay.
func (h Home) AddReleaseSigner(b parley.Body) (proof.Signer, error) {
	return h.addSigner(bodyFile(b, "release"), string(b)+"/release")
}

// AddAgeIdentity makes a new age identity of a body; the older ones stay and
// open what was sealed for them, until they are destroyed.
func (h Home) AddAgeIdentity(b parley.Body) (recipient string, err error) {
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", parley.E(parley.Internal, "make an age identity: %w", err)
	}
	return id.Recipient().String(), h.prepend(bodyFile(b, "age"), id.String()+"\n")
}

// forgetAge keeps the newest age identity only, and says how many went.
func (h Home) forgetAge(b parley.Body) (int, error) {
	text, err := h.readSecret(bodyFile(b, "age"))
	if err != nil {
		return 0, err
	}
	kept, gone := "", 0
	for line := range strings.Lines(text) {
		switch {
		case !strings.HasPrefix(line, "AGE-SECRET-KEY-"):
		case kept == "":
			kept = line
		default:
			gone++
		}
	}
	if gone == 0 {
		return 0, nil
	}
	return gone, h.rewrite(bodyFile(b, "age"), kept)
}

func (h Home) addSigner(name, key string) (proof.Signer, error) {
	s, err := proof.GenerateKey(rand.Reader, proof.TypeEd25519, key)
	if err != nil {
		return s, parley.E(parley.Internal, "make a key: %w", err)
	}
	return s, h.prepend(name, s.Text()+"\n")
}

func bodyFile(b parley.Body, role string) string {
	return "keys/body/" + b.Name() + "." + role + ".key"
}

// prepend puts a line before the others of a secret file: whole and durable, or not at all.
func (h Home) prepend(name, line string) error {
	old, err := h.readSecret(name)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		old, err = "", nil
	}
	if err != nil {
		return err
	}
	return h.rewrite(name, line+old)
}

// rewrite replaces a secret file: whole and durable, or not at all.
func (h Home) rewrite(name, text string) error {
	return wholefile.Write(h.Path(name), 0o600, []byte(text))
}
