package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A message goes from one node to the other, every step proven, and its
// acknowledgement comes back.
func TestHotline(t *testing.T) {
	c := parleytest.NewCircle(t, 1, "")
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	for _, m := range []*parleytest.Member{aster, borea} {
		list, err := m.Node.Agreements(t.Context())
		if err != nil || len(list) != 1 || list[0].State != "in force" {
			t.Fatalf("%s: %+v, %v", m.Name, list, err)
		}
	}
	sent, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "we see scans from your range"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	ours, err := aster.Node.Message(t.Context(), sent.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := borea.Node.Message(t.Context(), ours.Ref)
	if err != nil {
		t.Fatal(err)
	}
	if theirs.Text != "we see scans from your range" || theirs.ID != ours.ID || theirs.Precedence != parley.Flash {
		t.Fatalf("arrived as %+v", theirs)
	}
	if _, err := borea.Node.Acknowledge(t.Context(), node.AnswerRequest{Message: theirs.Short}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	status, err := aster.Node.LineStatus(t.Context())
	if err != nil || len(status) != 1 || status[0].Cosigned != status[0].Ours || status[0].State != "up" {
		t.Fatalf("%+v, %v", status, err)
	}
}

func settle(t *testing.T, c *parleytest.Circle) {
	t.Helper()
	if err := c.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A full check finds nothing where nothing is wrong.
func TestCheck(t *testing.T) {
	c := parleytest.NewCircle(t, 2, "archive.example/parley")
	settle(t, c)
	for i := range 20 {
		if _, err := c.Nodes["aster.example"].Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: string(rune('a' + i))}); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	for _, name := range c.Order {
		r, err := c.Nodes[name].Node.Check(t.Context(), nil)
		if err != nil || r.Difference != "" || !r.Rebuilt || r.Entries < 21 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}
