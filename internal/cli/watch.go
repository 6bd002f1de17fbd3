package cli

import (
	"fmt"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
)

// watchCmd is about who has the desk.
type watchCmd struct {
	Take     watchTake     `cmd:"" help:"Take the watch, or prolong one's own."`
	HandOver watchHandOver `cmd:"" name:"hand-over" help:"Hand the watch over to another officer."`
	End      watchEnd      `cmd:"" help:"End a watch; nobody follows."`
	Attended watchAttended `cmd:"" help:"Tell the other desk until when ours is attended, or that it no longer is; without either, show what each desk has said."`
	Status   watchStatus   `cmd:"" help:"Show who has the watch."`
}

// ofBody narrows a command to one body.
type ofBody struct {
	Body string `short:"b" placeholder:"BODY" help:"For this body only; default: every one that fits."`
}

type watchTake struct {
	Officer string        `arg:"" help:"The officer who takes it."`
	For     time.Duration `default:"8h" placeholder:"TIME" help:"How long, up to 24h."`
	Reason  string        `short:"m" placeholder:"TEXT" help:"Why it is taken over from another; needs the role override, and stays on record."`
	ofBody
}

func (t *watchTake) Run(c *Context) error {
	return watchAct(c, "watch.take", officer.TakeRequest{Officer: t.Officer, Body: parley.Body(t.Body), For: t.For, Reason: t.Reason})
}

type watchHandOver struct {
	Officer string        `arg:"" help:"The officer who has it."`
	To      string        `arg:"" help:"The officer who gets it."`
	For     time.Duration `default:"8h" placeholder:"TIME" help:"How long, up to 24h."`
	Note    string        `short:"m" placeholder:"TEXT" help:"What the next should know; stays on this node."`
	ofBody
}

func (t *watchHandOver) Run(c *Context) error {
	return watchAct(c, "watch.hand-over", officer.HandOverRequest{Officer: t.Officer, To: t.To, Body: parley.Body(t.Body), For: t.For, Note: t.Note})
}

type watchEnd struct {
	Officer string `arg:"" help:"The officer who has it."`
	Note    string `short:"m" placeholder:"TEXT" help:"A note; stays on this node."`
	ofBody
}

func (t *watchEnd) Run(c *Context) error {
	return watchAct(c, "watch.end", officer.EndRequest{Officer: t.Officer, Body: parley.Body(t.Body), Note: t.Note})
}

type watchStatus struct {
	History int `short:"n" placeholder:"ROWS" help:"Show so many past turns too."`
}

func (t *watchStatus) Run(c *Context) error {
	return watchAct(c, "watch.status", officer.StatusRequest{History: t.History, Open: true})
}

// watchAct calls and shows who has the watch then.
func watchAct(c *Context, call string, in any) error {
	var out officer.WatchResponse
	if err := c.Call(call, in, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		if len(out.Turns) == 0 {
			fmt.Fprintln(w, "nobody has the watch")
		} else {
			turnTable(w, out.Turns)
		}
		if len(out.Open) > 0 {
			fmt.Fprintln(w)
			matterTable(w, out.Open)
		}
		if len(out.History) > 0 {
			fmt.Fprintln(w)
			turnTable(w, out.History)
		}
	})
}

func turnTable(w io.Writer, turns []officer.Turn) {
	rows := make([][]string, 0, len(turns))
	for _, t := range turns {
		how := t.How
		switch {
		case how == "" && t.Attended(time.Now()):
			how = "has the watch"
		case how == "":
			how = "its time has run out"
		case t.Next != "":
			how += " to " + t.Next
		}
		if t.How == officer.EndedTakenOver {
			how = t.How + " by " + t.Next
		}
		if t.How == officer.EndedLapsed {
			how = t.How
		}
		if len(t.Matters) > 0 {
			how += fmt.Sprintf(" (%d open)", len(t.Matters))
		}
		if t.Note != "" {
			how += ": " + t.Note
		}
		rows = append(rows, []string{string(t.Body), t.Officer, stamp(t.Taken), stamp(t.Until), stamp(t.Ended), how})
	}
	columns(w, []string{"BODY", "OFFICER", "TAKEN (UTC)", "UNTIL", "ENDED", "STATE"}, rows)
}
