package agreement

import (
	"encoding/base64"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

const successionVersion = "parley/succession/v1"

// Succession closes a journal at a size and names the one that follows. The
// party's identity key signs it; it is entry 0 of the next journal. SUCCESSION-1
type Succession struct {
	Agreement parley.Hash
	Close     parley.Origin
	Size      uint64
	Root      tlog.Hash
	Next      parley.Origin
	Keys      []proof.Key // of the next journal: Ed25519, then ML-DSA-44
	Note      []byte      // the signed note; what OpenSuccession read
}

// Text is what the identity key signs. SUCCESSION-1
func (s *Succession) Text() string {
	return fmt.Sprintf("%s\nagreement %s\nclose %s %d %s\nnext %s %s %s\n", successionVersion, s.Agreement,
		s.Close, s.Size, base64.StdEncoding.EncodeToString(s.Root[:]), s.Next, s.Keys[0], s.Keys[1])
}

// Sign makes the note. The size must be no smaller than any that anybody cosigned. SUCCESSION-3
func (s *Succession) Sign(identity proof.Signer) ([]byte, error) {
	line, err := signLine(s.Text(), identity)
	if err != nil {
		return nil, err
	}
	s.Note = proof.Note{Text: s.Text(), Lines: []proof.Line{line}}.Bytes()
	return s.Note, nil
}

// ParseSuccession reads the note without judging its signature; Chain.Succeed does.
func ParseSuccession(note []byte) (*Succession, error) {
	n, err := proof.ParseNote(note)
	if err != nil {
		return nil, err
	}
	r := &reader{rest: n.Text}
	s := &Succession{Note: slices.Clone(note)}
	r.exact(successionVersion)
	s.Agreement = r.hash(r.must("agreement", 1, "<hash>")[0])
	f := r.must("close", 3, "<origin> <size> <root>")
	s.Close = r.origin(f[0])
	if r.err == nil {
		s.Size = r.size(f[1])
		s.Root, err = tlog.ParseHash(f[2])
		r.keep(err)
	}
	f = r.must("next", 3, "<origin> <vkey> <vkey>")
	s.Next = r.origin(f[0])
	if r.err == nil {
		s.Keys = []proof.Key{r.key(f[1], proof.TypeEd25519, string(s.Next)), r.key(f[2], proof.TypeMLDSA44, string(s.Next))}
	}
	if err := r.end(); err != nil {
		return nil, parley.E(parley.Invalid, "succession: %w", err)
	}
	if s.Text() != n.Text {
		return nil, parley.E(parley.Invalid, "succession: want the one spelling of its text")
	}
	return s, nil
}

// Succeed makes a succession known before entry 0 of the next journal is there.
// Repeating it changes nothing. A second, other succession of the same journal is
// Untrusted and proves that its party speaks twice. SUCCESSION-2, SUCCESSION-4
func (c *Chain) Succeed(note []byte) (*Succession, error) {
	s, err := c.CheckSuccession(note)
	if err != nil {
		return nil, err
	}
	j := c.journals[s.Close]
	if j.closed != nil {
		return j.closed, nil
	}
	c.succeed(j, c.members[j.party], s)
	return s, nil
}

// CheckSuccession says what Succeed would say, and changes nothing: so that whoever
// keeps a chain can make a succession durable first.
func (c *Chain) CheckSuccession(note []byte) (*Succession, error) {
	s, err := ParseSuccession(note)
	if err != nil {
		return nil, err
	}
	j, ok := c.journals[s.Close]
	if !ok || s.Agreement != c.ID() || s.Next.Party() != j.party {
		return nil, parley.E(parley.Invalid, "succession of %s: want a journal of this agreement, and a next one of the same party", s.Close)
	}
	m := c.members[j.party]
	n, err := proof.ParseNote(note)
	if err != nil {
		return nil, err
	}
	if !verifiedByAny(n, m.identities[len(m.identities)-1:]) {
		e := parley.E(parley.Untrusted, "succession of %s: no line of the identity key of %s", s.Close, j.party)
		e.Received = note
		return nil, e
	}
	if j.closed != nil {
		if j.closed.Text() == s.Text() {
			return j.closed, nil
		}
		e := parley.E(parley.Untrusted, "succession of %s: its party has signed another one", s.Close)
		e.Received, e.Proves = note, true
		return nil, e
	}
	switch used := keyring(m.used); {
	case c.journals[s.Next] != nil:
		return nil, parley.E(parley.Invalid, "succession: origin %s is taken; want a new one", s.Next)
	case used[keyID(s.Keys[0].Public)] != "" || used[keyID(s.Keys[1].Public)] != "":
		return nil, parley.E(parley.Invalid, "succession of %s: a key of the next journal was used before; want new ones", s.Close) // KEYS-11
	case s.Size < j.next:
		e := parley.E(parley.Untrusted, "succession of %s closes it at size %d, below entry %d that it has signed", s.Close, s.Size, j.next-1) // SUCCESSION-3
		e.Received = note
		return nil, e
	}
	return s, nil
}

func (c *Chain) succeed(j *journal, m *member, s *Succession) {
	j.closed = s
	next := &journal{party: j.party, keys: s.Keys, before: j, applied: map[uint64]error{}}
	for _, k := range s.Keys {
		m.used.addKey(k, k.Name)
	}
	c.journals[s.Next] = next
	m.origins = append(m.origins, s.Next)
}

// applySuccession: entry 0 of the next journal. SUCCESSION-2
func (c *Chain) applySuccession(ref parley.Ref, content []byte) error {
	var s NoteContent
	if err := once(content, &s); err != nil {
		return err
	}
	parsed, err := ParseSuccession([]byte(s.Note))
	if err != nil {
		return err
	}
	if ref.Index != 0 || ref.Origin != parsed.Next {
		return parley.E(parley.Invalid, "succession entry: want it as entry 0 of %s", parsed.Next)
	}
	_, err = c.Succeed([]byte(s.Note))
	return err
}

// verifiedByAny says that a line of one of the keys is there and holds.
func verifiedByAny(n proof.Note, keys []proof.Key) bool {
	for i := len(keys) - 1; i >= 0; i-- {
		if _, err := n.Verify(keys[i]); err == nil {
			return true
		}
	}
	return false
}
