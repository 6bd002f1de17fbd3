package mirror

import (
	"context"
	"errors"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Package is one entry package: the entries of [start, end) within one multiple of
// 256, and the subtree consistency proof. c2sp.org/tlog-mirror, add-entries
type Package struct {
	Entries [][]byte
	Proof   []tlog.Hash
}

// Result of add-entries: cosignature lines (200), or, with Info set, where to go
// on (202). The lines are those of our mirror keys on the checkpoint.
type Result struct {
	Lines []byte
	Info  *Info
}

const (
	bundle    = 256
	maxExcess = bundle // entries that an upload may repeat
)

// AddEntries takes the packages of [start, end) from next, until io.EOF, and
// stores each as soon as it is proven to be part of the pending checkpoint of size
// end. When none is missing it moves the mirror checkpoint there and cosigns it,
// all in one transaction. ticket is ignored: pending checkpoints are kept here.
//
// Errors: *InfoConflict (409); Untrusted before any checkpoint and for a package
// that is not proven (422); *Missing, or Unavailable over a limit (503), what came
// before it stays; the error of next where nothing was stored (400). Any number of
// uploads may run at once. JOURNAL-41 to JOURNAL-46
func (m *Mirror) AddEntries(ctx context.Context, start, end uint64, ticket []byte, next func() (Package, error)) (Result, error) {
	if start > end {
		return Result{}, parley.E(parley.Invalid, "add-entries: start %d above the end %d", start, end)
	}
	target, err := m.admit(ctx, start, end)
	if err != nil {
		return Result{}, err
	}
	at := start
	for at < end {
		to := min(end, at-at%bundle+bundle)
		p, err := next()
		if err == nil && uint64(len(p.Entries)) != to-at {
			err = parley.E(parley.Invalid, "add-entries: package of %d entries from %d: want %d", len(p.Entries), at, to-at)
		}
		if err != nil {
			return m.interrupted(ctx, start, at, end, err)
		}
		if err := m.save(ctx, target, at, p); err != nil {
			return Result{}, m.afterwards(ctx, err)
		}
		at = to
	}
	var lines []byte
	err = m.store.Update(ctx, func(tx *sqldb.Tx) error {
		s, err := m.taking(tx)
		if err != nil {
			return err
		}
		lines, err = m.finish(tx, s, end, nil)
		return err
	})
	return Result{Lines: lines}, m.afterwards(ctx, err)
}

// admit checks upload_start and upload_end, in the order of the specification.
func (m *Mirror) admit(ctx context.Context, start, end uint64) (target proof.Checkpoint, err error) {
	err = m.store.View(ctx, func(tx *sqldb.Tx) error {
		s, err := m.taking(tx)
		if err != nil {
			return err
		}
		if !s.hasPending {
			return parley.E(parley.Untrusted, "add-entries: no checkpoint of %s has come yet: want add-checkpoint first", m.cfg.Origin)
		}
		row, ok, err := m.target(tx, s, end)
		if err != nil {
			return err
		}
		if !ok {
			return &InfoConflict{Info{Size: s.pending.Size, Next: s.next}}
		}
		if start > s.next || min(end, s.next)-min(start, s.next) > maxExcess || start < m.row.MinIndex {
			return &InfoConflict{Info{Size: end, Next: s.next}}
		}
		target = m.trusted(row)
		return nil
	})
	return target, err
}

// interrupted answers a body that ended early: 202 where something was stored.
func (m *Mirror) interrupted(ctx context.Context, start, at, end uint64, err error) (Result, error) {
	if at == start {
		if errors.Is(err, io.EOF) {
			err = parley.E(parley.Invalid, "add-entries: the body ends before the first package")
		}
		return Result{}, err
	}
	st, e := m.Status(context.WithoutCancel(ctx))
	if e != nil {
		return Result{}, e
	}
	return Result{Info: &Info{Size: end, Next: st.Next}}, nil
}

// save proves one package and stores what of it is new. JOURNAL-42
func (m *Mirror) save(ctx context.Context, target proof.Checkpoint, at uint64, p Package) error {
	aligned, to := at-at%bundle, at+uint64(len(p.Entries))
	leaves := leafHashes(p.Entries)
	err := m.store.View(ctx, func(tx *sqldb.Tx) error {
		tree, err := tx.Edge(m.row.ID, aligned, at)
		if err != nil {
			return err
		}
		for _, l := range leaves {
			tree.Add(l, nil)
		}
		return proof.CheckSubtree(p.Proof, aligned, to, tree.Root(), target.Size, target.Root)
	})
	if err != nil {
		return err
	}
	entries := m.read(p.Entries, at)
	return m.store.Update(ctx, func(tx *sqldb.Tx) error {
		// What another upload has stored meanwhile is proven to be the same.
		next, err := tx.Size(m.row)
		if err != nil || next >= to {
			return err
		}
		if next < at {
			return parley.E(parley.Internal, "entries %d to %d of %s are not there any more", next, at, m.cfg.Origin)
		}
		edge, err := tx.Edge(m.row.ID, 0, next)
		if err != nil {
			return err
		}
		return m.put(tx, nil, &edge, entries[next-at:], leaves[next-at:])
	})
}

// put stores parts that are not held yet, and entries that are proven with their tree
// nodes, and counts both. The caller's edge moves with them.
func (m *Mirror) put(tx *sqldb.Tx, parts []sqldb.Part, edge *sqldb.Edge, entries []sqldb.Entry, leaves []tlog.Hash) error {
	fresh, err := m.notHeld(tx, parts)
	if err != nil {
		return err
	}
	u := sqldb.Usage{Entries: uint64(len(entries))}
	for i := range fresh {
		u.Bytes += uint64(len(fresh[i].Bytes))
	}
	for i := range entries {
		u.Bytes += uint64(len(entries[i].Raw))
	}
	if err := m.charge(tx, u); err != nil {
		return err
	}
	if err := tx.PutParts(m.row.ID, fresh); err != nil {
		return err
	}
	if err := tx.PutEntries(m.row.ID, entries); err != nil {
		return err
	}
	return tx.PutLeaves(m.row.ID, edge, leaves)
}

// read takes from each entry what the mirror needs: its names, and whether its
// part is owed. Bytes that are no entry owe nothing; Judge will say what they are. JOURNAL-47
func (m *Mirror) read(raw [][]byte, first uint64) []sqldb.Entry {
	now := m.cfg.Now()
	list := make([]sqldb.Entry, len(raw))
	for i, b := range raw {
		list[i] = sqldb.Entry{Index: first + uint64(i), Stored: now, Raw: b}
		env, err := seal.ParseEntry(b)
		if err != nil {
			continue
		}
		e := &list[i]
		e.ID, e.From, e.Nonce, e.Part = env.ID(), env.From, env.Nonce, env.Part
		e.Owed = m.cfg.Archive || env.Clear || env.ToParty(m.cfg.Ours) // JOURNAL-45
	}
	return list
}

func leafHashes(raw [][]byte) []tlog.Hash {
	list := make([]tlog.Hash, len(raw))
	for i, b := range raw {
		list[i] = tlog.RecordHash(b)
	}
	return list
}
