// Package wholefile writes files that appear under their name complete and durable, or
// not at all: whoever finds one may believe that it is whole, after a full disk and after
// a machine that stopped. It is trusted with what it writes, and with nothing else. It
// never leaves a half under the name, and its errors name the file that was asked for,
// never the one that it fills.
package wholefile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"parley.example/parley"
)

// File is a file on its way. It belongs to one goroutine. Abort, which may be deferred,
// leaves nothing of one that was not closed.
type File struct {
	path string // as it was asked for
	name string // where it will stand; empty where path is no file that could be replaced
	f    *os.File
	err  error // the first thing that went wrong
}

// Create begins a file with these permission bits, in the folder in which it will stand.
// Until Close what stands under path stays. A device or a pipe is written straight, and a
// link's file is replaced, not the link. Errors, here and below: Unavailable, with path.
func Create(path string, mode fs.FileMode) (*File, error) {
	if at, err := os.Stat(path); err == nil && !at.Mode().IsRegular() {
		f, err := os.OpenFile(path, os.O_WRONLY, 0) // of a folder: that it is one
		if err != nil {
			return nil, cannot(path, err)
		}
		return &File{path: path, f: f}, nil
	}
	name := path
	if real, err := filepath.EvalSymlinks(path); err == nil {
		name = real
	}
	f, err := os.CreateTemp(filepath.Dir(name), Unfinished+"*")
	if err != nil {
		return nil, cannot(path, err)
	}
	w := &File{path: path, name: name, f: f}
	if err := f.Chmod(mode); err != nil {
		w.Abort()
		return nil, cannot(path, err)
	}
	return w, nil
}

// Unfinished begins the names of files that nobody finished: a process that was killed
// leaves one.
const Unfinished = ".parley-"

// Write implements io.Writer.
func (w *File) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	if err != nil {
		err = cannot(w.path, err)
		w.err = errors.Join(w.err, err)
	}
	return n, err
}

// Close makes the file durable and lets it appear. Where a Write failed nothing appears,
// and that is the error.
func (w *File) Close() error {
	defer w.Abort()
	if w.err != nil {
		return w.err
	}
	if w.name == "" {
		return cannot(w.path, w.f.Close())
	}
	if err := errors.Join(w.f.Sync(), w.f.Close()); err != nil {
		return cannot(w.path, err)
	}
	if err := os.Rename(w.f.Name(), w.name); err != nil {
		return cannot(w.path, err)
	}
	return cannot(w.path, SyncFolder(filepath.Dir(w.name)))
}

// Abort drops a file that was not closed; after Close it does nothing.
func (w *File) Abort() {
	w.f.Close()
	if w.name != "" {
		os.Remove(w.f.Name()) // after Close it stands under its name
	}
}

// Fill writes what fill writes. An error of fill is returned as it is, and nothing appears.
func Fill(path string, mode fs.FileMode, fill func(io.Writer) error) error {
	w, err := Create(path, mode)
	if err != nil {
		return err
	}
	defer w.Abort()
	if err := fill(w); err != nil {
		return err
	}
	return w.Close()
}

// Write writes data.
func Write(path string, mode fs.FileMode, data []byte) error {
	return Fill(path, mode, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// SyncFolder makes the names in a folder durable.
func SyncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// cannot says what stopped it, of the file that was asked for; nil of nil.
func cannot(path string, err error) error {
	if err == nil {
		return nil
	}
	var of *fs.PathError
	var between *os.LinkError
	switch {
	case errors.As(err, &of):
		err = of.Err
	case errors.As(err, &between):
		err = between.Err
	}
	return parley.E(parley.Unavailable, "cannot write %s: %w", path, &fs.PathError{Op: "write", Path: path, Err: err})
}
