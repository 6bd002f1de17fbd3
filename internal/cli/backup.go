package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"parley.example/parley/internal/node"
)

type backupCmd struct {
	Out string `short:"o" required:"" placeholder:"FILE" help:"Where to write it; a file that is there is not replaced."`
	To  string `required:"" placeholder:"RECIPIENT" help:"The age recipient to seal it to, age1pq1...; its identity must not live on this machine."`
}

type backupIn struct {
	Path string `json:"path"` // absolute; the node writes it
	To   string `json:"to"`
}

func (b *backupCmd) Run(c *Context) error {
	if _, err := node.ParseBackupRecipient(b.To); err != nil {
		return usage(err)
	}
	path, err := filepath.Abs(b.Out)
	if err != nil {
		return err
	}
	var r node.BackupReport
	if err := c.Call("backup", backupIn{path, b.To}, &r); err != nil {
		return err
	}
	return c.Data(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s, %s before sealing, as of %s UTC\n", path, count(r.Files, "file"), count(r.Octets, "octet"), stamp(r.At))
	})
}

// backup writes the backup to a file: keep more than one.
func (h *house) backup(ctx context.Context, in backupIn) (r node.BackupReport, err error) {
	to, err := node.ParseBackupRecipient(in.To)
	if err != nil {
		return r, err
	}
	if err := byNode(in.Path, func(w io.Writer) error {
		r, err = h.node.Backup(ctx, w, to)
		return err
	}); err != nil {
		return r, err
	}
	return r, h.node.BackupDone(ctx, r.At)
}
