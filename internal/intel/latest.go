package intel

import (
	"context"
	"slices"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// latest finds the last version of each of some objects in a source, also of what was revoked
// or recalled. What is not there, or taken out, is not in the map. Many at a time cost little
// more than one: each part of the index, and each pack, is read once.
func (s *Store) latest(ctx context.Context, source int64, ids []string) (map[string]*stix.Object, error) {
	found := map[string]*stix.Object{}
	terms, err := s.mayHave(ctx, ids)
	if err != nil || len(terms) == 0 {
		return found, err
	}
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return found, s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		numbers, err := lookupAll(tx, r, terms)
		if err != nil {
			return err
		}
		shelf := &shelf{tx: tx}
		for _, n := range numbers {
			ok, err := shelf.take(n)
			if err != nil {
				return err
			}
			if !ok || shelf.pack.Source != source || shelf.flags[n]&(flagNotLast|flagShadow|flagRemoved) != 0 || !wanted[shelf.head(n).id] {
				continue
			}
			raw, err := shelf.octets(n)
			if err != nil {
				return err
			}
			if o, err := stix.Parse(slices.Clone(raw), stix.Limits{}); err == nil {
				found[o.ID] = o
			}
		}
		return nil
	})
}

// lookupAll gives the numbers that have one of some sorted terms, in order.
func lookupAll(tx *sqldb.Tx, r *runs, terms []term) ([]uint64, error) {
	found, err := lookup(tx, r, terms)
	if err != nil {
		return nil, err
	}
	var numbers []uint64
	for _, list := range found {
		numbers = append(numbers, list...)
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}

// mayHave gives the terms, sorted, of those identifiers that are not surely absent.
func (s *Store) mayHave(ctx context.Context, ids []string) ([]term, error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	if s.filter == nil {
		err := s.db.View(ctx, func(tx *sqldb.Tx) error {
			r, err := s.snapshot(tx)
			if err == nil {
				err = s.fillFilter(tx, r, 0)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	var terms []term
	for _, id := range ids {
		if t := termOf(termID, id); s.filter.has(t) {
			terms = append(terms, t)
		}
	}
	slices.Sort(terms)
	return slices.Compact(terms), nil
}
