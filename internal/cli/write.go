package cli

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"parley.example/parley"
	"parley.example/parley/internal/wholefile"
)

// writeOut writes data to the file that -o names, or to standard output.
func writeOut(c *Context, path string, data []byte) error {
	return writeTo(c, path, 0o644, data)
}

// writePrivate writes what only its owner may read.
func writePrivate(c *Context, path string, data []byte) error {
	return writeTo(c, path, 0o600, data)
}

func writeTo(c *Context, path string, mode fs.FileMode, data []byte) error {
	if path == "" || path == "-" {
		_, err := c.Out.Write(data)
		return err
	}
	if err := wholefile.Write(path, mode, data); err != nil {
		return err
	}
	c.Say("wrote %s", path)
	return nil
}

// byNode writes a file in the node's process that its owner alone reads. One that is
// there is not replaced: Conflict.
func byNode(path string, fill func(io.Writer) error) error {
	if _, err := os.Lstat(path); err == nil {
		return parley.E(parley.Conflict, "%s exists", path).WithHint("name another file")
	}
	w, err := wholefile.Create(path, 0o600)
	if err != nil {
		return nodeWrites(err)
	}
	defer w.Abort()
	if err := fill(w); err != nil {
		return err
	}
	return nodeWrites(w.Close())
}

// nodeWrites explains that it is the node that writes, not the caller.
func nodeWrites(err error) error {
	var e *parley.Error
	if errors.As(err, &e) && (errors.Is(err, fs.ErrPermission) || errors.Is(err, fs.ErrNotExist)) {
		return e.WithHint("the node writes it: the folder must exist and be writable for the node's user (under systemd: ReadWritePaths=)")
	}
	return err
}

// first is the first of errs that is one.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
