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
	if err := tx.DropIntelOriginals(n, n+1); err != nil {
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
		if err := tx.DropIntelOriginals(p.First, p.First+uint64(p.Objects)); err != nil {
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
