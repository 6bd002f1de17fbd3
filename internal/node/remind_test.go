package node_test

import (
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// THREAT: a node that has started again, and whose counterpart it cannot reach, takes nothing for ever.
// ATTACK: restart Borea, and let none of its calls arrive while Aster's do.
// EXPECT: Aster shows Borea what it cosigned last, and the line goes on. JOURNAL-51
func TestRemind(t *testing.T) {
	c := parleytest.NewCircle(t, 8, "")
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	if err := borea.Stop(); err != nil {
		t.Fatal(err)
	}
	borea.Mute = true
	if err := borea.Start(); err != nil {
		t.Fatal(err)
	}
	h, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "we reach you, you do not reach us"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	m, err := aster.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := borea.Node.Message(t.Context(), m.Ref); err != nil || got.Text != m.Text {
		t.Fatalf("%+v, %v", got, err)
	}
}
