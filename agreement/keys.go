package agreement

import (
	"fmt"
	"slices"
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/proof"
)

const keysVersion = "parley/keys/v1"

// Change is what a `keys` entry changes of its party: body keys, the mirror's
// pair, TLS pins, the address. A journal's keys change only by a succession. KEYS-5
type Change struct {
	Agreement parley.Hash
	Journal   parley.Origin // the journal that carries it
	Signing   []BodyKey     // needs the identity key
	Release   []BodyKey     // needs the identity key
	Age       []BodyAge
	TLS       []parley.Hash // all that are good from now on; empty: unchanged
	Address   string        // host:port, "-" for none; empty: unchanged
	Mirror    []proof.Key   // the next pair; needs the identity key and ends the pair before
	Last      []Last        // with Mirror: how far the pair before has cosigned. KEYS-8
}

// BodyKey is a new key of a body.
type BodyKey struct {
	Body parley.Body
	Key  proof.Key
}

// BodyAge is a new age recipient of a body.
type BodyAge struct {
	Body      parley.Body
	Recipient string
}

// Last is the last size of a journal that an ended mirror pair has cosigned.
type Last struct {
	Origin parley.Origin
	Size   uint64
}

// Text is the one spelling of the change. KEYS-5
func (k *Change) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nagreement %s\njournal %s\n", keysVersion, k.Agreement, k.Journal)
	for _, s := range k.Signing {
		fmt.Fprintf(&b, "signing %s %s\n", s.Body, s.Key)
	}
	for _, s := range k.Release {
		fmt.Fprintf(&b, "release %s %s\n", s.Body, s.Key)
	}
	for _, s := range k.Age {
		fmt.Fprintf(&b, "age %s %s\n", s.Body, s.Recipient)
	}
	if len(k.TLS) > 0 {
		b.WriteString("tls")
		for _, p := range k.TLS {
			b.WriteString(" " + p.String())
		}
		b.WriteString("\n")
	}
	if k.Address != "" {
		fmt.Fprintf(&b, "address %s\n", k.Address)
	}
	if len(k.Mirror) == 2 {
		fmt.Fprintf(&b, "mirror %s %s\n", k.Mirror[0], k.Mirror[1])
		for _, l := range k.Last {
			fmt.Fprintf(&b, "last %s %d\n", l.Origin, l.Size)
		}
	}
	return b.String()
}

// NeedsIdentity says whether the change needs the line of the identity key. KEYS-6
func (k *Change) NeedsIdentity() bool { return len(k.Signing)+len(k.Release)+len(k.Mirror) > 0 }

// Sign is the note of a `keys` entry: the text, with the identity key's line
// where it needs one, else alone.
func (k *Change) Sign(identity *proof.Signer) ([]byte, error) {
	if _, err := parseChange(k.Text()); err != nil {
		return nil, err
	}
	if identity == nil {
		if k.NeedsIdentity() {
			return nil, parley.E(parley.Invalid, "a change of signing, release or mirror keys needs the identity key")
		}
		return []byte(k.Text()), nil
	}
	line, err := signLine(k.Text(), *identity)
	return proof.Note{Text: k.Text(), Lines: []proof.Line{line}}.Bytes(), err
}

func parseChange(text string) (*Change, error) {
	r := &reader{rest: text}
	k := &Change{}
	r.exact(keysVersion)
	k.Agreement = r.hash(r.must("agreement", 1, "<hash>")[0])
	k.Journal = r.origin(r.must("journal", 1, "<origin>")[0])
	for f, ok := r.next("signing", 2, "<body> <vkey>"); ok; f, ok = r.next("signing", 2, "<body> <vkey>") {
		k.Signing = append(k.Signing, BodyKey{r.bodyName(f[0]), r.key(f[1], proof.TypeEd25519, f[0])})
	}
	for f, ok := r.next("release", 2, "<body> <vkey>"); ok; f, ok = r.next("release", 2, "<body> <vkey>") {
		k.Release = append(k.Release, BodyKey{r.bodyName(f[0]), r.key(f[1], proof.TypeEd25519, f[0]+"/release")})
	}
	for f, ok := r.next("age", 2, "<body> <recipient>"); ok; f, ok = r.next("age", 2, "<body> <recipient>") {
		if a, err := age.ParseHybridRecipient(f[1]); err != nil || a.String() != f[1] {
			r.keep(parley.E(parley.Invalid, "age key of %s: want an age1pq1... recipient", f[0]))
		}
		k.Age = append(k.Age, BodyAge{r.bodyName(f[0]), f[1]})
	}
	if f, ok := r.next("tls", 0, "<pin> [<pin>]"); ok {
		if len(f) > 2 {
			r.fail("tls <pin> [<pin>]")
		}
		for _, s := range f {
			k.TLS = append(k.TLS, r.hash(s))
		}
	}
	if f, ok := r.next("address", 1, "<host:port> or -"); ok {
		if k.Address = f[0]; k.Address != "-" && !validAddress(k.Address) {
			r.keep(parley.E(parley.Invalid, "address %s: want host:port or -", quote(f[0])))
		}
	}
	if f, ok := r.next("mirror", 2, "<vkey> <vkey>"); ok {
		name := k.Journal.Mirror()
		k.Mirror = []proof.Key{r.key(f[0], proof.TypeCosignature, name), r.key(f[1], proof.TypeMLDSA44, name)}
		for f, ok := r.next("last", 2, "<origin> <size>"); ok; f, ok = r.next("last", 2, "<origin> <size>") {
			k.Last = append(k.Last, Last{r.origin(f[0]), r.size(f[1])})
		}
	}
	if err := r.end(); err != nil {
		return nil, parley.E(parley.Invalid, "keys: %w", err)
	}
	if k.Text() != text {
		return nil, parley.E(parley.Invalid, "keys: want the one spelling of its text")
	}
	return k, nil
}

