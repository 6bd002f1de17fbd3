package cli

import (
	"io"

	"parley.example/parley/docs"
)

type helpCmd struct {
	Topic string `arg:"" enum:"operate,config" help:"operate: the handbook. config: every setting."`
}

// Run prints a document that is in the binary.
func (h helpCmd) Run(c *Context) error {
	text := map[string]string{"operate": docs.Operate, "config": docs.Config}[h.Topic]
	_, err := io.WriteString(c.Out, text)
	return err
}
