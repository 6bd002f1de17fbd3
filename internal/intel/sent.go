package intel

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"sort"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// sentKept is how long it is remembered which objects an attachment carries that waits
// to be signed: one that waits longer is read again.
const sentKept = 90 * 24 * time.Hour

// NoteSent remembers which objects an attachment of ours carries, by their numbers in
// their order, before it is queued: Receive then files the copy without reading it again.
func (s *Store) NoteSent(ctx context.Context, content parley.Hash, numbers []uint64) error {
	now, b := s.now(), encodeNumbers(numbers)
	return s.db.UpdateLazily(ctx, func(tx *sqldb.Tx) error { return tx.PutIntelSent(content, b, now, now.Add(-sentKept)) })
}

// noted are the objects that an attachment of ours carries; none where nobody knows.
func noted(tx *sqldb.Tx, content parley.Hash) ([]uint64, error) {
	b, ok, err := tx.IntelSent(content)
	if err != nil || !ok {
		return nil, err
	}
	return decodeNumbers(b)
}

// encodeNumbers writes each number as its distance from the one before.
func encodeNumbers(numbers []uint64) []byte {
	b := make([]byte, 0, 2*len(numbers))
	last := uint64(0)
	for _, n := range numbers {
		b = binary.AppendVarint(b, int64(n-last))
		last = n
	}
	return b
}

func decodeNumbers(b []byte) (list []uint64, err error) {
	for n := uint64(0); len(b) > 0; {
		d, k := binary.Varint(b)
		if k <= 0 {
			return nil, damaged()
		}
		b, n = b[k:], n+uint64(d)
		list = append(list, n)
	}
	return list, nil
}

// filedAtOnce is how many objects one transaction files; leastBorrowed how many of one
// pack go one after the other, at least, that they are not copied.
const (
	filedAtOnce   = 16384
	leastBorrowed = 8
)

// FileSent files what an attachment of ours carries under whom it went to, with the
// octets, the heads and the terms that the store has of it. done is false where it does
// not know what that is, or no longer has all of it: Receive reads the attachment then.
func (s *Store) FileSent(ctx context.Context, content parley.Hash, o ImportOptions, a Arrival) (done bool, err error) {
	numbers, err := sqldb.Read(ctx, s.db, func(tx *sqldb.Tx) ([]uint64, error) {
		if known, err := tx.IntelTaken(a.Entry, a.Place); known || err != nil {
			done = known
			return nil, err
		}
		return noted(tx, content)
	})
	if err != nil || done || len(numbers) == 0 {
		return done, err
	}
	src, err := s.SourceFor(ctx, o.Source)
	if err != nil {
		return false, err
	}
	in, err := s.begin(ctx, src, o, a)
	if err != nil {
		return false, err
	}
	for some := range slices.Chunk(numbers, filedAtOnce) {
		if err := in.take(ctx, &batch{copies: some}); errors.Is(err, errGone) {
			return false, nil // what was filed before is known when it is read
		} else if err != nil {
			return false, err
		}
	}
	return true, s.endLot(ctx, in, a)
}

// errGone says that the store no longer has what was sent.
var errGone = parley.E(parley.NotFound, "an object that was sent is not in the store any more")

// copies makes items of objects that the store has, marked at least as strictly as their
// lot; errGone where it no longer has one of them.
func copies(tx *sqldb.Tx, r *runs, numbers []uint64, least stix.TLP) ([]*item, error) {
	items := make([]*item, len(numbers))
	slab := make([]item, len(numbers))
	shelf := &shelf{tx: tx}
	for begin, end := 0, 0; begin < len(numbers); begin = end {
		ok, err := shelf.take(numbers[begin])
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errGone
		}
		beyond := shelf.pack.First + uint64(shelf.pack.Objects)
		for end = begin + 1; end < len(numbers) && numbers[end] > numbers[end-1] && numbers[end] < beyond; end++ {
		}
		for i := begin; i < end; i++ {
			n := numbers[i]
			h, flags := shelf.head(n), shelf.flags[n]
			if flags&flagRemoved != 0 {
				return nil, errGone
			}
			it := &slab[i]
			it.head, it.copyOf = *h, n
			it.head.bits &^= headWas20 // what was sent is 2.1
			it.head.tlp = max(h.tlp, tightened(flags), least)
			items[i] = it
			if it.lender = shelf.pack.Lender; it.lender == 0 {
				it.lender = shelf.pack.First
			}
			if end-begin >= leastBorrowed {
				continue
			}
			raw, err := shelf.octets(n)
			if err != nil {
				return nil, err
			}
			it.lender, it.raw = 0, raw // of the pack's own slice, which nobody writes to
		}
	}
	return items, termsAgain(tx, r, numbers, items)
}

