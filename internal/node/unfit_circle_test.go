package node_test

import (
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A message that cannot be signed waits, and holds back none behind it, nor the
// node's receipts.
func TestOneMessageHoldsBackNoOther(t *testing.T) {
	c := parleytest.NewCircle(t, 9, "")
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	line := aster.Node.Lines()[0]
	back := line.LoseSigner("aster.example/mfa")
	send := func(m *parleytest.Member, from, to, text string) node.Held {
		t.Helper()
		h, err := m.Node.SendHotline(t.Context(), node.SendRequest{From: from, To: []string{to}, Precedence: "flash", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	stuck := send(aster, "aster.example/mfa", "borea.example/cert", "cannot be signed")
	behind := send(aster, "aster.example/cert", "borea.example/cert", "behind it")
	theirs := send(borea, "borea.example/cert", "aster.example/cert", "theirs")
	for range 20 { // a settled circle would have an empty outbox
		aster.Node.Lines()[0].Step(t.Context())
		if err := borea.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, x := range line.Targets() {
			line.Serve(t.Context(), x)
		}
	}
	if list, err := line.Outbox(t.Context()); err != nil || len(list) != 1 || list[0].Nonce != stuck.Nonce {
		t.Fatalf("outbox %+v, %v", list, err)
	}
	v, err := node.NewLists(aster.Node, aster.Register).Show(t.Context(), behind.Nonce.String())
	if err != nil || v.With[0].State != "opened" {
		t.Errorf("behind it: %+v, %v", v.With, err)
	}
	if v, err = node.NewLists(borea.Node, borea.Register).Show(t.Context(), theirs.Nonce.String()); err != nil || v.With[0].State != "opened" {
		t.Errorf("theirs: %+v, %v", v.With, err)
	}
	back()
	settle(t, c)
}
