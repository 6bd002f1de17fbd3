package journal

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Tail is what one combined push carries: the entries from a size on, up to a
// checkpoint of ours, and the parts that go with them.
type Tail struct {
	Checkpoint proof.Checkpoint // of the size after the last of Entries
	Start      uint64
	Entries    [][]byte
	Parts      [][]byte // those that were wanted and are held, in the order of the entries
}

// Room bounds a Tail. Octets are those of entries and parts together.
type Room struct{ Entries, Parts, Octets int }

// Tail reads what follows start, up to the largest checkpoint of at least least
// entries that fits into the room, in one consistent picture. ok is false where
// none fits; where nothing follows, it has no entries. wanted chooses the parts; it is called in order, and not again for an
// entry. A part that is not held any more is left out.
func (j *Journal) Tail(ctx context.Context, start, least uint64, room Room, wanted func(index uint64, e *seal.Envelope) bool) (t Tail, ok bool, err error) {
	err = j.store.View(ctx, func(tx *sqldb.Tx) error {
		least := max(least, start+1)
		cp, found, err := tx.CheckpointUpTo(j.row.ID, least, start+uint64(room.Entries))
		if err == nil && !found { // nothing may follow
			cp, found, err = tx.LatestCheckpoint(j.row.ID)
			found = found && cp.Size == start
		}
		if err != nil || !found {
			return err
		}
		t.Start = start
		var parts []int // for each entry, how many parts there are up to it
		if parts, err = t.fill(tx, j.row.ID, cp.Size, room, wanted); err != nil {
			return err
		}
		if end := start + uint64(len(t.Entries)); end < cp.Size {
			if cp, found, err = tx.CheckpointUpTo(j.row.ID, least, end); err != nil || !found {
				return err
			}
			n := int(cp.Size - start)
			t.Entries, t.Parts = t.Entries[:n], t.Parts[:parts[n-1]]
		}
		t.Checkpoint, ok = j.trusted(cp), true
		return nil
	})
	return t, ok, err
}

// fill reads entries and parts up to end, or as many as fit.
func (t *Tail) fill(tx *sqldb.Tx, journal int64, end uint64, room Room, wanted func(uint64, *seal.Envelope) bool) (parts []int, err error) {
	list, err := tx.Entries(journal, t.Start, end)
	if err != nil {
		return nil, err
	}
	if uint64(len(list)) != end-t.Start {
		return nil, parley.E(parley.NotFound, "the journal has no entries %d to %d", t.Start, end)
	}
	octets := 0
	for _, row := range list {
		octets += len(row.Raw)
		var part []byte
		if e, err := seal.ParseEntry(row.Raw); err == nil && wanted(row.Index, &e) {
			if part, err = tx.Part(journal, e.Part); err != nil && parley.KindOf(err) != parley.NotFound {
				return nil, err
			}
			octets += len(part)
		}
		if octets > room.Octets || part != nil && len(t.Parts) == room.Parts {
			break
		}
		if part != nil {
			t.Parts = append(t.Parts, part)
		}
		t.Entries, parts = append(t.Entries, row.Raw), append(parts, len(t.Parts))
	}
	return parts, nil
}
