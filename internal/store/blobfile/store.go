// Package blobfile keeps sealed attachments as files named by their hash, one
// folder for each journal: a hash alone opens nothing across agreements.
//
// It is trusted with this: a file under its final name is whole, has that SHA-256,
// and is on disk before anybody is told so (write, fsync, rename, fsync the
// folder). A crash at any moment leaves a file whole, or a part that is taken up
// again, or nothing.
//
// It never decides who may send or hold what, never reads what is inside (all of
// it is ciphertext), and knows no limit but parley.MaxSealedBlob.
package blobfile

import (
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"parley.example/parley"
)

const (
	partial = ".part" // the first octets of a blob that is on its way
	fresh   = ".new"  // one that is being sealed here; it has no hash yet
)

// Store is a folder of blobs. Safe for concurrent use by one process.
type Store struct {
	dir string

	mu   sync.Mutex
	busy map[string]*sync.Mutex // by path; guarded by mu. One appender for each blob
}

// Open opens the folder, which it makes where it is missing, and removes what a
// crash left of blobs that were being sealed.
func Open(dir string) (*Store, error) {
	s := &Store{dir: dir, busy: map[string]*sync.Mutex{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fault("open", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*", "*"+fresh))
	if err != nil {
		return nil, fault("open", err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			return nil, fault("remove what a crash left", err)
		}
	}
	return s, nil
}

func (s *Store) folder(o parley.Origin) string { return filepath.Join(s.dir, o.PathHash()) }
func (s *Store) path(o parley.Origin, h parley.Hash) string {
	return filepath.Join(s.folder(o), h.String())
}

// makeFolder makes a journal's folder durable before anything stands in it.
func (s *Store) makeFolder(o parley.Origin) error {
	err := os.Mkdir(s.folder(o), 0o700)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	return fault("make a folder", err)
}

// lock waits until nobody else appends to the blob.
func (s *Store) lock(path string) (unlock func()) {
	s.mu.Lock()
	m := s.busy[path]
	if m == nil {
		m = new(sync.Mutex)
		s.busy[path] = m
	}
	s.mu.Unlock()
	m.Lock()
	return m.Unlock
}

// Held is how many octets of a blob of the given size are durable here, and whether
// that is the whole of it, checked. Where a crash came just before the check it
// says 0: Append will check what is there instead of taking it again.
func (s *Store) Held(o parley.Origin, h parley.Hash, size int64) (octets int64, whole bool, err error) {
	if i, err := os.Stat(s.path(o, h)); err == nil {
		return i.Size(), true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return 0, false, fault("look", err)
	}
	i, err := os.Stat(s.path(o, h) + partial)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fault("look", err)
	}
	if i.Size() >= size {
		return 0, false, nil
	}
	return i.Size(), false, nil
}

// Open reads a whole blob. NotFound where it is not here. The caller closes it.
func (s *Store) Open(o parley.Origin, h parley.Hash) (*os.File, error) {
	f, err := os.Open(s.path(o, h))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, parley.E(parley.NotFound, "the blob %s is not held", h)
	}
	return f, fault("open", err)
}

// Erase removes a blob, whole or not, durably. Erasing what is not here is no error.
func (s *Store) Erase(o parley.Origin, h parley.Hash) error {
	path := s.path(o, h)
	defer s.lock(path)()
	for _, name := range []string{path, path + partial} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fault("erase", err)
		}
	}
	if err := syncFolder(s.folder(o)); !errors.Is(err, fs.ErrNotExist) {
		return fault("erase", err)
	}
	return nil
}

// Each calls f for every whole blob of a journal, in the order of their names.
func (s *Store) Each(o parley.Origin, f func(h parley.Hash, size int64) error) error {
	list, err := os.ReadDir(s.folder(o))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault("list", err)
	}
	for _, e := range list {
		h, err := parley.ParseHash(e.Name())
		if err != nil {
			continue
		}
		i, err := e.Info()
		if err != nil {
			return fault("list", err)
		}
		if err := f(h, i.Size()); err != nil {
			return err
		}
	}
	return nil
}

// Check reads a whole blob again and compares its hash: Untrusted where it has rotted.
func (s *Store) Check(o parley.Origin, h parley.Hash) error {
	f, err := s.Open(o, h)
	if err != nil {
		return err
	}
	defer f.Close()
	return checkHash(f, h)
}

func checkHash(r io.Reader, want parley.Hash) error {
	d := sha256.New()
	if _, err := io.Copy(d, r); err != nil {
		return fault("read", err)
	}
	if got := parley.Hash(d.Sum(nil)); got != want {
		return parley.E(parley.Untrusted, "the blob's SHA-256 is %s: want %s", got, want)
	}
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}

// fault tells a full disk, which passes, from the rest. The path stays out of what people see.
func fault(what string, err error) error {
	var p *fs.PathError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
		return parley.E(parley.Unavailable, "%s a blob: the disk is full", what)
	case errors.As(err, &p):
		err = p.Err
	}
	return parley.E(parley.Internal, "%s a blob: %w", strings.TrimSpace(what), err)
}
