package node

import (
	"context"
	"encoding/json"
	"maps"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
)

// grave is the part of a closed journal of ours that nobody else took: entries of a
// history that lost against the one that others hold. They are void, and what they
// said is said again in the next journal. SUCCESSION-3
type grave struct {
	From uint64 `json:"from"` // the first of them
	Done bool   `json:"done"` // all that was to be carried over is
	Left int    `json:"left"` // so many could not be: a person must have read the alarm
}

func (l *Line) graveSetting() string { return "graves " + l.id.String() }

// graves are those of all closed journals of ours, by origin.
func (l *Line) graves(tx *sqldb.Tx) (map[parley.Origin]grave, error) {
	list := map[parley.Origin]grave{}
	b, ok, err := tx.Setting(l.graveSetting())
	if err != nil || !ok {
		return list, err
	}
	if err := json.Unmarshal(b, &list); err != nil {
		return nil, parley.E(parley.Internal, "stored ends of journals: %w", err)
	}
	return list, nil
}

func (l *Line) setGrave(tx *sqldb.Tx, o parley.Origin, g grave) error {
	list, err := l.graves(tx)
	if err != nil {
		return err
	}
	list[o] = g
	b, err := json.Marshal(list)
	if err != nil {
		return parley.E(parley.Internal, "store the end of a journal: %w", err)
	}
	return tx.SetSetting(l.graveSetting(), b)
}

// loadGraves reads them after a start.
func (l *Line) loadGraves(ctx context.Context) error {
	list, err := sqldb.Read(ctx, l.node.db, l.graves)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buried = list
	return err
}

// dug is a copy of the graves.
func (l *Line) dug() map[parley.Origin]grave {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := maps.Clone(l.buried)
	if list == nil {
		list = map[parley.Origin]grave{}
	}
	return list
}

// dead says that an entry of ours is of a history that lost. The caller holds l.mu.
func (l *Line) dead(ref parley.Ref) bool {
	g, ok := l.buried[ref.Origin]
	return ok && ref.Index >= g.From
}

// bury notes, in the transaction that closes our journal, which entries of it are
// dead, and takes them out of the law.
func (l *Line) bury(tx *sqldb.Tx, e *ending) error {
	if e.alive < e.own {
		if err := tx.DropLaw(l.id, e.Close, e.alive); err != nil {
			return err
		}
	}
	return l.setGrave(tx, e.Close, grave{From: e.alive})
}

// lawWithout is the law without what dead entries of ours changed in it; nil where
// they changed nothing.
func (l *Line) lawWithout(ctx context.Context, e *ending) (*agreement.Chain, error) {
	refs, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) ([]parley.Ref, error) { return tx.Law(l.id) })
	if err != nil {
		return nil, err
	}
	none := true
	for _, ref := range refs {
		none = none && (ref.Origin != e.Close || ref.Index < e.alive)
	}
	if none {
		return nil, nil
	}
	again, err := l.shadow()
	if err != nil {
		return nil, err
	}
	again.buried = l.dug()
	again.buried[e.Close] = grave{From: e.alive}
	if err := again.replayLaw(ctx); err != nil {
		return nil, err
	}
	return again.chain, again.replaySuccessions(ctx)
}
