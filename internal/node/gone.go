package node

import (
	"context"
	"crypto/sha256"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// declareGone says in our journal that sealed parts are lost, so that the line
// goes on. The nonce follows from the parts: saying it twice is saying it once.
func (l *Line) declareGone(ctx context.Context, parts []parley.Hash) error {
	m, err := l.toEverybody(parley.KindGone, nil)
	if err != nil {
		return err
	}
	h := sha256.New()
	for _, p := range parts {
		h.Write(p[:])
	}
	why, err := l.whyGone(ctx, parts)
	if err != nil {
		return err
	}
	m.Raw, m.Content, m.Nonce = nil, &seal.Gone{Parts: parts, Why: why}, parley.Nonce(h.Sum(nil)[:16])
	if _, err := l.send(ctx, m); err != nil {
		return err
	}
	_, err = l.Sequence(ctx)
	return err
}

// whyGone: parts that we erased are not lost. ENTRY-28
func (l *Line) whyGone(ctx context.Context, parts []parley.Hash) (string, error) {
	return sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (string, error) {
		j, err := tx.Journal(l.origin())
		if err != nil {
			return "", err
		}
		for _, p := range parts {
			if _, _, erased, err := tx.Erased(j.ID, p); err != nil || !erased {
				return seal.GoneLost, err
			}
		}
		return seal.GoneErased, nil
	})
}

// clockAlarm stands while a counterpart's clock is further from ours than the
// agreement tolerates, and ends by itself.
func (n *Node) clockAlarm(ctx context.Context, who string, offset, tolerance time.Duration) error {
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		if offset.Abs() <= tolerance {
			_, err := tx.ClearAlarm(AlarmClock, who, n.now())
			return err
		}
		text := "the clock of " + who + " is " + offset.Round(time.Second).String() + " from ours: times will be disputed; " +
			"messages go on; compare both clocks with a time server"
		return tx.RaiseAlarm(AlarmClock, who, text, n.now())
	})
}

func plainKeys(list []agreement.VKey) []proof.Key {
	keys := make([]proof.Key, len(list))
	for i := range list {
		keys[i] = list[i].Key
	}
	return keys
}
