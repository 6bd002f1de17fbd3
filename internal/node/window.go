package node

import (
	"context"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// defaultWindow is how many messages to one party may stand in our journal without
// its signature before routine for it waits, so that a flash never queues
// behind them. Only its own addressees' windows hold a message back: one that is
// silent stops nothing between the others. To the same addressees the order is that of
// precedence and arrival. The window is looked at before each append, which may take
// sequenceBatch messages more.
const defaultWindow = 2048

// window counts what of our journal each party has not signed for, among what is
// addressed to it. It belongs to whoever holds Line.append.
type window struct {
	origin parley.Origin
	read   uint64                    // entries that are counted
	waits  map[parley.Party][]uint64 // their indexes, in order
}

// full are the counterparts whose windows are full. Where fewer entries than that
// wait in all, which is nearly always, nothing is counted.
func (l *Line) full(ctx context.Context) ([]parley.Party, error) {
	cp, err := l.journal().Latest(ctx)
	if err != nil || l.heardUpTo(cp.Size) {
		l.window = window{}
		return nil, notFoundIsNil(err)
	}
	size, least, err := l.tail(ctx)
	if err != nil || size-least < l.node.window {
		l.window = window{}
		return nil, err
	}
	w := &l.window
	if o := l.origin(); w.origin != o {
		*w = window{origin: o, read: least, waits: map[parley.Party][]uint64{}}
	}
	if err := w.count(ctx, l.node.db, size); err != nil {
		return nil, err
	}
	var full []parley.Party
	for _, t := range l.Targets() {
		if t.role != RoleCounterpart {
			continue
		}
		from, _ := slices.BinarySearch(w.waits[t.party], l.cosignedBy(ctx, t, size))
		w.waits[t.party] = w.waits[t.party][from:]
		if len(w.waits[t.party]) >= int(l.node.window) {
			full = append(full, t.party)
		}
	}
	return full, nil
}

// heardUpTo says whether every counterpart has been heard to sign for all but fewer
// entries than a window holds: then nothing has to be read.
func (l *Line) heardUpTo(size uint64) bool {
	for _, t := range l.Targets() {
		t.mu.Lock()
		heard := t.known.Cosigned
		t.mu.Unlock()
		if t.role == RoleCounterpart && size >= heard+l.node.window {
			return false
		}
	}
	return true
}

// count reads the entries up to size that are not counted yet.
func (w *window) count(ctx context.Context, db *sqldb.DB, size uint64) error {
	const chunk = 1024
	for w.read < size {
		to := min(size, w.read+chunk)
		err := db.View(ctx, func(tx *sqldb.Tx) error {
			j, err := tx.Journal(w.origin)
			if err != nil {
				return err
			}
			return tx.EachEntry(j.ID, w.read, to, func(e sqldb.Entry) error {
				if env, err := seal.ParseEntry(e.Raw); err == nil {
					for _, p := range partiesOf(env.To) {
						w.waits[p] = append(w.waits[p], e.Index)
					}
				}
				w.read = e.Index + 1
				return nil
			})
		})
		if err != nil {
			return err
		}
		w.read = to
	}
	return nil
}

// windowOf holds back what waits in the outbox for one of these parties, among others or
// alone.
func windowOf(tx *sqldb.Tx, origin parley.Origin, full []parley.Party) (sqldb.Window, error) {
	w := sqldb.Window{Rank: parley.Priority.Rank()}
	if len(full) == 0 {
		return w, nil
	}
	all, err := tx.Audiences(origin, w.Rank)
	for _, a := range all {
		if slices.ContainsFunc(strings.Fields(a), func(p string) bool { return slices.Contains(full, parley.Party(p)) }) {
			w.Audiences = append(w.Audiences, a)
		}
	}
	return w, err
}

// audience is how the outbox names the parties of these bodies.
func audience(to []parley.Body) string {
	var names []string
	for _, p := range partiesOf(to) {
		names = append(names, string(p))
	}
	return strings.Join(names, " ")
}

// partiesOf are the parties of bodies, each once, in order.
func partiesOf(to []parley.Body) []parley.Party {
	list := make([]parley.Party, 0, len(to))
	for _, b := range to {
		list = append(list, b.Party())
	}
	slices.Sort(list)
	return slices.Compact(list)
}
