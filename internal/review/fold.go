package review

import (
	"encoding/json"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Law is an entry that changed the keys or the text, in the order in which it was applied.
type Law struct {
	Ref     parley.Ref
	Kind    parley.Kind
	Content []byte
}

// Stamp is one verified line of a cosigner under a tree of a journal.
type Stamp struct {
	Origin parley.Origin
	Size   uint64
	Name   string // of the key
	ID     uint32
	Time   time.Time // inside the signature
}

// Entry is one judged entry. Facts are nil where they are not open. Content is
// that of entries in clear, of receipts that say seen or unreadable, and of
// remarks; of all others it is not looked at.
type Entry struct {
	Ref      parley.Ref
	Envelope *seal.Envelope // nil where the entry is malformed
	Void     seal.Reason    // "" where it may be a message
	Facts    *seal.Facts
	Content  json.RawMessage
}

// Fold takes what two parties hold of one another up to a cut, and computes their
// review. First all stamps, then the entries of each journal in the order of its
// index, then Review. Not safe for concurrent use.
type Fold struct {
	chain    *agreement.Chain
	pair     [2]parley.Party // in the order of the agreement
	cut      Cut
	journals map[parley.Origin]*journal
	sides    [2]*side
	byID     map[parley.MessageID]*message
	answers  map[parley.MessageID][]*message // by what they answer, in the order of their journals
	steps    map[stepKey][]*message          // messages that are no receipts; by Review in the order of before
	about    map[parley.MessageID][]*message // receipts that say seen or unreadable
	remarks  []*message
	onRow    map[string][2]*message // the latest remark of each side, by row
	void     []Void
}

// stepKey is what a commitment with next steps looks for in a thread.
type stepKey struct {
	thread parley.MessageID
	side   int
	kind   parley.Kind
	word   string
}

// side is one party.
type side struct {
	party    parley.Party
	journals []*journal
	said     time.Time // no entry from here on was written before
	messages []*message
}

// journal is one log of one side.
type journal struct {
	place  Place
	side   int
	order  int // among the journals of its side
	next   uint64
	stamps map[string]*stamps // by cosigner
	gone   map[parley.Hash]uint64
	texts  map[uint64]*agreement.Agreement
}

// message is what the fold keeps of an entry between the two.
type message struct {
	ref      parley.Ref
	id       parley.MessageID
	side     int
	journal  *journal
	from     parley.Body
	to       []parley.Body
	kind     parley.Kind
	step     string
	rank     parley.Precedence
	thread   parley.MessageID // its own id where it opens one
	answers  parley.MessageID
	clock    string
	due      string
	exercise bool
	part     parley.Hash
	when     clockInterval
	remark   *remark
}

// NewFold begins. law is every entry that changed the keys or the text; what stands
// beyond the cut is left out. Errors are parley.Invalid: the cut and the pair do
// not fit the agreement.
func NewFold(founding *agreement.Signed, law []Law, cut Cut, a, b parley.Party) (*Fold, error) {
	chain, err := agreement.NewChain(founding)
	if err != nil {
		return nil, err
	}
	for _, l := range law {
		if p, ok := cut.Of(l.Ref.Origin); ok && l.Ref.Index >= p.Size {
			continue
		}
		if err := chain.Apply(l.Ref, l.Kind, l.Content); err != nil {
			return nil, parley.E(parley.Invalid, "the cut leaves out what %s stands on: %w", l.Ref, err)
		}
	}
	n := cut.about()
	f := &Fold{chain: chain, cut: cut, journals: map[parley.Origin]*journal{}, byID: make(map[parley.MessageID]*message, n),
		answers: make(map[parley.MessageID][]*message, n/2), about: map[parley.MessageID][]*message{}, steps: map[stepKey][]*message{}}
	f.cut.Instant = cut.Instant.UTC().Truncate(time.Second)
	names := chain.Parties()
	x, y := slices.Index(names, a), slices.Index(names, b)
	if x < 0 || y < 0 || x == y {
		return nil, parley.E(parley.Invalid, "a review of %s and %s: want two parties of the agreement", a, b)
	}
	f.pair = [2]parley.Party{names[min(x, y)], names[max(x, y)]}
	return f, f.arrange()
}

// arrange puts the journals of the cut in their order, and refuses one that is
// nobody's of the two, and a cut that leaves one out.
func (f *Fold) arrange() error {
	var places []Place
	for s, p := range f.pair {
		f.sides[s] = &side{party: p}
		for _, o := range f.chain.Origins() {
			if owner, _ := f.chain.PartyOf(o); owner != p {
				continue
			}
			at, ok := f.cut.Of(o)
			if !ok {
				return parley.E(parley.Invalid, "the cut does not name the journal %s of %s", o, p)
			}
			j := &journal{place: at, side: s, order: len(f.sides[s].journals), stamps: map[string]*stamps{}, gone: map[parley.Hash]uint64{}, texts: map[uint64]*agreement.Agreement{}}
			f.sides[s].journals = append(f.sides[s].journals, j)
			f.journals[o] = j
			places = append(places, at)
		}
	}
	for _, p := range f.cut.Journals {
		if f.journals[p.Origin] == nil {
			return parley.E(parley.Invalid, "the cut names the journal %s, which neither %s nor %s writes", p.Origin, f.pair[0], f.pair[1])
		}
	}
	f.cut.Journals = places
	return nil
}

// Stamp takes one stamp. Those that the cut leaves out, of strangers, and of keys
// that are not good for that size count for nothing. REVIEW-3
func (f *Fold) Stamp(s Stamp) {
	j := f.journals[s.Origin]
	if j == nil || s.Size > j.place.Size || s.Size == 0 || s.Time.IsZero() || s.Time.After(f.cut.Instant) {
		return
	}
	a, err := f.textAt(j, s.Size-1)
	if err != nil {
		return
	}
	for _, c := range f.cosigners(a, j) {
		if k, ok := c.key(f.chain, s); ok {
			j.of(c).put(s, k.Type, c.party != "" && a.Traffic.Quantum)
			return
		}
	}
}

// Add takes the next entry of a journal. Entries beyond the cut are left out.
// Errors are parley.Invalid: a gap, or a journal that the cut does not name.
func (f *Fold) Add(e Entry) error {
	j := f.journals[e.Ref.Origin]
	switch {
	case j == nil:
		return parley.E(parley.Invalid, "%s is of no journal of the cut", e.Ref)
	case e.Ref.Index >= j.place.Size:
		return nil
	case e.Ref.Index != j.next:
		return parley.E(parley.Invalid, "%s: entry %d is the next", e.Ref, j.next)
	}
	j.next++
	if e.Envelope == nil {
		f.void = append(f.void, Void{Entry: e.Ref.String(), Reason: string(e.Void)})
		return nil
	}
	ours, other := f.sides[j.side], f.pair[1-j.side]
	env := e.Envelope
	if e.Void != "" {
		if env.ToParty(other) {
			f.void = append(f.void, Void{Entry: e.Ref.String(), Reason: string(e.Void)})
		}
		return nil
	}
	when := f.when(j, e.Ref.Index, env)
	if env.Clear {
		f.clear(j, e)
		return nil
	}
	if !env.ToParty(other) {
		return nil
	}
	if e.Facts == nil {
		ours.messages = append(ours.messages, &message{ref: e.Ref, id: env.ID(), side: j.side, journal: j})
		return nil
	}
	m := keep(j, e, when)
	if m == nil {
		return nil
	}
	f.place(ours, m)
	return nil
}

// keep is what is kept of an entry; nil for what no figure needs.
func keep(j *journal, e Entry, when clockInterval) *message {
	v, env := e.Facts, e.Envelope
	m := &message{ref: e.Ref, id: env.ID(), side: j.side, journal: j, from: env.From, to: slices.Clone(env.To), kind: v.Kind, step: v.Step,
		rank: v.Precedence, thread: v.Thread, answers: v.Answers, clock: v.Clock, due: v.Due, exercise: v.Exercise, part: env.Part, when: when}
	if m.thread.IsZero() {
		m.thread = m.id
	}
	switch {
	case v.Kind == parley.KindReceipt:
		switch seal.Says(v.Step) {
		case seal.SaysAcknowledged, seal.SaysDeclined:
		case seal.SaysSeen, seal.SaysUnreadable:
			m.thread = parley.MessageID{}
		default:
			return nil
		}
	case seal.RunsTheLine(v.Kind) && v.Kind != parley.KindCheck:
		return nil
	case v.Kind == parley.KindRemark:
		m.remark = readRemark(e.Content)
	}
	if v.Kind == parley.KindReceipt && !m.answersSomething() {
		m.remark = &remark{about: aboutOf(e.Content)}
	}
	return m
}

// answersSomething: the facts name what is answered.
func (m *message) answersSomething() bool { return !m.answers.IsZero() }

func (f *Fold) place(s *side, m *message) {
	switch {
	case m.kind == parley.KindReceipt && !m.answersSomething():
		for _, id := range m.remark.about {
			f.about[id] = append(f.about[id], m)
		}
		return
	case m.kind == parley.KindRemark:
		f.remarks = append(f.remarks, m)
		return
	}
	if m.answersSomething() {
		f.answers[m.answers] = append(f.answers[m.answers], m)
	}
	if m.kind == parley.KindReceipt {
		return
	}
	f.byID[m.id] = m
	if m.step != "" {
		k := stepKey{m.thread, m.side, m.kind, m.step}
		f.steps[k] = append(f.steps[k], m)
	}
	s.messages = append(s.messages, m)
}

// clear takes what an entry in clear says of parts that are gone. ENTRY-28
func (f *Fold) clear(j *journal, e Entry) {
	if e.Facts == nil || e.Facts.Kind != parley.KindGone {
		return
	}
	var g seal.Gone
	if json.Unmarshal(e.Content, &g) != nil {
		return
	}
	for _, p := range g.Parts {
		if _, said := j.gone[p]; !said {
			j.gone[p] = e.Ref.Index
		}
	}
}

// textAt is the text in force at an index of a journal.
func (f *Fold) textAt(j *journal, index uint64) (*agreement.Agreement, error) {
	if s, ok := f.chain.Successor(j.place.Origin); ok && index >= s.Size {
		return nil, parley.E(parley.NotFound, "%s was closed at %d", j.place.Origin, s.Size)
	}
	return f.chain.At(parley.Ref{Origin: j.place.Origin, Index: index})
}

// key finds the cosigner's key that made a stamp, if it is good for that size. KEYS-8
func (c cosigner) key(chain *agreement.Chain, s Stamp) (proof.Key, bool) {
	keys := c.keys
	if c.party != "" {
		keys, _ = chain.MirrorKeys(c.party, s.Origin, s.Size)
	}
	for _, k := range keys {
		if k.Name == s.Name && k.ID == s.ID {
			return k, true
		}
	}
	return proof.Key{}, false
}
