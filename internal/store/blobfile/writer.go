package blobfile

import (
	"os"

	"parley.example/parley"
)

// Writer takes a blob that is being sealed here, whose hash is known at its end
// only. It belongs to one goroutine.
type Writer struct {
	store  *Store
	origin parley.Origin
	f      *os.File // nil once committed or aborted
}

// Create begins a blob of a journal. The caller commits or aborts it.
func (s *Store) Create(o parley.Origin) (*Writer, error) {
	if err := s.makeFolder(o); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(s.folder(o), "*"+fresh)
	if err != nil {
		return nil, fault("begin", err)
	}
	return &Writer{store: s, origin: o, f: f}, nil
}

// Write implements io.Writer.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.f.Write(p)
	return n, fault("write", err)
}

// Commit gives the blob its name: it is durable when Commit returns nil. The hash
// is the caller's word, who has just computed it while writing.
func (w *Writer) Commit(h parley.Hash) error {
	f := w.f
	w.f = nil
	err := f.Sync()
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), w.store.path(w.origin, h))
	}
	if err != nil {
		os.Remove(f.Name())
		return fault("name", err)
	}
	return fault("name", syncFolder(w.store.folder(w.origin)))
}

// Abort drops the blob; after Commit it does nothing.
func (w *Writer) Abort() {
	if w.f == nil {
		return
	}
	w.f.Close()
	os.Remove(w.f.Name())
	w.f = nil
}
