package intel

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Bounds of one page: where one is reached, the page ends there and says that there is
// more, so that no question holds a reader for long.
const (
	maxExamined = 200_000  // objects whose heads were looked at
	maxParsed   = 20_000   // objects that were read
	maxOctets   = 64 << 20 // of the objects that were found
)

// Find gives one page of what fits, in the order of addition. A page costs the same
// wherever it begins and however much the store has; where little fits, it may have
// fewer objects than asked for and say that there is more.
func (s *Store) Find(ctx context.Context, q Query) (Page, error) {
	f, err := newFinder(q)
	if err != nil {
		return Page{}, err
	}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		f.page = Page{Next: q.After}
		return f.run(tx, s)
	})
	return f.page, err
}

// finder is one Find.
type finder struct {
	q        Query
	limit    int
	versions wantedVersions
	words    []string
	shelf    *shelf
	sources  map[int64]Source
	lots     map[int64]*sqldb.IntelLot
	page     Page
	examined int
	parsed   int
	octets   int
	least    uint64 // no object with a lower number was added after what AddedAfter says
	raw      bool   // whether terms are to be compared with the object itself
}

func newFinder(q Query) (*finder, error) {
	f := &finder{q: q, limit: q.Limit, lots: map[int64]*sqldb.IntelLot{}}
	if f.limit == 0 {
		f.limit = 100
	}
	if f.limit < 1 || f.limit > MaxPage {
		return nil, parley.E(parley.Invalid, "a page of %d objects: want 1 to %d", q.Limit, MaxPage)
	}
	var err error
	if f.versions, err = parseVersions(q.Versions); err != nil {
		return nil, err
	}
	eachWord(q.Text, func(w string) bool { f.words = append(f.words, w); return len(f.words) < maxWords })
	if q.Text != "" && len(f.words) == 0 {
		return nil, parley.E(parley.Invalid, "no word in %q to look for", q.Text).WithHint("a word has at least two letters or digits")
	}
	f.raw = len(q.Labels)+len(q.Values)+len(q.Refs)+len(f.words) > 0
	return f, nil
}

// wantedVersions is Query.Versions, read.
type wantedVersions struct {
	all, first, last bool
	times            []int64 // microseconds
}

func parseVersions(list []string) (w wantedVersions, err error) {
	w.last = len(list) == 0
	for _, v := range list {
		switch v {
		case LastVersion, "":
			w.last = true
		case FirstVersion:
			w.first = true
		case AllVersions:
			w.all = true
		default:
			t, err := time.Parse(time.RFC3339Nano, v)
			if err != nil {
				return w, parley.E(parley.Invalid, "version %q: want first, last, all or a time such as 2026-01-02T15:04:05.000Z", v)
			}
			w.times = append(w.times, t.UnixMicro())
		}
	}
	return w, nil
}

func (w *wantedVersions) fit(h *head, flags int64) bool {
	if flags&flagShadow != 0 {
		return false // it is evidence: WithContested shows it
	}
	return w.all || w.last && flags&flagNotLast == 0 || w.first && flags&flagNotFirst == 0 || slices.Contains(w.times, h.version)
}

func (f *finder) run(tx *sqldb.Tx, s *Store) error {
	f.shelf = &shelf{tx: tx}
	list, err := tx.IntelSources()
	if err != nil {
		return err
	}
	f.sources = map[int64]Source{}
	for _, x := range list {
		src := sourceOf(x)
		if f.q.Clearance.Sees(src) && f.q.from(src) && x.Objects > 0 {
			f.sources[x.N] = src
		}
	}
	if len(f.sources) == 0 || f.tlps() == 0 {
		return nil
	}
	from, err := f.from(tx)
	if err != nil {
		return err
	}
	if groups := f.groups(); len(groups) > 0 {
		r, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		return f.byTerms(tx, r, groups, from)
	}
	return f.byPacks(tx, from, len(f.sources) == len(list))
}

// tlps is a bit for each traffic light that an object may have begun with: it is only
// ever tightened, so that MinTLP leaves none of them out.
func (f *finder) tlps() (mask int64) {
	for t := stix.Unmarked; t <= stix.Red; t++ {
		if f.q.Clearance.sees(t) && (f.q.MaxTLP == stix.Unmarked || said(t) <= f.q.MaxTLP) {
			mask |= 1 << t
		}
	}
	return mask
}

