package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// An archive writes nothing that could say new keys: it is told who can change them.
func TestArchiveCannotRotate(t *testing.T) {
	c := parleytest.NewCircle(t, 55, "archive.example/parley")
	m := c.Nodes["archive.example/parley"]
	for _, f := range []func() error{
		func() error { _, err := m.Node.Rotate(t.Context(), node.RotateIn{What: "address"}); return err },
		func() error { _, err := m.Node.RotateMirror(t.Context(), node.RotateIn{}); return err },
	} {
		if err := f(); parley.KindOf(err) != parley.Forbidden || parley.HintOf(err) == "" {
			t.Errorf("%v", err)
		}
	}
}
