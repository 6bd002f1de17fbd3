package intel

import (
	"cmp"
	"encoding/binary"
	"slices"

	"parley.example/parley"
)

// posting says that an object has a term.
type posting struct {
	term term
	n    uint64
}

func (p posting) compare(q posting) int {
	if c := cmp.Compare(p.term, q.term); c != 0 {
		return c
	}
	return cmp.Compare(p.n, q.n)
}

// A block holds postings in their order. For each term: its distance from the one
// before as a uvarint (the first: from zero), then for each number its distance from
// the one before (the first: from the lo of the run), times two, plus one for the last
// of the term. A block is at most blockSize octets, so that it fits a page.
const blockSize = 3900

// blockWriter cuts postings, which come in order and each once, into blocks.
type blockWriter struct {
	lo      uint64
	put     func(block []byte, first posting) error
	buf     []byte
	first   posting // of the block in buf
	pending posting // the last one given; not in buf yet
	has     bool    // whether there is a pending one
	term    term    // the last term in buf
	n       uint64  // and its last number
	open    bool    // whether the term in buf goes on
	entries int64
}

func (w *blockWriter) add(p posting) error {
	if w.has {
		if p == w.pending {
			return nil
		}
		if err := w.write(w.pending, p.term != w.pending.term); err != nil {
			return err
		}
	}
	w.pending, w.has = p, true
	return nil
}

// write encodes one posting; last says that its term has no more.
func (w *blockWriter) write(p posting, last bool) error {
	full := len(w.buf) > blockSize-2*binary.MaxVarintLen64
	if len(w.buf) == 0 {
		w.first, w.term, w.open = p, 0, false
	}
	if !w.open {
		w.buf = binary.AppendUvarint(w.buf, uint64(p.term-w.term))
		w.term, w.n = p.term, w.lo
	}
	end := uint64(0)
	if last || full {
		end = 1
	}
	w.buf = binary.AppendUvarint(w.buf, (p.n-w.n)<<1|end)
	w.n, w.open = p.n, end == 0
	w.entries++
	if full {
		return w.flush()
	}
	return nil
}

func (w *blockWriter) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	block := w.buf
	w.buf = make([]byte, 0, blockSize+16)
	return w.put(block, w.first)
}

// close writes what is left.
func (w *blockWriter) close() error {
	if w.has {
		if err := w.write(w.pending, true); err != nil {
			return err
		}
	}
	return w.flush()
}

// eachPosting calls f for each posting of a block until it says false.
func eachPosting(block []byte, lo uint64, f func(posting) bool) error {
	var p posting
	for len(block) > 0 {
		d, k := binary.Uvarint(block)
		if k <= 0 {
			return damaged()
		}
		block = block[k:]
		p.term, p.n = p.term+term(d), lo
		for end := false; !end; {
			d, k := binary.Uvarint(block)
			if k <= 0 {
				return damaged()
			}
			block = block[k:]
			p.n += d >> 1
			end = d&1 == 1
			if !f(p) {
				return nil
			}
		}
	}
	return nil
}

func damaged() error {
	return parley.E(parley.Internal, "a block of the index of intelligence is damaged").WithHint("`parley check` looks at the whole file; a backup can be restored")
}

// fences are the first postings of the blocks of a run.
type fences []posting

func (f fences) encode() []byte {
	b := make([]byte, 0, 16*len(f))
	for _, p := range f {
		b = binary.BigEndian.AppendUint64(b, uint64(p.term))
		b = binary.BigEndian.AppendUint64(b, p.n)
	}
	return b
}

func decodeFences(b []byte) fences {
	f := make(fences, len(b)/16)
	for i := range f {
		f[i] = posting{term(binary.BigEndian.Uint64(b[16*i:])), binary.BigEndian.Uint64(b[16*i+8:])}
	}
	return f
}

// at is the place of the block that a posting would be in; -1 before the first.
func (f fences) at(p posting) int {
	i, ok := slices.BinarySearchFunc(f, p, posting.compare)
	if ok {
		return i
	}
	return i - 1
}
