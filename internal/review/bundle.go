package review

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/evidence"
)

// Options choose what is computed from bundles; the zero ones take what the bundles say.
type Options struct {
	Cut     *Cut
	Parties *[2]parley.Party
}

// FromBundles computes a review from verified bundles, merged: what one of them
// shows is shown. Errors: Invalid where they do not fit together or do not reach
// the cut; Untrusted where they show two histories of one journal. REVIEW-18
func FromBundles(list []*evidence.Bundle, o Options) (*Review, error) {
	if len(list) == 0 {
		return nil, parley.E(parley.Invalid, "no bundle: want one or more")
	}
	founding := list[0].Agreement
	pair := list[0].Parties
	if o.Parties != nil {
		pair = *o.Parties
	}
	merged := map[parley.Origin]*evidence.Journal{}
	var law []Law
	for _, b := range list {
		if b.Agreement.Agreement.Hash() != founding.Agreement.Hash() {
			return nil, parley.E(parley.Invalid, "the bundles are of different agreements")
		}
		if !samePair(b.Parties, pair) {
			return nil, parley.E(parley.Invalid, "a bundle is of %s and %s, and the review of %s and %s", b.Parties[0], b.Parties[1], pair[0], pair[1])
		}
		for i := range b.Journals {
			if err := merge(merged, &b.Journals[i]); err != nil {
				return nil, err
			}
		}
	}
	for _, b := range longestFirst(list) {
		for _, l := range b.Law {
			if !slices.ContainsFunc(law, func(x Law) bool { return x.Ref == l.Ref }) {
				law = append(law, Law{l.Ref, l.Kind, l.Content})
			}
		}
	}
	cut := mergedCut(list)
	if o.Cut != nil {
		cut = *o.Cut
	}
	for _, p := range cut.Journals {
		j := merged[p.Origin]
		if j == nil || uint64(len(j.Entries)) < p.Size {
			return nil, parley.E(parley.Invalid, "the bundles do not hold %s up to %d", p.Origin, p.Size)
		}
		if j.Roots[p.Size] != p.Root {
			return nil, parley.E(parley.Untrusted, "the cut names another root of %s at %d than its entries make", p.Origin, p.Size) // REVIEW-1
		}
	}
	f, err := NewFold(founding, law, cut, pair[0], pair[1])
	if err != nil {
		return nil, err
	}
	for o, j := range merged {
		for _, s := range j.Stamps {
			f.Stamp(Stamp{Origin: o, Size: s.Size, Name: s.Key.Name, ID: s.Key.ID, Time: s.Time})
		}
	}
	for _, p := range f.Cut().Journals {
		j := merged[p.Origin]
		for i := range j.Entries[:p.Size] {
			e := &j.Entries[i]
			if err := f.Add(Entry{Ref: parley.Ref{Origin: p.Origin, Index: uint64(i)}, Envelope: e.Envelope, Void: e.Verdict.Reason, Facts: e.Facts, Content: e.Content}); err != nil {
				return nil, err
			}
		}
	}
	return f.Review()
}

// Cut is the cut with its journals in the order in which they are to be added.
func (f *Fold) Cut() Cut { return f.cut }

func samePair(a, b [2]parley.Party) bool { return a == b || a[0] == b[1] && a[1] == b[0] }

// longestFirst orders bundles so that the law of the longest comes first: what the
// others add stands after it.
func longestFirst(list []*evidence.Bundle) []*evidence.Bundle {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *evidence.Bundle) int { return len(b.Law) - len(a.Law) })
	return list
}

// merge adds one journal of a bundle to what others show of it.
func merge(all map[parley.Origin]*evidence.Journal, j *evidence.Journal) error {
	m := all[j.Origin]
	if m == nil {
		all[j.Origin] = &evidence.Journal{Origin: j.Origin, Entries: slices.Clone(j.Entries), Roots: j.Roots, Stamps: slices.Clone(j.Stamps)}
		return nil
	}
	n := min(len(m.Roots), len(j.Roots))
	if !slices.Equal(m.Roots[:n], j.Roots[:n]) {
		return parley.E(parley.Untrusted, "the bundles show two histories of %s: its party has signed both", j.Origin)
	}
	for i := range j.Entries {
		if i >= len(m.Entries) {
			m.Entries = append(m.Entries, j.Entries[i])
		} else if shows(&j.Entries[i]) > shows(&m.Entries[i]) {
			m.Entries[i] = j.Entries[i]
		}
	}
	if len(j.Roots) > len(m.Roots) {
		m.Roots = j.Roots
	}
	m.Stamps = append(m.Stamps, j.Stamps...)
	return nil
}

// shows orders entries by how much a bundle shows of them.
func shows(e *evidence.BundleEntry) int {
	switch {
	case e.Inside:
		return 3
	case e.Content != nil:
		return 2
	case e.Facts != nil:
		return 1
	}
	return 0
}

// mergedCut is the largest size of each journal and the latest instant. REVIEW-18
func mergedCut(list []*evidence.Bundle) Cut {
	var c Cut
	for _, b := range list {
		if b.Instant.After(c.Instant) {
			c.Instant = b.Instant
		}
		for _, p := range b.Cut {
			i := slices.IndexFunc(c.Journals, func(x Place) bool { return x.Origin == p.Origin })
			switch {
			case i < 0:
				c.Journals = append(c.Journals, Place(p))
			case p.Size > c.Journals[i].Size:
				c.Journals[i] = Place(p)
			}
		}
	}
	return c
}
