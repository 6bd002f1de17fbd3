package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"parley.example/parley"
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
		fmt.Fprintf(w, "%s: %d files, %d bytes before sealing, as of %s UTC\n", path, r.Files, r.Octets, stamp(r.At))
	})
}

// backup writes the backup to a file that appears whole or not at all.
func (h *house) backup(ctx context.Context, in backupIn) (r node.BackupReport, err error) {
	to, err := node.ParseBackupRecipient(in.To)
	if err != nil {
		return r, err
	}
	if _, err := os.Lstat(in.Path); err == nil {
		return r, parley.E(parley.Conflict, "%s exists", in.Path).WithHint("name another file; keep more than one backup")
	}
	part := in.Path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return r, cannotWrite(in.Path, err)
	}
	defer os.Remove(part) // gone after Rename
	r, err = h.node.Backup(ctx, f, to)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return r, err
	}
	if err := os.Rename(part, in.Path); err != nil {
		return r, cannotWrite(in.Path, err)
	}
	return r, h.node.BackupDone(ctx, r.At)
}
