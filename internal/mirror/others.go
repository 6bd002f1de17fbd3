package mirror

import (
	"context"
	"strconv"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// AddCosignatures stores verified lines of others (an archive, a witness, the
// addressee) on a checkpoint that we cosigned too: see journal.Log.
func (m *Mirror) AddCosignatures(ctx context.Context, cp proof.Checkpoint, list []proof.Cosignature) error {
	return m.Log.AddCosignatures(ctx, m.cfg.Now(), cp, list)
}

// DropDelivered lets an archive forget the sealed parts of entries that every
// addressee has cosigned: delivered says up to which size a party has. Clear parts
// and the entries stay. It returns how many parts went; a position is kept, so that
// each entry is looked at once.
func (m *Mirror) DropDelivered(ctx context.Context, delivered func(parley.Party) uint64) (int, error) {
	dropped := 0
	err := m.store.Update(ctx, func(tx *sqldb.Tx) error {
		name := "archive/dropped/" + string(m.cfg.Origin)
		value, _, err := tx.Setting(name)
		if err != nil {
			return err
		}
		from, _ := strconv.ParseUint(string(value), 10, 62) // none yet: from the start
		s, err := m.state(tx)
		if err != nil {
			return err
		}
		list, err := tx.Entries(m.row.ID, from, min(s.mirror.Size, from+1024))
		if err != nil {
			return err
		}
		at := max(from, m.row.MinIndex)
		for _, e := range list {
			env, err := seal.ParseEntry(e.Raw)
			if err == nil && !env.Clear {
				for _, b := range env.To {
					if delivered(b.Party()) <= e.Index {
						return tx.SetSetting(name, strconv.AppendUint(nil, at, 10))
					}
				}
				if err := tx.DropPart(m.row.ID, env.Part); err != nil {
					return err
				}
				dropped++
			}
			at = e.Index + 1
		}
		return tx.SetSetting(name, strconv.AppendUint(nil, at, 10))
	})
	return dropped, err
}
