package cli

import (
	"io"
	"os"
	"time"

	"parley.example/parley"
)

// What a command is named is looked at before anything is done: a file that cannot be
// read, and an instant that is none, are wrong usage in every command, exit code 2.
// What a file says is another matter: that is for the command.

// readBounded reads a file, or standard input for "-", of at most so many octets; one
// more says that there are more.
func readBounded(c *Context, path string, limit int64) ([]byte, error) {
	f, err := c.openInput(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, unreadable(path, err)
	}
	return raw, nil
}

// openInput opens a file, or standard input for "-".
func (c *Context) openInput(path string) (io.ReadCloser, error) {
	if path == "-" {
		return io.NopCloser(c.In), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(path, err)
	}
	return f, nil
}

// readable says whether a file that the node shall read is there and can be read.
func (c *Context) readable(path string) error {
	if path == "-" {
		return nil
	}
	i, err := os.Stat(path)
	if err != nil {
		return unreadable(path, err)
	}
	if !i.Mode().IsRegular() { // opening a pipe would wait
		return usage(parley.E(parley.Invalid, "%s is no regular file: want one, or - for standard input", path))
	}
	f, err := os.Open(path)
	if err != nil {
		return unreadable(path, err)
	}
	return f.Close()
}

func unreadable(path string, err error) error {
	return usage(parley.E(parley.Invalid, "cannot read %s: %w", path, err))
}

// layouts are the spellings of an instant that have its zone.
var layouts = []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04Z07:00"}

// instant reads what a flag says; zero where it says nothing.
func instant(flag, s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, usage(parley.E(parley.Invalid, "%s %.40q: want an instant that exists, with its zone, such as 2027-03-28T01:30:00Z", flag, s))
}
