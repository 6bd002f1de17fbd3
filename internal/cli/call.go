package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// callCmd is about telephone calls.
type callCmd struct {
	Record  callRecord `cmd:"" help:"Put a call on record; the other side confirms it, or says that it was not so."`
	Confirm callAnswer `cmd:"" help:"Confirm a call that the other side has put on record. This agrees to nothing that was said."`
	Deny    callAnswer `cmd:"" help:"Say that there was no such call, or another one."`
	List    callList   `cmd:"" help:"List calls on record, and how each stands."`
	Show    callShow   `cmd:"" help:"Show a call, and what was said to it."`
	Words   callWords  `cmd:"" help:"Show or use the words that tell whose voice it is."`
}

// forms adds the flags of the forms.
func (c *callCmd) forms() {
	c.Record.setForm(parley.KindCall, parley.CallRecord)
	c.Confirm.setForm(parley.KindCall, parley.CallConfirm)
	c.Deny.setForm(parley.KindCall, parley.CallDeny)
}

// callTable has the calls behind them.
func (h *house) callTable(lists *node.Lists) ctl.Table {
	n, calls := h.node, lists.Calls()
	return ctl.Table{
		"call.record":      ctl.Handle(n.RecordCall),
		"call.confirm":     ctl.Handle(n.ConfirmCall),
		"call.deny":        ctl.Handle(n.DenyCall),
		"call.list":        ctl.Handle(calls.List),
		"call.show":        ctl.Handle(func(ctx context.Context, in named) (node.Call, error) { return calls.Show(ctx, in.Name) }),
		"call.words":       ctl.Handle(n.CallWordsOf),
		"call.words.new":   ctl.Handle(n.NewCallWords),
		"call.words.say":   ctl.Handle(n.SayCallWords),
		"call.words.heard": ctl.Handle(n.HearCallWords),
	}
}

type callRecord struct {
	To []string `arg:"" help:"The bodies of the other side that were called, or that called, such as borea.example/cert."`
	formFlags
}

func (r *callRecord) Run(c *Context) error {
	in, err := r.request(c, r.To)
	if err != nil {
		return err
	}
	return r.send(c, "call.record", in)
}

type callAnswer struct {
	ID string `arg:"" help:"The call's record."`
	formFlags
}

func (a *callAnswer) Run(c *Context) error {
	in, err := a.request(c, nil)
	if err != nil {
		return err
	}
	in.Answers = a.ID
	return a.send(c, "call."+a.form.Step, in)
}

type callList struct {
	Limit int    `short:"n" default:"50" placeholder:"ROWS" help:"At most so many, the newest, up to 200."`
	After string `placeholder:"MARK" help:"Go on after the page that ended with this mark (a hint names it)."`
}

func (l *callList) Run(c *Context) error {
	var list node.CallList
	if err := c.Call("call.list", node.ListRequest{Limit: l.Limit, After: l.After}, &list); err != nil {
		return err
	}
	c.more(list.Next)
	return c.Data(list.Calls, func(w io.Writer) {
		rows := make([][]string, 0, len(list.Calls))
		for i := range list.Calls {
			x := &list.Calls[i]
			rows = append(rows, []string{x.Short, callStands(x), x.Call.At, x.Call.Direction, string(x.From), bodies(x.To), x.Call.Route, x.Call.Result,
				orDash(x.Call.Role), orDash(x.Call.Words)})
		}
		columns(w, []string{"CALL", "STANDS", "AT (UTC)", "DIRECTION", "BY", "WITH", "ROUTE", "RESULT", "ROLE", "WORDS"}, rows)
	})
}

func callStands(x *node.Call) string {
	s := x.Stands
	if x.Impossible {
		s += ", impossible time"
	}
	if x.Waits {
		s += ", waits"
	}
	return s
}

type callShow struct {
	ID string `arg:"" help:"The call's record."`
}

