package evidence

import (
	"parley.example/parley"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// countersigned reaches the verdict on a second signature that is shown, where the
// message that it is about stands in the file before it. JUDGE-22
func (v *verifier) countersigned(h *held) {
	about, ok := v.byID[h.facts.Answers]
	if !ok {
		return
	}
	about.used = true
	if verdict := seal.JudgeCountersign(h.env, *h.opened, h.ref, about.env, about.ref, v.chain); !verdict.Valid {
		h.verdict, h.void = verdict, v.whole // by a key: a file that shows a part could leave its change out
	}
}

// complete refuses a second signature that stands alone without what it is about:
// nobody could judge it. EVIDENCE-7
func (v *verifier) complete(h *held) error {
	if h.opened == nil || h.facts.Kind != parley.KindCountersign {
		return nil
	}
	if _, ok := v.byID[h.facts.Answers]; !ok {
		return parley.E(parley.Untrusted, "%s is a second signature, and the message that it is about is not in the file", h.ref)
	}
	return nil
}

// signedMessage puts in the message that a second signature is about, which stands
// earlier in the same journal, with the bare signatures of that journal.
func (b *builder) signedMessage(l *Leaf, env seal.Envelope) error {
	if l.Part == nil || env.Clear {
		return nil
	}
	o, err := seal.OpenWithKey(env, l.Part, l.Key)
	if err != nil || o.Facts.Kind != parley.KindCountersign {
		return nil // what does not open is refused when it is judged
	}
	if _, there := b.v.byID[o.Facts.Answers]; there {
		return nil
	}
	const step = 256
	for end := l.Ref.Index; end > 0; end -= min(end, step) {
		start := end - min(end, step)
		list, err := b.src.Entries(l.Ref.Origin, start, end)
		if err != nil {
			return err
		}
		for i, raw := range list {
			e, err := seal.ParseEntry(raw)
			if err != nil || e.ID() != o.Facts.Answers {
				continue
			}
			about := &Leaf{Ref: parley.Ref{Origin: l.Ref.Origin, Index: start + uint64(i)}, Raw: raw}
			if err := b.inside(about, e, Ask{Facts: true}); err != nil {
				return err
			}
			return b.add(about, proof.Key{})
		}
	}
	return parley.E(parley.NotFound, "the message that %s is a second signature of is not held", l.Ref)
}
