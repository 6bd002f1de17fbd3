package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"parley.example/parley/internal/node"
)

type lineAlarms struct {
	All bool `help:"Also those that are over: when and how each ended."`
}

// Run lists alarms, those that stand first.
func (v lineAlarms) Run(c *Context) error {
	list := []node.Alarm{}
	if err := c.Call("alarm.list", alarmIn(v), &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no alarm stands")
		}
		for i := range list {
			alarmText(w, &list[i])
		}
	})
}

// alarmText is one alarm: a heading, then each part of its text on a line.
func alarmText(w io.Writer, a *node.Alarm) {
	times := ""
	if a.Times > 1 {
		times = fmt.Sprintf(", %d times, last %s", a.Times, stamp(a.Last))
	}
	fmt.Fprintf(w, "%s %s since %s UTC%s\n", a.Kind, printable(a.Subject), stamp(a.First), times)
	for _, part := range strings.Split(a.Text, "; ") {
		fmt.Fprintf(w, "  %s\n", printable(part))
	}
	if a.Evidence != "" {
		fmt.Fprintf(w, "  evidence: %s\n", a.Evidence)
	}
	if a.Cleared.IsZero() {
		return
	}
	by, why := "", a.Why
	if a.By != "" {
		by = " by " + a.By
	}
	if why != "" {
		why = ": " + why
	}
	fmt.Fprintf(w, "  over since %s UTC%s%s\n", stamp(a.Cleared), printable(by), printable(why))
}

type lineSettle struct {
	Kind    string `arg:"" help:"The kind of the alarm, such as fork."`
	Subject string `arg:"" optional:"" help:"What it is about, where more than one of the kind stands."`
	Officer string `required:"" placeholder:"NAME" help:"Who decides; needs the role override."`
	Why     string `required:"" placeholder:"TEXT" help:"Why it is over, in a sentence."`
}

// Run ends one alarm.
func (v lineSettle) Run(c *Context) error {
	var a node.Alarm
	if err := c.Call("alarm.settle", node.SettleRequest{Kind: v.Kind, Subject: v.Subject, Officer: v.Officer, Why: v.Why}, &a); err != nil {
		return err
	}
	return c.Data(a, func(w io.Writer) { alarmText(w, &a) })
}

// settle checks that the officer may decide, and keeps the act.
func (h *house) settle(ctx context.Context, in node.SettleRequest) (node.Alarm, error) {
	if err := h.mayOverride(ctx, in.Officer); err != nil {
		return node.Alarm{}, err
	}
	who, err := h.officers.Find(ctx, in.Officer)
	if err != nil {
		return node.Alarm{}, err
	}
	if err := h.officers.Record(ctx, who, "settle", in.Kind+" "+in.Subject); err != nil {
		return node.Alarm{}, err
	}
	in.Officer = who.Name
	return h.node.Settle(ctx, in)
}
