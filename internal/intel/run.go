package intel

import (
	"slices"

	"parley.example/parley/internal/store/sqldb"
)

// run is a sorted list of postings in the database; its fences are in memory, 16
// octets for each block of some 500 postings.
type run struct {
	n       int64
	level   int
	lo, hi  uint64
	entries int64
	fences  fences
}

// runs are all runs of one generation, in the order of their numbers, without overlap.
// Never changed once made.
type runs struct {
	generation int64
	list       []*run
}

func (r *runs) next() uint64 {
	if len(r.list) == 0 {
		return 1
	}
	return r.list[len(r.list)-1].hi
}

func loadRuns(tx *sqldb.Tx) (*runs, error) {
	rows, err := tx.IntelRuns()
	if err != nil {
		return nil, err
	}
	all := &runs{}
	for _, x := range rows {
		all.list = append(all.list, &run{n: x.N, level: x.Level, lo: x.Lo, hi: x.Hi, entries: x.Entries, fences: decodeFences(x.Fences)})
		all.generation = max(all.generation, x.N)
	}
	return all, nil
}

// snapshot gives the runs that a transaction sees.
func (s *Store) snapshot(tx *sqldb.Tx) (*runs, error) {
	g, err := tx.IntelGeneration()
	if err != nil {
		return nil, err
	}
	if r := s.runs.Load(); r != nil && r.generation == g {
		return r, nil
	}
	r, err := loadRuns(tx)
	if err == nil {
		s.runs.Store(r) // an older one only costs the next reader the same
	}
	return r, err
}

// runWriter writes one run, some blocks at a time.
type runWriter struct {
	tx     *sqldb.Tx
	run    *run
	blocks [][]byte
	writer blockWriter
}

func newRunWriter(tx *sqldb.Tx, n int64, level int, lo, hi uint64) *runWriter {
	w := &runWriter{tx: tx, run: &run{n: n, level: level, lo: lo, hi: hi}}
	w.writer = blockWriter{lo: lo, put: func(b []byte, first posting) error {
		w.blocks = append(w.blocks, b)
		w.run.fences = append(w.run.fences, first)
		if len(w.blocks) < 64 {
			return nil
		}
		return w.flush()
	}}
	return w
}

func (w *runWriter) flush() error {
	err := w.tx.PutIntelBlocks(w.run.n, len(w.run.fences)-len(w.blocks), w.blocks)
	w.blocks = w.blocks[:0]
	return err
}

func (w *runWriter) close() (*run, error) {
	if err := w.writer.close(); err != nil {
		return nil, err
	}
	if err := w.flush(); err != nil {
		return nil, err
	}
	w.run.entries = w.writer.entries
	r := w.run
	return r, w.tx.AddIntelRun(sqldb.IntelRun{N: r.n, Level: r.level, Lo: r.lo, Hi: r.hi, Entries: r.entries, Fences: r.fences.encode()})
}

// Runs of one level are merged when there are fanIn of them, as long as what comes out
// is at most maxEntries postings: a merge then holds the writer for well under a second.
const (
	fanIn      = 8
	maxEntries = 6_000_000
)

// due finds the runs to merge next: fanIn neighbours at the end of one level.
func (r *runs) due() []*run {
	end := len(r.list)
	for end > 0 {
		begin := end
		var entries int64
		for begin > 0 && r.list[begin-1].level == r.list[end-1].level {
			begin--
		}
		if end-begin >= fanIn {
			for _, x := range r.list[begin:end] {
				entries += x.entries
			}
			if entries <= maxEntries {
				return r.list[begin:end]
			}
		}
		end = begin
	}
	return nil
}

// merge makes one run of neighbours, and gives the runs that stand then.
func (r *runs) merge(tx *sqldb.Tx, some []*run) (*runs, error) {
	last := some[len(some)-1]
	w := newRunWriter(tx, r.generation+1, last.level+1, some[0].lo, last.hi)
	heads := make([]*runReader, 0, len(some))
	for _, x := range some {
		h := &runReader{tx: tx, run: x}
		if err := h.next(); err != nil {
			return nil, err
		}
		heads = append(heads, h)
	}
	for {
		var least *runReader
		for _, h := range heads { // in the order of their numbers: the first of equal terms comes first
			if !h.done && (least == nil || h.at.term < least.at.term) {
				least = h
			}
		}
		if least == nil {
			break
		}
		for t := least.at.term; !least.done && least.at.term == t; {
			if err := w.writer.add(least.at); err != nil {
				return nil, err
			}
			if err := least.next(); err != nil {
				return nil, err
			}
		}
	}
	made, err := w.close()
	if err != nil {
		return nil, err
	}
	out := &runs{generation: made.n}
	at := slices.Index(r.list, some[0])
	out.list = slices.Concat(r.list[:at], []*run{made}, r.list[at+len(some):])
	for _, x := range some {
		if err := tx.DropIntelRun(x.n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// runReader walks through a run, a block at a time.
type runReader struct {
	tx    *sqldb.Tx
	run   *run
	block int
	list  []posting
	i     int
	at    posting
	done  bool
}

func (r *runReader) next() error {
	for r.i >= len(r.list) {
		if r.block >= len(r.run.fences) {
			r.done = true
			return nil
		}
		data, ok, err := r.tx.IntelBlock(r.run.n, r.block)
		if err != nil || !ok {
			return orDamaged(err)
		}
		r.block, r.i, r.list = r.block+1, 0, r.list[:0]
		if err := eachPosting(data, r.run.lo, func(p posting) bool { r.list = append(r.list, p); return true }); err != nil {
			return err
		}
	}
	r.at = r.list[r.i]
	r.i++
	return nil
}

func orDamaged(err error) error {
	if err == nil {
		err = damaged()
	}
	return err
}
