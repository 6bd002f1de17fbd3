package node_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
)

// One silent counterpart of two holds back what is for it, alone or among others, and
// nothing else; a flash goes at once; and when it is back, everything arrives in order.
func TestSilentCounterpart(t *testing.T) {
	const corvia = "corvia.example"
	c := parleytest.NewCircle(t, 41, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	a, b, third := c.Nodes[aster], c.Nodes[borea], c.Nodes[corvia]
	a.Node.SetWindow(10)
	settle(t, c)
	if err := b.Stop(); err != nil {
		t.Fatal(err)
	}
	said := 0
	say := func(n int, precedence string, to ...string) {
		t.Helper()
		list := make([]node.SendRequest, n)
		for i := range list {
			list[i] = node.SendRequest{Precedence: precedence, Text: fmt.Sprintf("%04d", said), Now: true}
			for _, p := range to {
				body := p + "/cert"
				if p == corvia {
					body = p + "/mfa"
				}
				list[i].To = append(list[i].To, body)
			}
			said++
		}
		if _, err := a.Node.SendMany(t.Context(), "hotline", list); err != nil {
			t.Fatal(err)
		}
	}
	inbox := func(m *parleytest.Member) (texts []string) {
		t.Helper()
		var found []register.Message
		for after := ""; ; {
			page, err := m.Register.List(t.Context(), register.Query{Box: register.BoxIn, After: after, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			found = append(found, page.Messages...)
			if after = page.Next; after == "" {
				break
			}
		}
		slices.SortFunc(found, func(x, y register.Message) int { return cmp.Compare(x.Ref.Index, y.Ref.Index) })
		for _, x := range found {
			msg, err := m.Node.MessageAt(t.Context(), x.Ref)
			if err != nil {
				t.Fatal(err)
			}
			texts = append(texts, msg.Text)
		}
		return texts
	}
	waiting := func(want int) {
		t.Helper()
		list, err := a.Node.Lines()[0].Outbox(t.Context())
		if err != nil || len(list) != want {
			t.Fatalf("%d messages wait, %v: want %d", len(list), err, want)
		}
	}
	say(12, "routine", borea) // fills the window
	settle(t, c)
	waiting(0)

	say(300, "routine", borea) // more than one batch looks at
	say(2, "routine", borea, corvia)
	say(1, "flash", borea, corvia)
	say(1, "priority", borea)
	say(5, "routine", corvia)
	settle(t, c)
	waiting(302)
	if got, want := inbox(third), []string{"0314", "0316", "0317", "0318", "0319", "0320"}; !slices.Equal(got, want) {
		t.Fatalf("Corvia has %v: want %v", got, want)
	}
	for range 3 { // its own window is not filled by what it has signed for
		say(6, "routine", corvia)
		settle(t, c)
	}
	waiting(302)

	if err := b.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	settle(t, c)
	waiting(0)
	got := inbox(b)
	if len(got) != 12+300+2+2 {
		t.Fatalf("Borea has %d messages: want all", len(got))
	}
	routine := slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s >= "0312" })
	if !slices.IsSorted(routine) {
		t.Errorf("the order to Borea: %s", strings.Join(routine, " "))
	}
	if i := slices.Index(got, "0314"); i != 12 {
		t.Errorf("the flash came as number %d: want right after what was on its way", i)
	}
	whole(t, c)
}
