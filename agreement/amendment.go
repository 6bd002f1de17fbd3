package agreement

import (
	"bytes"
	"strings"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// maxParts bounds the parts of a note: a text and its lines fit.
const maxParts = 32

// Learn makes a complete amendment known before any journal switches to it, so
// that newcomers' journals can be read. Learning twice is once. It refuses to
// leave out a party that gave no notice; journals are judged without that rule,
// because a notice stands in another journal. AGREEMENT-22
func (c *Chain) Learn(s *Signed) error {
	if _, known := c.texts[s.Agreement.Hash()]; known {
		return nil
	}
	if s.Agreement.Amends == nil {
		return parley.E(parley.Invalid, "amendment: the text amends none")
	}
	before, ok := c.texts[*s.Agreement.Amends]
	if !ok {
		return parley.E(parley.NotFound, "amendment: the text before it, %s, is not known", s.Agreement.Amends)
	}
	for i := range before.Agreement.Parties {
		p := before.Agreement.Parties[i].Name
		if _, stays := s.Agreement.Party(p); !stays && !c.denounced(p) {
			return parley.E(parley.Conflict, "amendment: it leaves out %s, which has not given notice", p)
		}
	}
	return c.learn(s)
}

// Recall makes an amendment known that was learned in an earlier life: a newcomer's
// journal can be replayed only then. Nobody is asked again about whom it leaves out,
// since the notice may stand in an entry that is not replayed yet. AGREEMENT-22
func (c *Chain) Recall(s *Signed) error {
	a := s.Agreement
	if _, known := c.texts[a.Hash()]; known {
		return nil
	}
	if a.Amends == nil {
		return parley.E(parley.Invalid, "amendment: the text amends none")
	}
	if _, ok := c.texts[*a.Amends]; !ok {
		return parley.E(parley.NotFound, "amendment: the text before it, %s, is not known", a.Amends)
	}
	return c.learn(s)
}

// Ahead are the known amendments that lead on from a text, the nearest first: all
// have signed them, and the journal that the text is in force in has not switched.
func (c *Chain) Ahead(a *Agreement) []*Agreement {
	var list []*Agreement
	for reached := []parley.Hash{a.Hash()}; len(reached) > 0; reached = reached[1:] {
		for _, s := range c.texts {
			if b := s.Agreement; b.Amends != nil && *b.Amends == reached[0] {
				list, reached = append(list, b), append(reached, b.Hash())
			}
		}
	}
	return list
}

// learn judges an amendment by the text before it and by nothing else, so that
// the order in which journals arrive does not matter. AGREEMENT-22
func (c *Chain) learn(s *Signed) error {
	a := s.Agreement
	if a.ID() != c.ID() {
		return parley.E(parley.Invalid, "amendment: it belongs to another agreement, %s", a.ID())
	}
	if !s.Complete() {
		return parley.E(parley.Conflict, "amendment: not signed yet by %v", s.Missing())
	}
	before := c.texts[*a.Amends].Agreement
	for i := range a.Parties {
		if _, was := before.Party(a.Parties[i].Name); was {
			if err := a.follows(before, &a.Parties[i]); err != nil {
				return err
			}
		}
	}
	c.texts[a.Hash()] = s
	for i := range a.Parties {
		if _, known := c.members[a.Parties[i].Name]; !known {
			c.join(&a.Parties[i], a)
		}
	}
	return nil
}

// follows: a party's identity key is the one of the text before, or each one
// that replaced it is shown. Other keys of a party and body of the text before
// are restated for the reader and change nothing. KEYS-10
func (a *Agreement) follows(before *Agreement, p *Party) error {
	was, _ := before.Party(p.Name)
	now := was.Identity.Key
	for _, text := range p.Replaced {
		x, n, err := ParseReplacement([]byte(text))
		if err != nil {
			return err
		}
		if x.Agreement != a.ID() || !x.Old.Equal(now) || !verifiedByAny(n, []proof.Key{x.New}) {
			return parley.E(parley.Invalid, "amendment: a replacement of the identity key of %s does not follow the key before", p.Name)
		}
		if missing := before.unsigned(n, p.Name); len(missing) > 0 {
			return parley.E(parley.Untrusted, "amendment: the replacement of the identity key of %s is not signed by %v", p.Name, missing)
		}
		now = x.New
	}
	if !now.Equal(p.Identity.Key) {
		return parley.E(parley.Untrusted, "amendment: the identity key of %s is not the one of the text before", p.Name).
			WithHint("a text that replaces it is quoted under `replaced`")
	}
	return nil
}

// unsigned names the other parties whose identity keys have not signed a replacement.
func (a *Agreement) unsigned(n proof.Note, party parley.Party) []string {
	var missing []string
	for i := range a.Parties {
		if p := &a.Parties[i]; p.Name != party && !verifiedByAny(n, []proof.Key{p.Identity.Key}) {
			missing = append(missing, string(p.Name))
		}
	}
	return missing
}

// applyAgreement: entry 0 names the text that the journal begins with; a later
// one carries the amendment that holds from the next entry on. AGREEMENT-8
func (c *Chain) applyAgreement(j *journal, ref parley.Ref, content []byte) error {
	if bytes.HasPrefix(content, []byte(`{"notice":`)) {
		return c.applyNotice(ref, content)
	}
	var s SwitchContent
	if err := once(content, &s); err != nil {
		return err
	}
	now := j.textAt(last)
	if s.Parts == 0 {
		if ref.Index != 0 || s.Text != now.Hash() || s.Note != "" || s.Part != 0 {
			return parley.E(parley.Invalid, "agreement entry without a note: want it as entry 0, naming %s", now.Hash())
		}
		return nil
	}
	if s.Parts > maxParts || s.Part < 1 || s.Part > s.Parts || len(s.Note) > maxPart {
		return parley.E(parley.Invalid, "agreement entry: part %d of %d: want 1 to %d parts of at most %d octets", s.Part, s.Parts, maxParts, maxPart)
	}
	if s.Part == 1 {
		j.parts = nil
	}
	if len(j.parts) != s.Part-1 {
		j.parts = nil
		return parley.E(parley.Invalid, "agreement entry: part %d does not follow the part before", s.Part)
	}
	j.parts = append(j.parts, s.Note)
	if s.Part < s.Parts {
		return nil
	}
	whole := strings.Join(j.parts, "")
	j.parts = nil
	signed, err := OpenSigned([]byte(whole))
	if err != nil {
		return err
	}
	a := signed.Agreement
	if a.Hash() != s.Text || a.Amends == nil || *a.Amends != now.Hash() {
		return parley.E(parley.Invalid, "agreement entry: want the amendment %s of the text in force here, %s", s.Text, now.Hash())
	}
	if _, known := c.texts[a.Hash()]; !known {
		if err := c.learn(signed); err != nil {
			return err
		}
	}
	c.switchTo(j, ref, a)
	return nil
}

func (c *Chain) switchTo(j *journal, ref parley.Ref, a *Agreement) {
	j.texts = append(j.texts, textFrom{ref.Index + 1, a})
	p, stays := a.Party(j.party)
	if !stays {
		return
	}
	m := c.members[j.party]
	next := m.after(ref)
	for i := range p.Bodies {
		if b := &p.Bodies[i]; next.bodies[b.Name].signing.Name == "" {
			next.bodies[b.Name] = b.keys()
		}
	}
	m.used.addParty(p)
	m.states = append(m.states, next)
}

// after is a copy of the newest state, to hold after ref.
func (m *member) after(ref parley.Ref) keyState {
	next := *m.now()
	next.journal, next.from = m.ordinal(ref.Origin), ref.Index+1
	next.bodies = make(map[parley.Body]bodyKeys, len(m.now().bodies))
	for b, k := range m.now().bodies {
		next.bodies[b] = k
	}
	return next
}

func hasKey(all []proof.Key, one proof.Key) bool {
	for _, k := range all {
		if k.Equal(one) {
			return true
		}
	}
	return false
}
