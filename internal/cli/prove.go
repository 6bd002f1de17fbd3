package cli

import (
	"io"
	"os"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/wholefile"
)

type proveCmd struct {
	ID         string         `arg:"" help:"The message: aster/118, its id or the beginning of it, or a nonce; or the origin of a journal that forked."`
	Out        string         `short:"o" required:"" placeholder:"FILE" help:"Where to write the evidence; - is standard output."`
	Force      bool           `help:"Replace the file where it is there."`
	Reveal     bool           `help:"Show the text too, by the file key of this one message."`
	Unanswered bool           `help:"Show that an addressee has not answered it."`
	By         []parley.Party `placeholder:"PARTY" help:"With --unanswered: these addressees; without it, all of them."`
	Parts      string         `placeholder:"DIR" help:"Write the pieces as files too, for other tools: docs/without-parley.md."`
}

// Run makes an evidence file. One that would not prove what is asked for is not written.
func (p proveCmd) Run(c *Context) error {
	if len(p.By) > 0 && !p.Unanswered {
		return usage(parley.E(parley.Invalid, "--by says who has not answered: want it with --unanswered"))
	}
	if _, err := os.Lstat(p.Out); err == nil && p.Out != "-" && !p.Force {
		return parley.E(parley.Conflict, "%s exists", p.Out).WithHint("name another file, or say --force")
	}
	var out node.Evidence
	if err := c.Call("prove", node.ProveRequest{Name: p.ID, Reveal: p.Reveal, Unanswered: p.Unanswered, Parties: p.By}, &out); err != nil {
		return err
	}
	report, err := evidence.Verify(out.File, evidence.Trust{})
	if err == nil { // the agreement is our own
		report, err = evidence.Verify(out.File, evidence.Trust{Agreement: report.Agreement})
	}
	if err != nil {
		return err
	}
	for _, s := range report.Statements {
		if s.Claimed && !s.Proven {
			return parley.E(parley.Untrusted, "%s", s.Text)
		}
	}
	if p.Parts != "" {
		if err := writePieces(p.Parts, out.File); err != nil {
			return err
		}
	}
	if p.Out == "-" {
		_, err := c.Out.Write(out.File)
		return err
	}
	if err := wholefile.Write(p.Out, 0o600, out.File); err != nil {
		return err
	}
	c.Hint("parley verify %s --trust %q", p.Out, report.Fingerprint)
	return c.Data(report, func(w io.Writer) { reportText(w, report) })
}
