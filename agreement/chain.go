package agreement

import (
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Chain says what is in force where: which text, which keys, at which index of
// which journal. It is built by replaying the clear entries of all journals, each
// in the order of its indexes; in which order the journals arrive does not matter,
// as every journal is judged by what stands in it. AGREEMENT-24
// It is not safe for concurrent use.
type Chain struct {
	founding *Agreement
	texts    map[parley.Hash]*Signed // complete texts: the founding one and its amendments
	journals map[parley.Origin]*journal
	members  map[parley.Party]*member
	names    []parley.Party // in the order in which they came
	notices  []Notice
}

// journal is one log of one party.
type journal struct {
	party   parley.Party
	keys    []proof.Key
	texts   []textFrom       // which text from which index on, ascending; a successor begins with its predecessor's
	before  *journal         // the journal that it succeeds, or nil
	applied map[uint64]error // what Apply said of each index
	next    uint64           // the lowest index that Apply has not seen
	closed  *Succession      // what ended it
	parts   []string         // of an amendment's note that is being carried
}

type textFrom struct {
	index uint64
	text  *Agreement
}

// member is one party through all texts and journals.
type member struct {
	origins    []parley.Origin // its journals, the current one last
	identities []proof.Key     // the current one last
	replaced   []string        // the notes that led from each identity key to the next
	mirrors    []mirrorPair    // the current one last
	states     []keyState      // ascending
	used       keyring         // every key it ever had. KEYS-11
}

// mirrorPair is a mirror's keys; an ended pair says how far it had cosigned. KEYS-8
type mirrorPair struct {
	keys  []proof.Key
	ended bool
	last  map[parley.Origin]uint64
}

// keyState is what a party's keys are after an entry of one of its journals.
type keyState struct {
	journal int    // index in member.origins
	from    uint64 // the first index that it holds for
	address string
	tls     []parley.Hash
	bodies  map[parley.Body]bodyKeys
}

type bodyKeys struct {
	signing, release proof.Key
	age              string
}

// NewChain begins with a complete founding text.
func NewChain(founding *Signed) (*Chain, error) {
	c := &Chain{founding: founding.Agreement, texts: map[parley.Hash]*Signed{},
		journals: map[parley.Origin]*journal{}, members: map[parley.Party]*member{}}
	if founding.Agreement.Founding != nil {
		return nil, parley.E(parley.Invalid, "begin a chain: this text amends another; want the founding text")
	}
	if !founding.Complete() {
		return nil, parley.E(parley.Conflict, "begin a chain: not signed yet by %v", founding.Missing())
	}
	c.texts[c.ID()] = founding
	for i := range c.founding.Parties {
		c.join(&c.founding.Parties[i], c.founding)
	}
	return c, nil
}

// join makes a party and its first journal known.
func (c *Chain) join(p *Party, a *Agreement) {
	m := &member{origins: []parley.Origin{p.Origin}, identities: []proof.Key{p.Identity.Key},
		mirrors: []mirrorPair{{keys: plainKeys(p.Mirror)}}, used: keyring{}}
	m.states = []keyState{{address: p.Address, tls: p.TLS, bodies: map[parley.Body]bodyKeys{}}}
	m.used.addParty(p)
	for i := range p.Bodies {
		m.states[0].bodies[p.Bodies[i].Name] = p.Bodies[i].keys()
	}
	c.members[p.Name] = m
	c.names = append(c.names, p.Name)
	c.journals[p.Origin] = &journal{party: p.Name, keys: plainKeys(p.Journal),
		texts: []textFrom{{0, a}}, applied: map[uint64]error{}}
}

// Apply replays one clear entry, whose content has been opened and whose
// signature has been judged. Kinds that change nothing here are ignored.
// Repeating a ref repeats its answer. An error means that the entry is void and
// changed nothing; parley.Invalid and parley.Untrusted say why.
func (c *Chain) Apply(ref parley.Ref, kind parley.Kind, content []byte) error {
	if kind == parley.KindSuccession {
		if err := c.applySuccession(ref, content); err != nil {
			return err
		}
	}
	j, ok := c.journals[ref.Origin]
	if !ok {
		return parley.E(parley.NotFound, "journal %s: no party of this agreement writes it", ref.Origin)
	}
	if err, done := j.applied[ref.Index]; done {
		return err
	}
	if j.closed != nil && ref.Index >= j.closed.Size {
		return parley.E(parley.Invalid, "%s: the journal was closed at size %d", ref, j.closed.Size) // SUCCESSION-3
	}
	if ref.Index < j.next {
		return parley.E(parley.Conflict, "apply %s: entries up to %d were applied before", ref, j.next)
	}
	j.next = ref.Index + 1
	var err error
	switch kind {
	case parley.KindAgreement:
		err = c.applyAgreement(j, ref, content)
	case parley.KindKeys:
		err = c.applyKeys(j, ref, content)
	}
	j.applied[ref.Index] = err
	return err
}

// ID identifies the agreement: the hash of the founding text.
func (c *Chain) ID() parley.Hash { return c.founding.Hash() }

// At is the text in force at an index of a journal. NotFound for a journal of
// nobody and beyond the size at which a succession closed it. AGREEMENT-8
func (c *Chain) At(ref parley.Ref) (*Agreement, error) {
	j, ok := c.journals[ref.Origin]
	if !ok {
		return nil, parley.E(parley.NotFound, "journal %s: no party of this agreement writes it", ref.Origin)
	}
	if j.closed != nil && ref.Index >= j.closed.Size {
		return nil, parley.E(parley.NotFound, "%s: the journal was closed at size %d", ref, j.closed.Size)
	}
	return j.textAt(ref.Index), nil
}

// textAt is the text in force at an index. A successor asks its predecessor each
// time, as the succession may be known before all entries of that one are.
func (j *journal) textAt(index uint64) *Agreement {
	for i := len(j.texts) - 1; i >= 0; i-- {
		if j.texts[i].index <= index {
			return j.texts[i].text
		}
	}
	return j.before.textAt(j.before.closed.Size)
}

// last is past every index of a journal.
const last = 1 << 62

// state is what holds for a party at an index of one of its journals.
func (c *Chain) state(ref parley.Ref) (*keyState, error) {
	j, ok := c.journals[ref.Origin]
	if !ok {
		return nil, parley.E(parley.NotFound, "journal %s: no party of this agreement writes it", ref.Origin)
	}
	m := c.members[j.party]
	s := &m.states[0]
	n := m.ordinal(ref.Origin)
	for i := range m.states {
		if t := &m.states[i]; t.journal < n || t.journal == n && t.from <= ref.Index {
			s = t
		}
	}
	return s, nil
}

func (m *member) ordinal(o parley.Origin) int {
	for i := range m.origins {
		if m.origins[i] == o {
			return i
		}
	}
	return -1
}

func (m *member) now() *keyState { return &m.states[len(m.states)-1] }

func (c *Chain) bodyAt(b parley.Body, ref parley.Ref) (bodyKeys, error) {
	a, err := c.At(ref)
	if err != nil {
		return bodyKeys{}, err
	}
	s, err := c.state(ref)
	if err != nil {
		return bodyKeys{}, err
	}
	k, ok := s.bodies[b]
	if _, named := a.Body(b); !ok || !named || b.Party() != ref.Origin.Party() {
		return bodyKeys{}, parley.E(parley.NotFound, "%s is no body of %s under the text in force", b, ref.Origin.Party())
	}
	return k, nil
}

// BodyKey is the signing key of a body at an index of its party's journal: keys
// are judged by index, never by time. KEYS-7
func (c *Chain) BodyKey(b parley.Body, ref parley.Ref) (note.Verifier, error) {
	k, err := c.bodyAt(b, ref)
	if err != nil {
		return nil, err
	}
	return k.signing.Verifier(), nil
}

// BodyVKey is the key of BodyKey itself.
func (c *Chain) BodyVKey(b parley.Body, ref parley.Ref) (proof.Key, error) {
	k, err := c.bodyAt(b, ref)
	return k.signing, err
}

// ReleaseKey is the release key of a body at an index of its party's journal;
// NotFound where the body has none.
func (c *Chain) ReleaseKey(b parley.Body, ref parley.Ref) (note.Verifier, error) {
	k, err := c.bodyAt(b, ref)
	if err != nil {
		return nil, err
	}
	if k.release.Name == "" {
		return nil, parley.E(parley.NotFound, "%s has no release key", b)
	}
	return k.release.Verifier(), nil
}

// Recipient is the newest known age recipient of a body.
func (c *Chain) Recipient(b parley.Body) (string, error) {
	if m, ok := c.members[b.Party()]; ok {
		if k, ok := m.now().bodies[b]; ok {
			return k.age, nil
		}
	}
	return "", parley.E(parley.NotFound, "%s is no body of this agreement", b)
}

// LogKeys are the keys that sign the checkpoints of a journal: Ed25519, then ML-DSA-44.
func (c *Chain) LogKeys(o parley.Origin) ([]proof.Key, error) {
	j, ok := c.journals[o]
	if !ok {
		return nil, parley.E(parley.NotFound, "journal %s: no party of this agreement writes it", o)
	}
	return j.keys, nil
}

// MirrorKeys are the keys of a party's mirror that are good for a cosignature
// on a journal at a size, the newest pair first: an ended pair is good only up
// to the size that its party stated. KEYS-8
func (c *Chain) MirrorKeys(p parley.Party, of parley.Origin, size uint64) ([]proof.Key, error) {
	m, ok := c.members[p]
	if !ok {
		return nil, parley.E(parley.NotFound, "%s is no party of this agreement", p)
	}
	var keys []proof.Key
	for i := len(m.mirrors) - 1; i >= 0; i-- {
		if r := m.mirrors[i]; !r.ended || size <= r.last[of] {
			keys = append(keys, r.keys...)
		}
	}
	return keys, nil
}

// IdentityKey is the newest identity key of a party.
func (c *Chain) IdentityKey(p parley.Party) (proof.Key, error) {
	m, ok := c.members[p]
	if !ok {
		return proof.Key{}, parley.E(parley.NotFound, "%s is no party of this agreement", p)
	}
	return m.identities[len(m.identities)-1], nil
}

// Replaced are the notes that led from an identity key of a party to the one in force,
// in order: what an amendment quotes that names the new one. Empty where the key is in
// force, or never was the party's. KEYS-10
func (c *Chain) Replaced(p parley.Party, from proof.Key) []string {
	m, ok := c.members[p]
	if !ok {
		return nil
	}
	for i := range m.identities {
		if m.identities[i].Equal(from) {
			return m.replaced[i:]
		}
	}
	return nil
}

// TLSPins are the pins of a party's certificates that are good now.
func (c *Chain) TLSPins(p parley.Party) []parley.Hash {
	if m, ok := c.members[p]; ok {
		return m.now().tls
	}
	return nil
}

// Address is where a party listens now, host:port; empty where it opens no port.
func (c *Chain) Address(p parley.Party) string {
	if m, ok := c.members[p]; ok {
		return m.now().address
	}
	return ""
}

// Parties are all that ever joined, in the order of the texts.
func (c *Chain) Parties() []parley.Party { return c.names }

// Origins are all journals ever, in the order of the texts, each party's in order of succession.
func (c *Chain) Origins() []parley.Origin {
	var all []parley.Origin
	for _, p := range c.names {
		all = append(all, c.members[p].origins...)
	}
	return all
}

// Current is the journal that a party writes now; "" for a stranger.
func (c *Chain) Current(p parley.Party) parley.Origin {
	if m, ok := c.members[p]; ok {
		return m.origins[len(m.origins)-1]
	}
	return ""
}

// PartyOf is the party that writes or wrote a journal.
func (c *Chain) PartyOf(o parley.Origin) (parley.Party, bool) {
	j, ok := c.journals[o]
	if !ok {
		return "", false
	}
	return j.party, true
}

// Successor is the journal that follows a closed one, and the statement that closed it.
func (c *Chain) Successor(o parley.Origin) (*Succession, bool) {
	if j, ok := c.journals[o]; ok && j.closed != nil {
		return j.closed, true
	}
	return nil, false
}

// Texts are the complete texts known, by hash.
func (c *Chain) Texts() map[parley.Hash]*Signed { return c.texts }

func (b *Body) keys() bodyKeys { return bodyKeys{b.Signing.Key, b.Release.Key, b.Age} }

func plainKeys(all []VKey) []proof.Key {
	keys := make([]proof.Key, len(all))
	for i := range all {
		keys[i] = all[i].Key
	}
	return keys
}
