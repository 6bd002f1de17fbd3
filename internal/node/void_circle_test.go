package node_test

import (
	"slices"
	"testing"

	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// last is how a node sees the newest entry that is addressed to it.
func last(t *testing.T, at *parleytest.Member) register.Message {
	t.Helper()
	list, err := at.Register.List(t.Context(), register.Query{Box: register.BoxIn, Limit: 1})
	if err != nil || len(list.Messages) == 0 {
		t.Fatal(list, err)
	}
	return list.Messages[0]
}

func says(m register.Message, by string) []string {
	var list []string
	for _, s := range m.Steps {
		if string(s.From.Party()) == by {
			list = append(list, s.Says)
		}
	}
	return list
}

// An entry that is no message keeps its place, is shown, and is answered by a void
// receipt; the line goes on. JUDGE-1, RECEIPT-6
func TestVoidEntry(t *testing.T) {
	c := parleytest.NewCircle(t, 24, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	replayed, err := b.Leaves(t.Context(), parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Plant(t.Context(), replayed[0], nil); err != nil {
		t.Fatal(err)
	}
	restart(t, b)
	settle(t, c)
	m := last(t, a)
	if m.State != register.StateVoid || !slices.Contains(says(m, aster), "void") {
		t.Fatalf("%+v", m)
	}
	h := flash(t, b, aster, "a real one")
	settle(t, c)
	if m := arrived(t, b, h, a); m.Text != "a real one" {
		t.Fatalf("%+v", m)
	}
	whole(t, c)
}

// A part that does not open at its addressee is a signed receipt, never delivery in
// silence. RECEIPT-4
func TestUnreadablePart(t *testing.T) {
	c := parleytest.NewCircle(t, 25, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	raw, part, err := b.Forge(parleytest.Forged{To: "aster.example/cert",
		Recipients: []string{c.World.Body("borea.example/cert").Age.Recipient().String()}})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Plant(t.Context(), raw, part); err != nil {
		t.Fatal(err)
	}
	restart(t, b)
	settle(t, c)
	m := last(t, a)
	if m.Inside != register.InsideUnreadable || !slices.Contains(says(m, aster), string(seal.SaysUnreadable)) {
		t.Fatalf("%+v", m)
	}
	whole(t, c)
}

// A sealed part that its author does not have any more holds the line until the
// author says so; then the line goes on, and the message is shown as gone. JOURNAL-44
func TestWithheldThenGone(t *testing.T) {
	c := parleytest.NewCircle(t, 26, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	raw, _, err := b.Forge(parleytest.Forged{To: "aster.example/cert"})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Plant(t.Context(), raw, nil); err != nil {
		t.Fatal(err)
	}
	restart(t, b)
	settle(t, c)
	m := last(t, a)
	if m.State != register.StateGone || m.Inside != register.InsideGone {
		t.Fatalf("%+v", m)
	}
	h := flash(t, b, aster, "the next one")
	settle(t, c)
	if m := arrived(t, b, h, a); m.Text != "the next one" {
		t.Fatalf("%+v", m)
	}
	whole(t, c)
}
