package intel

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Original is what came of an object, by its number, byte for byte, where the store made STIX 2.1
// of STIX 2.0. NotFound where the object is itself what came. For the people of this node.
func (s *Store) Original(ctx context.Context, n uint64) (raw []byte, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) { raw, err = tx.IntelOriginal(n); return err })
	if err == nil && raw == nil {
		err = parley.E(parley.NotFound, "no other octets are kept of it: it is what came, or was made of another format").WithHint("`parley intel show ID --raw` has its octets")
	}
	return raw, err
}
