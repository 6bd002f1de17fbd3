package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// TestRequestReminds: an officer is woken in the last quarter of a clock and when
// it has lapsed, once each; an answer ends both, and so does a withdrawal.
func TestRequestReminds(t *testing.T) {
	c := dailyCircle(t, 45)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	borea.Wakes = true
	restart(t, borea)
	settle(t, c)
	r := wanted()
	r.Precedence = "immediate"
	id, other := ask(t, c, aster, r), ask(t, c, aster, r)
	woken := func() (n int) {
		t.Helper()
		for range 2 { // again harmlessly
			if err := borea.Node.RemindRequests(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		list, err := borea.Alerts.List(t.Context(), alert.ListRequest{Open: true, Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Alerts)
	}
	due := show(t, borea, id).Answers[0].Running.Due
	if n := woken(); n != 2 {
		t.Errorf("%d alerts after two requests", n)
	}
	c.Clock.Advance(due.Sub(c.Clock.Now()) - 50*time.Minute)
	if n := woken(); n != 4 {
		t.Errorf("%d alerts in the last quarter", n)
	}
	c.Clock.Advance(2 * time.Hour)
	if n := woken(); n != 6 {
		t.Errorf("%d alerts after the lapse", n)
	}
	done := response(id, "result", map[string]any{"outcome": "given", "text": "done"})
	done.Now = false
	held, err := requests(borea).Respond(t.Context(), done)
	if err != nil {
		t.Fatal(err)
	}
	if n := woken(); n != 6 {
		t.Errorf("%d alerts while the answer is held back: it may yet be undone", n)
	}
	if err := borea.Node.Undo(t.Context(), held.Nonce); err != nil {
		t.Fatal(err)
	}
	entered(t, c, borea)(requests(borea).Respond(t.Context(), response(id, "result", map[string]any{"outcome": "given", "text": "done"})))
	if n := woken(); n != 3 {
		t.Errorf("%d alerts after the answer", n)
	}
	if _, err := requests(aster).Withdraw(t.Context(), node.FormRequest{SendRequest: node.SendRequest{Answers: other, Now: true}, Fields: map[string]any{"reason": "mistake"}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if n := woken(); n != 1 { // the withdrawal itself is news
		t.Errorf("%d alerts after the withdrawal", n)
	}
}

// TestAttackRequestWrongBody.
// THREAT: a party's ministry answers a request that asked its CERT, so that it counts as answered.
// ATTACK: Borea's node sends a refusal by a body that was not asked, past its own use case.
// EXPECT: it stands in the thread, is shown as one that does not count, and the clock goes on. REQUEST-5
func TestAttackRequestWrongBody(t *testing.T) {
	c := dailyCircle(t, 46)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	id := ask(t, c, aster, wanted())
	r := response(id, "refuse", map[string]any{"ground": "law", "text": "no"})
	r.From, r.To = "borea.example/mfa", []string{"aster.example/cert"}
	if _, err := borea.Node.SendForm(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, m := range []*parleytest.Member{aster, borea} {
		v := show(t, m, id)
		a := v.Answers[0]
		if !v.Open || a.Status == "refused" || a.Running.Verdict != clock.Open || len(a.Aside) != 1 || a.Aside[0].By != "borea.example/mfa" || len(v.Thread) != 1 || v.Thread[0].Because != "not asked" {
			t.Errorf("%s: %+v %+v", m.Name, v.RequestRow, v.Thread)
		}
	}
}

// TestAttackRequestFlood.
// THREAT: a counterpart floods us with requests, so that our clocks lapse and the real one is not found.
// ATTACK: Aster asks more in a day than the agreement allows, then asks one that is urgent the next day.
// EXPECT: what is over the limit is not taken, and blames nobody; what was taken has a page of constant
// cost; the urgent one comes when the day is over, with its own clock.
func TestAttackRequestFlood(t *testing.T) {
	template := strings.Replace(parleytest.Daily, "entries_per_day = 100000", "entries_per_day = 40", 1)
	c, err := parleytest.MakeCircle(t.TempDir(), 47, template, "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	settle(t, c)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	for i := range 80 {
		if _, err := requests(aster).Ask(t.Context(), wanted()); err != nil {
			t.Fatal(err)
		}
		if i%8 == 7 {
			settle(t, c)
		}
	}
	count := func(m *parleytest.Member, side string) (n, undelivered int) {
		t.Helper()
		for after := ""; ; {
			list, err := requests(m).List(t.Context(), node.RequestQuery{Side: side, After: after, Limit: 10})
			if err != nil || len(list.Rows) > 10 {
				t.Fatalf("%d rows, %v", len(list.Rows), err)
			}
			for _, r := range list.Rows {
				n++
				if r.Answers[0].Delivered.IsZero() {
					undelivered++
				}
			}
			if after = list.Next; after == "" {
				return n, undelivered
			}
		}
	}
	taken, _ := count(borea, node.SideTheirs)
	if taken == 0 || taken > 40 {
		t.Errorf("%d requests were taken in a day", taken)
	}
	asked, undelivered := count(aster, node.SideMine)
	if undelivered != asked-taken {
		t.Errorf("%d asked, %d taken, %d undelivered", asked, taken, undelivered)
	}
	c.Clock.Advance(24 * time.Hour)
	urgent := wanted()
	urgent.Precedence = "flash"
	id := ask(t, c, aster, urgent)
	v, err := requests(borea).Show(t.Context(), id)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		c.Clock.Advance(48 * time.Hour)
		settle(t, c)
		v, err = requests(borea).Show(t.Context(), id)
	}
	if err != nil || v.Clock != "urgent" || v.Answers[0].Running.Due.IsZero() {
		t.Errorf("the urgent one: %+v, %v", v.RequestRow, err)
	}
}

// TestAttackRequestClockAhead.
// THREAT: an asker makes an honest answer look late or backdated.
// ATTACK: Aster's clock runs a day ahead when it asks.
// EXPECT: the clock starts at Borea's own cosignature; the answer is in time, and is not called backdated.
func TestAttackRequestClockAhead(t *testing.T) {
	c := dailyCircle(t, 48)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	aster.Skew = 24 * time.Hour
	r := wanted()
	r.Precedence = "immediate"
	id := ask(t, c, aster, r)
	if _, err := requests(borea).Respond(t.Context(), response(id, "result", map[string]any{"outcome": "given", "text": "done"})); err != nil {
		t.Fatal(err)
	}
	aster.Skew = 0
	settle(t, c)
	for _, m := range []*parleytest.Member{aster, borea} {
		if a := show(t, m, id).Answers[0]; a.Backdated || a.Running.Verdict != clock.Met {
			t.Errorf("%s: %+v %+v", m.Name, a, a.Running)
		}
	}
}
