package node_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// An amendment brings a third party in, changes limits, clock tolerance, handling
// and the kinds that are accepted, and each of these holds in the running nodes as
// soon as the journals have switched. AGREEMENT-8, AGREEMENT-22, JOURNAL-48
func TestAmendmentTakesEffectLive(t *testing.T) {
	c := parleytest.NewCircle(t, 61, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	before := flash(t, a, borea, "before the amendment")
	settle(t, c)
	if _, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"corvia.example/cert"}, Precedence: "flash", Text: "too early"}); err == nil {
		t.Fatal("a message to a stranger")
	}
	founding := c.World.Signed
	s, err := c.Amend(func(text []byte) []byte {
		text = bytes.Replace(text, []byte("entries_per_day = 100000"), []byte("entries_per_day = 40"), 1)
		text = bytes.Replace(text, []byte(`default = "TLP:AMBER"`), []byte(`default = "TLP:GREEN"`), 1)
		text = bytes.Replace(text, []byte("[traffic.limits]"), []byte("[traffic]\nclock_tolerance = \"1 hour\"\n\n[traffic.limits]"), 1)
		i := bytes.Index(text, []byte("[[traffic.accept]]\nkind = \"memo\""))
		return append(text[:i:i], bytes.Replace(text[i:], []byte("[[traffic.accept]]\nkind = \"memo\"\nversions = [1]\n"), nil, 1)...)
	}, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Join(t.Context(), parleytest.Corvia, s, founding); err != nil { // in any order
		t.Fatal(err)
	}
	corvia := c.Nodes["corvia.example"]
	for _, m := range []*parleytest.Member{a, b} {
		if _, err := m.Node.Accept(t.Context(), s.Note()); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	settle(t, c)
	for _, name := range c.Order {
		m := c.Nodes[name]
		list, err := m.Node.Agreements(t.Context())
		if err != nil || len(list) != 2 || !slices.ContainsFunc(list, func(st node.AgreementStatus) bool {
			return st.Fingerprint == s.Agreement.Fingerprint() && st.State == "in force" && len(st.Parties) == 3
		}) {
			t.Fatalf("%s: %+v, %v", name, list, err)
		}
		status, err := m.Node.LineStatus(t.Context())
		if err != nil || len(status) != 2 {
			t.Fatalf("%s: %+v, %v", name, status, err)
		}
		for _, one := range status {
			if one.State != "up" || one.Cosigned != one.Ours || one.Ours == 0 {
				t.Errorf("%s: %+v", name, one)
			}
		}
	}
	h := flash(t, corvia, aster, "we have joined")
	g := flash(t, a, "corvia.example", "welcome")
	settle(t, c)
	if m := arrived(t, corvia, h, a); m.Text != "we have joined" || m.Marking != "TLP:GREEN" {
		t.Errorf("%+v", m)
	}
	if m := arrived(t, a, g, corvia); m.Text != "welcome" {
		t.Errorf("%+v", m)
	}
	if m := arrived(t, a, before, corvia); m.Readable {
		t.Errorf("the newcomer reads what was said before: %+v", m)
	}
	if _, err := a.Node.SendMemo(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "a memo"}); err == nil || !strings.Contains(err.Error(), "does not accept") {
		t.Errorf("a kind that is no longer accepted: %v", err)
	}
	b.Skew = 30 * time.Minute // within the new tolerance
	settle(t, c)
	if n := standing(t, a, "clock"); n != 0 {
		t.Error("a clock within the tolerance of the text in force raised an alarm")
	}
	b.Skew = 0
	settle(t, c)
	// The limit of the new text holds back what is over it, until the next day.
	for i := range 60 {
		if _, err := b.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"aster.example/cert"}, Precedence: "flash", Text: strings.Repeat("x", i+1)}); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	if size, least, err := b.Node.Lines()[0].Tail(t.Context()); err != nil || least == size {
		t.Errorf("%d of %d cosigned, %v: the new limit does not hold", least, size, err)
	}
	// Another amendment, which raises it, is itself sent at once and lets the rest go.
	c.World.Signed = s
	raise, err := c.Amend(func(text []byte) []byte {
		return bytes.Replace(text, []byte("entries_per_day = 40"), []byte("entries_per_day = 5000"), 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range c.Order {
		if _, err := c.Nodes[name].Node.Accept(t.Context(), raise.Note()); err != nil {
			t.Fatal(err)
		}
	}
	for range 4 {
		settle(t, c)
	}
	if size, least, err := b.Node.Lines()[0].Tail(t.Context()); err != nil || least != size {
		t.Errorf("%d of %d cosigned, %v", least, size, err)
	}
	// Everything is the same after a start.
	for _, name := range c.Order {
		if err := c.Nodes[name].Stop(); err != nil {
			t.Fatal(err)
		}
		if err := c.Nodes[name].Start(); err != nil {
			t.Fatal(name, err)
		}
	}
	settle(t, c)
	after := flash(t, corvia, borea, "after a start")
	settle(t, c)
	if m := arrived(t, corvia, after, b); m.Text != "after a start" {
		t.Errorf("%+v", m)
	}
	whole(t, c)
}

// A newcomer that takes the texts one by one, the amendment half signed, has a line
// as soon as all lines are there, and none before. AGREEMENT-7
func TestJoinInSteps(t *testing.T) {
	c := parleytest.NewCircle(t, 62, "")
	settle(t, c)
	founding := c.World.Signed
	s, err := c.Amend(func(text []byte) []byte { return text }, parleytest.Corvia)
	if err != nil {
		t.Fatal(err)
	}
	half := agreement.NewSigned(s.Agreement)
	if err := half.Sign(c.World.Parties[parleytest.Corvia].Signers()...); err != nil {
		t.Fatal(err)
	}
	if err := c.Join(t.Context(), parleytest.Corvia, founding, half); err != nil {
		t.Fatal(err)
	}
	m := c.Nodes["corvia.example"]
	if n := len(m.Node.Lines()); n != 0 {
		t.Fatalf("%d lines before all have signed", n)
	}
	for range 2 { // also over a start
		if err := m.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := m.Start(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := m.Node.Accept(t.Context(), s.Note()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{aster, borea} {
		if _, err := c.Nodes[name].Node.Accept(t.Context(), s.Note()); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	settle(t, c)
	h := flash(t, m, borea, "here we are")
	settle(t, c)
	if got := arrived(t, m, h, c.Nodes[borea]); got.Text != "here we are" {
		t.Errorf("%+v", got)
	}
	other, err := c.Amend(func(text []byte) []byte {
		return bytes.Replace(text, []byte("TLP:AMBER"), []byte("TLP:GREEN"), 1)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Nodes[aster].Node.Accept(t.Context(), other.Note()); parley.KindOf(err) != parley.Conflict {
		t.Errorf("an amendment of a text that is no longer in force: %v", err)
	}
}

// A party that gives notice and that an amendment leaves out is called no more, may
// call no more, and holds nobody back. AGREEMENT-22
func TestAmendmentLeavesOut(t *testing.T) {
	template := parleytest.DefaultTemplate + "\n[legal.ending]\nby = \"any\"\nnotice = \"1 hour\"\n"
	c := circleOf(t, 63, template, parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	settle(t, c)
	if _, err := c.Nodes["corvia.example"].Node.GiveNotice(t.Context(), node.NoticeIn{Notice: "denounce"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	c.Clock.Advance(2 * time.Hour)
	s, err := c.Amend(func(text []byte) []byte { return withoutParty(text, "corvia.example") })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{aster, borea} {
		if _, err := c.Nodes[name].Node.Accept(t.Context(), s.Note()); err != nil {
			t.Fatal(err)
		}
	}
	settle(t, c)
	c.Clock.Advance(time.Minute)
	for _, name := range []string{aster, borea} {
		status, err := c.Nodes[name].Node.LineStatus(t.Context())
		if err != nil || len(status) != 1 || status[0].State != "up" {
			t.Errorf("%s: %+v, %v", name, status, err)
		}
		if _, known := c.Nodes[name].Node.Caller(c.World.Pin("corvia.example")); known {
			t.Errorf("%s still answers who has left", name)
		}
	}
	settle(t, c)
	left, err := c.Nodes["corvia.example"].Node.LineStatus(t.Context())
	if err != nil || len(left) != 2 || left[0].State != node.StateLeft || left[1].State != node.StateLeft || left[0].Why == "" {
		t.Errorf("who has left: %+v, %v", left, err)
	}
	h := flash(t, c.Nodes[aster], borea, "two of us")
	settle(t, c)
	if m := arrived(t, c.Nodes[aster], h, c.Nodes[borea]); m.Text != "two of us" {
		t.Errorf("%+v", m)
	}
}

// withoutParty takes the tables of a party out of a text.
func withoutParty(text []byte, name string) []byte {
	out := bytes.SplitAfter(text, []byte("\n[[party]]"))
	for i, table := range out {
		if bytes.HasPrefix(table, []byte("\nname = \""+name)) {
			rest := []byte(nil) // what follows the party's tables
			for _, line := range bytes.SplitAfter(table, []byte("\n")) {
				if head := bytes.TrimSpace(line); rest == nil && bytes.HasPrefix(head, []byte("[")) && !bytes.Contains(head, []byte("party")) || rest != nil {
					rest = append(rest, line...)
				}
			}
			out[i-1] = bytes.TrimSuffix(out[i-1], []byte("[[party]]"))
			out[i] = rest
		}
	}
	return bytes.Join(out, nil)
}

func circleOf(t *testing.T, seed uint64, template string, parties ...parley.Party) *parleytest.Circle {
	t.Helper()
	c, err := parleytest.MakeCircle(t.TempDir(), seed, template, "", parties...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Check(context.Background()); err != nil {
			t.Error(err)
		}
		c.Close()
	})
	return c
}

// standing counts the alarms of a kind that stand.
func standing(t *testing.T, m *parleytest.Member, kind string) (n int) {
	t.Helper()
	list, err := m.Node.Alarms(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range list {
		if a.Kind == kind {
			n++
		}
	}
	return n
}