// sparse is how many postings of a run are read for one object, at most, before it is
// cheaper to read the object itself.
const sparse = 256

// termsAgain gives items the terms that their objects have in the index. Of a run that
// holds few of them the objects themselves are read.
func termsAgain(tx *sqldb.Tx, r *runs, numbers []uint64, items []*item) error {
	order := make([]int, len(numbers))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(numbers[a], numbers[b]) })
	for _, x := range r.list {
		begin := sort.Search(len(order), func(i int) bool { return numbers[order[i]] >= x.lo })
		end := sort.Search(len(order), func(i int) bool { return numbers[order[i]] >= x.hi })
		var err error
		switch {
		case begin == end:
		case x.entries > int64(end-begin)*sparse:
			err = termsOfOctets(tx, numbers, items, order[begin:end])
		default:
			err = termsOfRun(tx, x, numbers, items, order[begin:end])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// termsOfRun reads a whole run, and gives the items at some places the terms in it.
func termsOfRun(tx *sqldb.Tx, x *run, numbers []uint64, items []*item, places []int) error {
	at := make([]int32, x.hi-x.lo) // the place in items plus one
	for _, i := range places {
		at[numbers[i]-x.lo] = int32(i) + 1
	}
	var found []posting // with the place instead of the number
	count := make([]int, len(items))
	for block := range x.fences {
		data, ok, err := tx.IntelBlock(x.n, block)
		if err != nil || !ok {
			return orDamaged(err)
		}
		err = eachPosting(data, x.lo, func(p posting) bool {
			if i := at[p.n-x.lo]; i > 0 {
				found = append(found, posting{p.term, uint64(i - 1)})
				count[i-1]++
			}
			return true
		})
		if err != nil {
			return err
		}
	}
	slab := make([]term, len(found))
	for _, i := range places {
		items[i].terms, slab = slab[:0:count[i]], slab[count[i]:]
	}
	for _, p := range found { // in the order of the terms: that of the identifier is the first
		items[p.n].terms = append(items[p.n].terms, p.term)
	}
	return nil
}

// termsOfOctets reads the objects at some places anew.
func termsOfOctets(tx *sqldb.Tx, numbers []uint64, items []*item, places []int) error {
	shelf := &shelf{tx: tx}
	for _, i := range places {
		ok, err := shelf.take(numbers[i])
		if err != nil || !ok {
			return orDamaged(err)
		}
		raw, err := shelf.octets(numbers[i])
		if err != nil {
			return err
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			return parley.E(parley.Internal, "object %d of the store cannot be read: %w", numbers[i], err)
		}
		items[i].terms = termsOf(make([]term, 0, 16), o, nil)
	}
	return nil
}

// borrowed are the octets of a pack that another one has: its objects are among those of
// the lender, in their order.
func borrowed(tx *sqldb.Tx, p *sqldb.IntelPack, heads []head) ([]byte, error) {
	lender := sqldb.IntelPack{First: p.Lender}
	if err := tx.IntelOctets(&lender, true); err != nil {
		return nil, err
	}
	theirs, err := decodeHeads(lender.Heads, -1)
	if err != nil {
		return nil, err
	}
	if len(theirs) == len(heads) {
		return lender.Raw, nil
	}
	raw := make([]byte, 0, len(lender.Raw))
	for i := range heads {
		for len(theirs) > 0 && theirs[0].digest != heads[i].digest {
			theirs = theirs[1:]
		}
		if len(theirs) == 0 || theirs[0].off+theirs[0].n > len(lender.Raw) {
			return nil, damaged()
		}
		raw = append(raw, lender.Raw[theirs[0].off:theirs[0].off+theirs[0].n]...)
		theirs = theirs[1:]
	}
	return raw, nil
}

// repay gives those that borrow from a pack octets of their own, before its own change.
func repay(tx *sqldb.Tx, lender uint64) error {
	list, err := tx.IntelBorrowers(lender)
	if err != nil {
		return err
	}
	shelf := &shelf{tx: tx}
	for _, p := range list {
		if err := shelf.open(p, true); err != nil {
			return err
		}
		if err := tx.SetIntelOctets(shelf.pack); err != nil {
			return err
		}
	}
	return nil
}
