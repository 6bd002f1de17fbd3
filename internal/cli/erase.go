package cli

import (
	"fmt"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// eraseCmd erases our copy of a message, or lists what is due.
type eraseCmd struct {
	ID   string `arg:"" optional:"" help:"The message: aster/118, its id or the beginning of it."`
	Why  string `placeholder:"TEXT" help:"The reason, one line that every party and archive reads: no personal data in it."`
	Rule string `default:"request" enum:"request,law,agreement" placeholder:"WORD" help:"By what: request, law or agreement. What the agreement's retention says is erased by itself."`
	Due  bool   `help:"List the messages whose time of keeping has run: what is erased by itself, what waits, what a person reviews."`
}

// Run erases one message here: text, attachments, file keys. The entry, its facts and
// its proofs stay. ENTRY-29
func (e *eraseCmd) Run(c *Context) error {
	if e.Due {
		return e.due(c)
	}
	if e.ID == "" {
		return usage(parley.E(parley.Invalid, "name the message, or say --due"))
	}
	if e.Why == "" {
		return usage(parley.E(parley.Invalid, "say --why: an erasure has a reason, which every party reads"))
	}
	var h node.Held
	if err := c.Call("message.erase", node.EraseRequest{Message: e.ID, Rule: e.Rule, Why: e.Why}, &h); err != nil {
		return err
	}
	c.Hint("older backups still have the text: erase those that you no longer need")
	return c.Data(h, func(w io.Writer) {
		fmt.Fprintf(w, "%s is erased here; the entry that says so: %s\n", printable(e.ID), h.Nonce)
	})
}

func (e *eraseCmd) due(c *Context) error {
	list := []node.Retained{}
	if err := c.Call("retention.due", ctl.None{}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		rows := make([][]string, 0, len(list))
		for _, r := range list {
			rows = append(rows, []string{r.Short, string(r.Kind), stamp(r.Stored), stamp(r.Until), r.Then, r.Why})
		}
		columns(w, []string{"MESSAGE", "KIND", "STORED (UTC)", "KEPT UNTIL", "THEN", "WHY IT IS STILL HERE"}, rows)
	})
}
