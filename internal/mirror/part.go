package mirror

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// PutPart stores a sealed or clear part for entries that follow, durably. The same
// part again is no change. Invalid: too long, or not of that hash. Unavailable:
// over the agreement's limit. WIRE-11
func (m *Mirror) PutPart(ctx context.Context, h parley.Hash, part []byte) error {
	if err := checkPart(h, part); err != nil {
		return err
	}
	held := false
	err := m.store.View(ctx, func(tx *sqldb.Tx) (err error) {
		held, err = tx.HasPart(m.row.ID, h)
		return err
	})
	if err != nil || held {
		return err
	}
	return m.store.Update(ctx, func(tx *sqldb.Tx) error {
		if _, err := m.taking(tx); err != nil {
			return err
		}
		return m.put(tx, []sqldb.Part{{Hash: h, Bytes: part, Stored: m.cfg.Now()}}, nil, nil, nil)
	})
}

// notHeld are the parts of a list that are new, each once.
func (m *Mirror) notHeld(tx *sqldb.Tx, list []sqldb.Part) ([]sqldb.Part, error) {
	hashes := make([]parley.Hash, len(list))
	for i := range list {
		hashes[i] = list[i].Hash
	}
	held, err := tx.HeldParts(m.row.ID, hashes)
	if err != nil {
		return nil, err
	}
	fresh := list[:0:0]
	for _, p := range list {
		if !held[p.Hash] {
			held[p.Hash] = true
			fresh = append(fresh, p)
		}
	}
	return fresh, nil
}

func checkPart(h parley.Hash, part []byte) error {
	if len(part) == 0 || len(part) > parley.MaxSealed {
		return parley.E(parley.Invalid, "part of %d octets: want 1 to %d", len(part), parley.MaxSealed)
	}
	if parley.Sum(part) != h {
		return parley.E(parley.Invalid, "part: its SHA-256 is not %s", h)
	}
	return nil
}
