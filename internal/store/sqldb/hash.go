package sqldb

import (
	"cmp"
	"database/sql"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// StoredHash is one node of a tree, at its tlog.StoredHashIndex.
type StoredHash struct {
	Index int64
	Hash  tlog.Hash
}

// PutHashes adds nodes of a tree; one that is there already is an error.
func (t *Tx) PutHashes(journal int64, list []StoredHash) error {
	const width = 3
	rows := make([]any, 0, len(list)*width)
	for i := range list {
		rows = append(rows, journal, place(list[i].Index), list[i].Hash[:])
	}
	return t.insert("log_hash", "journal, place, hash", "", width, rows)
}

// HashReader reads a tree's stored nodes, many in one query. It lives as long as t.
func (t *Tx) HashReader(journal int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return t.hashes(journal, indexes)
	})
}

func (t *Tx) hashes(journal int64, indexes []int64) ([]tlog.Hash, error) {
	got := make(map[int64]tlog.Hash, len(indexes))
	read := make([]int64, 0, len(indexes))
	for _, x := range indexes {
		if h, ok := t.nodes.get(journal, place(x)); ok {
			got[x] = h
		} else {
			read = append(read, x)
		}
	}
	for chunk := range slices.Chunk(read, 64) {
		n := (len(chunk) + 3) / 4 * 4 // few texts: the list is filled up by repeating its last member
		args := make([]any, 0, n+1)
		args = append(args, journal)
		for i := range n {
			args = append(args, place(chunk[min(i, len(chunk)-1)]))
		}
		err := t.query(hashTexts[n], args, func(r *sql.Rows) error {
			var i int64
			var h tlog.Hash
			if err := r.Scan(&i, octets(h[:])); err != nil {
				return err
			}
			got[index(i)] = h
			if t.db == nil { // read-only: what is seen is committed
				t.nodes.put(journal, i, h)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		h, ok := got[x]
		if !ok {
			return nil, parley.E(parley.NotFound, "the tree node %d is not held", x)
		}
		out[i] = h
	}
	return out, nil
}

// LeafHashes reads the leaf hashes of [start, end) in order.
func (t *Tx) LeafHashes(journal int64, start, end uint64) ([]tlog.Hash, error) {
	indexes := make([]int64, 0, end-start)
	for i := start; i < end; i++ {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(i)))
	}
	return t.hashes(journal, indexes)
}

var hashTexts = func() map[int]string {
	texts := map[int]string{}
	for n := 4; n <= 64; n += 4 {
		texts[n] = `SELECT place, hash FROM log_hash WHERE journal = $1 AND place IN (` + holders(2, n) + `)`
	}
	return texts
}()

// Nodes lists the stored nodes that the leaves [start, end) complete, in the order
// of their tlog.StoredHashIndex.
func (t *Tx) Nodes(journal int64, start, end uint64) ([]StoredHash, error) {
	var list []StoredHash
	for tier := 0; tier < 8 && end>>(8*tier) > 0; tier++ {
		from := int64(tier)<<tierShift | tlog.StoredHashIndex(0, int64(start>>(8*tier)))
		to := int64(tier)<<tierShift | tlog.StoredHashIndex(0, int64(end>>(8*tier)))
		err := t.query(`SELECT place, hash FROM log_hash WHERE journal = $1 AND place >= $2 AND place < $3`,
			[]any{journal, from, to}, func(r *sql.Rows) error {
				var p int64
				var s StoredHash
				err := r.Scan(&p, octets(s.Hash[:]))
				s.Index = index(p)
				list = append(list, s)
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(list, func(a, b StoredHash) int { return cmp.Compare(a.Index, b.Index) })
	return list, nil
}

// tierShift leaves room for trees of 2^54 leaves.
const tierShift = 56

// place is where the node of a tlog.StoredHashIndex is stored. The nodes of eight
// levels over one another stand together, those above them in a tier of their own,
// which is small and stays in memory.
func place(index int64) int64 {
	level, n := tlog.SplitStoredHashIndex(index)
	return int64(level/8)<<tierShift | tlog.StoredHashIndex(level%8, n)
}

// index is the inverse of place.
func index(place int64) int64 {
	tier := int(place >> tierShift)
	level, n := tlog.SplitStoredHashIndex(place & (1<<tierShift - 1))
	return tlog.StoredHashIndex(8*tier+level, n)
}
