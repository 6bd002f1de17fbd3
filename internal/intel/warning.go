package intel

import (
	"io/fs"
	"os"
	"path/filepath"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/warninglist"
)

// SetWarnings makes lists of what is harmless known to the store: who sends or exports
// what they name is warned.
func (s *Store) SetWarnings(set *warninglist.Set) { s.warnings.Store(set) }

// Warns says whether there are such lists.
func (s *Store) Warns() bool { return s.warnings.Load() != nil }

// Warning says which list names a value of an object as harmless; empty: none.
func (s *Store) Warning(o *stix.Object) string {
	set := s.warnings.Load()
	if set == nil {
		return ""
	}
	for _, v := range o.Values {
		if hits := set.Names(v); len(hits) > 0 {
			return v.Text + ": " + hits[0].String()
		}
	}
	return ""
}

// LoadWarnings reads every list (*.json, at most 64 MiB) below a folder; what is none is
// named in the faults and left out. A folder that is not there has no lists.
func LoadWarnings(dir string) (set *warninglist.Set, faults []error) {
	var lists []*warninglist.List
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" {
			return nil
		}
		if i, err := d.Info(); err != nil || !i.Mode().IsRegular() || i.Size() > 64<<20 {
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		defer f.Close()
		l, bad, err := warninglist.Parse(f)
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		for _, b := range bad {
			faults = append(faults, b)
		}
		lists = append(lists, l)
		return nil
	})
	if len(lists) == 0 {
		return nil, faults
	}
	set, bad := warninglist.NewSet(lists...)
	for _, b := range bad {
		faults = append(faults, b)
	}
	return set, faults
}
