package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/store/sqldb"
)

// confirm takes what the author of a journal shows of the cosignatures of third
// parties, until each is known to have signed its first entry: only then do we know
// that the agreement is in force among all of them. AGREEMENT-11
func (l *Line) confirm(ctx context.Context, m *mirror.Mirror, o parley.Origin, note []byte) error {
	author := o.Party()
	var others []parley.Party
	l.mu.RLock()
	for _, p := range l.chain.Parties() {
		if p != author && p != l.us && l.takesPart(p) {
			others = append(others, p)
		}
	}
	l.mu.RUnlock()
	for _, p := range others {
		known, err := l.signedFirst(ctx, o, p)
		if err != nil {
			return err
		}
		if known {
			continue
		}
		cp, list, err := l.shownBy(note, o, string(p))
		if err != nil || len(list) == 0 {
			continue // it has not signed this size: a later one shows it
		}
		err = m.AddCosignatures(ctx, cp, list)
		if err != nil && parley.KindOf(err) != parley.Conflict { // a size that we do not hold
			return err
		}
	}
	return nil
}

// signedFirst says whether a cosignature of a party over entry 0 of a journal is
// stored here, by any key of its that ever was good for one.
func (l *Line) signedFirst(ctx context.Context, o parley.Origin, p parley.Party) (bool, error) {
	l.mu.RLock()
	keys, err := l.chain.MirrorKeys(p, o, 0)
	l.mu.RUnlock()
	if err != nil {
		return false, err
	}
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (bool, error) {
		j, err := tx.Journal(o)
		if err != nil {
			return false, err
		}
		for _, k := range keys {
			if _, ok, err := tx.FirstCosignatureOver(j.ID, 0, k.Name, k.ID); ok || err != nil {
				return ok, err
			}
		}
		return false, nil
	})
}
