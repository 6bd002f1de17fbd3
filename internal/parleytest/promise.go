package parleytest

import (
	"context"
	"fmt"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
)

// Promise shows somebody a checkpoint of a party's journal that is larger than the
// journal by some entries, which never come: validly signed, provably a continuation
// of what was shown before, and a row is all that it may cost.
func (m *Member) Promise(ctx context.Context, to *Member, entries int) error {
	p := m.circle.World.Parties[parley.Party(m.Name)]
	leaves, err := m.Leaves(ctx, p.Name)
	if err != nil {
		return err
	}
	for i := range entries {
		leaves = append(leaves, fmt.Appendf(nil, "never written %d", i))
	}
	t := tree{}
	for i, raw := range leaves {
		add, err := tlog.StoredHashes(int64(i), raw, &t)
		if err != nil {
			return err
		}
		t.stored = append(t.stored, add...)
	}
	size := uint64(len(leaves))
	root, err := tlog.TreeHash(int64(size), &t)
	if err != nil {
		return err
	}
	cp, err := proof.SignCheckpoint(p.Origin, size, root, m.Now(), p.Journal...)
	if err != nil {
		return err
	}
	pin := m.circle.World.Pin(to.Name)
	c := peer.NewClient(to.Address, m.circle.Net.Dial(m.Address, p.TLS, func() []parley.Hash { return []parley.Hash{pin} }))
	st, err := c.Status(ctx, p.Origin)
	if err != nil {
		return err
	}
	add := peer.AddCheckpoint{Old: st.Pending, Note: cp.Note}
	if add.Proof, err = proof.ProveConsistency(&t, st.Pending, size); err != nil {
		return err
	}
	_, err = c.AddCheckpoint(ctx, add)
	return err
}

// tree is the nodes of a tree in memory.
type tree struct{ stored []tlog.Hash }

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	list := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(t.stored)) {
			return nil, parley.E(parley.NotFound, "no node %d", x)
		}
		list[i] = t.stored[x]
	}
	return list, nil
}
