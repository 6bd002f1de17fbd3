package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"

	"parley.example/parley"
)

// fileKeySize is the size of an age file key, in octets.
const fileKeySize = 16

// Recipient is whom messages and attachments are sealed to. It is worth keeping: to read
// one takes about as long as to seal to it. Safe for concurrent use.
type Recipient struct{ to age.Recipient }

// ParseRecipient accepts a hybrid recipient (age1pq1...) only: age refuses to mix them
// with classic ones, and one classic recipient would undo the hybrid seal. ENTRY-22
func ParseRecipient(s string) (Recipient, error) {
	r, err := age.ParseHybridRecipient(s)
	if err != nil {
		return Recipient{}, parley.E(parley.Invalid, "recipient %.20q...: want an age hybrid recipient, age1pq1...", s)
	}
	return Recipient{r}, nil
}

// ParseRecipients is ParseRecipient for each of a list.
func ParseRecipients(list ...string) ([]Recipient, error) {
	out := make([]Recipient, len(list))
	for i, s := range list {
		var err error
		if out[i], err = ParseRecipient(s); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// tap is a recipient that keeps a copy of the file key that age hands to it.
type tap struct {
	to  age.Recipient
	key []byte
}

func (t *tap) Wrap(fileKey []byte) ([]*age.Stanza, error) {
	s, _, err := t.WrapWithLabels(fileKey)
	return s, err
}

// WrapWithLabels passes the labels on: age's refusal to mix recipients stays in force.
func (t *tap) WrapWithLabels(fileKey []byte) ([]*age.Stanza, []string, error) {
	t.key = bytes.Clone(fileKey)
	if l, ok := t.to.(age.RecipientWithLabels); ok {
		return l.WrapWithLabels(fileKey)
	}
	s, err := t.to.Wrap(fileKey)
	return s, nil, err
}

// finder tries identities in turn and keeps the file key that one of them finds.
// age checks the header MAC with it after Unwrap returns.
type finder struct {
	from []age.Identity
	key  []byte
}

func (f *finder) Unwrap(stanzas []*age.Stanza) ([]byte, error) {
	for _, id := range f.from {
		key, err := id.Unwrap(stanzas)
		if errors.Is(err, age.ErrIncorrectIdentity) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if len(key) != fileKeySize {
			return nil, fmt.Errorf("file key of %d octets", len(key))
		}
		f.key = bytes.Clone(key)
		return key, nil
	}
	return nil, age.ErrIncorrectIdentity
}

// encryptTo starts an age file for the recipients and returns its file key.
func encryptTo(dst io.Writer, recipients []Recipient) (io.WriteCloser, []byte, error) {
	if len(recipients) == 0 || len(recipients) > parley.MaxTo+1 {
		return nil, nil, parley.E(parley.Invalid, "%d recipients: want 1 to %d", len(recipients), parley.MaxTo+1)
	}
	list := make([]age.Recipient, len(recipients))
	for i, r := range recipients {
		if list[i] = r.to; r.to == nil {
			return nil, nil, parley.E(parley.Invalid, "recipient %d is empty: want one of ParseRecipient", i)
		}
	}
	t := &tap{to: list[0]}
	list[0] = t
	w, err := age.Encrypt(dst, list...)
	if err != nil {
		return nil, nil, parley.E(parley.Internal, "seal: %w", err)
	}
	return w, t.key, nil
}

// decryptFrom reads the header of an age file and returns the payload's reader
// and the file key. The reader fails on a truncated file and on trailing octets. ENTRY-22
func decryptFrom(src io.Reader, identities []age.Identity) (io.Reader, []byte, error) {
	f := &finder{from: identities}
	r, err := age.Decrypt(src, f)
	if err != nil {
		return nil, nil, parley.E(parley.Untrusted, "sealed part does not open: %w", err)
	}
	return r, f.key, nil
}

// withKey is the identity that opens the one file whose file key is given.
func withKey(fileKey []byte) ([]age.Identity, error) {
	if len(fileKey) != fileKeySize {
		return nil, parley.E(parley.Invalid, "file key of %d octets: want %d", len(fileKey), fileKeySize)
	}
	return []age.Identity{age.NewInjectedFileKeyIdentity(bytes.Clone(fileKey))}, nil
}
