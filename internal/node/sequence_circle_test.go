package node_test

import (
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A flash stands in the journal when it is sent, where nothing waits before it; behind
// another flash that waits it waits too, and the order is that of sending.
func TestFlashAtOnce(t *testing.T) {
	c := parleytest.NewCircle(t, 3, "")
	a := c.Nodes[aster]
	settle(t, c)
	line := a.Node.Lines()[0]
	say := func(text string) string {
		t.Helper()
		h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "flash", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return h.Nonce.String()
	}
	waits := func() int {
		t.Helper()
		list, err := line.Outbox(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	first := say("one")
	if n := waits(); n != 0 {
		t.Fatalf("%d wait after the first", n)
	}
	before, _, err := line.Tail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if m, err := a.Node.Message(t.Context(), first); err != nil || m.Text != "one" {
		t.Fatalf("%+v, %v", m, err)
	}

	if _, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: "immediate", Text: "held back no longer", Now: true}); err != nil {
		t.Fatal(err)
	}
	say("two")
	if n := waits(); n != 2 {
		t.Fatalf("%d wait, want 2: one was before it", n)
	}
	settle(t, c)
	if n := waits(); n != 0 {
		t.Fatalf("%d wait after all", n)
	}
	if size, _, err := line.Tail(t.Context()); err != nil || size < before+2 {
		t.Fatalf("size %d after %d, %v", size, before, err)
	}
}