func (s *callShow) Run(c *Context) error {
	var x node.Call
	if err := c.Call("call.show", named{s.ID}, &x); err != nil {
		return err
	}
	return c.Data(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s, %s\n", x.Short, callStands(&x), x.State)
		fmt.Fprintf(w, "  put on record by %s for %s\n", x.From, bodies(x.To))
		for _, line := range [][2]string{{"at", x.Call.At}, {"direction", x.Call.Direction}, {"route", x.Call.Route}, {"result", x.Call.Result},
			{"role", x.Call.Role}, {"words", x.Call.Words}} {
			if line[1] != "" {
				fmt.Fprintf(w, "  %s: %s\n", line[0], line[1])
			}
		}
		if x.Call.Minutes > 0 {
			fmt.Fprintf(w, "  minutes: %d\n", x.Call.Minutes)
		}
		if x.Call.Note != nil {
			fmt.Fprintf(w, "  note (%s): %s\n", x.Call.Note.Language, printableText(x.Call.Note.Text))
		}
		for _, a := range x.Answers {
			said := []string{a.Says, "by", string(a.From), "in", a.Ref, "at", stamp(a.Said)}
			for _, more := range []string{a.Role, a.Reason, a.Note} {
				if more != "" {
					said = append(said, "("+printable(more)+")")
				}
			}
			fmt.Fprintf(w, "  %s\n", strings.Join(said, " "))
		}
	})
}

// callWords shows the next slots, and takes one where it is used.
type callWords struct {
	Body      string `arg:"" help:"The body of the other side, such as borea.example/cert."`
	New       bool   `xor:"act" help:"Make a secret and send it to them, sealed."`
	Say       bool   `xor:"act" help:"Take the next slot for a call of ours: what to say, and what they must answer."`
	Heard     string `xor:"act" placeholder:"WORDS" help:"What the caller has said: three words or eight digits. Exit 3 where the voice is not theirs."`
	Until     string `placeholder:"TIME" help:"With --new: until when it is good; default: 180 days."`
	From      string `placeholder:"BODY" help:"The body of ours; default: the first."`
	Agreement string `placeholder:"ID" help:"The agreement, where more than one names the body."`
}

func (x *callWords) Run(c *Context) error {
	if _, err := parley.ParseBody(x.Body); err != nil {
		return usage(err)
	}
	in := node.WordsRequest{Agreement: x.Agreement, Ours: x.From, Theirs: x.Body, Until: x.Until, Heard: x.Heard}
	switch {
	case x.New:
		var held node.Held
		if err := c.Call("call.words.new", in, &held); err != nil {
			return err
		}
		return c.held(held)
	case x.Say:
		return x.exchange(c, "call.words.say", in, "we say", "they answer")
	case x.Heard != "":
		return x.exchange(c, "call.words.heard", in, "they said", "we answer")
	}
	var out node.CallWords
	if err := c.Call("call.words", in, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		rows := [][]string{}
		for _, s := range out.Secrets {
			state := "good"
			if !s.Usable {
				state = s.Why
			}
			rows = append(rows, []string{s.Ref, string(s.By), stamp(s.Made), stamp(s.Until), state})
		}
		columns(w, []string{"SECRET", "BY", "MADE (UTC)", "UNTIL", "STATE"}, rows)
		if out.Calling != nil {
			fmt.Fprintln(w, "\nwhere we call (--say takes it):")
			exchangeText(w, *out.Calling, "we say", "they answer")
		}
		if out.Called != nil {
			fmt.Fprintln(w, "\nwhere they call (--heard takes it):")
			exchangeText(w, *out.Called, "they say", "we answer")
		}
	})
}

func (x *callWords) exchange(c *Context, call string, in node.WordsRequest, caller, called string) error {
	var e callwords.Exchange
	if err := c.Call(call, in, &e); err != nil {
		return err
	}
	return c.Data(e, func(w io.Writer) { exchangeText(w, e, caller, called) })
}

func exchangeText(w io.Writer, e callwords.Exchange, caller, called string) {
	fmt.Fprintf(w, "%s: %s   (%s)\n%s: %s   (%s)\n", caller, e.Caller, e.Caller.Spoken(), called, e.Called, e.Called.Spoken())
}
