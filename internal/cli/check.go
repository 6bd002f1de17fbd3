package cli

import (
	"context"
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// checkCmd verifies everything that is stored; its command route tests the ways to
// a counterpart.
type checkCmd struct {
	All   checkAll `cmd:"" default:"1" help:"Verify everything that is stored, and fold it again beside the live registers: exit 3 with the first difference."`
	Route routeCmd `cmd:"" help:"Test the routes to a counterpart: line, telephone, pouch and what else the agreement names."`
}

// checkAll is what `parley check` does by itself.
type checkAll struct{}

// Run exits 0 where nothing differs, and 3 with the first difference.
func (checkAll) Run(c *Context) error {
	var r node.CheckReport
	if err := c.Call("check", nil, &r); err != nil {
		return err
	}
	err := c.Data(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %s, %s, %s, %s verified\n", count(r.Journals, "journal"), count(r.Entries, "entry"),
			count(r.Checkpoints, "checkpoint"), count(r.Cosignatures, "cosignature"), count(r.Parts, "part"), count(r.Blobs, "attachment"))
		if r.Rebuilt {
			fmt.Fprintln(w, "registers rebuilt beside the live ones: the same rows")
		}
	})
	if err == nil && r.Difference != "" {
		err = parley.E(parley.Untrusted, "%s", r.Difference).WithHint("`parley help operate`, chapter \"The check found a difference\"")
	}
	return err
}

// check is the call behind it.
func (h *house) check(ctx context.Context, _ ctl.None) (node.CheckReport, error) {
	return h.node.Check(ctx, nil)
}
