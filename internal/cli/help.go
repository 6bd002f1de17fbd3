package cli

import (
	"io"

	"parley.example/parley"
	"parley.example/parley/docs"
)

type helpCmd struct {
	Topic string `arg:"" optional:"" help:"operate: the handbook. intelligence: STIX, TAXII, MISP, lists. config: every setting. Without one: the commands."`
}

// Run prints a document that is in the binary.
func (h helpCmd) Run(c *Context) error {
	switch h.Topic {
	case "":
		Run(c.Context, []string{"--help"}, Streams{c.In, c.Out, c.Voice})
		return nil
	case "operate":
		_, err := io.WriteString(c.Out, docs.Operate)
		return err
	case "intelligence":
		_, err := io.WriteString(c.Out, docs.Intelligence)
		return err
	case "config":
		_, err := io.WriteString(c.Out, docs.Config)
		return err
	}
	return usage(parley.E(parley.Invalid, "no topic %q: want operate, intelligence or config", h.Topic).
		WithHint("of a command: parley COMMAND --help"))
}
