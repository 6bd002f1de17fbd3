package intel

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// eachOf calls f for each object that an entry brought or sent, also where the same was
// here already; the shelf has its pack.
func eachOf(tx *sqldb.Tx, entry parley.Ref, f func(s *shelf, n uint64) error) error {
	packs, err := tx.IntelPacksOf(entry)
	if err != nil {
		return err
	}
	shelf := &shelf{tx: tx}
	for _, p := range packs {
		if err := shelf.open(p, false); err != nil {
			return err
		}
		for i := range shelf.heads {
			if err := f(shelf, p.First+uint64(i)); err != nil {
				return err
			}
		}
	}
	known, err := tx.IntelKnownOf(entry)
	if err != nil {
		return err
	}
	for _, b := range known {
		numbers, err := decodeNumbers(b)
		if err != nil {
			return err
		}
		for _, n := range numbers {
			if ok, err := shelf.take(n); err != nil || !ok {
				return orDamaged(err)
			}
			if err := f(shelf, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// Recall marks the objects that one entry brought, or those of them that are named, as
// recalled by who sent them: they are found only where they are asked for. It says how
// many there were.
func (s *Store) Recall(ctx context.Context, entry parley.Ref, ids []string) (recalled int, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		recalled, err = s.RecallIn(tx, entry, ids)
		return err
	})
	return recalled, err
}

// RecallIn is Recall within a transaction of the caller. What was passed on of the
// objects is recalled with them. Repeating it changes nothing. INTEL-8
func (s *Store) RecallIn(tx *sqldb.Tx, entry parley.Ref, ids []string) (recalled int, err error) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	return s.takeBack(tx, entry, func(h *head) bool { return len(wanted) == 0 || wanted[h.id] })
}

// CorrectIn recalls, within a transaction of the caller, the objects that one entry
// brought and another, which corrects it, does not give again. INTEL-11
func (s *Store) CorrectIn(tx *sqldb.Tx, corrected, by parley.Ref) (recalled int, err error) {
	again := map[[16]byte]bool{}
	err = eachOf(tx, by, func(shelf *shelf, n uint64) error {
		again[shelf.head(n).digest] = true
		return nil
	})
	if err != nil {
		return 0, err
	}
	return s.takeBack(tx, corrected, func(h *head) bool { return !again[h.digest] })
}

// takeBack flags the objects that an entry brought and that are wanted, and what was
// passed on of them.
func (s *Store) takeBack(tx *sqldb.Tx, entry parley.Ref, wanted func(*head) bool) (recalled int, err error) {
	sources, err := tx.IntelSources()
	if err != nil {
		return 0, err
	}
	direction := map[int64]Direction{}
	for _, x := range sources {
		direction[x.N] = Direction(x.Direction)
	}
	given, withdrawn := map[[16]byte]bool{}, map[int64]int64{}
	var terms []term
	err = eachOf(tx, entry, func(shelf *shelf, n uint64) error {
		h := shelf.head(n)
		if !wanted(h) {
			return nil
		}
		if recalled++; direction[shelf.pack.Source] == In {
			given[h.digest] = true
			terms = append(terms, termOf(termID, h.id))
		}
		if shelf.flags[n]&flagRecalled != 0 {
			return nil
		}
		withdrawn[shelf.pack.Source]++
		return tx.SetIntelFlag(n, flagRecalled, 0)
	})
	defer func() {
		for source, n := range withdrawn {
			if err == nil {
				err = tx.AddIntelWithdrawn(source, n)
			}
		}
	}()
	if err != nil || len(terms) == 0 || !slices.ContainsFunc(sources, func(x sqldb.IntelSource) bool { return Direction(x.Direction) == Out }) {
		return recalled, err
	}
	r, err := s.snapshot(tx)
	if err != nil {
		return recalled, err
	}
	slices.Sort(terms)
	found, err := lookup(tx, r, slices.Compact(terms))
	if err != nil {
		return recalled, err
	}
	shelf := &shelf{tx: tx}
	for _, numbers := range found {
		for _, n := range numbers {
			if ok, err := shelf.take(n); err != nil || !ok {
				return recalled, orDamaged(err)
			}
			if direction[shelf.pack.Source] != Out || !given[shelf.head(n).digest] || shelf.flags[n]&flagRecalled != 0 {
				continue
			}
			withdrawn[shelf.pack.Source]++
			if err := tx.SetIntelFlag(n, flagRecalled, 0); err != nil {
				return recalled, err
			}
		}
	}
	return recalled, nil
}

// Lacks says which of some ids no object has that an entry brought or sent; none where
// nothing of the entry is here to tell it by.
func (s *Store) Lacks(ctx context.Context, entry parley.Ref, ids []string) (lacks []string, err error) {
	if len(ids) == 0 {
		return nil, nil
	}
	has := map[string]bool{}
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return eachOf(tx, entry, func(shelf *shelf, n uint64) error {
			has[shelf.head(n).id] = true
			return nil
		})
	})
	for _, id := range ids {
		if len(has) > 0 && !has[id] {
			lacks = append(lacks, id)
		}
	}
	return lacks, err
}

// CountRecalled says how many objects that an entry brought are recalled.
func (s *Store) CountRecalled(ctx context.Context, entry parley.Ref) (n int, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		return eachOf(tx, entry, func(shelf *shelf, at uint64) error {
			if shelf.flags[at]&flagRecalled != 0 {
				n++
			}
			return nil
		})
	})
	return n, err
}

// foundAtOnce is how many identifiers one question of SentBefore has.
const foundAtOnce = 256

// SentBefore finds which of some identifiers went to a party under an agreement before:
// every version, also what was recalled since.
func (s *Store) SentBefore(ctx context.Context, agreement parley.Hash, to parley.Party, ids []string) (map[string][]Held, error) {
	sources, err := s.Sources(ctx, Operator())
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(sources, func(x Source) bool { return x.Direction == Out && x.Agreement == agreement && x.Party == to })
	if at < 0 {
		return nil, nil
	}
	if ids, err = s.maySent(ctx, sources[at].N, ids); err != nil {
		return nil, err
	}
	sent := map[string][]Held{}
	for some := range slices.Chunk(ids, foundAtOnce) {
		q := Query{Clearance: Operator(), Sources: []int64{sources[at].N}, IDs: some, Versions: []string{AllVersions}, WithRevoked: true, WithRecalled: true, Limit: 1000}
		err := s.Each(ctx, q, func(h Held) error {
			sent[h.ID] = append(sent[h.ID], h)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return sent, nil
}

// maySent leaves out identifiers that a source surely does not have.
func (s *Store) maySent(ctx context.Context, source int64, ids []string) (some []string, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		r, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		return s.fillFilter(tx, r, 0)
	})
	for _, id := range ids {
		if err == nil && s.filter.has(sentTerm(termOf(termID, id), source)) {
			some = append(some, id)
		}
	}
	return some, err
}
