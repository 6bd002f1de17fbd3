package intel

import (
	"math"
	"slices"

	"parley.example/parley/internal/store/sqldb"
)

// walk goes through the numbers of the objects that have a term, upwards or, with
// back, downwards. It reads a block only when it comes to it.
type walk struct {
	tx        *sqldb.Tx
	runs      []*run // in the order of the walk
	term      term
	back      bool
	run       int      // the one that the blocks are of
	block     int      // the next to read
	low, high int      // the blocks of the run that can have the term
	list      []uint64 // numbers that are left of the block before, in the order of the walk
}

func newWalk(tx *sqldb.Tx, r *runs, t term, back bool) *walk {
	w := &walk{tx: tx, runs: r.list, term: t, back: back, run: -1, high: -1}
	if back {
		w.runs = slices.Clone(r.list)
		slices.Reverse(w.runs)
	}
	return w
}

// manyTerms is from how many identifiers on they are looked up at once: each block is
// read once then, not once for each of them.
const manyTerms = 16

// readWalk goes through the numbers that have one of some terms, which are sorted; it
// has read them all.
func readWalk(tx *sqldb.Tx, r *runs, terms []term, back bool) (*walk, error) {
	found, err := lookup(tx, r, terms)
	w := &walk{tx: tx, back: back, run: -1, high: -1}
	for _, list := range found {
		w.list = append(w.list, list...)
	}
	slices.Sort(w.list)
	w.list = slices.Compact(w.list)
	if back {
		slices.Reverse(w.list)
	}
	return w, err
}

// seek gives the first number that is at least n (with back: at most n); ok is false
// where there is none.
func (w *walk) seek(n uint64) (found uint64, ok bool, err error) {
	for {
		for len(w.list) > 0 && w.before(w.list[0], n) {
			if w.before(w.list[len(w.list)-1], n) {
				w.list = w.list[:0]
				break
			}
			i, _ := slices.BinarySearchFunc(w.list, n, func(x, n uint64) int {
				if w.before(x, n) {
					return -1
				}
				return 1
			})
			w.list = w.list[i:]
		}
		if len(w.list) > 0 {
			return w.list[0], true, nil
		}
		if more, err := w.load(n); err != nil || !more {
			return 0, false, err
		}
	}
}

// before says whether x comes before n in the order of the walk.
func (w *walk) before(x, n uint64) bool { return !w.back && x < n || w.back && x > n }

// load reads the next block that can have n or what comes behind it.
func (w *walk) load(n uint64) (more bool, err error) {
	for {
		for w.block < w.low || w.block > w.high {
			if w.run+1 >= len(w.runs) {
				return false, nil
			}
			w.run++
			w.enter(w.runs[w.run], n)
		}
		r := w.runs[w.run]
		if at := r.fences.at(posting{w.term, n}); w.back {
			w.block = min(w.block, at)
		} else {
			w.block = max(w.block, at)
		}
		if w.block < w.low || w.block > w.high {
			continue
		}
		if err := w.read(r, w.block); err != nil {
			return false, err
		}
		if w.block++; w.back {
			w.block -= 2
		}
		if len(w.list) > 0 {
			return true, nil
		}
	}
}

// enter says which blocks of a run can have the term with n or what comes behind it.
func (w *walk) enter(r *run, n uint64) {
	w.low, w.high = max(0, r.fences.at(posting{w.term, 0})), r.fences.at(posting{w.term, math.MaxUint64})
	if !w.back && r.hi <= n || w.back && r.lo > n {
		w.high = -1
	}
	if w.block = w.low; w.back {
		w.block = w.high
	}
	if w.high < 0 {
		w.low, w.block = 0, -1
	}
}

func (w *walk) read(r *run, place int) error {
	data, ok, err := w.tx.IntelBlock(r.n, place)
	if err != nil || !ok {
		return orDamaged(err)
	}
	w.list = w.list[:0]
	err = eachPosting(data, r.lo, func(p posting) bool {
		if p.term == w.term {
			w.list = append(w.list, p.n)
		}
		return p.term <= w.term
	})
	if w.back {
		slices.Reverse(w.list)
	}
	return err
}

// walks are alternatives: numbers that have one of several terms, each once.
type walks []*walk

func (w walks) seek(n uint64) (found uint64, ok bool, err error) {
	for _, x := range w {
		v, has, err := x.seek(n)
		if err != nil {
			return 0, false, err
		}
		if has && (!ok || x.before(v, found)) {
			found, ok = v, true
		}
	}
	return found, ok, nil
}

// all gives the first number from n on that every group has.
func all(groups []walks, n uint64) (found uint64, ok bool, err error) {
	found = n
	for settled := 0; settled < len(groups); {
		for _, g := range groups {
			v, has, err := g.seek(found)
			if err != nil || !has {
				return 0, false, err
			}
			if v != found {
				found, settled = v, 0
			}
			if settled++; settled >= len(groups) {
				break
			}
		}
	}
	return found, true, nil
}
