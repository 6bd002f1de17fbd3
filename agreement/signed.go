package agreement

import (
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Signed is a text and the lines that the keys in it have signed so far. All
// lines have been verified. It is not safe for concurrent use.
type Signed struct {
	Agreement *Agreement
	owed      []proof.Key
	lines     map[int]proof.Line // index in owed -> line
}

// NewSigned is a draft: a text that nobody has signed yet.
func NewSigned(a *Agreement) *Signed {
	s := &Signed{Agreement: a, lines: map[int]proof.Line{}}
	for i := range a.Parties {
		s.owed = append(s.owed, a.Parties[i].signers()...)
	}
	return s
}

// OpenSigned reads a text with its lines. A text alone is a draft. Lines of
// keys that the text does not name are dropped; one wrong line of a key that
// it names refuses the whole. Errors are parley.Invalid or parley.Untrusted. AGREEMENT-7
func OpenSigned(note []byte) (*Signed, error) {
	n, err := proof.ParseNote(note)
	if err != nil {
		if strings.Contains(string(note), "\n\n\u2014 ") {
			return nil, err // it has lines, and they are damaged
		}
		n = proof.Note{Text: string(note)} // no lines: a draft, if it is an agreement at all
	}
	a, err2 := Parse([]byte(n.Text))
	if err2 != nil {
		return nil, err2
	}
	s := NewSigned(a)
	for i, k := range s.owed {
		lines, err := n.Verify(k)
		switch {
		case err == nil:
			s.lines[i] = lines[0]
		case parley.KindOf(err) != parley.NotFound:
			return nil, err
		}
	}
	return s, nil
}

// Missing names the keys whose lines are not there yet, in the order of the text.
func (s *Signed) Missing() []string {
	var names []string
	for i, k := range s.owed {
		if _, ok := s.lines[i]; !ok {
			names = append(names, k.Name)
		}
	}
	return names
}

// Complete says that every key that owes a line has signed. AGREEMENT-7
func (s *Signed) Complete() bool { return len(s.lines) == len(s.owed) }

// SignedBy says that all keys of one party have signed.
func (s *Signed) SignedBy(p parley.Party) bool {
	for i, k := range s.owed {
		if _, ok := s.lines[i]; !ok && keyParty(k) == p {
			return false
		}
	}
	_, ok := s.Agreement.Party(p)
	return ok
}

// Merge takes over the lines of another copy of the same text.
func (s *Signed) Merge(other *Signed) error {
	if s.Agreement.Hash() != other.Agreement.Hash() {
		return parley.E(parley.Conflict, "merge signatures: the texts differ: %s and %s",
			s.Agreement.Fingerprint(), other.Agreement.Fingerprint()).WithHint("sign the same text, byte for byte")
	}
	for i, l := range other.lines {
		if _, ok := s.lines[i]; !ok {
			s.lines[i] = l
		}
	}
	return nil
}

// Sign adds the lines of keys that the text names; another key is parley.Invalid.
func (s *Signed) Sign(signers ...proof.Signer) error {
	for _, signer := range signers {
		i := s.index(signer.Key())
		if i < 0 {
			return parley.E(parley.Invalid, "sign the agreement: its text does not name this key of %s", signer.Key().Name)
		}
		line, err := signLine(string(s.Agreement.text), signer)
		if err != nil {
			return err
		}
		s.lines[i] = line
	}
	return nil
}

func (s *Signed) index(k proof.Key) int {
	for i := range s.owed {
		if s.owed[i].Equal(k) {
			return i
		}
	}
	return -1
}

// Note is the text with its lines, in the order in which the text names the
// keys; without any line it is the text alone.
func (s *Signed) Note() []byte {
	n := proof.Note{Text: string(s.Agreement.text)}
	for i := range s.owed {
		if l, ok := s.lines[i]; ok {
			n.Lines = append(n.Lines, l)
		}
	}
	if len(n.Lines) == 0 {
		return []byte(n.Text)
	}
	return n.Bytes()
}

// keyParty is the party that a key of a text belongs to, by its name.
func keyParty(k proof.Key) parley.Party { return parley.Body(k.Name).Party() }

// signLine signs a text with an Ed25519 note key; such lines carry no time.
func signLine(text string, s proof.Signer) (proof.Line, error) {
	if s.Key().Type != proof.TypeEd25519 {
		return proof.Line{}, parley.E(parley.Invalid, "sign a text: want an Ed25519 note key (type 0x01), have type 0x%02x", s.Key().Type)
	}
	return proof.SignLine(text, s.NoteSigner(time.Time{}))
}

// Owed names the keys that owe a line, in the order of the text.
func (s *Signed) Owed() []string {
	names := make([]string, len(s.owed))
	for i := range s.owed {
		names[i] = s.owed[i].Name
	}
	return names
}
