package cli

import (
	"fmt"
	"io"
	"os"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

type restoreCmd struct {
	File     string `arg:"" type:"existingfile" help:"The backup."`
	Identity string `required:"" type:"existingfile" placeholder:"FILE" help:"The age identity that opens it."`
	Rehearse bool   `help:"Unpack into a temporary folder, verify everything, and remove it again: the home is not touched."`
}

type restored struct {
	node.BackupReport
	Home  string            `json:"home,omitempty"`
	Check *node.CheckReport `json:"check,omitempty"` // of a rehearsal
}

// Run unpacks a backup into --home, or rehearses that.
func (r *restoreCmd) Run(c *Context) error {
	text, err := os.ReadFile(r.Identity)
	if err != nil {
		return unreadable(r.Identity, err)
	}
	ids, err := node.ParseBackupIdentity(text)
	if err != nil {
		return err
	}
	f, err := os.Open(r.File)
	if err != nil {
		return unreadable(r.File, err)
	}
	defer f.Close()
	out := restored{Home: c.Home}
	if r.Rehearse {
		dir, err := os.MkdirTemp("", "parley-rehearsal-")
		if err != nil {
			return parley.E(parley.Unavailable, "make a temporary folder: %w", err)
		}
		defer os.RemoveAll(dir)
		out.Home = dir
	}
	if out.BackupReport, err = node.Restore(c, f, out.Home, ids...); err != nil {
		return err
	}
	if !r.Rehearse {
		c.Say("restored; what the node signed after %s UTC is still to be fetched", stamp(out.At))
		c.Hint("`parley serve` asks counterparts and archives what they hold before it signs anything; `parley check` verifies what is here")
		return c.Data(out, func(w io.Writer) {
			fmt.Fprintf(w, "%s: %s as of %s UTC\n", out.Home, count(out.Files, "file"), stamp(out.At))
		})
	}
	check, err := rehearse(c, out.Home)
	if err != nil {
		return err
	}
	out.Home, out.Check = "", &check
	if err := c.Data(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s as of %s UTC; %s, %s, %s verified\n", count(out.Files, "file"), stamp(out.At), count(check.Entries, "entry"), count(check.Parts, "part"), count(check.Blobs, "attachment"))
	}); err != nil {
		return err
	}
	if check.Difference != "" {
		return parley.E(parley.Untrusted, "this backup would not restore a sound node: %s", check.Difference)
	}
	return nil
}

// rehearse checks a restored home as `parley check` does, without a line to anybody.
func rehearse(c *Context, dir string) (node.CheckReport, error) {
	h, err := openHouse(c, dir, io.Discard, true)
	if err != nil {
		return node.CheckReport{}, err
	}
	defer h.Close()
	return h.node.Check(c, nil)
}
