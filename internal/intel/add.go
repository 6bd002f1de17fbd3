package intel

import (
	"context"
	"slices"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// lot is what comes at one time: all its objects have one source, one bringer.
type lot struct {
	sqldb.IntelLot
	labels []string
	lazily bool     // its end alone, or what its bringer does then, waits for the disk
	known  []uint64 // objects that its entry brought, and that were here already
	sent   bool     // its source is what we sent to somebody
	kept   int      // objects in quarantine, and
	octets int      // their size
}

// add takes a batch into the store, all of it or nothing: afterwards each of its items says
// what became of it. with, which may be nil, runs in the same transaction.
func (s *Store) add(ctx context.Context, l *lot, b *batch, with func(*sqldb.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	var after *runs
	update := s.db.Update
	if l.lazily {
		update = s.db.UpdateLazily
	}
	err := update(ctx, func(tx *sqldb.Tx) error {
		before, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		if err := s.fillFilter(tx, before, len(b.items)+2*len(b.copies)); err != nil {
			return err
		}
		if len(b.copies) > 0 {
			if b.items, err = copies(tx, before, b.copies, stix.TLP(l.TLP)); err != nil {
				return err
			}
		}
		src, err := tx.IntelSource(l.Source)
		if err != nil {
			return err
		}
		l.sent = Direction(src.Direction) == Out
		j, err := judge(tx, before, s.filter, src, b.items)
		if err != nil {
			return err
		}
		if after, err = s.put(tx, before, l, src, b.items); err != nil {
			return err
		}
		if err := originals(tx, b.items); err != nil {
			return err
		}
		if err := j.settle(); err != nil {
			return err
		}
		if err := s.alarm(tx, l, b.items); err != nil {
			return err
		}
		if with != nil {
			return with(tx)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.runs.Store(after)
	s.filtered = after.generation
	for _, it := range b.items {
		if it.what == Known && l.Entry.Origin != "" {
			n := it.same.n
			if it.same.item != nil {
				n = it.same.item.n
			}
			l.known = append(l.known, n)
		}
		if it.what != Known {
			s.filter.add(it.terms[0])
			if l.sent {
				s.filter.add(sentTerm(it.terms[0], l.Source))
			}
		}
	}
	return s.mergeDue(ctx)
}

// originals keeps what came beside what was made of it.
func originals(tx *sqldb.Tx, items []*item) error {
	var list []sqldb.IntelOriginal
	for _, it := range items {
		if it.came != nil && it.what != Known {
			list = append(list, sqldb.IntelOriginal{Object: it.n, Raw: it.came})
		}
	}
	return tx.AddIntelOriginals(list)
}

func (s *Store) fillFilter(tx *sqldb.Tx, r *runs, more int) (err error) {
	if s.filter == nil || s.filter.count+more > s.filter.room || s.filtered != r.generation {
		s.filter, err = loadFilter(tx, r, more)
		s.filtered = r.generation
	}
	return err
}

// put numbers the items that are new, packs them, and writes their run.
func (s *Store) put(tx *sqldb.Tx, r *runs, l *lot, src sqldb.IntelSource, items []*item) (*runs, error) {
	now := s.now().UnixMilli()
	next, first := r.next(), r.next()
	var packs []sqldb.IntelPack
	var heads []head
	var raw []byte
	size := 0
	for _, it := range items {
		size += len(it.raw)
	}
	raw = make([]byte, 0, size)
	begin, lender := 0, uint64(0)
	cut := func() {
		if len(heads) == 0 {
			return
		}
		p := sqldb.IntelPack{First: next - uint64(len(heads)), Source: l.Source, Lot: l.N, Objects: int64(len(heads)),
			AddedFirst: heads[0].added, AddedLast: heads[len(heads)-1].added, Lender: lender, Heads: encodeHeads(heads), Raw: raw[begin:len(raw):len(raw)]}
		for i := range heads {
			p.TLPs |= 1 << heads[i].tlp
		}
		packs = append(packs, p)
		heads, begin = heads[:0], len(raw)
	}
	postings := make([]posting, 0, 16*len(items))
	for _, it := range items {
		if it.what == Known {
			continue
		}
		if len(heads) == packObjects || len(heads) > 0 && len(raw)-begin+len(it.raw) > packOctets || it.lender != lender {
			cut()
			lender = it.lender
		}
		src.Added = max(src.Added+1, now) // strictly increasing, also where that runs ahead of the clock
		it.head.added = src.Added
		it.n = next
		heads = append(heads, it.head)
		raw = append(raw, it.raw...)
		for _, t := range it.terms {
			postings = append(postings, posting{t, next})
		}
		next++
	}
	cut()
	if next == first {
		return r, nil
	}
	src.Objects += int64(next - first)
	if err := tx.PutIntelPacks(packs); err != nil {
		return nil, err
	}
	sortPostings(postings)
	w := newRunWriter(tx, r.generation+1, 0, first, next)
	for _, p := range postings {
		if err := w.writer.add(p); err != nil {
			return nil, err
		}
	}
	made, err := w.close()
	if err != nil {
		return nil, err
	}
	return &runs{generation: made.n, list: append(slices.Clip(slices.Clone(r.list)), made)}, tx.SetIntelSource(src.N, src.Objects, src.Added)
}

// mergeDue merges runs while there are too many of one level. The caller holds writing.
func (s *Store) mergeDue(ctx context.Context) error {
	for {
		r := s.runs.Load()
		some := r.due()
		if some == nil {
			return nil
		}
		var after *runs
		err := s.db.UpdateLazily(ctx, func(tx *sqldb.Tx) (err error) {
			after, err = r.merge(tx, some)
			return err
		})
		if err != nil {
			return err
		}
		s.runs.Store(after)
		s.filtered = after.generation
	}
}
