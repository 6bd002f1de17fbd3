package node

import (
	"context"
	"crypto/subtle"
	"maps"

	"parley.example/parley/internal/store/sqldb"
)

// Settled says that nothing waits to be told what it signed last: every journal may
// speak, and every mirror may cosign.
func (n *Node) Settled() bool {
	for _, l := range n.Lines() {
		if j := l.journal(); j != nil && j.Asking() {
			return false
		}
		l.mu.RLock()
		mirrors := maps.Clone(l.mirrors)
		l.mu.RUnlock()
		for _, m := range mirrors {
			if m.Asking() {
				return false
			}
		}
	}
	return true
}

// stepHere does what is due, where perhaps nobody serves: what came is judged and
// answered, what waits is sequenced. What cannot be done holds back no pouch.
func (l *Line) stepHere(ctx context.Context) {
	if _, err := l.Step(ctx); err != nil && ctx.Err() == nil {
		l.node.log.Error("line step failed", "event", "line.step", "agreement", l.id.String()[:16], "error", err)
	}
}

const sessionSetting = "session"

// SetSession keeps the name of the process that ends now, of which a mark is left
// outside of the home.
func SetSession(ctx context.Context, db *sqldb.DB, name []byte) error {
	return db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetSetting(sessionSetting, name) })
}

// IsSession says whether the process that ended last had this name: then the database
// is the one that it left.
func IsSession(ctx context.Context, db *sqldb.DB, name []byte) (bool, error) {
	return sqldb.Read(ctx, db, func(tx *sqldb.Tx) (bool, error) {
		b, ok, err := tx.Setting(sessionSetting)
		return ok && len(name) > 0 && subtle.ConstantTimeCompare(b, name) == 1, err
	})
}