// applyKeys: a change, or the replacement of a lost identity key. KEYS-5, KEYS-9
func (c *Chain) applyKeys(j *journal, ref parley.Ref, content []byte) error {
	var s NoteContent
	if err := once(content, &s); err != nil {
		return err
	}
	n, err := proof.ParseNote([]byte(s.Note))
	if err != nil {
		n = proof.Note{Text: s.Note} // no lines
	}
	if strings.HasPrefix(n.Text, identityVersion+"\n") {
		return c.applyIdentity(j, ref, n)
	}
	k, err := parseChange(n.Text)
	if err != nil {
		return err
	}
	if k.Agreement != c.ID() || k.Journal != ref.Origin {
		return parley.E(parley.Invalid, "keys: written for another agreement or journal")
	}
	m := c.members[j.party]
	if k.NeedsIdentity() && !verifiedByAny(n, m.identities[len(m.identities)-1:]) {
		return parley.E(parley.Untrusted, "keys: a change of signing, release or mirror keys needs a line of the identity key of %s", j.party) // KEYS-6
	}
	used := keyring{}
	for id, where := range m.used {
		used[id] = where
	}
	next, err := k.onto(m, ref, used)
	if err != nil {
		return err
	}
	m.used = used
	m.states = append(m.states, next)
	if len(k.Mirror) == 2 {
		old := &m.mirrors[len(m.mirrors)-1]
		old.ended, old.last = true, map[parley.Origin]uint64{}
		for _, l := range k.Last {
			old.last[l.Origin] = l.Size
		}
		m.mirrors = append(m.mirrors, mirrorPair{keys: k.Mirror})
	}
	return nil
}

// onto is the state of the party after the change; used takes up the new keys.
func (k *Change) onto(m *member, ref parley.Ref, used keyring) (keyState, error) {
	next := m.after(ref)
	fresh := func(key proof.Key) error {
		if used.addKey(key, key.Name) != "" {
			return parley.E(parley.Invalid, "keys: the key of %s was used before; want a new one", key.Name) // KEYS-11
		}
		return nil
	}
	change := func(b parley.Body, set func(*bodyKeys)) error {
		keys, ok := next.bodies[b]
		if !ok {
			return parley.E(parley.Invalid, "keys: %s is no body of this party; an amendment adds bodies", b)
		}
		set(&keys)
		next.bodies[b] = keys
		return nil
	}
	for _, s := range k.Signing {
		if err := first(fresh(s.Key), change(s.Body, func(b *bodyKeys) { b.signing = s.Key })); err != nil {
			return next, err
		}
	}
	for _, s := range k.Release {
		if err := first(fresh(s.Key), change(s.Body, func(b *bodyKeys) { b.release = s.Key })); err != nil {
			return next, err
		}
	}
	for _, s := range k.Age {
		if used.add([]byte(s.Recipient), string(s.Body)+" age") != "" {
			return next, parley.E(parley.Invalid, "keys: the age recipient of %s was used before; want a new one", s.Body)
		}
		if err := change(s.Body, func(b *bodyKeys) { b.age = s.Recipient }); err != nil {
			return next, err
		}
	}
	for _, key := range k.Mirror {
		if err := fresh(key); err != nil {
			return next, err
		}
	}
	if len(k.TLS) > 0 {
		for _, pin := range k.TLS {
			if used.addPin(pin, "tls") != "" && !slices.Contains(next.tls, pin) {
				return next, parley.E(parley.Invalid, "keys: the TLS pin %s was used before; want a new one", pin)
			}
		}
		next.tls = k.TLS
	}
	if k.Address != "" {
		next.address = strings.TrimPrefix(k.Address, "-")
	}
	return next, nil
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
