package node_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
)

const checkTerms = parleytest.DefaultTemplate + `
[[clock]]
id = "check-answered"
length = "1 hour"
starts = "delivered"
proven = "addressee"
calendar = "utc"

[[promises.check]]
id = "line"
route = "line"
every = "30 days"
clock = "check-answered"

[[promises.check]]
id = "telephone"
route = "telephone"
roles = ["technical"]
every = "180 days"
clock = "check-answered"
`

// checkCircle is Aster and Borea, who promised checks of two routes; both wake people.
func checkCircle(t *testing.T) *parleytest.Circle {
	t.Helper()
	c, err := parleytest.MakeCircle(t.TempDir(), 71, checkTerms, "", aster, borea)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	for _, m := range c.Nodes {
		m.Wakes = true
		restart(t, m)
	}
	settle(t, c)
	return c
}

func testsAt(t *testing.T, m *parleytest.Member, limit int) []node.RouteTest {
	t.Helper()
	h, err := m.Node.RouteHistory(t.Context(), node.RouteHistoryRequest{Limit: limit})
	if err != nil {
		t.Fatal(err)
	}
	return h.Tests
}

// A test of a telephone: announced on the line, a code read aloud, replied to by
// the body that was called. Both sides have the same result. ENTRY-26, ENTRY-31
func TestCheckOfATelephone(t *testing.T) {
	c := checkCircle(t)
	a, b := c.Nodes[aster], c.Nodes[borea]
	sent, err := a.Node.PingRoute(t.Context(), node.PingRequest{To: "borea.example/cert", Route: "telephone"})
	if err != nil {
		t.Fatal(err)
	}
	if len(strings.Fields(sent.Code)) != 3 || sent.Series != "telephone" {
		t.Fatalf("ping: %+v", sent)
	}
	settle(t, c)
	open, err := b.Node.OpenTests(t.Context())
	if err != nil || len(open) != 1 || open[0].Code != "" || open[0].Ours {
		t.Fatalf("open at Borea: %+v %v", open, err)
	}
	if mine := testsAt(t, a, 1)[0]; mine.Code != sent.Code || mine.Result != register.CheckOpen {
		t.Errorf("at Aster: %+v, want the code %q again", mine, sent.Code)
	}
	if woken, err := b.Alerts.List(t.Context(), alert.ListRequest{Open: true}); err != nil || len(woken.Alerts) == 0 || woken.Alerts[0].Message != open[0].ID {
		t.Errorf("nobody is woken for the ping: %+v %v", woken.Alerts, err)
	}
	reply := node.RouteReply{Ping: open[0].Ping, Code: strings.ToUpper(sent.Code), Role: "duty-officer"}
	for name, bad := range map[string]struct {
		at    *parleytest.Member
		reply node.RouteReply
	}{
		"by the tester":          {at: a, reply: reply},
		"by another body":        {at: b, reply: node.RouteReply{Ping: open[0].Ping, From: "borea.example/mfa"}},
		"to what is no ping":     {at: b, reply: node.RouteReply{Ping: "borea/0"}},
		"before it was sent":     {at: b, reply: node.RouteReply{Ping: open[0].Ping, At: "2026-11-21T09:00:00Z"}},
		"in the future":          {at: b, reply: node.RouteReply{Ping: open[0].Ping, At: "2027-11-21T09:00:00Z"}},
		"at no time":             {at: b, reply: node.RouteReply{Ping: open[0].Ping, At: "yesterday"}},
		"by a person's name":     {at: b, reply: node.RouteReply{Ping: open[0].Ping, Role: "Anna Berg"}},
		"with an unknown result": {at: b, reply: node.RouteReply{Ping: open[0].Ping, Result: "maybe"}},
	} {
		if _, err := bad.at.Node.ReplyRoute(t.Context(), bad.reply); parley.KindOf(err) != parley.Forbidden && parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("a reply %s: %v", name, err)
		}
	}
	if _, err := b.Node.TriedRoute(t.Context(), node.RouteReply{Ping: open[0].Ping, Result: "failed"}); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("the tested side says what the tester tried: %v", err)
	}
	if _, err := b.Node.ReplyRoute(t.Context(), reply); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if _, err := b.Node.ReplyRoute(t.Context(), reply); parley.KindOf(err) != parley.Conflict {
		t.Errorf("a second reply: %v", err)
	}
	for _, m := range []*parleytest.Member{a, b} {
		x := testsAt(t, m, 1)[0]
		if x.Result != register.CheckAnswered || x.Role != "duty-officer" || x.Late || x.Due.IsZero() || x.Took <= 0 || x.Took > time.Hour || x.Code != "" {
			t.Errorf("at %s: %+v", m.Name, x)
		}
	}
	if woken, err := b.Alerts.List(t.Context(), alert.ListRequest{}); err != nil || woken.Alerts[0].Closed.IsZero() && woken.Alerts[0].Message == open[0].ID {
		t.Errorf("the reply quiets no alert: %v", err)
	}
}

