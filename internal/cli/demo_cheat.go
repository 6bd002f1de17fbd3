package cli

import (
	"context"

	"parley.example/parley"
)

// cheat lets Borea rewrite its past and waits for Aster to say so.
func (d *demoCmd) cheat(c *Context, ctx context.Context, s *story) error {
	return parley.E(parley.Unavailable, "the cheat is not built yet")
}
