package evidence

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Bundle is what a file about a review proves: the journals of two parties, whole
// up to a cut. Everything in it was verified. REVIEW-16
type Bundle struct {
	Agreement *agreement.Signed
	Parties   [2]parley.Party
	Instant   time.Time
	Cut       []Cut
	Law       []Law // what changed the keys or the text, in an order in which each can be applied
	Journals  []Journal
}

// Law is an entry in clear that changed the keys or the text.
type Law struct {
	Ref     parley.Ref
	Kind    parley.Kind
	Content json.RawMessage
}

// Journal is one of them, from its beginning.
type Journal struct {
	Origin  parley.Origin
	Entries []BundleEntry
	Roots   []tlog.Hash // of the sizes 0 to len(Entries)
	Stamps  []Stamp
}

// BundleEntry is one entry, judged, as far as the file shows it.
type BundleEntry struct {
	Envelope *seal.Envelope // nil: malformed
	Verdict  seal.Verdict   // by the entry and by what is shown of it
	Inside   bool           // the verdict was reached on what is inside
	Facts    *seal.Facts
	Content  json.RawMessage // where it is opened
}

// Stamp is one verified cosignature on the tree of a size.
type Stamp struct {
	Size uint64
	Key  proof.Key
	Time time.Time
}

// OpenBundle verifies a file about a review. Errors as for Verify; a file that is
// about something else is parley.Invalid. Ask Report.Proven.
func OpenBundle(raw []byte, t Trust) (*Bundle, *Report, error) {
	f, err := Parse(raw)
	if err != nil {
		return nil, nil, err
	}
	if !f.isReview() {
		return nil, nil, parley.E(parley.Invalid, "this evidence is not about a review").WithHint("`parley review --export FILE` makes one")
	}
	v, r, err := f.verify(t)
	if err != nil {
		return nil, nil, err
	}
	a := f.About[0]
	b := &Bundle{Agreement: v.founding, Parties: a.Parties, Instant: a.Instant, Cut: a.Cut, Law: v.applied}
	for _, run := range v.runs {
		j := Journal{Origin: run.Origin, Roots: run.roots}
		for _, h := range run.entries {
			j.Entries = append(j.Entries, v.bundled(h))
		}
		for _, c := range run.stamps {
			for _, x := range c.list {
				j.Stamps = append(j.Stamps, Stamp{c.size, x.Key, x.Time})
			}
		}
		b.Journals = append(b.Journals, j)
	}
	return b, r, nil
}

// bundled judges by the facts where no more is shown. JUDGE-16, JUDGE-17
func (v *verifier) bundled(h *held) BundleEntry {
	e := BundleEntry{Verdict: h.verdict, Inside: h.void, Facts: h.facts}
	if h.parsed {
		e.Envelope = &h.env
	}
	if h.opened != nil {
		e.Content = h.opened.Content
	} else if h.facts != nil && h.verdict.Valid {
		e.Verdict = seal.JudgeFacts(h.env, *h.facts, h.ref, v.chain)
		e.Inside = !e.Verdict.Valid
	}
	return e
}

// isReview says whether a file is about a review. It is about nothing else then.
func (f *File) isReview() bool { return len(f.About) > 0 && f.About[0].What == AboutReview }

// together judges the entries of all runs in one order that each journal's own and
// what each says that it held agree with: so every key is known before it is used.
// REVIEW-16
func (v *verifier) together(f *File) error {
	if len(f.About) != 1 || len(f.Forks) > 0 {
		return parley.E(parley.Invalid, "evidence about a review is about nothing else")
	}
	v.whole = true
	type placed struct {
		leaf          *Leaf
		height, order uint64
	}
	var all []placed
	base := map[parley.Party]uint64{}
	for n, s := range f.Steps {
		if s.Run == nil || s.Run.Start != 0 {
			return parley.E(parley.Invalid, "evidence about a review: want runs from 0, and nothing else")
		}
		before := uint64(0)
		for i := range s.Run.Leaves {
			l := &s.Run.Leaves[i]
			if v.entries[l.Ref] != nil {
				return parley.E(parley.Untrusted, "%s stands in the file twice", l.Ref)
			}
			h := base[s.Run.Origin.Party()] + l.Ref.Index + 1
			if env, err := seal.ParseEntry(l.Raw); err == nil {
				for _, m := range env.Mirrored {
					h += min(m.Size, 1<<40)
				}
			}
			before = max(h, before+1)
			all = append(all, placed{l, before, uint64(n)})
		}
		base[s.Run.Origin.Party()] += s.Run.End
	}
	slices.SortStableFunc(all, func(a, b placed) int { return cmp.Or(cmp.Compare(a.height, b.height), cmp.Compare(a.order, b.order)) })
	for _, p := range all {
		if err := v.announceLaw(p.leaf); err != nil {
			return err
		}
		if _, err := v.judge(p.leaf); err != nil {
			return err
		}
	}
	return nil
}

