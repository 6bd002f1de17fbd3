package intel

import (
	"cmp"
	"slices"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Flags of an object, which can change while its octets and its head never do. They
// are in the database.
const (
	flagNotLast int64 = 1 << iota
	flagNotFirst
	flagContested
	flagRecalled
	flagRemoved
	flagShadow // it contests another that its source had before: it never leads
	flagRival  // it contests another that was there before, in whatever source

	flagTLP  int64 = 7 << tlpShift // a stricter marking under which it came again; 0: none
	tlpShift       = 8
)

// marked is how an object is treated: by the strictest marking under which it came. INTEL-3
func marked(h *head, flags int64) stix.TLP { return max(said(h.tlp), tightened(flags)) }

func tightened(flags int64) stix.TLP { return stix.TLP(flags & flagTLP >> tlpShift) }

// item is one object on its way into the store.
type item struct {
	object  *stix.Object // until its head and terms are made
	raw     []byte
	path    string
	changed bool   // it is not what came, but made of it
	came    []byte // the octets that it was made of, where they are kept beside it
	head    head
	terms   []term
	listed  bool     // it is made of a value of a table or a list
	other   bool     // Known: it says something else than what it repeats
	what    string   // what became of it
	against uint64   // Contested: the one that was there before
	n       uint64   // its number, once it has one
	same    *version // Known: the one that it repeats

	copyOf uint64 // of what was sent: the object that it is a copy of
	lender uint64 // the pack that has its octets; 0: raw has them
}

// version is one that the store has, or takes now, of an object.
type version struct {
	n      uint64
	item   *item // nil: in the store
	head   head
	source int64
	flags  int64
	raised bool // flags has a stricter marking than the database
}

// judgment is what becomes of a batch.
type judgment struct {
	shelf  *shelf
	source int64
	sent   bool                  // what we sent: only what its source has counts
	groups map[string][]*version // by identifier: those that the store has, or that the batch has more than one of
}

// judge says of each item whether it is new, known, or contests what the store has.
// Items that become new have no number yet.
func judge(tx *sqldb.Tx, r *runs, f *filter, source sqldb.IntelSource, items []*item) (*judgment, error) {
	j := &judgment{shelf: &shelf{tx: tx}, source: source.N, sent: Direction(source.Direction) == Out, groups: map[string][]*version{}}
	if err := j.gather(r, f, items); err != nil {
		return nil, err
	}
	for _, it := range items {
		it.what = Taken
		if it.changed {
			it.what = Changed
		}
		group, many := j.groups[it.head.id]
		if !many {
			continue
		}
		same, err := j.same(it, group)
		if err != nil {
			return nil, err
		}
		if it.what == Contested && it.listed && same.source == j.source {
			it.what, it.other = Known, true // who wrote both is a list, and its object is ours: no evidence
		}
		if same != nil && it.what != Contested {
			it.what, it.same = Known, same
			same.tighten(it.head.tlp)
			continue
		}
		v := &version{item: it, head: it.head, source: source.N}
		if it.what == Contested {
			v.flags = flagContested | flagRival
			if same.source == j.source {
				v.flags |= flagShadow | flagNotLast | flagNotFirst
			}
			same.flags |= flagContested
			it.against = same.n
		}
		j.groups[it.head.id] = append(group, v)
	}
	return j, nil
}

// tighten notes that a version came again, marked so.
func (v *version) tighten(t stix.TLP) {
	switch {
	case t == stix.Unmarked || t <= marked(&v.head, v.flags):
	case v.item != nil:
		v.head.tlp, v.item.head.tlp = t, t
	default:
		v.flags, v.raised = v.flags&^flagTLP|int64(t)<<tlpShift, true
	}
}

// gather finds what the store has of the identifiers of a batch.
func (j *judgment) gather(r *runs, f *filter, items []*item) error {
	seen := make(map[string]bool, len(items))
	var terms []term
	for _, it := range items {
		t := it.terms[0] // termsOf puts the identifier first
		if seen[it.head.id] {
			if _, ok := j.groups[it.head.id]; !ok {
				j.groups[it.head.id] = nil
			}
			continue
		}
		seen[it.head.id] = true
		if !j.sent && f.has(t) || j.sent && f.has(sentTerm(t, j.source)) {
			terms = append(terms, t)
		}
	}
	slices.Sort(terms)
	numbers, err := lookupAll(j.shelf.tx, r, slices.Compact(terms))
	if err != nil {
		return err
	}
	for _, n := range numbers {
		ok, err := j.shelf.take(n)
		if err != nil {
			return err
		}
		if !ok || j.sent && j.shelf.pack.Source != j.source {
			continue
		}
		h, flags := j.shelf.head(n), j.shelf.flags[n]
		if seen[h.id] && flags&flagRemoved == 0 {
			j.groups[h.id] = append(j.groups[h.id], &version{n: n, head: *h, source: j.shelf.pack.Source, flags: flags})
		}
	}
	return nil
}

// same finds the version that an item repeats; where it is the same version with other
// content, the item becomes Contested: before any other by what its own source has. INTEL-4
func (j *judgment) same(it *item, group []*version) (*version, error) {
	var other *version
	for _, v := range group {
		if v.head.version != it.head.version {
			continue
		}
		if v.head.digest == it.head.digest {
			if v.source == j.source {
				return v, nil
			}
			continue
		}
		if it.head.version == 0 { // observables have no versions: the last one counts
			continue
		}
		raw, err := j.octets(v)
		if err != nil {
			return nil, err
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			continue // it was released from quarantine
		}
		if raw, err = j.octets(&version{item: it}); err != nil {
			return nil, err
		}
		mine, err := stix.Parse(raw, stix.Limits{})
		if err != nil || !stix.Equivocation(o, mine) {
			if v.source == j.source {
				return v, nil
			}
			continue
		}
		if other == nil || v.source == j.source || other.source != j.source {
			other = v
		}
	}
	if other != nil {
		it.what = Contested
	}
	return other, nil
}

func (j *judgment) octets(v *version) ([]byte, error) {
	n := v.n
	if v.item != nil {
		if v.item.lender == 0 {
			return v.item.raw, nil
		}
		n = v.item.copyOf
	}
	if ok, err := j.shelf.take(n); err != nil || !ok {
		return nil, orDamaged(err)
	}
	return j.shelf.octets(n)
}

// settle stores, once all items have numbers, which version is the last, which the
// first, which are contested, and which came again under a stricter marking.
func (j *judgment) settle() error {
	for _, group := range j.groups {
		for _, v := range group {
			if t := v.flags & flagTLP; v.raised {
				if err := j.shelf.tx.SetIntelFlag(v.n, t, flagTLP&^t); err != nil {
					return err
				}
			}
		}
		if !slices.ContainsFunc(group, func(v *version) bool { return v.item != nil }) {
			continue // nothing new
		}
		var ours []*version
		for _, v := range group {
			if v.item != nil {
				v.n = v.item.n
			}
			if v.source == j.source && v.flags&flagShadow == 0 {
				ours = append(ours, v)
			} else if v.flags&flagContested != 0 {
				if err := j.shelf.tx.SetIntelFlag(v.n, v.flags, 0); err != nil {
					return err
				}
			}
		}
		if err := j.order(ours); err != nil {
			return err
		}
	}
	return nil
}

// order stores which of the versions of one object is the first and which the last.
func (j *judgment) order(list []*version) error {
	list = slices.DeleteFunc(list, func(v *version) bool { return v.flags&flagShadow != 0 })
	slices.SortFunc(list, func(a, b *version) int {
		return cmp.Or(cmp.Compare(a.head.version, b.head.version), cmp.Compare(a.n, b.n))
	})
	for i, v := range list {
		set, clear := v.flags&^(flagNotLast|flagNotFirst), flagNotLast|flagNotFirst
		if i < len(list)-1 {
			set, clear = set|flagNotLast, clear&^flagNotLast
		}
		if i > 0 {
			set, clear = set|flagNotFirst, clear&^flagNotFirst
		}
		if v.item != nil && set == 0 {
			continue // a new one has no flags that could be cleared
		}
		if err := j.shelf.tx.SetIntelFlag(v.n, set, clear); err != nil {
			return err
		}
	}
	return nil
}
