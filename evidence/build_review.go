package evidence

import (
	"strings"

	"parley.example/parley"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Reviewed is a Source that can make a file about a review.
type Reviewed interface {
	Source
	// Cosigned lists the lines on sizes from 1 to the given one, sizes ascending;
	// those of strangers among them are left out of the file.
	Cosigned(o parley.Origin, size uint64) ([]Cosigned, error)
	// VoidInside says that an entry is void by what is inside it.
	VoidInside(ref parley.Ref) (bool, error)
}

// BuildReview makes a file about a review: every journal of the cut, whole, with
// the facts of what the two said to one another, what must be read inside
// (REVIEW-15), and all cosignatures. The result has been verified. Errors as for Build.
func BuildReview(src Reviewed, founding []byte, a About) ([]byte, error) {
	a.What = AboutReview
	f := &File{About: []About{a}, Agreement: founding}
	stamps := make([][]Cosigned, len(a.Cut))
	for i, c := range a.Cut {
		r, err := reviewedRun(src, &a, c)
		if err != nil {
			return nil, err
		}
		if stamps[i], err = src.Cosigned(c.Origin, c.Size); err != nil {
			return nil, err
		}
		f.Steps = append(f.Steps, Step{Run: r})
	}
	if err := f.spell(stamps); err != nil {
		return nil, err
	}
	raw := f.format()
	if _, err := Verify(raw, Trust{}); err != nil {
		return nil, err
	}
	return raw, nil
}

// reviewedRun is one journal up to the smallest checkpoint that holds the cut.
func reviewedRun(src Reviewed, a *About, c Cut) (*Run, error) {
	raw, err := src.Checkpoint(c.Origin, c.Size, proof.Key{})
	if err != nil {
		return nil, err
	}
	lines := strings.Split(string(raw), "\n")
	if len(lines) < 3 {
		return nil, parley.E(parley.Invalid, "the checkpoint of %s: want three lines", c.Origin)
	}
	end, err := parley.ParseSize(lines[1])
	if err != nil {
		return nil, err
	}
	entries, err := src.Entries(c.Origin, 0, end)
	if err != nil {
		return nil, err
	}
	if uint64(len(entries)) != end || end < c.Size {
		return nil, parley.E(parley.NotFound, "the journal %s is not held whole up to %d", c.Origin, max(end, c.Size))
	}
	if end > maxLeaves {
		return nil, parley.E(parley.Invalid, "the journal %s has %d entries: want at most %d in one file", c.Origin, end, maxLeaves)
	}
	r := &Run{Origin: c.Origin, End: end, Checkpoint: raw}
	for i, e := range entries {
		l := Leaf{Ref: parley.Ref{Origin: c.Origin, Index: uint64(i)}, Raw: e}
		if l.Ref.Index < c.Size {
			if err := l.reviewed(src, a); err != nil {
				return nil, err
			}
		}
		r.Leaves = append(r.Leaves, l)
	}
	return r, nil
}

// reviewed opens what a review reads of one entry. REVIEW-15
func (l *Leaf) reviewed(src Reviewed, a *About) error {
	env, err := seal.ParseEntry(l.Raw)
	if err != nil || env.Journal != l.Ref.Origin || !env.Clear && !env.ToParty(a.other(l.Ref.Origin.Party())) {
		return nil
	}
	part, facts, key, err := src.Inside(l.Ref)
	if err != nil {
		return err
	}
	if env.Clear {
		l.Clear = part
		return nil
	}
	l.Facts = facts
	if part == nil || key == nil {
		return nil
	}
	inside, err := src.VoidInside(l.Ref)
	if err != nil {
		return err
	}
	if f, err := seal.ParseFacts(facts); facts != nil && err == nil {
		switch f.Kind {
		case parley.KindReceipt:
			inside = inside || f.Step == string(seal.SaysSeen) || f.Step == string(seal.SaysUnreadable)
		case parley.KindRemark:
			inside = true
		}
	}
	if inside {
		l.Facts, l.Part, l.Key = nil, part, key
	}
	return nil
}

// spell puts in the cosignatures, without the lines of strangers: the law that the
// runs show says who they are.
func (f *File) spell(stamps [][]Cosigned) error {
	v, err := newVerifier(f.Agreement)
	if err != nil {
		return err
	}
	if err := v.together(f); err != nil {
		return err
	}
	b := &builder{v: v, f: f}
	for i := range f.Steps {
		r := f.Steps[i].Run
		if err := v.run(r); err != nil {
			return err
		}
		roots := v.runs[i].roots
		if _, r.Checkpoint, err = b.canonical(r.Origin, r.Checkpoint); err != nil {
			return err
		}
		for _, c := range stamps[i] {
			if c.Size == 0 || c.Size > r.End {
				continue
			}
			known, err := v.cosigners(r.Origin, c.Size)
			if err != nil {
				return err
			}
			var lines []byte
			for _, k := range known {
				list, err := proof.CosignaturesOn(r.Origin, c.Size, roots[c.Size], c.Lines, k.keys...)
				if err != nil {
					return err
				}
				for _, x := range list {
					lines = append(lines, x.Line...)
				}
			}
			if len(lines) > 0 {
				r.Cosigned = append(r.Cosigned, Cosigned{c.Size, lines})
			}
		}
	}
	return nil
}
