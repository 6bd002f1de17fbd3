package evidence

import (
	"fmt"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// saySilence says that a party has not answered a message: it holds it, and no
// entry of its journal from where the message left it to a cut names the thread.
// EVIDENCE-12
func (v *verifier) saySilence(r *Report, ref parley.Ref, p parley.Party) error {
	if err := v.sayMessage(r, ref); err != nil {
		return err
	}
	h := v.entries[ref]
	if h.facts == nil || !h.env.ToParty(p) {
		return parley.E(parley.Untrusted, "silence of %s on %s: want the facts of a message to that party", p, ref)
	}
	s := Statement{Says: SaysSilence, About: ref.String(), Claimed: true, Against: []string{string(p)}}
	runs, err := v.runsOf(h, p)
	if err != nil {
		return err
	}
	entries, reason := 0, ""
	for _, run := range runs {
		run.used = true
		entries += len(run.entries)
		for _, e := range run.entries {
			if why := e.answers(h); why != "" && reason == "" {
				reason = fmt.Sprintf("%s %s", e.ref.Short(), why)
			}
		}
	}
	if !v.delivered(h, p, receipts(h.proofs)).Holds {
		reason = "the file does not show that it was delivered"
	}
	if a, err := v.chain.At(ref); err != nil || !a.Accepts(p, h.facts.Kind, h.facts.Version) {
		reason = fmt.Sprintf("%s does not accept %s, version %d: no answer is owed", p, h.facts.Kind, h.facts.Version) // JUDGE-16
	}
	last := runs[len(runs)-1]
	s.Size, s.NotAfter = last.End, last.seen.cp.Time
	if reason != "" {
		s.Text = fmt.Sprintf("silence of %s on entry %s is not proven: %s", p, ref.Short(), reason)
		r.say(s)
		return nil
	}
	s.Holds = true
	s.Text = fmt.Sprintf("%s has not answered entry %s: none of the %d entries of its journal from %d to size %d names the thread; it signed that size at %s, by its own clock",
		p, ref.Short(), entries, runs[0].Start, last.End, stamp(s.NotAfter))
	if h.opened == nil {
		s.Text += " (the text of the entry is not shown; if it is void inside, the party has said so in a receipt)"
	}
	r.say(s)
	v.sayCut(r, last, p)
	return nil
}

// sayCut says until when others saw that journal no larger.
func (v *verifier) sayCut(r *Report, last *heldRun, p parley.Party) {
	for _, c := range receipts([]*seen{last.seen}) {
		third := c.by.party == ""
		r.say(Statement{Says: SaysExisted, About: string(last.Origin), Holds: true, Third: third, NotAfter: c.at, Size: c.size, Keys: c.keys,
			Against: against(third, c.by.name),
			Text:    fmt.Sprintf("%s saw the journal of %s at size %d, and none larger, at %s", describe(c.by), p, c.size, stamp(c.at))})
	}
}

// answers says why an entry of the run keeps silence from being proven, or "".
// Only what the entry itself shows decides that it is no message: what is judged
// by keys could be changed by leaving a keys entry out. EVIDENCE-13
func (e *held) answers(asked *held) string {
	switch {
	case !e.parsed, e.env.Journal != e.ref.Origin, e.env.Agreement != asked.env.Agreement:
		return ""
	case !e.env.ToParty(asked.env.From.Party()):
		return "" // an answer names the asker. JUDGE-18
	case e.void:
		return "" // its inside is shown, and everybody reaches the same verdict
	case e.facts == nil:
		return "is addressed to the asker, and its facts are not opened"
	}
	thread := asked.facts.Thread
	if thread.IsZero() {
		thread = asked.env.ID()
	}
	if e.facts.Thread == thread || e.facts.Answers == asked.env.ID() {
		return "names the thread"
	}
	return ""
}

// runsOf finds the runs that cover the party's journal from where the message
// left it: the size and root that the message itself says its author held, or
// the very beginning. After a succession the next journal follows from its start.
func (v *verifier) runsOf(h *held, p parley.Party) ([]*heldRun, error) {
	var origins []parley.Origin
	for _, o := range v.chain.Origins() {
		if owner, ok := v.chain.PartyOf(o); ok && owner == p {
			origins = append(origins, o)
		}
	}
	at, known := 0, seal.Mirrored{}
	for i, o := range origins {
		for _, m := range h.env.Mirrored {
			if m.Origin == o {
				at, known = i, m
			}
		}
	}
	var runs []*heldRun
	for i, o := range origins[at:] {
		from := uint64(0)
		if i == 0 {
			from = known.Size
		}
		run := v.runFrom(o, from)
		if run == nil {
			return nil, parley.E(parley.Untrusted, "silence of %s: no run of %s from %d on", p, o, from)
		}
		if i == 0 && known.Origin == o && known.Size >= run.Start && known.Size <= run.End && run.roots[known.Size-run.Start] != known.Root {
			return nil, parley.E(parley.Untrusted, "silence of %s: the run of %s contradicts what %s held when it wrote", p, o, h.env.From.Party())
		}
		if s, closed := v.chain.Successor(o); closed && run.End < s.Size {
			return nil, parley.E(parley.Untrusted, "silence of %s: the run of %s ends before the journal was closed", p, o)
		}
		runs = append(runs, run)
	}
	return runs, nil
}

func (v *verifier) runFrom(o parley.Origin, from uint64) *heldRun {
	for _, r := range v.runs {
		if r.Origin == o && r.Start <= from && r.End >= from {
			return r
		}
	}
	return nil
}
