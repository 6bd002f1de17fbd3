package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// TestSplitIncident: nothing goes out where one body cannot be told; and the same
// again with the nonce that was named is the same messages. INCIDENT-7
func TestSplitIncident(t *testing.T) {
	for _, x := range []struct {
		name    string
		parties string
		sent    int
	}{{"all accept", "", 2}, {"one does not", "\nparties = [\"aster.example\", \"borea.example\"]", 0}} {
		t.Run(x.name, func(t *testing.T) {
			accept := "kind = \"incident\"\nversions = [1]"
			template := strings.Replace(parleytest.DefaultTemplate, accept, accept+x.parties, 1)
			c, err := parleytest.MakeCircle(t.TempDir(), 64, template, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
					t.Error(err)
				}
			})
			settle(t, c)
			for party, network := range map[string]string{"borea.example": "192.0.2.0/25", "corvia.example": "192.0.2.128/25"} {
				fields := dutyFields()
				fields["constituency"] = map[string]any{"networks": network}
				publish(t, c.Nodes[party], node.ContactRequest{Fields: fields})
			}
			settle(t, c)
			aster := c.Nodes["aster.example"]
			r := incident(parley.StageEarly, map[string]any{"affected": "192.0.2.7, 192.0.2.200"})
			r.To = nil
			first, err := aster.Node.SplitIncident(t.Context(), r)
			if (err == nil) != (x.sent > 0) || x.sent > 0 && len(first.Sent) != x.sent {
				t.Fatalf("%+v, %v", first, err)
			}
			if x.sent > 0 {
				r.Nonce = first.Nonce.String()
				again, err := aster.Node.SplitIncident(t.Context(), r)
				if err != nil || again.Sent[0].Held.Nonce != first.Sent[0].Held.Nonce || again.Sent[1].Held.Nonce != first.Sent[1].Held.Nonce {
					t.Errorf("again: %+v, %v", again, err)
				}
			}
			settle(t, c)
			list, err := node.NewLists(aster.Node, aster.Register).Incidents(t.Context(), node.ListRequest{})
			if err != nil || len(list.Incidents) != x.sent {
				t.Errorf("%d incidents went out, want %d: %v", len(list.Incidents), x.sent, err)
			}
		})
	}
}
