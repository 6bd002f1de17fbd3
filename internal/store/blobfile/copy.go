package blobfile

import (
	"io"

	"parley.example/parley"
)

// Copy puts a whole blob into the folder of another journal too, durably and checked
// on the way. One that is there stays. NotFound where it is not held whole.
func (s *Store) Copy(from, to parley.Origin, h parley.Hash) error {
	f, err := s.Open(from, h)
	if err != nil {
		return err
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil {
		return fault("look", err)
	}
	held, whole, err := s.Held(to, h, i.Size())
	if err != nil || whole {
		return err
	}
	if _, err := f.Seek(held, io.SeekStart); err != nil {
		return fault("read", err)
	}
	_, err = s.Append(to, h, i.Size(), held, f)
	return err
}
