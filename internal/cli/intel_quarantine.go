package cli

import (
	"fmt"
	"io"
	"strconv"

	"parley.example/parley/internal/intel"
)

// intelQuarantine is what an import did not take.
type intelQuarantine struct {
	List    quarantineList    `cmd:"" help:"List it, the newest first: where from, which rule, why."`
	Show    quarantineShow    `cmd:"" help:"Show the octets of one, and why it was not taken."`
	Release quarantineRelease `cmd:"" help:"Take one into the store as it is."`
	Drop    quarantineDrop    `cmd:"" help:"Forget one."`
}

type quarantineIn struct {
	Number int64 `json:"number,omitempty"`
	Before int64 `json:"before,omitempty"`
	Limit  int   `json:"limit,omitempty"`
}

type quarantineList struct {
	Limit  int   `short:"n" default:"50" placeholder:"ROWS" help:"At most so many."`
	Before int64 `placeholder:"NUMBER" help:"Those before this one."`
}

func (q *quarantineList) Run(c *Context) error {
	list := []intel.Detained{}
	if err := c.Call("intel.quarantine.list", quarantineIn{Before: q.Before, Limit: q.Limit}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		var cells [][]string
		for _, d := range list {
			from := d.From
			if d.Entry != "" {
				from += " " + d.Entry
			}
			cells = append(cells, []string{strconv.FormatInt(d.Number, 10), stamp(d.Kept), from, d.Path, d.ID, d.Rule, d.Reason})
		}
		columns(w, []string{"NUMBER", "KEPT (UTC)", "FROM", "WHERE", "OBJECT", "RULE", "WHY"}, cells)
	})
}

// oneDetained names one.
type oneDetained struct {
	Number int64 `arg:"" help:"Its number, as the list shows it."`
}

type quarantineShow struct{ oneDetained }

type quarantineShown struct {
	intel.Detained
	Octets []byte `json:"octets"`
}

func (q *quarantineShow) Run(c *Context) error {
	var d quarantineShown
	if err := c.Call("intel.quarantine.show", quarantineIn{Number: q.Number}, &d); err != nil {
		return err
	}
	return c.Data(d, func(w io.Writer) {
		fmt.Fprintf(w, "%d, %s of %s: %s\n\n%s\n", d.Number, printable(d.Path), printable(d.From), printable(d.Reason), printableText(string(d.Octets)))
	})
}

type quarantineRelease struct{ oneDetained }

func (q *quarantineRelease) Run(c *Context) error {
	var l intel.Line
	if err := c.Call("intel.quarantine.release", quarantineIn{Number: q.Number}, &l); err != nil {
		return err
	}
	return c.Data(l, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", printable(l.ID), l.What) })
}

type quarantineDrop struct{ oneDetained }

func (q *quarantineDrop) Run(c *Context) error {
	return c.Call("intel.quarantine.drop", quarantineIn{Number: q.Number}, nil)
}
