package stix

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// data is the folder of real data, or the test is skipped.
func data(t testing.TB, names ...string) string {
	t.Helper()
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: the tests over real data are skipped")
	}
	return filepath.Join(append([]string{root}, names...)...)
}

func files(t testing.TB, root string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
