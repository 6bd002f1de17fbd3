package node_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A journal is closed by its identity key, the next one goes on, threads too, and
// both survive a restart. SUCCESSION-2
func TestSucceed(t *testing.T) {
	c := parleytest.NewCircle(t, 5, "archive.example/parley")
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	ask, err := borea.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"aster.example/cert"}, Precedence: "flash", Text: "before"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	s, err := aster.Node.Succeed(t.Context(), node.SucceedRequest{})
	if err != nil || s.Size == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	settle(t, c)
	// What is shown as the name of a message finds that message.
	for _, o := range []parley.Origin{s.Closed, s.Next} {
		one := parley.Ref{Origin: o, Index: 0}
		if found, err := borea.Node.Find(t.Context(), borea.Node.Name(one)); err != nil || found != one {
			t.Fatalf("%s is named %s, which finds %s, %v", one, borea.Node.Name(one), found, err)
		}
	}
	m, err := borea.Node.Message(t.Context(), ask.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	answer, err := aster.Node.SendHotline(t.Context(), node.SendRequest{Answers: m.Ref, Precedence: "flash", Text: "after"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, one := range []*parleytest.Member{aster, borea} {
		if err := one.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := one.Start(); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	a, err := aster.Node.Message(t.Context(), answer.Nonce.String())
	if err != nil {
		t.Fatal(err)
	}
	at, err := borea.Node.Message(t.Context(), a.Ref)
	if err != nil || at.Text != "after" || at.Thread != m.ID {
		t.Fatalf("%+v, %v", at, err)
	}
	if _, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "on"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	status, err := aster.Node.LineStatus(t.Context())
	if err != nil || status[0].Ours != status[0].Cosigned || status[0].Ours < 3 {
		t.Fatalf("%+v, %v", status, err)
	}
}
