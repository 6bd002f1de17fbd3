package cli

import (
	"bytes"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/report"
)

// cardPrinted has the flags of the printed emergency card.
type cardPrinted struct {
	Print     bool   `help:"Print an emergency card instead: routes, hours, fingerprints, pouch steps, words for the telephone. One HTML page."`
	Text      bool   `help:"With --print: plain text."`
	With      string `placeholder:"NAME" help:"With --print: only for this party, or this body of it."`
	From      string `placeholder:"BODY" help:"With --print: the body of ours whose card it is; default: the first."`
	Words     int    `placeholder:"LINES" help:"With --print: so many lines of one-time call words for each body, at most 24. Whoever has them can speak as you."`
	Agreement string `placeholder:"ID" help:"With --print: the agreement, where there are several."`
	Output    string `short:"o" placeholder:"FILE" help:"With --print: write the card there instead of to standard output."`
}

func (p *cardPrinted) used() bool {
	return p.Text || p.With != "" || p.From != "" || p.Words != 0 || p.Agreement != "" || p.Output != ""
}

func (p *cardPrinted) run(c *Context) error {
	if p.Words < 0 || p.Words > 24 {
		return usage(parley.E(parley.Invalid, "%d lines of words: want 1 to 24, or none", p.Words))
	}
	var card node.EmergencyCard
	if err := c.Call("contact.card", node.CardRequest{Agreement: p.Agreement, With: p.With, From: p.From, Words: p.Words}, &card); err != nil {
		return err
	}
	if c.JSON {
		return c.Data(card, nil)
	}
	write := report.EmergencyCard
	if p.Text {
		write = report.EmergencyCardText
	}
	var b bytes.Buffer
	if err := write(&b, &card); err != nil {
		return err
	}
	if p.Words > 0 {
		c.Say("whoever has this page can speak as you: print it, keep it as you keep a key, and remove the file")
	}
	if p.Output == "" || p.Output == "-" {
		_, err := io.Copy(c.Out, &b)
		return err
	}
	if p.Words == 0 {
		return writeOut(c, p.Output, b.Bytes())
	}
	return writePrivate(c, p.Output, b.Bytes())
}
