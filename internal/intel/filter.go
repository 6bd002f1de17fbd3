package intel

import (
	"sort"

	"parley.example/parley/internal/store/sqldb"
)

// filter says of a term that it is surely not in the store, or may be (a Bloom filter,
// 16 bits for each term): most objects that come are new, and need no look then.
type filter struct {
	bits  []uint64
	count int // of terms that were added
	room  int // terms that it is good for: above, more and more are "may be"
}

const filterHashes = 6

func newFilter(room int) *filter {
	words := 1 << 14 // a MiB of bits: 65,536 terms
	for words*4 < room {
		words *= 2
	}
	return &filter{bits: make([]uint64, words), room: words * 4}
}

func (f *filter) each(t term, do func(word, bit uint64) bool) bool {
	h := uint64(t) * 0x9e3779b97f4a7c15
	step := h>>17 | h<<47 | 1
	mask := uint64(len(f.bits)) - 1
	for range filterHashes {
		if !do(h>>6&mask, 1<<(h&63)) {
			return false
		}
		h += step
	}
	return true
}

func (f *filter) add(t term) {
	f.count++
	f.each(t, func(w, b uint64) bool { f.bits[w] |= b; return true })
}

func (f *filter) has(t term) bool {
	return f.each(t, func(w, b uint64) bool { return f.bits[w]&b != 0 })
}

// sentTerm stands in a filter for an identifier that was sent to whom a source is for.
func sentTerm(t term, source int64) term { return t ^ term(uint64(source)*0xd6e8feb86659fd93) }

// loadFilter reads the terms of all identifiers: 20 MB for a million objects.
func loadFilter(tx *sqldb.Tx, r *runs, more int) (*filter, error) {
	sent, err := tx.IntelSentPacks()
	if err != nil {
		return nil, err
	}
	f := newFilter(3 * (int(r.next()) + more))
	from := posting{term(uint64(termID) << 56), 0}
	until := posting{term(uint64(termID+1) << 56), 0}
	for _, x := range r.list {
		for i := max(0, x.fences.at(from)); i < len(x.fences) && x.fences[i].compare(until) < 0; i++ {
			data, ok, err := tx.IntelBlock(x.n, i)
			if err != nil || !ok {
				return nil, orDamaged(err)
			}
			err = eachPosting(data, x.lo, func(p posting) bool {
				if p.term >= from.term && p.term < until.term {
					f.add(p.term)
					if i := sort.Search(len(sent), func(i int) bool { return sent[i].First > p.n }) - 1; i >= 0 && p.n < sent[i].First+uint64(sent[i].Objects) {
						f.add(sentTerm(p.term, sent[i].Source))
					}
				}
				return p.term < until.term
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}
