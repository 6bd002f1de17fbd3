package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// attendTable has the calls about what desks say of their watch.
func (h *house) attendTable() ctl.Table {
	n := h.node
	return ctl.Table{
		"watch.attended":       ctl.Handle(n.Attend),
		"watch.attended.ended": ctl.Handle(n.EndAttended),
		"watch.attended.list":  ctl.Handle(func(ctx context.Context, _ ctl.None) ([]node.Attendance, error) { return n.Attendance(ctx) }),
	}
}

// watchAttended is the voluntary statement to the other desk. CALL-7
type watchAttended struct {
	Until     string   `placeholder:"TIME" xor:"what" help:"Until when people sit at our desk, such as 2027-01-31T18:00:00Z or 8h."`
	Ended     bool     `xor:"what" help:"They no longer do."`
	To        []string `placeholder:"BODY" help:"To this body; may be given again. Default: every body of the other parties."`
	From      string   `placeholder:"BODY" help:"The body of ours; default: the first."`
	Role      string   `placeholder:"WORD" help:"Who sits there: a role such as duty-officer, never a name."`
	Note      string   `short:"m" placeholder:"TEXT" help:"What the other desk should know."`
	Agreement string   `placeholder:"ID" help:"The agreement, where there is more than one."`
	Nonce     string   `placeholder:"HEX" help:"32 hex digits; the same again is the same statement."`
}

func (a *watchAttended) Run(c *Context) error {
	for _, b := range a.To {
		if _, err := parley.ParseBody(b); err != nil {
			return usage(err)
		}
	}
	in := node.AttendRequest{Agreement: a.Agreement, From: a.From, To: a.To, Until: a.Until, Role: a.Role, Note: a.Note, Nonce: a.Nonce}
	if length, err := time.ParseDuration(a.Until); err == nil {
		in.Until = time.Now().Add(length).UTC().Truncate(time.Second).Format(time.RFC3339)
	} else if _, err := instant("--until", a.Until); err != nil {
		return err
	}
	call := "watch.attended"
	switch {
	case a.Ended:
		call = "watch.attended.ended"
	case a.Until == "":
		return a.list(c)
	}
	var held node.Held
	if err := c.Call(call, in, &held); err != nil {
		return err
	}
	return c.held(held)
}

func (a *watchAttended) list(c *Context) error {
	if a.Role != "" || a.Note != "" || len(a.To) > 0 {
		return usage(parley.E(parley.Invalid, "want --until or --ended"))
	}
	list := []node.Attendance{}
	if err := c.Call("watch.attended.list", nil, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		if len(list) == 0 {
			fmt.Fprintln(w, "no desk has said anything of its watch; nothing follows from that")
			return
		}
		rows := make([][]string, 0, len(list))
		for _, x := range list {
			state := "its time is over"
			switch {
			case x.Attended:
				state = "attended"
			case !x.Ended.IsZero():
				state = "ended"
			}
			rows = append(rows, []string{string(x.Body), state, stamp(x.Until), orDash(x.Role), stamp(x.Said), x.Ref, x.Note})
		}
		columns(w, []string{"DESK", "STATE", "UNTIL (UTC)", "ROLE", "SAID", "MESSAGE", "NOTE"}, rows)
	})
}

// matterTable lists what is open for whoever takes the watch.
func matterTable(w io.Writer, list []officer.Matter) {
	rows := make([][]string, 0, len(list))
	for _, m := range list {
		what := strings.TrimSpace(m.What + " " + string(m.Kind))
		rows = append(rows, []string{what, m.Name, orDash(string(m.Precedence)), string(m.Body), orDash(string(m.With)), stamp(m.Since), stamp(m.Due)})
	}
	columns(w, []string{"OPEN", "NAME", "PRECEDENCE", "FOR", "WITH", "SINCE (UTC)", "DUE"}, rows)
}
