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
// addressee) on a checkpoint that we cosigned too; for each key and size the first
// stays. Conflict where we hold no such checkpoint.
func (m *Mirror) AddCosignatures(ctx context.Context, cp proof.Checkpoint, list []proof.Cosignature) error {
	now := m.cfg.Now()
	rows := make([]sqldb.Cosignature, len(list))
	for i, c := range list {
		rows[i] = sqldb.Cosignature{Size: cp.Size, Cosigner: c.Key.Name, KeyID: c.Key.ID, Signed: c.Time, Stored: now, Line: c.Line}
	}
	return m.store.Update(ctx, func(tx *sqldb.Tx) error {
		own, ok, err := tx.CheckpointAt(m.row.ID, cp.Size)
		if err != nil {
			return err
		}
		if !ok || own.Root != cp.Root || cp.Origin != m.cfg.Origin {
			return parley.E(parley.Conflict, "cosignatures on %s at size %d: no such checkpoint is held", cp.Origin, cp.Size)
		}
		return tx.PutCosignatures(m.row.ID, rows)
	})
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
