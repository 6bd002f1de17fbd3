package intel

import (
	"slices"

	"parley.example/parley/internal/store/sqldb"
)

// lookup finds the numbers that have each of some terms, which are sorted: every block
// is read once, however many of the terms it has.
func lookup(tx *sqldb.Tx, r *runs, terms []term) (map[term][]uint64, error) {
	found := map[term][]uint64{}
	var list []posting
	for _, x := range r.list {
		held := -1
		for _, t := range terms {
			for i := max(0, x.fences.at(posting{t, 0})); i < len(x.fences) && x.fences[i].term <= t; i++ {
				if i != held {
					data, ok, err := tx.IntelBlock(x.n, i)
					if err != nil || !ok {
						return nil, orDamaged(err)
					}
					list, held = list[:0], i
					if err := eachPosting(data, x.lo, func(p posting) bool { list = append(list, p); return true }); err != nil {
						return nil, err
					}
				}
				at, _ := slices.BinarySearchFunc(list, posting{t, 0}, posting.compare)
				for ; at < len(list) && list[at].term == t; at++ {
					found[t] = append(found[t], list[at].n)
				}
			}
		}
	}
	return found, nil
}

// shelf reads packs of one transaction, and keeps the last one: what comes in order is
// read once.
type shelf struct {
	tx    *sqldb.Tx
	pack  sqldb.IntelPack
	heads []head
	flags map[uint64]int64
	held  bool
	raw   bool
}

// take makes the pack that holds an object the present one; ok is false where no pack does.
func (s *shelf) take(n uint64) (ok bool, err error) {
	if s.held && n >= s.pack.First && n < s.pack.First+uint64(s.pack.Objects) {
		return true, nil
	}
	p, ok, err := s.tx.IntelPackOf(n)
	if err != nil || !ok {
		return false, err
	}
	return true, s.open(p, false)
}

func (s *shelf) open(p sqldb.IntelPack, raw bool) error {
	s.held = false
	if err := s.tx.IntelOctets(&p, raw); err != nil {
		return err
	}
	heads, err := decodeHeads(p.Heads, p.Objects)
	if err != nil {
		return err
	}
	s.flags = nil
	if p.Flagged {
		if s.flags, err = s.tx.IntelFlags(p.First, p.First+uint64(p.Objects)); err != nil {
			return err
		}
	}
	s.pack, s.heads, s.held, s.raw = p, heads, true, raw
	return s.borrow()
}

// head is that of an object of the present pack.
func (s *shelf) head(n uint64) *head { return &s.heads[n-s.pack.First] }

// octets are those of an object of the present pack; nil where they were taken out.
func (s *shelf) octets(n uint64) ([]byte, error) {
	if !s.raw {
		if err := s.tx.IntelOctets(&s.pack, true); err != nil {
			return nil, err
		}
		s.raw = true
		if err := s.borrow(); err != nil {
			return nil, err
		}
	}
	h := s.head(n)
	if h.off+h.n > len(s.pack.Raw) {
		return nil, damaged()
	}
	return s.pack.Raw[h.off : h.off+h.n : h.off+h.n], nil
}

// borrow reads the octets of a pack that another one has.
func (s *shelf) borrow() (err error) {
	if s.raw && s.pack.Lender > 0 {
		s.pack.Raw, err = borrowed(s.tx, &s.pack, s.heads)
	}
	return err
}