// from is the first number to look at: that of the cursor, or of the time.
func (f *finder) from(tx *sqldb.Tx) (uint64, error) {
	after := uint64(f.q.After)
	if !f.q.AddedAfter.IsZero() {
		f.least = 1 << 62
		for n := range f.sources {
			first, err := tx.IntelFirstAfter(n, f.q.AddedAfter.UnixMilli())
			if err != nil {
				return 0, err
			}
			if first > 0 {
				f.least = min(f.least, first)
			}
		}
	}
	switch {
	case !f.q.Newest:
		return max(after+1, f.least), nil
	case after == 0:
		return 1 << 62, nil
	}
	return after - 1, nil
}

// groups are the terms: an object has one of each group.
func (f *finder) groups() (groups [][]term) {
	add := func(n int, at func(int) term) {
		if n == 0 {
			return
		}
		g := make([]term, n)
		for i := range g {
			g[i] = at(i)
		}
		slices.Sort(g)
		groups = append(groups, slices.Compact(g))
	}
	q := &f.q
	add(len(q.IDs), func(i int) term { return termOf(termID, q.IDs[i]) })
	add(len(q.Values), func(i int) term { return valueTerm(q.Values[i]) })
	add(len(q.Refs), func(i int) term { return termOf(termRef, q.Refs[i]) })
	add(len(q.Labels), func(i int) term { return termOf(termLabel, strings.ToLower(q.Labels[i])) })
	for _, w := range f.words {
		add(1, func(int) term { return termOf(termWord, w) })
	}
	add(len(q.Types), func(i int) term { return termOf(termType, q.Types[i]) })
	return groups
}

func (f *finder) byTerms(tx *sqldb.Tx, r *runs, terms [][]term, n uint64) error {
	groups := make([]walks, len(terms))
	for i, g := range terms {
		if len(g) > manyTerms && (g[0].kind() == termID || g[0].kind() == termRef) {
			w, err := readWalk(tx, r, g, f.q.Newest)
			if err != nil {
				return err
			}
			groups[i] = walks{w}
			continue
		}
		for _, t := range g {
			groups[i] = append(groups[i], newWalk(tx, r, t, f.q.Newest))
		}
	}
	for {
		found, ok, err := all(groups, n)
		if err != nil || !ok || f.q.Newest && found < f.least {
			return err
		}
		has, err := f.shelf.take(found)
		if err != nil {
			return err
		}
		if has {
			if full, err := f.visit(found); err != nil || full {
				return err
			}
		}
		if f.q.Newest {
			if found == 0 {
				return nil
			}
			n = found - 1
		} else {
			n = found + 1
		}
	}
}

func (f *finder) byPacks(tx *sqldb.Tx, from uint64, every bool) error {
	stream := &packStream{tx: tx, tlps: f.tlps(), back: f.q.Newest, some: f.limit/packObjects + 2}
	if every {
		stream.begin(from, 0)
	} else {
		for n := range f.sources {
			stream.begin(from, n)
		}
	}
	for {
		p, ok, err := stream.next()
		if err != nil || !ok || f.q.Newest && p.First+uint64(p.Objects) <= f.least {
			return err
		}
		if err := f.shelf.open(p, !f.q.NoRaw); err != nil {
			return err
		}
		for i := range uint64(p.Objects) {
			n := p.First + i
			if f.q.Newest {
				n = p.First + uint64(p.Objects) - 1 - i
			}
			if !f.q.Newest && n < from || f.q.Newest && n > from {
				continue
			}
			if full, err := f.visit(n); err != nil || full {
				return err
			}
		}
	}
}

// visit looks at one object of the present pack; full says that the page ends.
func (f *finder) visit(n uint64) (full bool, err error) {
	f.examined++
	src, seen := f.sources[f.shelf.pack.Source]
	h, flags := f.shelf.head(n), f.shelf.flags[n]
	if seen && f.fits(h, flags) {
		held, ok, err := f.held(n, h, flags, src)
		if err != nil {
			return true, err
		}
		if ok {
			if len(f.page.Objects) == f.limit || f.octets+h.n > maxOctets && len(f.page.Objects) > 0 {
				f.page.More = true
				return true, nil
			}
			f.octets += len(held.Raw)
			f.page.Objects = append(f.page.Objects, held)
		}
	}
	f.page.Next = Cursor(n)
	if f.examined >= maxExamined || f.parsed >= maxParsed {
		f.page.More = true
		return true, nil
	}
	return false, nil
}

