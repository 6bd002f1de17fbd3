package mirror

import (
	"context"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Push is add-checkpoint, parts and add-entries at once, which c2sp.org/tlog-mirror
// allows: the entries from Start up to the checkpoint's size. It needs no proof:
// the entries themselves, after those held, must make the checkpoint's root.
type Push struct {
	Note    proof.RawCheckpoint
	Parts   [][]byte
	Start   uint64 // at most the next entry; entries that are held already may be repeated
	Entries [][]byte
}

// Push stores everything and cosigns in one transaction, or does nothing. Repeating
// it returns the same lines. Errors as for AddCheckpoint and AddEntries. When
// repeated entries differ from those held, and the signed checkpoint covers them,
// that is a fork. JOURNAL-54
func (m *Mirror) Push(ctx context.Context, p Push) ([]byte, error) {
	cp, err := m.open(p.Note)
	if err != nil {
		return nil, err
	}
	if p.Start > cp.Size || cp.Size-p.Start != uint64(len(p.Entries)) {
		return nil, parley.E(parley.Invalid, "push: %d entries from %d under a checkpoint of size %d: want all up to it", len(p.Entries), p.Start, cp.Size)
	}
	parts := make([]sqldb.Part, len(p.Parts))
	for i, b := range p.Parts {
		parts[i] = sqldb.Part{Hash: parley.Sum(b), Bytes: b, Stored: m.cfg.Now()}
		if err := checkPart(parts[i].Hash, b); err != nil {
			return nil, err
		}
	}
	entries, leaves := m.read(p.Entries, p.Start), leafHashes(p.Entries)
	var lines []byte
	err = m.store.Update(ctx, func(tx *sqldb.Tx) error {
		s, err := m.taking(tx)
		if err != nil {
			return err
		}
		if p.Start > s.next || p.Start < m.row.MinIndex {
			return &InfoConflict{Info{Size: s.pending.Size, Next: s.next}}
		}
		if err := m.repeated(tx, s, cp, p.Start, leaves); err != nil {
			return err
		}
		if err := m.contradiction(tx, s, cp); err != nil {
			return err
		}
		if err := m.within(s, cp); err != nil {
			return err
		}
		if cp.Size < s.pending.Size && s.closed == nil { // what a closed journal only promised may never come
			return &InfoConflict{Info{Size: s.pending.Size, Next: s.next}}
		}
		edge, err := tx.Edge(m.row.ID, 0, s.next)
		if err != nil {
			return err
		}
		skip := min(s.next-p.Start, uint64(len(entries)))
		if err := m.reaches(edge.Clone(), s, cp, leaves[skip:]); err != nil {
			return err
		}
		if err := m.put(tx, parts, &edge, entries[skip:], leaves[skip:]); err != nil {
			return err
		}
		s.next = edge.Size()
		lines, err = m.finish(tx, s, cp.Size, &cp)
		return err
	})
	return lines, m.afterwards(ctx, err)
}

// reaches checks that the tree held, with the new leaves, passes through the
// pending root and ends in the checkpoint's.
func (m *Mirror) reaches(edge sqldb.Edge, s state, cp proof.Checkpoint, leaves []tlog.Hash) error {
	for i := 0; ; i++ {
		if s.hasPending && edge.Size() == s.pending.Size && edge.Root() != s.pending.Root {
			return &unexplained{cp, parley.E(parley.Untrusted, "push: the entries do not make the checkpoint of size %d that came before", s.pending.Size)}
		}
		if i == len(leaves) {
			break
		}
		edge.Add(leaves[i], nil)
	}
	if edge.Size() == cp.Size && edge.Root() != cp.Root {
		return &unexplained{cp, parley.E(parley.Untrusted, "push: the entries do not make the root of the checkpoint of size %d", cp.Size)}
	}
	return nil
}

// repeated looks at entries that are held already: where they differ, and the
// checkpoint's root is made of the new ones, one index has two proven leaves.
func (m *Mirror) repeated(tx *sqldb.Tx, s state, cp proof.Checkpoint, start uint64, leaves []tlog.Hash) error {
	n := min(s.next, start+uint64(len(leaves)))
	if start >= n {
		return nil
	}
	held, err := tx.LeafHashes(m.row.ID, start, n)
	if err != nil {
		return err
	}
	for i, h := range held {
		if h == leaves[i] {
			continue
		}
		// Their tree: what is held before start, then what they sent.
		theirs, err := newOverlay(tx, m.row.ID, start, leaves)
		if err != nil {
			return err
		}
		if theirs.edge.Root() != cp.Root {
			return &unexplained{cp, parley.E(parley.Untrusted, "push: entry %d differs from the one held", start+uint64(i))}
		}
		index := start + uint64(i)
		base := s.mirror
		if base.Size <= index {
			base = s.pending
		}
		if base.Size <= index || base.Size > s.next {
			return &unexplained{cp, parley.E(parley.Untrusted, "push: entry %d differs from the one held", index)}
		}
		f, err := leafFork(index, m.trusted(base), tx.HashReader(m.row.ID), cp, theirs)
		if err != nil {
			return err
		}
		return &forked{*f}
	}
	return nil
}

// overlay reads a tree that shares its beginning with ours: nodes that the new
// leaves complete are in memory, the others are stored.
type overlay struct {
	tx      *sqldb.Tx
	journal int64
	from    int64 // the first stored-hash index that is in memory
	nodes   []tlog.Hash
	edge    sqldb.Edge
}

func newOverlay(tx *sqldb.Tx, journal int64, start uint64, leaves []tlog.Hash) (*overlay, error) {
	edge, err := tx.Edge(journal, 0, start)
	if err != nil {
		return nil, err
	}
	o := &overlay{tx: tx, journal: journal, from: tlog.StoredHashIndex(0, int64(start)), edge: edge}
	for _, l := range leaves {
		o.nodes = o.edge.Add(l, o.nodes)
	}
	return o, nil
}

func (o *overlay) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= o.from {
			if x-o.from >= int64(len(o.nodes)) {
				return nil, parley.E(parley.NotFound, "the tree node %d is not held", x)
			}
			out[i] = o.nodes[x-o.from]
			continue
		}
		h, err := o.tx.HashReader(o.journal).ReadHashes([]int64{x})
		if err != nil {
			return nil, err
		}
		out[i] = h[0]
	}
	return out, nil
}
