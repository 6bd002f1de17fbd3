package node_test

import (
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// What the next officer has to know of: what waits, what is held back, what is due;
// for the bodies that they act for, and without a word of any text.
func TestOpenMatters(t *testing.T) {
	c := checkCircle(t)
	a, b := c.Nodes[aster], c.Nodes[borea]
	flash(t, a, borea, "the words of the message")
	settle(t, c)
	if _, err := b.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"aster.example/cert"}, Text: "a draft"}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Node.PingRoute(t.Context(), node.PingRequest{To: "borea.example/cert", Route: "line"}); err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.Clock.Advance(31 * 24 * time.Hour)
	open := func(bodies ...parley.Body) map[string]int {
		t.Helper()
		list, err := node.NewLists(b.Node, b.Register).OpenMatters(t.Context(), bodies)
		if err != nil {
			t.Fatal(err)
		}
		n := map[string]int{}
		for i, m := range list {
			n[m.What+" "+string(m.Kind)]++
			if i == 0 && len(list) > 3 && m.Precedence != parley.Flash {
				t.Errorf("the flash is not first: %+v", m)
			}
			if m.Name == "" || m.Body == "" {
				t.Errorf("it names nothing: %+v", m)
			}
		}
		return n
	}
	got := open("borea.example/cert")
	if got[officer.MatterWaits+" hotline"] != 1 || got[officer.MatterWaits+" check"] != 1 || got[officer.MatterCheck+" "] == 0 {
		t.Errorf("open for cert: %v", got)
	}
}
