package node_test

import (
	"bytes"
	"io"
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
)

// A message to somebody who is away is tendered by the archive that all named, and
// delivered when its addressee is back.
func TestArchiveTenders(t *testing.T) {
	const archive = "archive.example/parley"
	c := parleytest.NewCircle(t, 27, archive)
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	h := flash(t, a, borea, "please call")
	settle(t, c)
	if s := stateOf(t, a, h); s != register.StateTendered {
		t.Fatalf("%s: want tendered", s)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	if s := stateOf(t, a, h); s != register.StateOpened {
		t.Fatalf("%s: want opened", s)
	}
	whole(t, c)
}

// What one party writes to two, with a journal of a fourth beside it, is the same to
// all three, and closed to the fourth.
func TestThreeParties(t *testing.T) {
	c := parleytest.NewCircle(t, 28, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia, "doria.example")
	a := c.Nodes[aster]
	settle(t, c)
	h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert", "corvia.example/mfa"}, Precedence: "immediate", Now: true, Text: "to both"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, name := range []string{borea, "corvia.example"} {
		m := arrived(t, a, h, c.Nodes[name])
		if m.Text != "to both" {
			t.Fatalf("%s: %+v", name, m)
		}
		if _, err := c.Nodes[name].Node.Acknowledge(t.Context(), node.AnswerRequest{Message: m.Ref}); err != nil {
			t.Fatal(err)
		}
	}
	if m := arrived(t, a, h, c.Nodes["doria.example"]); m.Readable {
		t.Fatalf("%+v", m)
	}
	settle(t, c)
	if s := stateOf(t, a, h); s != register.StateAcknowledged {
		t.Fatalf("%s: want acknowledged by both", s)
	}
	whole(t, c)
}

// An attachment goes on where the line broke, and arrives whole.
func TestBlobGoesOn(t *testing.T) {
	c := parleytest.NewCircle(t, 29, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	file := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	h, err := a.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Subject: "a capture",
		Text: "see the file", Files: []node.File{{Name: "capture.bin", Body: bytes.NewReader(file)}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Step(t.Context()); err != nil { // the entry goes
		t.Fatal(err)
	}
	if err := b.Step(t.Context()); err != nil { // and is judged
		t.Fatal(err)
	}
	c.Net.SetRate(parleytest.CutRequest, 0.9)
	settle(t, c)
	c.Net.Calm()
	settle(t, c)
	settle(t, c)
	m := arrived(t, a, h, b)
	_, r, err := b.Node.File(t.Context(), m.Ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, file) {
		t.Fatalf("%d octets of %d: %v", len(got), len(file), err)
	}
	if c.Net.Counts()[parleytest.CutRequest] == 0 {
		t.Error("nothing was cut")
	}
	whole(t, c)
}

func stateOf(t *testing.T, m *parleytest.Member, h node.Held) register.State {
	t.Helper()
	refs, err := m.Register.List(t.Context(), register.Query{Box: register.BoxOut, Limit: 1})
	if err != nil || len(refs.Messages) == 0 {
		t.Fatal(refs, err)
	}
	return refs.Messages[0].State
}
