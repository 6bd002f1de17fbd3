package evidence

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

func (v *verifier) sayAgreement(r *Report) {
	var all []string
	for _, p := range v.founding.Agreement.Parties {
		all = append(all, string(p.Name))
	}
	r.say(Statement{Says: SaysSigned, About: r.Agreement.String(), Holds: true, Against: all,
		Text: fmt.Sprintf("%s signed the agreement with the fingerprint %s", list(all), r.Fingerprint)})
}

// sayMessage says who wrote an entry, who holds it, and whether anybody beyond
// them can tell. EVIDENCE-10, EVIDENCE-11
func (v *verifier) sayMessage(r *Report, ref parley.Ref) error {
	h, ok := v.entries[ref]
	if !ok || len(h.proofs) == 0 || !h.verdict.Valid {
		return parley.E(parley.Untrusted, "the file is about %s and does not prove it", ref)
	}
	if h.used { // said before: a file may be about a message and about its silence
		return nil
	}
	h.used = true
	author := h.env.From.Party()
	r.Messages = append(r.Messages, Message{Ref: ref, ID: h.env.ID(), Envelope: h.env, Facts: h.facts, Opened: h.opened})
	r.say(Statement{Says: SaysWritten, About: ref.String(), Holds: true, Claimed: true, Against: []string{string(author)},
		Text: fmt.Sprintf("%s wrote entry %s to %s, by its own clock at %s", h.env.From, ref.Short(), bodies(h.env.To), stamp(h.env.Time))})
	all := receipts(h.proofs)
	for _, p := range addressees(h.env) {
		r.say(v.delivered(h, p, all))
	}
	v.sayExisted(r, h, all)
	v.sayInside(r, h)
	return v.sayQuorum(r, h)
}

// sayQuorum says whether one checkpoint has the cosignatures that the
// agreement's policy asks for, where it has one. EVIDENCE-18
func (v *verifier) sayQuorum(r *Report, h *held) error {
	a, err := v.chain.At(h.ref)
	if err != nil || a.Eyes.Policy == "" {
		return err
	}
	p, err := proof.ParsePolicy([]byte(a.Eyes.Policy))
	if err != nil {
		return err
	}
	s := Statement{Says: SaysQuorum, About: h.ref.String(), Text: fmt.Sprintf("no checkpoint over entry %s has the quorum that the agreement asks for", h.ref.Short())}
	for _, c := range h.proofs {
		var keys []proof.Key
		for _, x := range c.cosigs {
			keys = append(keys, x.Key)
		}
		if p.Quorum(keys...) {
			s.Holds, s.Size = true, c.cp.Size
			s.Text = fmt.Sprintf("the quorum that the agreement asks for has cosigned size %d, which holds entry %s", s.Size, h.ref.Short())
			break
		}
	}
	r.say(s)
	return nil
}

func (v *verifier) delivered(h *held, p parley.Party, all []*receipt) Statement {
	s := Statement{Says: SaysDelivered, About: h.ref.String(), Against: []string{string(p)}}
	i := slices.IndexFunc(all, func(c *receipt) bool { return c.by.party == p })
	a, err := v.chain.At(h.ref)
	quantum := err == nil && a.Traffic.Quantum
	if i < 0 || !all[i].classic || quantum && !all[i].quantum {
		s.Text, s.Against = fmt.Sprintf("this file does not show that %s holds entry %s", p, h.ref.Short()), nil
		return s
	}
	s.Holds, s.NotAfter, s.Size, s.Keys = true, all[i].at, all[i].size, all[i].keys
	s.Text = fmt.Sprintf("%s holds entry %s since %s, by its own clock: its mirror cosigned size %d", p, h.ref.Short(), stamp(all[i].at), all[i].size)
	return s
}

