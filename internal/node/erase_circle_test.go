package node_test

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// What is erased by request goes from the database, the log beside it and the disk;
// the entry, its facts and its proofs stay, both sides say so, and what is checked
// and proven holds. It does not come back with a start or an older copy. ENTRY-29, JUDGE-21
func TestEraseByRequest(t *testing.T) {
	const secret = "the name of the witness is Xanthippe Quux"
	c := parleytest.NewCircle(t, 81, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	h, err := a.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Subject: "a memo", Text: secret,
		Files: []node.File{{Name: "list.txt", Body: strings.NewReader(secret)}}})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	m := arrived(t, a, h, b)
	if _, err := b.Node.Acknowledge(t.Context(), node.AnswerRequest{Message: m.Ref}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	old := t.TempDir()
	if err := b.PutAside(old); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for name, r := range map[string]node.EraseRequest{"no reason": {Message: m.Ref}, "a rule of nobody": {Message: m.Ref, Rule: "mood", Why: "x"}, "by retention": {Message: m.Ref, Rule: "retention", Why: "x"}} {
		if _, err := b.Node.Erase(t.Context(), r); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	first := parley.Ref{Origin: c.World.Parties[parleytest.Aster].Origin}
	if _, err := b.Node.Erase(t.Context(), node.EraseRequest{Message: first.String(), Why: "x"}); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("what runs the line: %v", err)
	}
	if _, err := b.Node.Erase(t.Context(), node.EraseRequest{Message: m.Ref, Why: "asked for under article 9"}); err != nil {
		t.Fatal(err)
	}
	gone := func(when string) {
		t.Helper()
		got, err := b.Node.Message(t.Context(), m.Ref)
		if err != nil || got.Readable || got.Text != "" || got.Erased != "request: asked for under article 9" || got.Kind != parley.KindMemo || got.Precedence != parley.Flash {
			t.Errorf("%s: %+v, %v", when, got, err)
		}
		if _, _, err := b.Node.File(t.Context(), m.Ref, 0); err == nil {
			t.Errorf("%s: the attachment is still here", when)
		}
		for _, name := range []string{"parley.db", "parley.db-wal"} {
			raw, _ := os.ReadFile(b.Home.Path(name))
			if bytes.Contains(raw, []byte("Xanthippe")) {
				t.Errorf("%s: the text is in %s", when, name)
			}
		}
	}
	gone("at once")
	if _, err := b.Node.Erase(t.Context(), node.EraseRequest{Message: m.Ref, Why: "again"}); parley.KindOf(err) != parley.Conflict {
		t.Errorf("again: %v", err)
	}
	settle(t, c)
	ours, err := a.Node.Message(t.Context(), m.Ref)
	if err != nil || ours.Text != secret {
		t.Errorf("its author keeps its own: %+v, %v", ours, err)
	}
	v, err := node.NewLists(a.Node, a.Register).Show(t.Context(), m.Ref)
	if err != nil || !said(v, "erased") || v.State != "acknowledged" {
		t.Errorf("its author is told: %+v, %v", v, err)
	}
	whole(t, c)
	if _, err := b.Node.Prove(t.Context(), node.ProveRequest{Name: m.Ref}); err != nil {
		t.Errorf("prove with the facts: %v", err)
	}
	if _, err := b.Node.Prove(t.Context(), node.ProveRequest{Name: m.Ref, Reveal: true}); err == nil {
		t.Error("revealed what is erased")
	}
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	gone("after a start")
	if err := b.PutBack(old); err != nil { // a copy from before the erasure
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	gone("after an older copy was put back")
	whole(t, c)
}

func said(v node.View, word string) bool {
	for _, s := range v.Steps {
		if s.Says == word {
			return true
		}
	}
	return false
}

// Retention erases what is due on both sides, in one entry for many, and leaves what
// waits for a person, what has not arrived, and what is kept for a review.
func TestRetention(t *testing.T) {
	template := strings.Replace(parleytest.DefaultTemplate, "[[traffic.accept]]", `[[handling.retention]]
kinds = ["hotline"]
length = "30 days"
then = "erase"

[[handling.retention]]
kinds = ["memo"]
length = "10 days"
then = "review"

[[traffic.accept]]`, 1)
	c := circleOf(t, 82, template)
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	var list []node.Held
	for range 5 {
		list = append(list, flash(t, a, borea, "for a while"))
	}
	memo, err := a.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Precedence: "flash", Text: "to be looked at"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, h := range list[:4] { // the fifth waits for a person of Borea's
		if _, err := b.Node.Acknowledge(t.Context(), node.AnswerRequest{Message: arrived(t, a, h, b).Ref}); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	retain := func(m *parleytest.Member) {
		t.Helper()
		if more, err := m.Node.Lines()[0].Retain(t.Context()); err != nil || more {
			t.Fatal(more, err)
		}
	}
	retain(b)
	if m := arrived(t, a, list[0], b); !m.Readable {
		t.Fatal("erased before its time")
	}
	c.Clock.Advance(31 * 24 * time.Hour)
	settle(t, c)
	c.Net.Part(a.Address, b.Address)
	late := flash(t, a, borea, "not delivered yet")
	retain(a)
	retain(b)
	c.Net.Heal(a.Address, b.Address)
	settle(t, c)
	for i, h := range list {
		theirs := arrived(t, a, h, b)
		if want := i == 4; theirs.Readable != want {
			t.Errorf("message %d at Borea: readable %v", i, theirs.Readable)
		}
		if ours, err := a.Node.Message(t.Context(), h.Nonce.String()); err != nil || ours.Readable || ours.Erased == "" {
			t.Errorf("message %d at Aster: %+v, %v", i, ours, err)
		}
	}
	if m := arrived(t, a, late, b); m.Text != "not delivered yet" {
		t.Errorf("%+v", m)
	}
	if m := arrived(t, a, memo, b); !m.Readable {
		t.Error("what is kept for a review was erased")
	}
	due, err := b.Node.RetentionDue(t.Context())
	if err != nil || len(due) != 2 || due[0].Then != "erase" || due[0].Why == "" || due[1].Then != "review" {
		t.Errorf("due: %+v, %v", due, err)
	}
	for _, m := range []*parleytest.Member{a, b} { // one entry named the four
		if _, err := m.Node.Lines()[0].Retain(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	whole(t, c)
}

// What its author erased before it was delivered is said to be gone, and the line goes on. ENTRY-28
func TestEraseUndelivered(t *testing.T) {
	c := parleytest.NewCircle(t, 83, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	c.Net.Part(a.Address, b.Address)
	h := flash(t, a, borea, "never mind")
	if err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Node.Erase(t.Context(), node.EraseRequest{Message: h.Nonce.String(), Rule: "law", Why: "an order of a court"}); err != nil {
		t.Fatal(err)
	}
	after := flash(t, a, borea, "and this")
	c.Net.Heal(a.Address, b.Address)
	settle(t, c)
	settle(t, c)
	if m := arrived(t, a, after, b); m.Text != "and this" {
		t.Errorf("the line stands: %+v", m)
	}
	v, err := node.NewLists(a.Node, a.Register).Show(t.Context(), h.Nonce.String())
	if err != nil || v.State != "gone" || v.Readable {
		t.Errorf("%+v, %v", v, err)
	}
	whole(t, c)
}
