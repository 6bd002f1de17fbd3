package intel

import "parley.example/parley/internal/store/sqldb"

// packStream gives the packs of one or several sources in the order of their numbers.
type packStream struct {
	tx    *sqldb.Tx
	tlps  int64
	back  bool
	some  int // packs to read at a time
	lanes []*packLane
}

type packLane struct {
	source int64 // 0: all
	after  uint64
	list   []sqldb.IntelPack
	done   bool
}

// begin adds a source, from a number on.
func (s *packStream) begin(from uint64, source int64) {
	after := from - 1
	if s.back {
		after = from + 1
	}
	s.lanes = append(s.lanes, &packLane{source: source, after: after})
}

func (s *packStream) next() (sqldb.IntelPack, bool, error) {
	var best *packLane
	for _, l := range s.lanes {
		if len(l.list) == 0 && !l.done {
			list, err := s.tx.IntelPacks(l.source, l.after, s.tlps, s.back, s.some)
			if err != nil {
				return sqldb.IntelPack{}, false, err
			}
			l.list, l.done = list, len(list) < s.some
			if len(list) > 0 {
				last := list[len(list)-1]
				if l.after = last.First + uint64(last.Objects) - 1; s.back {
					l.after = last.First
				}
			}
		}
		if len(l.list) > 0 && (best == nil || !s.back && l.list[0].First < best.list[0].First || s.back && l.list[0].First > best.list[0].First) {
			best = l
		}
	}
	if best == nil {
		return sqldb.IntelPack{}, false, nil
	}
	p := best.list[0]
	best.list = best.list[1:]
	return p, true, nil
}
