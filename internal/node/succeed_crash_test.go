package node_test

import (
	"errors"
	"strings"
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

// What waits when a journal is closed was sealed for it and cannot go: people are told.
func TestSucceedTellsWhatIsStranded(t *testing.T) {
	c := parleytest.NewCircle(t, 6, "")
	aster := c.Nodes["aster.example"]
	settle(t, c)
	h, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "routine", Text: "held back"})
	if err != nil {
		t.Fatal(err)
	}
	s, err := aster.Node.Succeed(t.Context(), node.SucceedRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := aster.Node.Lines()[0].Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	list, err := aster.Node.Alarms(t.Context(), false)
	if err != nil || len(list) != 1 || list[0].Kind != "stranded" || list[0].Subject != string(s.Closed) || !strings.Contains(list[0].Text, h.Nonce.String()) {
		t.Errorf("%+v, %v", list, err)
	}
	if p, err := aster.Node.Pending(t.Context(), h.Nonce); err != nil || p.Text != "held back" {
		t.Errorf("%+v, %v", p, err)
	}
	if err := aster.Node.Undo(t.Context(), h.Nonce); err != nil {
		t.Error(err)
	}
	settle(t, c)
}
