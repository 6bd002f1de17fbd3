package register

import (
	"context"

	"parley.example/parley"
)

// Hotline is the hotline register: messages of kind hotline, ours and theirs.
func (r *Register) Hotline(ctx context.Context, after string, limit int) (Page, error) {
	return r.List(ctx, Query{Kind: parley.KindHotline, After: after, Limit: limit})
}
