package sqldb

import (
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
		rows = append(rows, journal, list[i].Index, list[i].Hash[:])
	}
	return t.insert("log_hash", "journal, idx, hash", "", width, rows)
}

// HashReader reads a tree's stored nodes, many in one query. It lives as long as t.
func (t *Tx) HashReader(journal int64) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		return t.hashes(journal, indexes)
	})
}

func (t *Tx) hashes(journal int64, indexes []int64) ([]tlog.Hash, error) {
	got := make(map[int64]tlog.Hash, len(indexes))
	for chunk := range slices.Chunk(indexes, 64) {
		n := 8 // few texts: the list is filled up by repeating its last member
		for n < len(chunk) {
			n *= 2
		}
		args := make([]any, 0, n+1)
		args = append(args, journal)
		for i := range n {
			args = append(args, chunk[min(i, len(chunk)-1)])
		}
		err := t.query(hashTexts[n], args, func(r *sql.Rows) error {
			var i int64
			var h tlog.Hash
			if err := r.Scan(&i, octets(h[:])); err != nil {
				return err
			}
			got[i] = h
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
	for n := 8; n <= 64; n *= 2 {
		texts[n] = `SELECT idx, hash FROM log_hash WHERE journal = $1 AND idx IN (` + holders(2, n) + `)`
	}
	return texts
}()

// Nodes reads the stored nodes with indexes in [from, to), in order.
func (t *Tx) Nodes(journal, from, to int64) ([]StoredHash, error) {
	var list []StoredHash
	err := t.query(`SELECT idx, hash FROM log_hash WHERE journal = $1 AND idx >= $2 AND idx < $3 ORDER BY idx`,
		[]any{journal, from, to}, func(r *sql.Rows) error {
			var s StoredHash
			if err := r.Scan(&s.Index, octets(s.Hash[:])); err != nil {
				return err
			}
			list = append(list, s)
			return nil
		})
	return list, err
}
