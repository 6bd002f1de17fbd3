package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

const (
	aster = "aster.example"
	borea = "borea.example"
)

// restart stops a node and starts it again.
func restart(t *testing.T, m *parleytest.Member) {
	t.Helper()
	if err := m.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := m.Start(); err != nil {
		t.Fatal(err)
	}
}

// flash sends a message from one node to the technical body of another.
func flash(t *testing.T, from *parleytest.Member, to, text string) node.Held {
	t.Helper()
	h, err := from.Node.SendHotline(t.Context(), node.SendRequest{To: []string{to + "/cert"}, Precedence: "flash", Text: text})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// arrived reads a message of one node at another.
func arrived(t *testing.T, from *parleytest.Member, h node.Held, at *parleytest.Member) node.Message {
	t.Helper()
	m, err := from.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	got, err := at.Node.Message(t.Context(), m.Ref)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A node that starts while its counterpart is down takes messages and writes
// nothing, until the counterpart has said what it holds. JOURNAL-24
func TestRestartWhileCounterpartIsDown(t *testing.T) {
	c := parleytest.NewCircle(t, 20, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	restart(t, a)
	settle(t, c)
	h := flash(t, a, borea, "are you there?")
	settle(t, c)
	if list, err := a.Node.Lines()[0].Outbox(t.Context()); err != nil || len(list) != 1 {
		t.Fatalf("%v, %v: want the message in the outbox", list, err)
	}
	if err := a.Node.Undo(t.Context(), h.Nonce); parley.KindOf(err) != parley.Unavailable {
		t.Fatalf("%v: nobody knows yet whether it was sent", err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "are you there?" {
		t.Fatalf("%+v", m)
	}
}

// An officer may let the line speak though nobody has answered. JOURNAL-27
func TestRestartOverridden(t *testing.T) {
	c := parleytest.NewCircle(t, 21, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	restart(t, a)
	h := flash(t, a, borea, "we go on")
	if err := a.Node.Lines()[0].Override(t.Context(), "an officer"); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if _, err := a.Node.Message(t.Context(), h.Nonce.String()); err != nil {
		t.Fatalf("not sequenced: %v", err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "we go on" {
		t.Fatalf("%+v", m)
	}
}

// A home that is put back fetches what its counterpart holds of its journal, learns
// what its own mirror cosigned, and goes on. JOURNAL-25, JOURNAL-51
func TestRestoredBackup(t *testing.T) {
	c := parleytest.NewCircle(t, 22, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	copied := t.TempDir()
	if err := a.PutAside(copied); err != nil {
		t.Fatal(err)
	}
	ours, theirs := flash(t, a, borea, "ours"), flash(t, b, aster, "theirs")
	settle(t, c)
	if err := a.PutBack(copied); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Node.Message(t.Context(), ours.Nonce.String()); parley.KindOf(err) != parley.NotFound {
		t.Fatalf("%v: the older copy knows it", err)
	}
	settle(t, c)
	if m := arrived(t, a, ours, b); m.Text != "ours" {
		t.Fatalf("%+v", m)
	}
	if m := arrived(t, b, theirs, a); m.Text != "theirs" {
		t.Fatalf("%+v", m)
	}
	after := flash(t, a, borea, "after")
	settle(t, c)
	if m := arrived(t, a, after, b); m.Text != "after" {
		t.Fatalf("%+v", m)
	}
	whole(t, c)
}

// whole demands that everybody holds the same and has answered what it owes.
func whole(t *testing.T, c *parleytest.Circle) {
	t.Helper()
	why, err := c.Converged(t.Context(), nil)
	if err != nil || why != "" {
		t.Fatal(why, err)
	}
}
