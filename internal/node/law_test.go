package node_test

import (
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

func bilateral(t *testing.T, seed uint64) *parleytest.Circle {
	t.Helper()
	template, err := agreements.Template("bilateral")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parleytest.MakeCircle(t.TempDir(), seed, string(template), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	return c
}

func stateAt(t *testing.T, m *parleytest.Member) string {
	t.Helper()
	list, err := m.Node.Agreements(t.Context())
	if err != nil || len(list) == 0 {
		t.Fatal(list, err)
	}
	return list[0].State
}

// AGREEMENT-11: while one side suspends, only what the text lets go on passes;
// after a denunciation has taken effect nothing new does.
func TestNotice(t *testing.T) {
	c := bilateral(t, 3)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	if _, err := aster.Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "suspend", Effect: "2026-11-23T00:00:00Z"}); parley.KindOf(err) != parley.Invalid {
		t.Errorf("seven days of notice are owed: %v", err)
	}
	if _, err := aster.Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "sulk"}); parley.KindOf(err) != parley.Invalid {
		t.Errorf("no such notice: %v", err)
	}
	out, err := aster.Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "suspend", Reason: "an election <is held> & nobody is here"})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	memo := node.SendRequest{To: []string{"aster.example/cert"}, Subject: "x", Text: "x", Now: true}
	if _, err := borea.Node.SendMemo(t.Context(), memo); err != nil || stateAt(t, borea) != "in force" {
		t.Errorf("the notice runs until %s: %v, %s", out.Effect, err, stateAt(t, borea))
	}
	c.Clock.Advance(8 * 24 * time.Hour)
	if stateAt(t, borea) != "suspended" || stateAt(t, aster) != "suspended" {
		t.Errorf("%s, %s", stateAt(t, aster), stateAt(t, borea))
	}
	if _, err := borea.Node.SendMemo(t.Context(), memo); parley.KindOf(err) != parley.Forbidden || !strings.Contains(parley.HintOf(err), "hotline") {
		t.Errorf("a memo passed: %v", err)
	}
	if _, err := borea.Node.SendHotline(t.Context(), node.SendRequest{To: memo.To, Text: "are you there?", Now: true}); err != nil {
		t.Errorf("the hotline goes on: %v", err)
	}
	settle(t, c)
	if _, err := aster.Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "resume"}); err != nil {
		t.Fatal(err)
	}
	if _, err := borea.Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "denounce"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if stateAt(t, aster) != "denounced" {
		t.Error(stateAt(t, aster))
	}
	c.Clock.Advance(100 * 24 * time.Hour)
	if _, err := aster.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "too late", Now: true}); parley.KindOf(err) != parley.Forbidden || stateAt(t, aster) != "ended" {
		t.Errorf("%v, %s", err, stateAt(t, aster))
	}
	settle(t, c)
}

// AGREEMENT-8, AGREEMENT-22: each journal switches by its own entry; what was
// refused before is accepted afterwards.
func TestAmendment(t *testing.T) {
	c := bilateral(t, 4)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	w := c.World
	id := w.Agreement().ID().String()
	text := strings.Replace(string(w.Agreement().Text()), "title =", "founding = \""+id+"\"\namends = \""+id+"\"\ntitle =", 1)
	text = strings.Replace(text, "[[traffic.accept]]\nkind = \"memo\"\nversions = [1]\n", "", 1)
	text = strings.Replace(text, "Each party bears its own.", "Each party bears its own <b>& nothing else</b>.", 1)
	a, err := agreement.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	s := agreement.NewSigned(a)
	if err := s.Sign(append(w.Parties["aster.example"].Signers(), w.Parties["borea.example"].Signers()...)...); err != nil {
		t.Fatal(err)
	}
	memo := node.SendRequest{Subject: "x", Text: "x", Now: true}
	for _, m := range []*parleytest.Member{aster, borea} {
		if _, err := m.Node.Accept(t.Context(), s.Note()); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
	}
	for m, to := range map[*parleytest.Member]string{aster: "borea.example/cert", borea: "aster.example/cert"} {
		memo.To = []string{to}
		if _, err := m.Node.SendMemo(t.Context(), memo); parley.KindOf(err) != parley.Forbidden {
			t.Errorf("%s sent a memo, which the amendment no longer lets pass: %v", m.Name, err)
		}
		if _, err := m.Node.SendHotline(t.Context(), node.SendRequest{To: memo.To, Text: "under the new text", Precedence: "flash"}); err != nil {
			t.Error(err)
		}
	}
	settle(t, c)
	if err := aster.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aster.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	memo.To = []string{"borea.example/cert"}
	if _, err := aster.Node.SendMemo(t.Context(), memo); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("the amendment was forgotten over a restart: %v", err)
	}
}
