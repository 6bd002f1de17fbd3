package courier

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/wholefile"
)

// Pouches lie in folders: one that a person carries things out of, one that things
// are carried into. What was taken in is moved to the folder "done" inside it, what
// is not for us or damaged stays where it is. POUCH-10
const (
	pouchSuffix = ".pouch"
	pouchDone   = "done"
)

// PouchName is the file name of a volume: aster.example-to-borea.example-000042-01.pouch
func PouchName(from, to parley.Party, number uint64, volume int) string {
	return fmt.Sprintf("%s-to-%s-%06d-%02d%s", from, to, number, volume, pouchSuffix)
}

// FolderVolumes makes the volumes of a pouch in a folder: each appears under its
// name when it is whole and durable.
func FolderVolumes(dir string, from, to parley.Party, number uint64) func(volume int) (io.WriteCloser, error) {
	return func(volume int) (io.WriteCloser, error) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, folderError("make", err)
		}
		w, err := wholefile.Create(filepath.Join(dir, PouchName(from, to, number, volume)), 0o600)
		if err != nil {
			return nil, err
		}
		return w, nil
	}
}

// SweptPouch is what became of one file.
type SweptPouch struct {
	File string // its name in the folder
	OpenedPouch
	Err  error // it stays in the folder
	Done bool  // it was moved to "done"
}

// SweepFolder opens every volume in a folder, in the order of their names, and moves
// those that need nothing more to "done". One that waits for another stays, and is
// tried again once when anything else has moved, so that any order will do. open is
// OpenPouch with the rest filled in. A file that is still being copied in is
// damaged now and whole at a later sweep.
func SweepFolder(dir string, open func(io.Reader) (OpenedPouch, error)) ([]SweptPouch, error) {
	names, err := pouchFiles(dir)
	if err != nil {
		return nil, err
	}
	done := map[string]SweptPouch{}
	for moved := true; moved; {
		moved = false
		for _, name := range names {
			if done[name].Done {
				continue
			}
			s, err := sweepOne(dir, name, open)
			if err != nil {
				return nil, err
			}
			moved = moved || s.Done
			done[name] = s
		}
	}
	var list []SweptPouch
	for _, name := range names {
		list = append(list, done[name])
	}
	return list, nil
}

func pouchFiles(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, folderError("read", err)
	}
	var names []string
	for _, e := range list {
		if e.Type().IsRegular() && strings.HasSuffix(e.Name(), pouchSuffix) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	return names, nil
}

func sweepOne(dir, name string, open func(io.Reader) (OpenedPouch, error)) (SweptPouch, error) {
	s := SweptPouch{File: name}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		s.Err = folderError("read from", err)
		return s, nil
	}
	s.OpenedPouch, s.Err = open(f)
	f.Close()
	if s.Err != nil || s.Waits != "" {
		return s, nil
	}
	into := filepath.Join(dir, pouchDone)
	if err := os.MkdirAll(into, 0o700); err != nil {
		return s, folderError("make", err)
	}
	if err := os.Rename(filepath.Join(dir, name), filepath.Join(into, name)); err != nil {
		return s, folderError("move within", err)
	}
	s.Done = true
	return s, nil
}

func folderError(what string, err error) error {
	kind := parley.Invalid
	if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		kind = parley.Unavailable
	}
	return parley.E(kind, "cannot %s the pouch folder: %w", what, err)
}
