package node

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// PingRequest announces a test of a route to one body.
type PingRequest struct {
	Agreement string `json:"agreement,omitempty"`
	From      string `json:"from,omitempty"` // a body of ours; empty: the first
	To        string `json:"to"`
	Route     string `json:"route"`
	Series    string `json:"series,omitempty"` // a check of the agreement; empty: the one that has this route and covers the body
	Note      string `json:"note,omitempty"`
	Exercise  bool   `json:"exercise,omitempty"`
	Nonce     string `json:"nonce,omitempty"`
}

// PingResponse is the ping on its way, and what is to be read aloud on the route.
type PingResponse struct {
	Held
	Series string `json:"series,omitempty"`
	Code   string `json:"code,omitempty"` // empty where the route is the line: the reply itself shows that it works
}

// PingRoute announces a test. On a route other than the line it commits to a code,
// which the officer then reads aloud there. ENTRY-26, ENTRY-31
func (n *Node) PingRoute(ctx context.Context, r PingRequest) (PingResponse, error) {
	l, m, err := n.outbound(ctx, SendRequest{Agreement: r.Agreement, From: r.From, To: []string{r.To}, Exercise: r.Exercise, Nonce: r.Nonce}, parley.KindCheck)
	if err != nil {
		return PingResponse{}, err
	}
	if !slices.Contains(agreement.Routes(), r.Route) {
		return PingResponse{}, parley.E(parley.Invalid, "route %.40q: want one of %s", r.Route, strings.Join(agreement.Routes(), ", "))
	}
	a, err := l.text()
	if err != nil {
		return PingResponse{}, err
	}
	if m.To[0].Party() == l.us {
		return PingResponse{}, parley.E(parley.Invalid, "%s is a body of ours: the line to it is no route", m.To[0])
	}
	series, err := seriesOf(a, r.Series, r.Route, m.To[0])
	if err != nil {
		return PingResponse{}, err
	}
	out := PingResponse{}
	ping := &seal.Check{Step: seal.CheckPing, Route: r.Route, Note: r.Note}
	if m.Nonce.IsZero() {
		m.Nonce = newNonce()
	}
	if r.Route != agreement.RouteLine {
		if out.Code, err = n.checkCode(m.Nonce); err != nil {
			return out, err
		}
		ping.Commit = seal.CheckCommit(out.Code).String()
	}
	if series != nil {
		ping.Series, m.Clock, out.Series = series.ID, series.Clock, series.ID
		if c, ok := a.Clock(series.Clock); ok && c.Starts == "sent" {
			if due, ok, err := a.Due(c.ID, n.now(), l.us, m.To[0].Party()); err == nil && ok {
				m.Due = due.UTC().Truncate(time.Second).Format(time.RFC3339)
			}
		}
	}
	m.Step, m.Content, m.Precedence = seal.CheckPing, ping, parley.Routine
	reminders := l.reminders(ctx, ping.Series, m.To[0])
	if out.Held, err = l.send(ctx, m); err != nil || n.alerts == nil {
		return out, err
	}
	for _, key := range reminders {
		if err := n.alerts.Quiet(ctx, key); err != nil {
			return out, err
		}
	}
	return out, nil
}

// seriesOf finds the agreement's check; nil where it is one by hand.
func seriesOf(a *agreement.Agreement, id, route string, to parley.Body) (*agreement.Check, error) {
	for i := range a.Promises.Checks {
		c := &a.Promises.Checks[i]
		switch {
		case id == c.ID && c.Route != route:
			return nil, parley.E(parley.Invalid, "the check %s of the agreement tests the route %s", id, c.Route)
		case id == c.ID && !covers(a, c, to):
			return nil, parley.E(parley.Invalid, "the check %s of the agreement is not for %s", id, to)
		case id == c.ID || id == "" && c.Route == route && covers(a, c, to):
			return c, nil
		}
	}
	if id != "" {
		return nil, parley.E(parley.Invalid, "the agreement has no check %.70q", id).WithHint("`parley check route due` lists them; without a series it is one by hand")
	}
	return nil, nil
}

// covers says whether a series tests a body: it names one of its roles, or none.
func covers(a *agreement.Agreement, c *agreement.Check, b parley.Body) bool {
	body, ok := a.Body(b)
	for _, role := range c.Roles {
		if ok && body.HasRole(role) {
			return true
		}
	}
	return ok && len(c.Roles) == 0
}

// checkCode is the code of a ping of ours, by its nonce: it need not be stored.
func (n *Node) checkCode(nonce parley.Nonce) (string, error) {
	vault, err := n.home.Vault()
	if err != nil {
		return "", err
	}
	return callwords.Secret(vault).Code(nonce.String()), nil
}

// RouteReply says what came of a test: of the tested body, or of whoever tried.
type RouteReply struct {
	Ping   string `json:"ping"`           // the message
	From   string `json:"from,omitempty"` // a body of ours that the ping names; empty: the first of them
	Result string `json:"result"`         // reached or failed; empty: reached
	Code   string `json:"code,omitempty"` // what was heard
	Role   string `json:"role,omitempty"` // who was there: a role, never a name
	At     string `json:"at,omitempty"`   // RFC 3339, UTC; empty: now
	Note   string `json:"note,omitempty"`
	Nonce  string `json:"nonce,omitempty"`
}

