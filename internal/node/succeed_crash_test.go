package node_test

import (
	"errors"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A node that dies anywhere within a succession goes on after its next start, in
// the old journal or in the next; the next begins with the succession. SUCCESSION-2
func TestSucceedDies(t *testing.T) {
	for at := 1; ; at++ {
		c := parleytest.NewCircle(t, 5, "")
		aster := c.Nodes["aster.example"]
		settle(t, c)
		died, commits := errors.New("died"), 0
		aster.DB.SetFault(func(step string) error {
			if step == "begin" {
				commits++
			}
			if commits >= at {
				return died
			}
			return nil
		})
		_, err := aster.Node.Succeed(t.Context(), node.SucceedRequest{})
		aster.DB.SetFault(nil)
		if err != nil && !errors.Is(err, died) {
			t.Fatal(at, err)
		}
		if stopped := aster.Stop(); stopped != nil {
			t.Fatal(stopped)
		}
		if started := aster.Start(); started != nil {
			t.Fatal(at, started)
		}
		settle(t, c)
		speak(t, c, "after it died")
		o, bad := aster.Node.OurJournal("")
		if bad != nil {
			t.Fatal(bad)
		}
		m, bad := aster.Node.MessageAt(t.Context(), parley.Ref{Origin: o})
		if bad != nil || m.Kind != parley.KindAgreement && m.Kind != parley.KindSuccession {
			t.Errorf("at %d: %s begins with %s, %v", at, o, m.Kind, bad)
		}
		if err == nil {
			return
		}
	}
}
