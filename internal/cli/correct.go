package cli

import (
	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// correctCmd says what was wrong in a message of ours.
type correctCmd struct {
	ID   string   `arg:"" help:"The message of ours that is corrected; it stays as it is."`
	Set  []string `placeholder:"FIELD=VALUE" sep:"none" help:"What is right in a field; nothing after the equals sign strikes it."`
	Text []string `placeholder:"FIELD=TEXT" sep:"none" help:"The same of free text."`
	Why  string   `placeholder:"TEXT" help:"How the mistake came about."`
	To   []string `placeholder:"BODY" sep:"none" help:"Who gets it; default: everybody who has the original."`
	sending
}

func (t *correctCmd) Run(c *Context) error {
	r, err := t.request(t.To)
	if err != nil {
		return err
	}
	r.Answers = t.ID
	values, err := pairs("--set", t.Set)
	if err != nil {
		return err
	}
	texts, err := pairs("--text", t.Text)
	if err != nil {
		return err
	}
	if len(values)+len(texts) == 0 {
		return usage(parley.E(parley.Invalid, "nothing is corrected: want --set FIELD=VALUE or --text FIELD=TEXT"))
	}
	return t.queue(c, "correct.send", node.CorrectRequest{SendRequest: r, Values: values, Texts: texts, Why: t.Why})
}