// announceLaw is announce where what does not hold is void, and no error.
func (v *verifier) announceLaw(l *Leaf) error {
	if err := v.announce(l); err != nil && parley.KindOf(err) == parley.Internal {
		return err
	}
	return nil
}

// cosignedAt is the verified lines on the tree of one size.
type cosignedAt struct {
	size uint64
	list []proof.Cosignature
}

// cosignedIn verifies the cosignatures that stand in a run. REVIEW-17
func (v *verifier) cosignedIn(r *heldRun) error {
	for _, c := range r.Cosigned {
		known, err := v.cosigners(r.Origin, c.Size)
		if err != nil {
			return err
		}
		var spelled []byte
		at := cosignedAt{size: c.Size}
		for _, k := range known {
			list, err := proof.CosignaturesOn(r.Origin, c.Size, r.roots[c.Size-r.Start], c.Lines, k.keys...)
			if err != nil {
				return err
			}
			for _, x := range list {
				spelled = append(spelled, x.Line...)
			}
			at.list = append(at.list, list...)
		}
		if string(spelled) != string(c.Lines) || len(at.list) == 0 {
			return parley.E(parley.Untrusted, "the lines on %s, size %d, are of nobody that counts, or in another order", r.Origin, c.Size)
		}
		r.stamps = append(r.stamps, at)
	}
	if len(r.Cosigned) > 0 && !v.whole {
		return parley.E(parley.Untrusted, "a run of %s carries cosignatures, and the file is about no review", r.Origin)
	}
	return nil
}

// sayReview says of each journal of the cut that the file leaves nothing out of it.
// REVIEW-16
func (v *verifier) sayReview(r *Report, a About) error {
	for i, p := range a.Parties {
		if !slices.Contains(v.chain.Parties(), p) || i == 1 && p == a.Parties[0] {
			return parley.E(parley.Untrusted, "a review of %s and %s: want two parties of the agreement", a.Parties[0], a.Parties[1])
		}
	}
	seen := map[parley.Origin]bool{}
	for _, c := range a.Cut {
		owner, _ := v.chain.PartyOf(c.Origin)
		run := v.runFrom(c.Origin, 0)
		if seen[c.Origin] || owner != a.Parties[0] && owner != a.Parties[1] {
			return parley.E(parley.Untrusted, "the cut names %s, which is no journal of the two, or twice", c.Origin)
		}
		if seen[c.Origin] = true; run == nil || run.End < c.Size || run.roots[c.Size] != c.Root {
			return parley.E(parley.Untrusted, "the cut names %s at %d, and the file does not make that root", c.Origin, c.Size)
		}
		run.used = true
		open, shut := 0, 0
		for _, h := range run.entries[:c.Size] {
			switch {
			case h.parsed && h.env.Clear && h.verdict.Valid && h.opened == nil:
				return parley.E(parley.Untrusted, "%s is in clear, and the file does not show it", h.ref)
			case !h.parsed || !h.verdict.Valid || h.env.Clear || !h.env.ToParty(a.other(owner)):
			case h.facts == nil:
				shut++
			default:
				open++
			}
		}
		r.say(Statement{Says: SaysWhole, About: string(c.Origin), Holds: true, Claimed: true, Against: []string{string(owner)}, Size: c.Size,
			Text: fmt.Sprintf("nothing is left out of the journal %s of %s up to size %d: the facts of %d messages to %s are open, of %d they are not",
				c.Origin, owner, c.Size, open, a.other(owner), shut)})
	}
	for _, o := range v.chain.Origins() {
		if p, _ := v.chain.PartyOf(o); (p == a.Parties[0] || p == a.Parties[1]) && !seen[o] {
			return parley.E(parley.Untrusted, "the cut leaves out the journal %s of %s", o, p)
		}
	}
	return nil
}

func (a About) other(p parley.Party) parley.Party {
	if p == a.Parties[0] {
		return a.Parties[1]
	}
	return a.Parties[0]
}
