package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
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

// fileGet decrypts an attachment to a file.
func (h *house) fileGet(ctx context.Context, in fileGetIn) (out fileGetOut, err error) {
	att, r, err := h.node.File(ctx, in.Message, in.Number-1)
	if err != nil {
		return out, err
	}
	defer r.Close()
	if err := byNode(in.Path, func(w io.Writer) error {
		_, err := io.Copy(w, r) // believed only at its end
		return err
	}); err != nil {
		return out, err
	}
	return fileGetOut{Path: in.Path, Name: att.Name, Size: att.Size, SHA256: att.Hash.String()}, nil
}
