package blobfile

import (
	"fmt"
	"io"
	"os"

	"parley.example/parley"
)

// OffsetError is an append that does not begin where the held octets end.
type OffsetError struct{ Held int64 }

func (e *OffsetError) Error() string {
	return fmt.Sprintf("%d octets of the blob are held: want the octets from there", e.Held)
}
func (e *OffsetError) Unwrap() error { return parley.E(parley.Conflict, "other octets are wanted") }

// Append takes octets of a blob of the given size, from offset on, until r ends or
// the blob is whole, and returns how many are durable. A whole blob is checked and
// gets its name; a whole one that was here before is left alone. One append at a
// time for each blob; the others wait.
//
// Errors: *OffsetError; Untrusted where the whole has another hash, and then
// nothing is held; the error of r, and then what came is held; Unavailable for a
// full disk.
func (s *Store) Append(o parley.Origin, h parley.Hash, size, offset int64, r io.Reader) (held int64, err error) {
	if size < 1 || size > parley.MaxSealedBlob || offset < 0 {
		return 0, parley.E(parley.Invalid, "blob of %d octets from %d: want 1 to %d", size, offset, int64(parley.MaxSealedBlob))
	}
	path := s.path(o, h)
	defer s.lock(path)()
	held, whole, err := s.Held(o, h, size)
	if err != nil || whole {
		return held, err
	}
	if offset != held {
		return held, &OffsetError{held}
	}
	if err := s.makeFolder(o); err != nil {
		return held, err
	}
	f, err := os.OpenFile(path+partial, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return held, fault("write", err)
	}
	defer f.Close()
	if i, err := f.Stat(); err != nil {
		return held, fault("look", err)
	} else if i.Size() == size { // a crash came before the check
		if err := s.finish(f, path, o, h); err != nil {
			return 0, err
		}
		return size, nil
	} else if i.Size() != held {
		if err := f.Truncate(held); err != nil {
			return held, fault("begin again", err)
		}
	}
	n, copyErr := io.Copy(f, io.LimitReader(r, size-held))
	held += n
	if err := f.Sync(); err != nil {
		return 0, fault("write", err)
	}
	if held < size {
		if copyErr == nil || parley.KindOf(copyErr) != parley.Internal {
			return held, copyErr
		}
		return held, fault("take", copyErr)
	}
	if err := s.finish(f, path, o, h); err != nil {
		return 0, err
	}
	return size, nil
}

// finish checks a whole blob and gives it its name.
func (s *Store) finish(f *os.File, path string, o parley.Origin, h parley.Hash) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return fault("check", err)
	}
	if err := checkHash(f, h); err != nil {
		if e := os.Remove(path + partial); e != nil {
			return fault("remove", e)
		}
		return err
	}
	if err := os.Rename(path+partial, path); err != nil {
		return fault("name", err)
	}
	return fault("name", syncFolder(s.folder(o)))
}
