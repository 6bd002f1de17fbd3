package cli

import (
	"fmt"
	"io"
	"strings"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// incidentCmd reports incidents in stages.
type incidentCmd struct {
	Early        incidentOpen `cmd:"" help:"Warn early: that something happened, not all need be known."`
	Full         incidentOpen `cmd:"" help:"Say what is known: of an incident that was warned of, or of a new one."`
	Intermediate goingOn      `cmd:"" help:"Say how an incident goes on."`
	Final        goingOn      `cmd:"" help:"Say what an incident was, what caused it, what was done."`
	List         incidentList `cmd:"" help:"List incidents, ours and theirs, the newest first, with the stage each has reached."`
	Show         incidentShow `cmd:"" help:"Show an incident with all its stages, in your language."`
}

// forms adds the flags of the forms.
func (i *incidentCmd) forms() {
	i.Early.setForm(parley.KindIncident, parley.StageEarly)
	i.Full.setForm(parley.KindIncident, parley.StageFull)
	i.Intermediate.setForm(parley.KindIncident, parley.StageIntermediate)
	i.Final.setForm(parley.KindIncident, parley.StageFinal)
}

// incidentOpen opens an incident, or goes on with one.
type incidentOpen struct {
	ByConstituency bool `help:"Send each body whose constituency the addresses belong to those that are its own; name no addressee."`
	either
}

func (i *incidentOpen) Run(c *Context) error {
	if !i.ByConstituency {
		return i.either.Run(c)
	}
	r, err := i.request(c, i.To)
	if err != nil {
		return err
	}
	r.Answers = i.Answers
	var out node.IncidentSplit
	err = c.node(func(n ctl.Caller) error {
		if err := n.Call(c, "incident.split", r, &out); err != nil || !i.Wait {
			return err
		}
		for k := range out.Sent {
			row, err := i.sending().arrived(c, n, out.Sent[k].Held)
			if err != nil {
				return err
			}
			out.Sent[k].Held.State = row.State
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		for _, p := range out.Sent {
			fmt.Fprintf(w, "%s %s, %s: %s\n", p.Held.Nonce, p.Body, p.Held.State, strings.Join(p.Values, " "))
		}
		for _, b := range out.Left.Bodies {
			fmt.Fprintf(w, "our own: %s\n", strings.Join(b.Values, " "))
		}
		for _, x := range out.Left.Conflicts {
			fmt.Fprintf(w, "claimed by more than one party, not sent: %s\n", x.Is)
		}
		for _, x := range out.Left.Unsigned {
			fmt.Fprintf(w, "known from the address book only, not sent: %s\n", x.Is)
		}
		if len(out.Left.Nobody) > 0 {
			fmt.Fprintf(w, "nobody's, not sent: %s\n", strings.Join(out.Left.Nobody, " "))
		}
	})
}

type incidentList struct{ matterPage }

func (i *incidentList) Run(c *Context) error {
	r, err := i.request()
	if err != nil {
		return err
	}
	var list node.IncidentList
	if err := c.Call("incident.list", r, &list); err != nil {
		return err
	}
	return c.Data(list.Incidents, func(w io.Writer) {
		var cells [][]string
		for _, x := range list.Incidents {
			due := "-"
			if x.NextDue != "" {
				due = x.NextDue
			}
			cells = append(cells, []string{x.Short, x.State, x.Stage, incidentClass(&x), orDash(x.Severity), string(x.From.Party()), stamp(x.Said), due, exerciseMark(x.Row) + x.Line})
		}
		columns(w, []string{"INCIDENT", "STATE", "STAGE", "CLASS", "SEVERITY", "FROM", "TIME (UTC)", "NEXT DUE", "FACTS"}, cells)
	})
}

// incidentClass calls a test a test. INCIDENT-3
func incidentClass(x *node.Incident) string {
	if x.Test {
		return "TEST"
	}
	return orDash(x.Class)
}

func exerciseMark(r node.Row) string {
	if r.Exercise {
		return "[exercise] "
	}
	return ""
}

type incidentShow struct {
	ID string `arg:"" help:"Any message of the incident's thread, such as aster/118."`
}

func (i *incidentShow) Run(c *Context) error {
	var x node.Incident
	if err := c.Call("incident.show", reading{i.ID, c.reader()}, &x); err != nil {
		return err
	}
	return c.Data(x, func(w io.Writer) {
		fmt.Fprintf(w, "incident %s, %s, %s\n", x.Short, incidentClass(&x), x.Precedence)
		if x.Test {
			fmt.Fprintln(w, "This is a TEST.")
		}
		if x.Exercise {
			fmt.Fprintln(w, "This is an EXERCISE.")
		}
		fmt.Fprintf(w, "from %s to %s, %s; stage %s, severity %s\n", x.From, bodies(x.To), x.State, x.Stage, orDash(x.Severity))
		if x.NextDue != "" {
			fmt.Fprintf(w, "the next stage is due %s\n", x.NextDue)
		}
		if x.Corrected {
			fmt.Fprintln(w, "its author has corrected it: `parley thread show "+x.Short+"`")
		}
		matterSteps(w, x.Stages)
		fmt.Fprintf(w, "\n%s\n", strings.Join(incidentSentences(&x, c.reader()...), "\n"))
	})
}

// incidentSentences are what stands under every incident. INCIDENT-6
func incidentSentences(x *node.Incident, languages ...string) []string {
	list := []string{form.Pick(form.NoLiability, languages...)}
	if x.Territory {
		list = append(list, form.Pick(form.NoResponsibility, languages...))
	}
	return list
}
