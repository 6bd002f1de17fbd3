package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
)

// Context is what a command gets: where the home is, the streams, and the way to
// the node. It is used by one command, in one goroutine.
type Context struct {
	context.Context
	Home  string // absolute
	JSON  bool
	In    io.Reader
	Out   io.Writer // data
	Voice io.Writer // words to the reader
}

// Say tells the reader something on standard error: "parley: ...".
func (c *Context) Say(format string, args ...any) {
	fmt.Fprintf(c.Voice, "parley: "+format+"\n", args...)
}

// Hint tells the reader a next step.
func (c *Context) Hint(format string, args ...any) {
	fmt.Fprintf(c.Voice, "hint: "+format+"\n", args...)
}

func (c *Context) complain(err error) {
	c.Say("%s", sentence(err))
	if h := hint(err); h != "" {
		c.Hint("%s", h)
	}
}

// Data prints v: as indented JSON with --json, otherwise as text writes it.
func (c *Context) Data(v any, text func(w io.Writer)) error {
	if !c.JSON {
		text(c.Out)
		return nil
	}
	e := json.NewEncoder(c.Out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// columns prints rows under a heading, aligned; cells have one line each.
func columns(w io.Writer, heading []string, rows [][]string) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		for i, cell := range row {
			if i > 0 {
				fmt.Fprint(t, "\t")
			}
			fmt.Fprint(t, printable(cell))
		}
		fmt.Fprintln(t)
	}
	t.Flush()
}
