package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"parley.example/parley"
)

type fileGet struct {
	ID     string `arg:"" help:"The message."`
	Number int    `arg:"" optional:"" default:"1" help:"Which attachment, from 1."`
	Out    string `short:"o" required:"" placeholder:"FILE" help:"Where to write it; a file that is there is not replaced."`
}

type fileGetIn struct {
	Message string `json:"message"`
	Number  int    `json:"number"` // from 1
	Path    string `json:"path"`   // absolute; the node writes it
}

type fileGetOut struct {
	Path   string `json:"path"`
	Name   string `json:"name"` // as its sender named it; never used as a path
	Size   int64  `json:"size"` // octets
	SHA256 string `json:"sha256"`
}

func (f *fileGet) Run(c *Context) error {
	path, err := filepath.Abs(f.Out)
	if err != nil {
		return err
	}
	var out fileGetOut
	if err := c.Call("file.get", fileGetIn{f.ID, f.Number, path}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s %d bytes, sha256 %s\n", out.Path, out.Size, out.SHA256) })
}

// fileGet decrypts an attachment to a file that appears whole or not at all.
func (h *house) fileGet(ctx context.Context, in fileGetIn) (out fileGetOut, err error) {
	att, r, err := h.node.File(ctx, in.Message, in.Number-1)
	if err != nil {
		return out, err
	}
	defer r.Close()
	if _, err := os.Lstat(in.Path); err == nil {
		return out, parley.E(parley.Conflict, "%s exists", in.Path).WithHint("name another file")
	}
	part := in.Path + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return out, cannotWrite(in.Path, err)
	}
	defer os.Remove(part)  // gone after Rename
	_, err = io.Copy(f, r) // believed only at its end: until then it is a part
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return out, err
	}
	if err := os.Rename(part, in.Path); err != nil {
		return out, cannotWrite(in.Path, err)
	}
	return fileGetOut{Path: in.Path, Name: att.Name, Size: att.Size, SHA256: att.Hash.String()}, nil
}

// cannotWrite explains that it is the node that writes, not the caller.
func cannotWrite(path string, err error) error {
	e := parley.E(parley.Unavailable, "cannot write %s: %w", path, err)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist) {
		return e.WithHint("the node writes it: the folder must exist and be writable for the node's user (under systemd: ReadWritePaths=)")
	}
	return e
}
