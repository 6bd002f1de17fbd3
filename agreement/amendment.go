package agreement

import (
	"bytes"
	"strings"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// maxParts bounds the parts of a note: a text and its lines fit.
const maxParts = 32

// Learn makes a complete amendment known, so that journals can switch to it and
// newcomers' journals can be read. Learning twice is once. AGREEMENT-22
func (c *Chain) Learn(s *Signed) error {
	a := s.Agreement
	if _, known := c.texts[a.Hash()]; known {
		return nil
	}
	if a.ID() != c.ID() {
		return parley.E(parley.Invalid, "amendment: it belongs to another agreement, %s", a.ID())
	}
	if !s.Complete() {
		return parley.E(parley.Conflict, "amendment: not signed yet by %v", s.Missing())
	}
	before, ok := c.texts[*a.Amends]
	if !ok {
		return parley.E(parley.NotFound, "amendment: the text before it, %s, is not known", a.Amends)
	}
	for i := range before.Agreement.Parties {
		p := before.Agreement.Parties[i].Name
		if _, stays := a.Party(p); !stays && !c.denounced(p) {
			return parley.E(parley.Conflict, "amendment: it leaves out %s, which has not given notice", p)
		}
	}
	for i := range a.Parties {
		p := &a.Parties[i]
		if _, known := c.members[p.Name]; known {
			if err := c.members[p.Name].restated(p); err != nil {
				return err
			}
		} else if _, taken := c.journals[p.Origin]; taken {
			return parley.E(parley.Invalid, "amendment: origin %s is another journal's", p.Origin)
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

// restated: an amendment changes no key of a party that was one before; what it
// states must have been that party's at some time. New bodies bring new keys. KEYS-10
func (m *member) restated(p *Party) error {
	bad := func(what string) error {
		return parley.E(parley.Invalid, "amendment: %s of %s is none that it has had", what, p.Name).
			WithHint("an amendment restates keys; a `keys` entry or a succession changes them")
	}
	if !m.identities[len(m.identities)-1].Equal(p.Identity.Key) {
		return parley.E(parley.Invalid, "amendment: the identity key of %s is not the one in force", p.Name)
	}
	if m.ordinal(p.Origin) < 0 {
		return bad("the origin")
	}
	for _, list := range [][]VKey{p.Journal, p.Mirror} {
		for _, k := range list {
			if m.used[keyID(k.Public)] == "" {
				return bad("key " + k.Name)
			}
		}
	}
	for i := range p.Bodies {
		b := &p.Bodies[i]
		if _, has := m.now().bodies[b.Name]; !has {
			continue
		}
		for _, k := range []VKey{b.Signing, b.Release} {
			if !k.IsZero() && m.used[keyID(k.Public)] == "" {
				return bad("key " + k.Name)
			}
		}
	}
	return nil
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
	now := j.texts[len(j.texts)-1].text
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
	if err := c.Learn(signed); err != nil {
		return err
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
