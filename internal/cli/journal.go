package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/node"
)

// journalCmd is about journals as such.
type journalCmd struct {
	Export  journalExport  `cmd:"" help:"Write a journal as a tree of files that log auditors read (c2sp.org/tlog-tiles)."`
	Succeed journalSucceed `cmd:"" help:"Close our journal, because its key was stolen or its tail is lost for good, and open the next. Needs the identity key."`
	Resume  journalResume  `cmd:"" help:"Show who has not yet said what they hold of our journal, or go on without them."`
}

type journalExport struct {
	Dir    string `arg:"" help:"The folder; a later export into it adds what is new."`
	Origin string `placeholder:"ORIGIN" help:"The journal, ours or a counterpart's; default: ours, where there is just one."`
}

type exportIn struct {
	Origin string `json:"origin"` // empty: ours
	Dir    string `json:"dir"`    // absolute; the node writes it
}

type exportOut struct {
	Origin parley.Origin `json:"origin"`
	Dir    string        `json:"dir"`
}

func (j *journalExport) Run(c *Context) error {
	dir, err := filepath.Abs(j.Dir)
	if err != nil {
		return err
	}
	var out exportOut
	if err := c.Call("journal.export", exportIn{j.Origin, dir}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s in %s\n", out.Origin, out.Dir) })
}

func (h *house) export(ctx context.Context, in exportIn) (out exportOut, err error) {
	out.Dir = in.Dir
	if _, err := os.Stat(filepath.Dir(in.Dir)); err != nil {
		return out, parley.E(parley.Invalid, "cannot write to %s: %w", in.Dir, err)
	}
	if in.Origin != "" {
		out.Origin, err = parley.ParseOrigin(in.Origin)
	} else {
		out.Origin, err = h.node.OurJournal("")
	}
	if err != nil {
		return out, err
	}
	return out, journal.Export(ctx, h.db, out.Origin, in.Dir)
}

type journalResume struct {
	Agreement string `placeholder:"ID" help:"The agreement, where there is more than one."`
	Override  string `placeholder:"OFFICER" help:"Go on without an answer, by the decision of this officer, on the record. If somebody holds more of our journal than we do, this signs a second history: a fork."`
}

func (j *journalResume) Run(c *Context) error {
	var targets []node.TargetStatus
	if err := c.Call("journal.resume", resumeIn{Agreement: j.Agreement, Override: j.Override != "", Officer: j.Override}, &targets); err != nil {
		return err
	}
	return c.Data(targets, func(w io.Writer) {
		rows := [][]string{}
		for _, t := range targets {
			answer := "has answered"
			if t.Asking {
				answer = "has not answered yet"
			}
			rows = append(rows, []string{t.Name, t.Role, t.State, answer})
		}
		columns(w, []string{"WITH", "AS", "STATE", "WHAT IT HOLDS"}, rows)
	})
}

// journalSucceed signs a succession.
type journalSucceed struct {
	Agreement string `placeholder:"ID" help:"The agreement, where there is more than one."`
	Yes       bool   `help:"Do it: a journal that is closed stays closed."`
	Override  string `placeholder:"OFFICER" help:"Do not wait for those who do not say what they hold of it, by the decision of this officer, on the record. One of them that holds more refuses the succession for ever."`
	identityFlag
}

// Run closes the journal and opens the next.
func (j *journalSucceed) Run(c *Context) error {
	if !j.Yes {
		return usage(parley.E(parley.Invalid, "a succession cannot be taken back: say --yes").WithHint("`parley journal resume` first: others may hold what is missing here"))
	}
	var s node.Succeeded
	if err := c.Call("journal.succeed", node.SucceedRequest{Agreement: j.Agreement, Identity: j.path(), Override: j.Override}, &s); err != nil {
		return err
	}
	return c.Data(s, func(w io.Writer) {
		fmt.Fprintf(w, "%s is closed at size %d; %s follows\n", s.Closed, s.Size, s.Next)
		if s.Again > 0 {
			fmt.Fprintf(w, "%d messages are sealed again for it\n", s.Again)
		}
		if s.Held > 0 {
			fmt.Fprintf(w, "%d of them need their second signature once more\n", s.Held)
		}
		if s.Left > 0 {
			fmt.Fprintf(w, "%d could not be sealed again: `parley doctor` names them\n", s.Left)
		}
	})
}