// A reply after the clock has run out is a reply, and late on both sides.
func TestCheckAfterTheClock(t *testing.T) {
	c := checkCircle(t)
	a, b := c.Nodes[aster], c.Nodes[borea]
	if _, err := a.Node.PingRoute(t.Context(), node.PingRequest{To: "borea.example/cert", Route: "line"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	c.Clock.Advance(2 * time.Hour)
	open, err := b.Node.OpenTests(t.Context())
	if err != nil || len(open) != 1 || !open[0].Late {
		t.Fatalf("open and late: %+v %v", open, err)
	}
	if _, err := b.Node.ReplyRoute(t.Context(), node.RouteReply{Ping: open[0].Ping, Role: "night-shift"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	for _, m := range []*parleytest.Member{a, b} {
		if x := testsAt(t, m, 1)[0]; x.Result != register.CheckAnswered || !x.Late || x.Took < 2*time.Hour {
			t.Errorf("at %s: %+v", m.Name, x)
		}
	}
}

// What the agreement promises and nobody did is visible, and wakes once for each state.
func TestChecksDue(t *testing.T) {
	c := checkCircle(t)
	a, line := c.Nodes[aster], c.Nodes[aster].Node.Lines()[0]
	due := func() map[string]string {
		t.Helper()
		list, err := a.Node.DueChecks(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		states := map[string]string{}
		for _, d := range list {
			states[d.Series+" "+string(d.Body)] = d.State
		}
		return states
	}
	woken := func() int {
		t.Helper()
		for range 2 { // again harmlessly
			if err := line.RemindChecks(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		list, err := a.Alerts.List(t.Context(), alert.ListRequest{Open: true, Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Alerts)
	}
	first := due()
	if len(first) < 3 || first["line borea.example/cert"] != node.CheckDue {
		t.Fatalf("at first: %v", first)
	}
	n := woken()
	if n != len(first) {
		t.Errorf("%d alerts for %d checks", n, len(first))
	}
	c.Clock.Advance(31 * 24 * time.Hour)
	if s := due(); s["line borea.example/cert"] != node.CheckOverdue || s["line borea.example/mfa"] != node.CheckOverdue {
		t.Errorf("after 31 days: %v", s)
	}
	if more := woken(); more != n+2 {
		t.Errorf("%d alerts after two ran out, want %d", more, n+2)
	}
	if _, err := a.Node.PingRoute(t.Context(), node.PingRequest{To: "borea.example/cert", Route: "line"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if s := due(); s["line borea.example/cert"] != node.CheckDone || s["line borea.example/mfa"] != node.CheckOverdue {
		t.Errorf("after the test: %v", s)
	}
	if less := woken(); less != n {
		t.Errorf("%d alerts after the test, want %d", less, n)
	}
	for name, r := range map[string]node.PingRequest{
		"unknown series":    {To: "borea.example/cert", Route: "line", Series: "smoke"},
		"series of another": {To: "borea.example/cert", Route: "line", Series: "telephone"},
		"body not covered":  {To: "borea.example/mfa", Route: "telephone", Series: "telephone"},
		"our own body":      {To: "aster.example/mfa", Route: "line"},
		"no route":          {To: "borea.example/cert", Route: "The Line"},
	} {
		if _, err := a.Node.PingRoute(t.Context(), r); parley.KindOf(err) != parley.Invalid && parley.KindOf(err) != parley.Forbidden || err == nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
