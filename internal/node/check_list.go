package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// RouteTest is one route of one body, tested once, as a person reads it.
type RouteTest struct {
	Ping      string        `json:"ping"` // what to type for it: aster/118
	ID        string        `json:"id"`
	Agreement parley.Hash   `json:"agreement"`
	Ours      bool          `json:"ours"` // we test; else we are tested
	From      parley.Body   `json:"from"`
	Body      parley.Body   `json:"body"`  // who is tested
	Other     parley.Body   `json:"other"` // the counterpart's of both
	Route     string        `json:"route"`
	Series    string        `json:"series,omitempty"` // the agreement's check; empty: by hand
	Sent      time.Time     `json:"sent"`
	Delivered time.Time     `json:"delivered,omitzero"`
	Due       time.Time     `json:"due,omitzero"` // of the reply
	Result    string        `json:"result"`       // open, answered, failed, wrong code, no code, conflict
	Late      bool          `json:"late,omitempty"`
	Reply     string        `json:"reply,omitempty"`
	Replied   time.Time     `json:"replied,omitzero"`
	Role      string        `json:"role,omitempty"`
	Took      time.Duration `json:"took_ns,omitempty"` // from delivery to reply
	Strays    int           `json:"strays,omitempty"`  // replies that count for nothing
	Exercise  bool          `json:"exercise,omitempty"`
	Code      string        `json:"code,omitempty"` // of an open test of ours: to be read aloud
}

// RouteHistory is a page of tests.
type RouteHistory struct {
	Tests []RouteTest `json:"tests"`
	Next  string      `json:"next,omitempty"` // empty on the last page
}

// RouteHistoryRequest asks for a page, the newest here first.
type RouteHistoryRequest struct {
	Body  string `json:"body,omitempty"`  // a counterpart's; empty: all
	Route string `json:"route,omitempty"` // with Body; empty: all
	After string `json:"after,omitempty"`
	Limit int    `json:"limit,omitempty"` // 1 to 200; 0: 50
}

// RouteHistory lists tests of routes, ours and theirs.
func (n *Node) RouteHistory(ctx context.Context, r RouteHistoryRequest) (out RouteHistory, err error) {
	if r.Route != "" && r.Body == "" {
		return out, parley.E(parley.Invalid, "history of the route %.40q: want the body too", r.Route)
	}
	if r.Body != "" {
		if err := n.knows(r.Body); err != nil {
			return out, err
		}
	}
	if r.Limit == 0 {
		r.Limit = 50
	}
	folded, err := n.checks()
	if err != nil {
		return out, err
	}
	page, err := folded.Checks(ctx, register.CheckQuery{Other: parley.Body(r.Body), Route: r.Route, After: r.After, Limit: r.Limit})
	if err != nil {
		return out, err
	}
	out.Tests, out.Next = make([]RouteTest, 0, len(page.Tests)), page.Next
	for i := range page.Tests {
		t, err := n.routeTest(ctx, &page.Tests[i])
		if err != nil {
			return out, err
		}
		out.Tests = append(out.Tests, t)
	}
	return out, nil
}

// OpenTests lists, of the newest 200, those that wait: theirs for a reply of ours
// first, the oldest first in each.
func (n *Node) OpenTests(ctx context.Context) ([]RouteTest, error) {
	h, err := n.RouteHistory(ctx, RouteHistoryRequest{Limit: 200})
	if err != nil {
		return nil, err
	}
	list := slices.DeleteFunc(h.Tests, func(t RouteTest) bool { return t.Result != register.CheckOpen })
	slices.Reverse(list)
	slices.SortStableFunc(list, func(a, b RouteTest) int {
		switch {
		case a.Ours == b.Ours:
			return 0
		case a.Ours:
			return 1
		}
		return -1
	})
	return list, nil
}

// checks are the registers as far as checks go.
func (n *Node) checks() (*register.Register, error) {
	r, ok := n.register.(*register.Register)
	if !ok {
		return nil, parley.E(parley.Internal, "these registers keep no checks")
	}
	return r, nil
}

func (n *Node) testsOf(ctx context.Context, ping parley.Ref) ([]register.Test, error) {
	folded, err := n.checks()
	if err != nil {
		return nil, err
	}
	return folded.Tests(ctx, ping)
}

func (n *Node) routeTest(ctx context.Context, t *register.Test) (RouteTest, error) {
	out := RouteTest{Ping: n.Name(t.Ref), ID: t.ID.String(), Agreement: t.Agreement, Ours: t.Ours, From: t.From, Body: t.Body, Other: t.Other, Route: t.Route,
		Series: t.Series, Sent: t.Said, Delivered: t.Delivered, Result: t.Result, Replied: t.Replied, Role: t.Role, Took: t.Took, Strays: t.Strays, Exercise: t.Exercise}
	if t.Reply.Origin != "" {
		out.Reply = n.Name(t.Reply)
	}
	l, err := n.Line(t.Agreement.String())
	if err != nil {
		return out, nil // an agreement that is no longer here: nothing is due
	}
	out.Due = l.replyDue(t)
	by := t.Replied
	if t.Result == register.CheckOpen {
		by = n.now()
	}
	out.Late = !out.Due.IsZero() && by.After(out.Due)
	if t.Ours && t.Result == register.CheckOpen && t.Route != agreement.RouteLine {
		m, err := n.MessageAt(ctx, t.Ref)
		if err != nil {
			return out, err
		}
		code, err := n.checkCode(m.env.Nonce)
		if err != nil {
			return out, err
		}
		if c, _ := seal.ParseContent(m.Kind, 1, m.Content); c != nil && c.(*seal.Check).Commit == seal.CheckCommit(code).String() {
			out.Code = code
		}
	}
	return out, nil
}

// replyDue is when the reply is due: as the ping says, or as the agreement's clock
// follows from when it was delivered. Zero where neither says. CLOCK-2
func (l *Line) replyDue(t *register.Test) time.Time {
	if due, err := time.Parse(time.RFC3339, t.Due); err == nil {
		return due
	}
	a, err := l.text()
	if err != nil {
		return time.Time{}
	}
	c, ok := a.Clock(t.Clock)
	if !ok || c.Starts != "delivered" || t.Delivered.IsZero() {
		return time.Time{}
	}
	due, ok, err := a.Due(c.ID, t.Delivered, t.From.Party(), t.Body.Party())
	if err != nil || !ok {
		return time.Time{}
	}
	return due.UTC()
}
