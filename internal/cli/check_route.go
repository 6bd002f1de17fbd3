package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// routeCmd tests routes: a person announces, a person replies.
type routeCmd struct {
	Due     routeDue     `cmd:"" help:"List the checks that the agreements promise: overdue ones first."`
	Ping    routePing    `cmd:"" help:"Announce a test to a body; on a route other than the line it prints a code to read aloud there."`
	List    routeList    `cmd:"" help:"List the tests that wait: first those that wait for a reply of ours."`
	Reply   routeReply   `cmd:"" help:"Reply to a test: a person does that."`
	Tried   routeTried   `cmd:"" help:"Put on record what became of our own attempt: it just rang."`
	History routeHistory `cmd:"" help:"List tests and what came of each, the newest first."`
}

// checkTable has the calls behind them.
func (h *house) checkTable() ctl.Table {
	n := h.node
	return ctl.Table{
		"check.route.ping":    ctl.Handle(n.PingRoute),
		"check.route.reply":   ctl.Handle(n.ReplyRoute),
		"check.route.tried":   ctl.Handle(n.TriedRoute),
		"check.route.history": ctl.Handle(n.RouteHistory),
		"check.route.list":    ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.RouteTest, error) { return n.OpenTests(ctx) }),
		"check.route.due":     ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.DueCheck, error) { return n.DueChecks(ctx) }),
	}
}

type routePing struct {
	To        string `arg:"" help:"The body to test, such as borea.example/cert."`
	Route     string `default:"line" placeholder:"WORD" help:"line, telephone, e-mail, fax, pouch, radio, in-person."`
	Series    string `placeholder:"ID" help:"The check of the agreement; default: the one that has this route and covers the body, if any."`
	Note      string `short:"m" placeholder:"TEXT" help:"What its officer should know."`
	From      string `placeholder:"BODY" help:"The body of ours that tests; default: the first."`
	Agreement string `placeholder:"ID" help:"The agreement, where more than one names the body."`
	Exercise  bool   `help:"Mark it as an exercise."`
	Nonce     string `placeholder:"HEX" help:"32 hex digits; the same again is the same test."`
}

func (r *routePing) Run(c *Context) error {
	if _, err := parley.ParseBody(r.To); err != nil {
		return usage(err)
	}
	var out node.PingResponse
	if err := c.Call("check.route.ping", node.PingRequest{Agreement: r.Agreement, From: r.From, To: r.To, Route: r.Route, Series: r.Series, Note: r.Note,
		Exercise: r.Exercise, Nonce: r.Nonce}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s\n", out.Nonce, out.State)
		if out.Code != "" {
			fmt.Fprintf(w, "on the %s, say: %s\n", printable(r.Route), out.Code)
		}
	})
}

// routeWord is what a reply and a record of an attempt share.
type routeWord struct {
	Ping  string `arg:"" help:"The test, such as aster/118."`
	At    string `placeholder:"TIME" help:"When it happened, such as 2027-01-31T09:00:00Z; default: now."`
	Note  string `short:"m" placeholder:"TEXT" help:"What was found."`
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same message."`
}

type routeReply struct {
	routeWord
	Failed bool   `help:"It did not get through."`
	Code   string `placeholder:"WORDS" help:"The code that was heard."`
	Role   string `placeholder:"WORD" help:"Who was there: a role such as duty-officer, never a name."`
	From   string `placeholder:"BODY" help:"The body of ours that was tested; default: the one that the test names."`
}

func (r *routeReply) Run(c *Context) error {
	return r.say(c, "check.route.reply", node.RouteReply{Result: routeResult(r.Failed), Code: r.Code, Role: r.Role, From: r.From})
}

type routeTried struct {
	routeWord
	Failed bool `help:"Nobody was reached."`
}

func (r *routeTried) Run(c *Context) error {
	return r.say(c, "check.route.tried", node.RouteReply{Result: routeResult(r.Failed)})
}

func (r *routeWord) say(c *Context, call string, in node.RouteReply) error {
	at, err := instant("--at", r.At)
	if err != nil {
		return err
	}
	in.Ping, in.Note, in.Nonce = r.Ping, r.Note, r.Nonce
	if !at.IsZero() {
		in.At = at.Format(form.TimeLayout)
	}
	var held node.Held
	if err := c.Call(call, in, &held); err != nil {
		return err
	}
	return c.held(held)
}

func routeResult(failed bool) string {
	if failed {
		return "failed"
	}
	return "reached"
}

type routeList struct{}

func (routeList) Run(c *Context) error {
	list := []node.RouteTest{}
	if err := c.Call("check.route.list", nil, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) { testTable(w, list) })
}

type routeHistory struct {
	Body  string `arg:"" optional:"" help:"A counterpart's body; default: all."`
	Route string `placeholder:"WORD" help:"This route of the body only."`
	Limit int    `short:"n" default:"50" placeholder:"ROWS" help:"At most so many, up to 200."`
	After string `placeholder:"MARK" help:"Go on after the page that ended with this mark (a hint names it)."`
}

func (r *routeHistory) Run(c *Context) error {
	var page node.RouteHistory
	if err := c.Call("check.route.history", node.RouteHistoryRequest{Body: r.Body, Route: r.Route, Limit: r.Limit, After: r.After}, &page); err != nil {
		return err
	}
	c.more(page.Next)
	return c.Data(page.Tests, func(w io.Writer) { testTable(w, page.Tests) })
}

func testTable(w io.Writer, list []node.RouteTest) {
	rows := make([][]string, 0, len(list))
	for _, t := range list {
		result, who := t.Result, "they"
		if t.Late {
			result += ", late"
		}
		if t.Ours {
			who = "we"
		}
		if t.Code != "" {
			result += "; say: " + t.Code
		}
		took := "-"
		if t.Reply != "" {
			took = t.Took.Round(time.Second).String()
		}
		rows = append(rows, []string{t.Ping, who, string(t.Body), t.Route, stamp(t.Sent), result, orDash(t.Role), took, stamp(t.Due)})
	}
	columns(w, []string{"TEST", "BY", "OF", "ROUTE", "SENT (UTC)", "RESULT", "ROLE", "TOOK", "DUE"}, rows)
}

type routeDue struct{}

func (routeDue) Run(c *Context) error {
	list := []node.DueCheck{}
	if err := c.Call("check.route.due", nil, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		rows := make([][]string, 0, len(list))
		for _, d := range list {
			last := "never"
			if d.Last != nil {
				last = strings.Split(stamp(d.Last.Sent), " ")[0] + " " + d.Last.Result
			}
			rows = append(rows, []string{d.State, d.Series, d.Route, string(d.Body), d.Every, stamp(d.Next), last})
		}
		columns(w, []string{"STATE", "CHECK", "ROUTE", "BODY", "EVERY", "NEXT BY (UTC)", "LAST"}, rows)
	})
}
