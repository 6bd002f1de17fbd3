package node_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
)

// A home is put back to before a message. Its entry comes back from a third party; its
// part was with nobody else. Whoever has the text gives it again under the same nonce:
// before the entry is back or after it, it is said again, once, and the same name finds
// it. ENTRY-32
func TestGivenAgain(t *testing.T) {
	for name, c := range map[string]struct {
		precedence, state string
		late              bool
	}{
		"flash, before the entry is back":   {"flash", node.StateQueued, false},
		"routine, before the entry is back": {"routine", node.StateHeldBack, false},
		"flash, when it is called gone":     {"flash", node.StateQueued, true},
		"routine, when it is called gone":   {"routine", node.StateHeldBack, true},
	} {
		t.Run(name, func(t *testing.T) { givenAgain(t, c.precedence, c.state, c.late) })
	}
}

func givenAgain(t *testing.T, precedence, state string, late bool) {
	c := parleytest.NewCircle(t, 60, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	a, b, third := c.Nodes[aster], c.Nodes[borea], c.Nodes[string(parleytest.Corvia)]
	settle(t, c)
	copied := t.TempDir()
	if err := a.PutAside(copied); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	file := bytes.Repeat([]byte("sample "), 900)
	give := func() node.Held {
		t.Helper()
		h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{borea + "/cert"}, Precedence: precedence, Text: "given again",
			Nonce: "0123456789abcdef0123456789abcdef", Files: []node.File{{Name: "sample.bin", Body: bytes.NewReader(file)}}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	c.Net.Part(a.Address, b.Address)
	h := give()
	settle(t, c)
	settle(t, c)
	lost, err := a.Node.Message(t.Context(), h.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	if m, err := third.Node.Message(t.Context(), lost.Ref); err != nil || m.Readable {
		t.Fatalf("%+v, %v: want the entry at Corvia, without its part", m, err)
	}
	if err := a.PutBack(copied); err != nil {
		t.Fatal(err)
	}
	if late {
		c.Net.Heal(a.Address, b.Address)
		settle(t, c)
		if m := arrived(t, a, h, b); m.Readable {
			t.Fatalf("%+v: its part is nowhere", m)
		}
	}
	if h := give(); h.State != state {
		t.Fatalf("%+v: want it %s", h, state)
	}
	c.Net.Heal(a.Address, b.Address)
	settle(t, c)
	settle(t, c)
	m := arrived(t, a, h, b)
	if m.Text != "given again" || m.Ref == lost.Ref || m.Nonce() != lost.ID.Again() {
		t.Fatalf("%+v", m)
	}
	_, r, err := b.Node.File(t.Context(), m.Ref, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, file) {
		t.Fatalf("%d octets, %v", len(got), err)
	}
	for _, at := range []*parleytest.Member{a, b, third} {
		m, err := at.Node.Message(t.Context(), lost.Ref)
		if err != nil || m.Readable || at != third && !strings.Contains(m.Why, "says again") {
			t.Errorf("%s: %q, %v: want it to name what says it again", at.Name, m.Why, err)
		}
	}
	if st := stands(t, a, h.Nonce); st != register.StateOpened {
		t.Errorf("it is %s at its author", st)
	}
	if h := give(); h.State != "sequenced" {
		t.Errorf("%+v: want one message", h)
	}
	if list, err := a.Node.Lines()[0].Outbox(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	whole(t, c)
}
