package cli

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"parley.example/parley"
)

//go:embed samples
var samples embed.FS

// demoFiles are the attachments of the demo: real files of the field from
// PARLEY_DATA where that is set, else the samples in this program, which are
// written to dir. They are at most most octets each, the smallest first of each
// kind, so that the demo stays short.
func demoFiles(dir string) ([]string, error) {
	if data := os.Getenv("PARLEY_DATA"); data != "" {
		if list := realFiles(data); len(list) > 0 {
			return list, nil
		}
	}
	var list []string
	err := fs.WalkDir(samples, "samples", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := samples.ReadFile(name)
		if err != nil {
			return err
		}
		path := filepath.Join(dir, filepath.Base(name))
		list = append(list, path)
		return os.WriteFile(path, b, 0o600)
	})
	if err != nil {
		return nil, parley.E(parley.Unavailable, "write the samples: %w", err)
	}
	return list, nil
}

// realFiles takes a few files of each folder under data: the largest below the bound.
func realFiles(data string) []string {
	const most, least, each = 5 << 20, 1 << 10, 2
	type file struct {
		path string
		size int64
	}
	byFolder := map[string][]file{}
	filepath.WalkDir(data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), "README") {
			return nil
		}
		if i, err := d.Info(); err == nil && i.Mode().IsRegular() && i.Size() >= least && i.Size() <= most {
			rel, _ := filepath.Rel(data, path)
			top, _, _ := strings.Cut(rel, string(filepath.Separator))
			byFolder[top] = append(byFolder[top], file{path, i.Size()})
		}
		return nil
	})
	var list []string
	for _, files := range byFolder {
		slices.SortFunc(files, func(a, b file) int { return int(b.size - a.size) })
		for _, f := range files[:min(each, len(files))] {
			list = append(list, f.path)
		}
	}
	slices.Sort(list)
	return list
}