// fits looks at what a head and its flags say.
func (f *finder) fits(h *head, flags int64) bool {
	q := &f.q
	if t := marked(h, flags); flags&flagRemoved != 0 || !q.Clearance.sees(t) || q.MaxTLP != stix.Unmarked && t > q.MaxTLP || t < q.MinTLP {
		return false
	}
	if q.OnlyContested && flags&flagContested == 0 {
		return false
	}
	if (q.WithContested || q.OnlyContested) && flags&flagContested != 0 {
		// both are wanted
	} else if !f.versions.fit(h, flags) {
		return false
	}
	if flags&flagRecalled != 0 && !q.WithRecalled || h.bits&headRevoked != 0 && !q.WithRevoked && f.versions.last && !f.versions.all {
		return false
	}
	if !q.AddedAfter.IsZero() && h.added <= q.AddedAfter.UnixMilli() || !q.AddedUntil.IsZero() && h.added > q.AddedUntil.UnixMilli() {
		return false
	}
	if !q.ModifiedFrom.IsZero() && h.version < q.ModifiedFrom.UnixMicro() || !q.ModifiedUntil.IsZero() && h.version >= q.ModifiedUntil.UnixMicro() {
		return false
	}
	if _, ok := h.spec(q.SpecVersions); !ok {
		return false
	}
	return (len(q.IDs) == 0 || slices.Contains(q.IDs, h.id)) && (len(q.Types) == 0 || slices.Contains(q.Types, h.typ))
}

// held makes what is given out; ok is false where the object does not have what its
// terms promised.
func (f *finder) held(n uint64, h *head, flags int64, src Source) (x Held, ok bool, err error) {
	lot, err := f.lot(f.shelf.pack.Lot)
	if err != nil {
		return x, false, err
	}
	if f.raw || !f.q.NoRaw {
		if x.Raw, err = f.shelf.octets(n); err != nil {
			return x, false, err
		}
	}
	if f.raw {
		f.parsed++
		if !f.keeps(x.Raw, lot) {
			return x, false, nil
		}
	}
	x.Spec, _ = h.spec(f.q.SpecVersions)
	switch {
	case f.q.NoRaw:
		x.Raw = nil
	case x.Spec != h.specVersion(): // what came
		if x.Raw, err = f.shelf.tx.IntelOriginal(n); err != nil || x.Raw == nil {
			return x, false, orDamaged(err)
		}
	}
	x.Raw = bytes.Clone(x.Raw)
	x.N, x.ID, x.Type, x.Source, x.Marking = n, h.id, h.typ, src, marked(h, flags)
	x.Version, x.Added = h.versionTime(), time.UnixMilli(h.added).UTC()
	x.From, x.Proof = lot.Sender, lot.Proof
	if lot.Entry.Origin != "" {
		x.Entry = lot.Entry.Short()
	}
	x.Recalled, x.Contested = flags&flagRecalled != 0, flags&flagContested != 0
	x.Revoked = h.bits&headRevoked != 0
	x.Last, x.First = flags&flagNotLast == 0, flags&flagNotFirst == 0
	return x, true, nil
}

func (f *finder) lot(n int64) (*sqldb.IntelLot, error) {
	if l := f.lots[n]; l != nil {
		return l, nil
	}
	l, ok, err := f.shelf.tx.IntelLot(n)
	if err != nil || !ok {
		return nil, orDamaged(err)
	}
	f.lots[n] = &l
	return &l, nil
}

// keeps compares the object with what was asked for: a term is only a hash.
func (f *finder) keeps(raw []byte, lot *sqldb.IntelLot) bool {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return false
	}
	q := &f.q
	if len(q.Values) > 0 && !slices.ContainsFunc(o.Values, func(v indicatorValue) bool { return slices.Contains(q.Values, v) }) {
		return false
	}
	if len(q.Refs) > 0 && !slices.ContainsFunc(o.Refs, func(r stix.Ref) bool { return slices.Contains(q.Refs, r.Target) }) {
		return false
	}
	if len(q.Labels) > 0 {
		has := func(l string) bool {
			return slices.ContainsFunc(q.Labels, func(w string) bool { return strings.EqualFold(w, l) })
		}
		if !slices.ContainsFunc(o.Labels, has) && !slices.ContainsFunc(lines(lot.Labels), has) && !slices.ContainsFunc(carriedLabels(o), has) {
			return false
		}
	}
	if len(f.words) == 0 {
		return true
	}
	left := map[string]bool{}
	for _, w := range f.words {
		left[w] = true
	}
	text(o, func(s string) bool {
		eachWord(s, func(w string) bool { delete(left, w); return len(left) > 0 })
		return len(left) > 0
	})
	return len(left) == 0
}
