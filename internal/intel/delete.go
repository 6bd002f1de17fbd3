package intel

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Delete takes objects of our own out of the store, all versions or those named as
// in Query.Versions: TAXII 2.1 §5.7. Their octets are overwritten. NotFound where the
// client sees none, Forbidden where it may not write or the source is not our own: what
// came from a party or went to one is on the record.
func (s *Store) Delete(ctx context.Context, c Clearance, source int64, id string, versions []string) (removed int, err error) {
	if len(versions) == 0 {
		versions = []string{AllVersions}
	}
	if !c.Write {
		return 0, parley.E(parley.Forbidden, "this client may read and not write")
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	err = s.db.Update(ctx, func(tx *sqldb.Tx) error {
		src, err := tx.IntelSource(source)
		if err != nil {
			return err
		}
		if !c.Sees(sourceOf(src)) {
			return parley.E(parley.NotFound, "no source %d of intelligence", source)
		}
		if Direction(src.Direction) != Own {
			return parley.E(parley.Forbidden, "objects that came from a party, or went to one, are on the record and stay").WithHint("only objects of our own can be deleted")
		}
		f, err := newFinder(Query{Clearance: c, Sources: []int64{source}, IDs: []string{id}, Versions: versions, WithRevoked: true, WithRecalled: true, Limit: MaxPage, NoRaw: true})
		if err != nil {
			return err
		}
		if err := f.run(tx, s); err != nil {
			return err
		}
		for _, h := range f.page.Objects {
			if err := remove(tx, h.N); err != nil {
				return err
			}
		}
		if removed = len(f.page.Objects); removed == 0 {
			return parley.E(parley.NotFound, "no object %s there", id)
		}
		if err := tx.AddIntelWithdrawn(source, int64(removed)); err != nil {
			return err
		}
		return s.standAgain(tx, source, id)
	})
	return removed, err
}

// remove overwrites the octets of an object, and flags it.
func remove(tx *sqldb.Tx, n uint64) error {
	shelf := &shelf{tx: tx}
	if ok, err := shelf.take(n); err != nil || !ok {
		return orDamaged(err)
	}
	raw, err := shelf.octets(n)
	if err != nil {
		return err
	}
	if err := repay(tx, shelf.pack.First); err != nil {
		return err
	}
	clear(raw) // it is a part of the pack's own slice
	if err := tx.SetIntelOctets(shelf.pack); err != nil {
		return err
	}
	return tx.SetIntelFlag(n, flagRemoved, 0)
}

// standAgain says anew which version of an object is the first and which the last,
// after one was taken out.
func (s *Store) standAgain(tx *sqldb.Tx, source int64, id string) error {
	r, err := s.snapshot(tx)
	if err != nil {
		return err
	}
	t := termOf(termID, id)
	numbers, err := lookup(tx, r, []term{t})
	if err != nil {
		return err
	}
	j := &judgment{shelf: &shelf{tx: tx}, source: source, groups: map[string][]*version{}}
	for _, n := range numbers[t] {
		ok, err := j.shelf.take(n)
		if err != nil {
			return err
		}
		if h := j.shelf.head(n); ok && h.id == id && j.shelf.pack.Source == source && j.shelf.flags[n]&flagRemoved == 0 {
			j.groups[id] = append(j.groups[id], &version{n: n, head: *h, source: source, flags: j.shelf.flags[n]})
		}
	}
	return j.order(j.groups[id])
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

// RecallIn is Recall within a transaction of the caller. Repeating it changes nothing.
func (s *Store) RecallIn(tx *sqldb.Tx, entry parley.Ref, ids []string) (recalled int, err error) {
	wanted := make(map[string]bool, len(ids))
	for _, id := range ids {
		wanted[id] = true
	}
	packs, err := tx.IntelPacksOf(entry)
	if err != nil {
		return 0, err
	}
	shelf := &shelf{tx: tx}
	for _, p := range packs {
		if err := shelf.open(p, false); err != nil {
			return recalled, err
		}
		fresh := int64(0)
		for i, h := range shelf.heads {
			n := p.First + uint64(i)
			if len(wanted) > 0 && !wanted[h.id] {
				continue
			}
			if recalled++; shelf.flags[n]&flagRecalled != 0 {
				continue
			}
			if err := tx.SetIntelFlag(n, flagRecalled, 0); err != nil {
				return recalled, err
			}
			fresh++
		}
		if fresh > 0 {
			if err := tx.AddIntelWithdrawn(p.Source, fresh); err != nil {
				return recalled, err
			}
		}
	}
	return recalled, nil
}

// Lacks says which of some ids no object has that an entry brought or sent; none where
// nothing of the entry is here to tell it by.
func (s *Store) Lacks(ctx context.Context, entry parley.Ref, ids []string) (lacks []string, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		packs, err := tx.IntelPacksOf(entry)
		if err != nil || len(packs) == 0 || len(ids) == 0 {
			return err
		}
		has := map[string]bool{}
		shelf := &shelf{tx: tx}
		for _, p := range packs {
			if err := shelf.open(p, false); err != nil {
				return err
			}
			for i := range shelf.heads {
				has[shelf.heads[i].id] = true
			}
		}
		for _, id := range ids {
			if !has[id] {
				lacks = append(lacks, id)
			}
		}
		return nil
	})
	return lacks, err
}

// CountRecalled says how many objects that an entry brought are recalled.
func (s *Store) CountRecalled(ctx context.Context, entry parley.Ref) (n int, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) error {
		packs, err := tx.IntelPacksOf(entry)
		for _, p := range packs {
			if !p.Flagged {
				continue
			}
			flags, e := tx.IntelFlags(p.First, p.First+uint64(p.Objects))
			if e != nil {
				return e
			}
			for _, f := range flags {
				if f&flagRecalled != 0 {
					n++
				}
			}
		}
		return err
	})
	return n, err
}

// ForgetIn takes everything that an entry brought, or sent, out of the store, within a
// transaction of the caller: its octets are overwritten, here and in quarantine. For what
// is erased. The places of the objects stay, and what they were found by as hashes.
func (s *Store) ForgetIn(tx *sqldb.Tx, entry parley.Ref) error {
	packs, err := tx.IntelPacksOf(entry)
	if err != nil {
		return err
	}
	shelf := &shelf{tx: tx}
	for _, p := range packs {
		if err := shelf.open(p, true); err != nil {
			return err
		}
		if err := repay(tx, p.First); err != nil {
			return err
		}
		clear(shelf.pack.Raw)
		if err := tx.SetIntelOctets(shelf.pack); err != nil {
			return err
		}
		if err := tx.AddIntelWithdrawn(p.Source, int64(p.Objects)); err != nil {
			return err
		}
		for n := p.First; n < p.First+uint64(p.Objects); n++ {
			if err := tx.SetIntelFlag(n, flagRemoved, 0); err != nil {
				return err
			}
		}
	}
	return tx.DropIntelQuarantineOf(entry)
}
