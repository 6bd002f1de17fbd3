package agreement

import (
	"fmt"

	"parley.example/parley"
	"parley.example/parley/proof"
)

const identityVersion = "parley/identity/v1"

// Replacement is the text that replaces a lost identity key. It stands in the
// party's own journal, signed by one of its body keys, the new key and the
// identity keys that all other parties have in the text in force there; they
// compared its fingerprint aloud before. KEYS-9
type Replacement struct {
	Agreement parley.Hash
	Journal   parley.Origin // the party's journal that carries it
	Old, New  proof.Key     // type 1, both named as the party
}

// Text is what all of them sign.
func (x *Replacement) Text() string {
	return fmt.Sprintf("%s\nagreement %s\njournal %s\nold %s\nnew %s\n", identityVersion, x.Agreement, x.Journal, x.Old, x.New)
}

// Fingerprint is what people compare aloud before they sign.
func (x *Replacement) Fingerprint() string { return Fingerprint(parley.Sum([]byte(x.Text()))) }

// ParseReplacement reads the text, with or without lines, which are not judged.
func ParseReplacement(note []byte) (*Replacement, proof.Note, error) {
	n, err := proof.ParseNote(note)
	if err != nil {
		n = proof.Note{Text: string(note)}
	}
	x, err := parseReplacement(n.Text)
	return x, n, err
}

// AddLine signs the text for the holder of one more key.
func (x *Replacement) AddLine(n proof.Note, s proof.Signer) (proof.Note, error) {
	line, err := signLine(x.Text(), s)
	n.Text = x.Text()
	n.Lines = append(n.Lines[:len(n.Lines):len(n.Lines)], line)
	return n, err
}

func parseReplacement(text string) (*Replacement, error) {
	r := &reader{rest: text}
	x := &Replacement{}
	r.exact(identityVersion)
	x.Agreement = r.hash(r.must("agreement", 1, "<hash>")[0])
	x.Journal = r.origin(r.must("journal", 1, "<origin>")[0])
	name := string(x.Journal.Party())
	x.Old = r.key(r.must("old", 1, "<vkey>")[0], proof.TypeEd25519, name)
	x.New = r.key(r.must("new", 1, "<vkey>")[0], proof.TypeEd25519, name)
	if err := r.end(); err != nil {
		return nil, parley.E(parley.Invalid, "identity: %w", err)
	}
	if x.Text() != text {
		return nil, parley.E(parley.Invalid, "identity: want the one spelling of its text")
	}
	return x, nil
}

// MissingFor names whose lines the replacement still lacks in the journal's
// state at ref; a body's name stands for any body of the party. KEYS-9
func (c *Chain) MissingFor(x *Replacement, n proof.Note, ref parley.Ref) ([]string, error) {
	a, err := c.At(ref)
	if err != nil {
		return nil, err
	}
	s, err := c.state(ref)
	if err != nil {
		return nil, err
	}
	party := ref.Origin.Party()
	var missing []string
	byBody := false
	for _, k := range s.bodies {
		byBody = byBody || verifiedByAny(n, []proof.Key{k.signing})
	}
	if !byBody {
		missing = append(missing, "a body of "+string(party))
	}
	if !verifiedByAny(n, []proof.Key{x.New}) {
		missing = append(missing, "the new key of "+string(party))
	}
	missing = append(missing, a.unsigned(n, party)...)
	return missing, nil
}

// applyIdentity takes the new identity key into force. KEYS-9
func (c *Chain) applyIdentity(j *journal, ref parley.Ref, n proof.Note) error {
	x, err := parseReplacement(n.Text)
	if err != nil {
		return err
	}
	m := c.members[j.party]
	if x.Agreement != c.ID() || x.Journal != ref.Origin || !x.Old.Equal(m.identities[len(m.identities)-1]) {
		return parley.E(parley.Invalid, "identity: written for another agreement, journal or key")
	}
	missing, err := c.MissingFor(x, n, ref)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return parley.E(parley.Untrusted, "identity: not signed by %v", missing)
	}
	if m.used.addKey(x.New, x.New.Name) != "" {
		return parley.E(parley.Invalid, "identity: the new key was used before; want a new one") // KEYS-11
	}
	m.identities, m.replaced = append(m.identities, x.New), append(m.replaced, string(n.Bytes()))
	return nil
}
