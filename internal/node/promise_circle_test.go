package node_test

import (
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A tail that is lost for good: a counterpart has our signature on entries that
// nobody has. The journal stays silent, and a succession goes on. JOURNAL-24
func TestPromisedAndLost(t *testing.T) {
	c := parleytest.NewCircle(t, 33, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	if err := a.Promise(t.Context(), b, 3); err != nil {
		t.Fatal(err)
	}
	restart(t, a)
	settle(t, c)
	if why := a.Node.Lines()[0].ReadOnly(); why == "" {
		t.Fatal("it writes on under a signature that says otherwise")
	}
	h := flash(t, b, aster, "what is it?")
	settle(t, c)
	if m := arrived(t, b, h, a); m.Text != "what is it?" {
		t.Fatalf("%+v", m)
	}
	if _, err := a.Node.Succeed(t.Context(), node.SucceedRequest{}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	h = flash(t, a, borea, "an old copy; we go on")
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "an old copy; we go on" {
		t.Fatalf("%+v", m)
	}
}
