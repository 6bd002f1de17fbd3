package cli

import (
	"context"
	"fmt"
	"io"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// requestCmd asks, and shows what was asked and what became of it.
type requestCmd struct {
	Information         requestAsk      `cmd:"" help:"Ask what the other side knows."`
	Assistance          requestAsk      `cmd:"" help:"Ask for help with an incident."`
	Mitigation          requestAsk      `cmd:"" help:"Ask to stop activity that comes from the other side's networks. It does not say that they are responsible for it."`
	Preservation        requestAsk      `cmd:"" help:"Ask to keep data from being changed or deleted until a formal request follows."`
	EmergencyDisclosure requestAsk      `cmd:"" help:"Ask for data at once, since a life or safety is in danger."`
	List                requestList     `cmd:"" help:"List requests with where each stands at each party: those asked of us first, then those asked by us."`
	Show                requestShow     `cmd:"" help:"Show a request, what it says in your language, its clock, and all that was said to it."`
	Withdraw            requestWithdraw `cmd:"" help:"Take back a request of ours: it needs no answer any more."`
}

// forms adds the flags of the forms.
func (r *requestCmd) forms() {
	r.Information.setForm(parley.KindRequest, parley.RequestInformation)
	r.Assistance.setForm(parley.KindRequest, parley.RequestAssistance)
	r.Mitigation.setForm(parley.KindRequest, parley.RequestMitigation)
	r.Preservation.setForm(parley.KindRequest, parley.RequestPreservation)
	r.EmergencyDisclosure.setForm(parley.KindRequest, parley.RequestEmergency)
	r.Withdraw.setForm(parley.KindWithdraw, "")
}

type requestAsk struct {
	To      []string `arg:"" help:"The bodies that are asked, such as borea.example/cert."`
	Answers string   `placeholder:"ID" help:"A message of the matter that the request belongs to; it joins that thread."`
	formFlags
}

func (r *requestAsk) Run(c *Context) error {
	ask, err := r.request(c, r.To)
	if err != nil {
		return err
	}
	ask.Answers = r.Answers
	return r.send(c, "request.ask", ask)
}

type requestWithdraw struct {
	ID string `arg:"" help:"The request."`
	formFlags
}

func (r *requestWithdraw) Run(c *Context) error {
	ask, err := r.request(c, nil)
	if err != nil {
		return err
	}
	ask.Answers = r.ID
	return r.send(c, "request.withdraw", ask)
}

type requestList struct {
	Mine    bool `xor:"side" help:"Only those asked by us."`
	Theirs  bool `xor:"side" help:"Only those asked of us."`
	Open    bool `help:"Only those that somebody still has to answer."`
	Overdue bool `help:"Only those whose clock has lapsed without an answer."`
	Limit   int  `short:"n" default:"200" placeholder:"ROWS" help:"At most so many of each side, the newest; 0 is all."`
}

func (r *requestList) Run(c *Context) error {
	var theirs, mine []node.RequestRow
	err := c.node(func(n ctl.Caller) (err error) {
		if !r.Mine {
			if theirs, err = r.side(c, n, node.SideTheirs); err != nil {
				return err
			}
		}
		if !r.Theirs {
			mine, err = r.side(c, n, node.SideMine)
		}
		return err
	})
	if err != nil {
		return err
	}
	return c.Data(append(append([]node.RequestRow{}, theirs...), mine...), func(w io.Writer) {
		if !r.Mine {
			fmt.Fprintln(w, "Asked of us")
			requestRows(w, theirs)
		}
		if !r.Theirs {
			fmt.Fprintln(w, "Asked by us")
			requestRows(w, mine)
		}
	})
}

func (r *requestList) side(c *Context, n ctl.Caller, side string) ([]node.RequestRow, error) {
	rows := []node.RequestRow{}
	for after := ""; ; {
		ask := node.RequestQuery{Side: side, Open: r.Open, Overdue: r.Overdue, After: after, Limit: 200}
		if r.Limit > 0 {
			ask.Limit = min(200, r.Limit-len(rows))
		}
		var list node.RequestList
		if err := n.Call(c, "request.list", ask, &list); err != nil {
			return nil, err
		}
		rows = append(rows, list.Rows...)
		if after = list.Next; after == "" || r.Limit > 0 && len(rows) >= r.Limit {
			return rows, nil
		}
	}
}

func requestRows(w io.Writer, rows []node.RequestRow) {
	var cells [][]string
	for i := range rows {
		r := &rows[i]
		for j, a := range r.Answers {
			id, what, text := r.Short, r.Step, marks(r.Row)+r.Line
			if j > 0 {
				id, what, text = "", "", ""
			}
			text = strings.TrimPrefix(text, "["+string(parley.KindRequest)+"] ")
			cells = append(cells, []string{id, what, string(r.From), string(a.Party), a.Status, dueText(a.Running), verdictText(a.Running), text})
		}
	}
	columns(w, []string{"REQUEST", "FOR", "FROM", "ASKED", "STATUS", "DUE (UTC)", "CLOCK", "TEXT"}, cells)
}

func dueText(r *node.Running) string {
	if r == nil {
		return "-"
	}
	return stamp(r.Due)
}

// verdictText is how a clock stands, in a few words.
func verdictText(r *node.Running) string {
	switch {
	case r == nil:
		return "no clock"
	case r.Lapsed:
		return "lapsed, " + r.Age + " old"
	case r.Age != "":
		return string(r.Verdict) + ", " + r.Age + " old"
	}
	return string(r.Verdict)
}

type requestShow struct {
	ID string `arg:"" help:"The request: aster/118, its id or the beginning of it."`
}

type requestShowIn struct {
	Name      string   `json:"name"`
	Languages []string `json:"languages"`
}

func (r *requestShow) Run(c *Context) error {
	var v node.RequestView
	if err := c.Call("request.show", requestShowIn{r.ID, c.reader()}, &v); err != nil {
		return err
	}
	return c.Data(v, func(w io.Writer) { requestText(w, &v) })
}

func requestText(w io.Writer, v *node.RequestView) {
	fmt.Fprintf(w, "request %s, for %s, %s\n", v.Short, v.Step, v.Precedence)
	fmt.Fprintf(w, "from %s to %s, said %s UTC by its author's clock\n", v.From, bodies(v.To), stamp(v.Said))
	if v.Step == parley.RequestMitigation {
		fmt.Fprintln(w, "A request for mitigation does not say that the other side is responsible.")
	}
	fmt.Fprintln(w)
	fieldText(w, "", v.Fields)
	fmt.Fprintln(w)
	for _, a := range v.Answers {
		fmt.Fprintf(w, "%s: %s", a.Party, a.Status)
		if a.Ref != "" {
			fmt.Fprintf(w, " (%s by %s, %s)", a.Says, a.By, a.Ref)
		}
		if a.Backdated {
			fmt.Fprint(w, "; backdated: its time is earlier than what it answers")
		}
		fmt.Fprintln(w)
		if a.Running != nil {
			fmt.Fprintf(w, "  clock %s: %s, due %s UTC\n", firstWord(v.Title, v.Clock), verdictText(a.Running), stamp(a.Running.Due))
			for _, z := range a.Running.Zones {
				fmt.Fprintf(w, "    %s at %s\n", z.Local, z.Party)
			}
		}
		for _, x := range a.Aside {
			fmt.Fprintf(w, "  %s by %s (%s) does not count: %s\n", x.Says, x.By, x.Ref, x.Because)
		}
	}
	if v.Disputed != "" {
		fmt.Fprintf(w, "the clock is disputed: the agreement names %s\n", v.Disputed)
	}
	for i := range v.Thread {
		t := &v.Thread[i]
		fmt.Fprintf(w, "\n%s %s %s by %s\n", stamp(t.Said), t.Short, strings.TrimSuffix(string(t.Kind)+"."+t.Step, "."), t.From)
		if t.Step == parley.ResponseAcknowledge {
			fmt.Fprintln(w, "  An acknowledgement says that the message was read. It admits nothing that the message says.")
		}
		if t.Because != "" {
			fmt.Fprintf(w, "  does not count: %s\n", t.Because)
		}
		fieldText(w, "  ", t.Fields)
		if t.Text != "" && len(t.Fields) == 0 { // a form has said it above
			fmt.Fprintf(w, "  %s\n", printableText(t.Text))
		}
	}
	if len(v.Next) > 0 {
		fmt.Fprintf(w, "\nnext: %s\n", strings.Join(v.Next, ", "))
	}
}

// requestTable is the calls about requests.
func (h *house) requestTable() ctl.Table {
	s := node.NewRequests(h.node, h.register)
	return ctl.Table{
		"request.ask":      ctl.Handle(s.Ask),
		"request.respond":  ctl.Handle(s.Respond),
		"request.withdraw": ctl.Handle(s.Withdraw),
		"request.list":     ctl.Handle(s.List),
		"request.show": ctl.Handle(func(ctx context.Context, in requestShowIn) (node.RequestView, error) {
			return s.Show(ctx, in.Name, in.Languages...)
		}),
	}
}