// sayExisted names those who are neither author nor addressee; without one, the
// two could have invented everything. EVIDENCE-11
func (v *verifier) sayExisted(r *Report, h *held, all []*receipt) {
	third := false
	for _, c := range all {
		if c.by.party != "" && (h.env.ToParty(c.by.party) || c.by.party == h.env.From.Party()) {
			continue
		}
		isThird := c.by.party == ""
		third = third || isThird
		r.say(Statement{Says: SaysExisted, About: h.ref.String(), Holds: true, Third: isThird, NotAfter: c.at, Size: c.size, Keys: c.keys,
			Against: against(isThird, c.by.name),
			Text:    fmt.Sprintf("entry %s existed by %s: %s cosigned size %d", h.ref.Short(), stamp(c.at), describe(c.by), c.size)})
	}
	if !third {
		parties := append([]parley.Party{h.env.From.Party()}, addressees(h.env)...)
		r.say(Statement{Says: SaysExisted, About: h.ref.String(),
			Text: fmt.Sprintf("no third that the agreement names has cosigned: %s together could have invented this past", list(parties))})
	}
}

func (v *verifier) sayInside(r *Report, h *held) {
	author := []string{string(h.env.From.Party())}
	if f := h.facts; f != nil {
		r.say(Statement{Says: SaysFacts, About: h.ref.String(), Holds: true, Against: author,
			Text: fmt.Sprintf("entry %s is %s", h.ref.Short(), factsText(*f))})
	}
	if h.opened != nil {
		r.say(Statement{Says: SaysText, About: h.ref.String(), Holds: true, Against: author,
			Text: fmt.Sprintf("the text of entry %s is the one that this file opens", h.ref.Short())})
	}
}

// sayFork convicts a journal of two histories. EVIDENCE-17
func (v *verifier) sayFork(r *Report, forks []Fork, o parley.Origin) error {
	log, err := v.chain.LogKeys(o)
	if err != nil {
		return err
	}
	party, _ := v.chain.PartyOf(o)
	found := false
	for _, k := range forks {
		if k.Origin != o {
			continue
		}
		f, err := proof.ParseFork(k.Text, log...)
		if err != nil {
			return err
		}
		if f.A.Origin != o {
			return parley.E(parley.Untrusted, "the fork is of %s, and the file says of %s", f.A.Origin, o)
		}
		found = true
		r.say(Statement{Says: SaysFork, About: string(o), Holds: true, Claimed: true, Against: []string{string(party)}, Size: f.A.Size, Text: f.String()})
	}
	if !found {
		return parley.E(parley.Untrusted, "the file is about a fork of %s and shows none", o)
	}
	return nil
}

func factsText(f seal.Facts) string {
	s := fmt.Sprintf("a %s, version %d, precedence %s", f.Kind, f.Version, f.Precedence)
	if !f.Thread.IsZero() {
		s += ", in thread " + f.Thread.String()
	}
	if f.Due != "" {
		s += ", due " + f.Due
	}
	if f.Exercise {
		s += ", an exercise"
	}
	return s
}

func addressees(env seal.Envelope) []parley.Party {
	var all []parley.Party
	for _, b := range env.To {
		if !slices.Contains(all, b.Party()) && b.Party() != env.From.Party() {
			all = append(all, b.Party())
		}
	}
	return all
}

func against(third bool, name string) []string {
	if third {
		return []string{"everybody who trusts " + name}
	}
	return []string{name}
}

func describe(c *cosigner) string {
	switch {
	case c.party != "":
		return c.name
	case c.disinterested:
		return c.name + " (a disinterested third)"
	}
	return c.name + " (a third)"
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "a time that it does not state"
	}
	return t.UTC().Format(time.RFC3339)
}

func bodies(l []parley.Body) string { return list(l) }

// list is "a", "a and b", "a, b and c".
func list[T ~string](l []T) string {
	var b strings.Builder
	for i, x := range l {
		switch {
		case i == 0:
		case i == len(l)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(x))
	}
	return b.String()
}
