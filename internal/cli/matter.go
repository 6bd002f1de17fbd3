package cli

import (
	"context"
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// opening is a command that opens a matter.
type opening struct {
	To []string `arg:"" help:"The bodies addressed, such as borea.example/cert."`
	formFlags
}

func (o *opening) Run(c *Context) error {
	r, err := o.request(c, o.To)
	if err != nil {
		return err
	}
	return o.send(c, string(r.Kind)+".send", r)
}

// goingOn is a command that takes the next step of a matter.
type goingOn struct {
	ID string `arg:"" help:"The matter: any message of its thread, such as aster/118."`
	formFlags
}

func (g *goingOn) Run(c *Context) error {
	r, err := g.request(c, nil)
	if err != nil {
		return err
	}
	r.Answers = g.ID
	return g.send(c, string(r.Kind)+".send", r)
}

// either opens a matter where bodies are named, and goes on with one under --answers.
type either struct {
	To      []string `arg:"" optional:"" help:"The bodies addressed; with --answers, default: those of the stage before."`
	Answers string   `placeholder:"ID" help:"The matter that it goes on with: any message of its thread."`
	formFlags
}

func (e *either) Run(c *Context) error {
	if len(e.To) == 0 && e.Answers == "" {
		return usage(parley.E(parley.Invalid, "no addressee: want a body such as borea.example/cert, or --answers"))
	}
	r, err := e.request(c, e.To)
	if err != nil {
		return err
	}
	r.Answers = e.Answers
	return e.send(c, string(r.Kind)+".send", r)
}

// matterPage asks for a list of matters.
type matterPage struct {
	Limit int `short:"n" default:"50" placeholder:"ROWS" help:"At most so many, the newest; at most 200."`
}

func (p matterPage) request() (node.ListRequest, error) {
	if p.Limit < 1 || p.Limit > 200 {
		return node.ListRequest{}, usage(parley.E(parley.Invalid, "--limit %d: want 1 to 200", p.Limit))
	}
	return node.ListRequest{Limit: p.Limit}, nil
}

// matterSteps writes the steps of a matter, each with what it says.
func matterSteps(w io.Writer, steps []node.MatterStep) {
	for i := range steps {
		s := &steps[i]
		fmt.Fprintf(w, "\n%s %s %s by %s\n", stamp(s.Said), s.Short, s.Step, s.From)
		if s.Why != "" {
			fmt.Fprintf(w, "  cannot be read here: %s\n", s.Why)
		}
		fieldText(w, "  ", s.Fields)
	}
}

func zones(w io.Writer, list []node.Zoned) {
	for _, z := range list {
		fmt.Fprintf(w, "    %s at %s\n", z.Local, z.Party)
	}
}

// reading is the input of calls that show one matter.
type reading struct {
	Name      string   `json:"name"`
	Languages []string `json:"languages"`
}

// reportTable is the calls about incidents, notices and vulnerabilities.
func (h *house) reportTable(lists *node.Lists) ctl.Table {
	return ctl.Table{
		"incident.send":      ctl.Handle(h.node.ReportIncident),
		"incident.split":     ctl.Handle(h.node.SplitIncident),
		"incident.list":      ctl.Handle(lists.Incidents),
		"notice.send":        ctl.Handle(h.node.SendNotice),
		"notice.list":        ctl.Handle(lists.Notices),
		"notice.now":         ctl.Handle(lists.NoticesOn),
		"vulnerability.send": ctl.Handle(h.node.SendVulnerability),
		"vulnerability.list": ctl.Handle(lists.Vulnerabilities),
		"incident.show": ctl.Handle(func(ctx context.Context, in reading) (node.Incident, error) {
			return lists.Incident(ctx, in.Name, in.Languages...)
		}),
		"notice.show": ctl.Handle(func(ctx context.Context, in reading) (node.Notice, error) {
			return lists.Notice(ctx, in.Name, in.Languages...)
		}),
		"vulnerability.show": ctl.Handle(func(ctx context.Context, in reading) (node.Vulnerability, error) {
			return lists.Vulnerability(ctx, in.Name, in.Languages...)
		}),
	}
}