// ReplyRoute answers a ping: a person does that. Forbidden for a body that the ping
// does not name, Conflict where the body has replied. A reply after the clock has
// run out is a reply all the same, and shown as late.
func (n *Node) ReplyRoute(ctx context.Context, r RouteReply) (Held, error) {
	l, ping, m, err := n.followCheck(ctx, r)
	if err != nil {
		return Held{}, err
	}
	switch {
	case ping.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s is a test of ours: the other side replies", ping.Short).WithHint("`parley check route tried` says what became of our own attempt")
	case m.From == "":
		m.From = l.bodyAmong(ping.To)
	}
	if m.From == "" || !named(ping.To, m.From) {
		return Held{}, parley.E(parley.Forbidden, "%s tests %s: another body cannot reply", ping.Short, joined(ping.To))
	}
	tests, err := n.testsOf(ctx, ping.ref)
	if err != nil {
		return Held{}, err
	}
	for _, t := range tests {
		if t.Body == m.From && t.Result != register.CheckOpen && t.Reply.Origin.Party() == l.us {
			return Held{}, parley.E(parley.Conflict, "%s has replied already, by %s: the first reply counts", m.From, n.Name(t.Reply))
		}
	}
	code := r.Code
	if said, ok := callwords.Normal(code); ok {
		code = said
	}
	m.Step = seal.CheckReply
	m.Content = &seal.Check{Step: m.Step, Route: routeOf(ping), Result: r.Result, Code: code, Role: r.Role, At: r.At, Note: r.Note}
	m.To = []parley.Body{ping.From}
	h, err := l.send(ctx, m)
	if err == nil && n.alerts != nil {
		err = n.alerts.Quiet(ctx, ping.ID)
	}
	return h, err
}

// TriedRoute puts on record what became of our own attempt: the telephone just rang.
func (n *Node) TriedRoute(ctx context.Context, r RouteReply) (Held, error) {
	l, ping, m, err := n.followCheck(ctx, r)
	if err != nil {
		return Held{}, err
	}
	if !ping.Ours {
		return Held{}, parley.E(parley.Forbidden, "%s is a test by %s: what became of it at our side is a reply", ping.Short, ping.From)
	}
	if r.Code != "" || r.Role != "" {
		return Held{}, parley.E(parley.Invalid, "code and role belong to the reply of the other side")
	}
	if r.Result == "" {
		r.Result = seal.CheckReached
	}
	m.Step, m.From, m.To = seal.CheckTried, ping.From, ping.To
	m.Content = &seal.Check{Step: m.Step, Route: routeOf(ping), Result: r.Result, At: r.At, Note: r.Note}
	return l.send(ctx, m)
}

// followCheck finds the ping that is spoken of.
func (n *Node) followCheck(ctx context.Context, r RouteReply) (*Line, Message, Outbound, error) {
	ping, err := n.Message(ctx, r.Ping)
	if err != nil {
		return nil, ping, Outbound{}, err
	}
	if ping.Kind != parley.KindCheck || ping.Step != seal.CheckPing {
		return nil, ping, Outbound{}, parley.E(parley.Invalid, "%s tests no route: it is a %s", ping.Short, kindWord(ping))
	}
	if err := n.past(r.At, ping.Time); err != nil {
		return nil, ping, Outbound{}, err
	}
	l, m, err := n.outbound(ctx, SendRequest{From: r.From, Answers: ping.ID.String(), Nonce: r.Nonce}, parley.KindCheck)
	m.Precedence = parley.Routine
	if r.From == "" {
		m.From = ""
	}
	return l, ping, m, err
}

// past is Invalid for an instant that has not come, or that lies before another.
func (n *Node) past(at string, before time.Time) error {
	if at == "" {
		return nil
	}
	t, err := time.Parse(time.RFC3339, at)
	switch {
	case err != nil || t.Format("2006-01-02T15:04:05Z") != at:
		return parley.E(parley.Invalid, "time %.40q: want an instant in UTC such as 2027-01-31T09:00:00Z", at)
	case t.After(n.now().Add(clockSlack)):
		return parley.E(parley.Invalid, "%s has not come yet, by our clock", at)
	case t.Before(before.Add(-clockSlack)):
		return parley.E(parley.Invalid, "%s is before %s, when it was announced", at, before.UTC().Format(time.RFC3339))
	}
	return nil
}

// clockSlack is how far two honest clocks, and a hand that writes down minutes, are apart.
const clockSlack = 2 * time.Minute

func named(list []parley.Body, b parley.Body) bool {
	for _, x := range list {
		if x == b {
			return true
		}
	}
	return false
}

func routeOf(ping Message) string {
	c, _ := seal.ParseContent(ping.Kind, 1, ping.Content)
	if check, ok := c.(*seal.Check); ok {
		return check.Route
	}
	return agreement.RouteLine
}

func kindWord(m Message) string {
	if m.Step == "" {
		return string(m.Kind)
	}
	return string(m.Kind) + "." + m.Step
}

// newNonce is 16 octets of randomness.
func newNonce() (n parley.Nonce) {
	rand.Read(n[:])
	return n
}
