package parley_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is our own path.
const module = "parley.example/parley"

// golist is one package as `go list -json` tells it; paths are below the module.
type golist struct {
	ImportPath   string
	Dir          string
	Doc          string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// name is the package's folder below the module; "parley" for the root.
func (p golist) name() string { return short(p.ImportPath) }

// short is an import path of ours without the module, or "" for a foreign one.
func short(importPath string) string {
	if importPath == module {
		return "parley"
	}
	name, ok := strings.CutPrefix(importPath, module+"/")
	if !ok {
		return ""
	}
	return name
}

// packages lists every package of the module, once for all house tests.
var packages = sync.OnceValues(func() ([]golist, error) {
	out, err := exec.Command("go", "list", "-e", "-json", "./...").Output()
	if err != nil {
		return nil, err
	}
	var all []golist
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p golist
		switch err := d.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, err
		}
		all = append(all, p)
	}
})

func ours(t *testing.T) []golist {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// tracked lists the files in the repository, or skips where there is none.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("no repository here: %v", err)
	}
	files := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
	return slices.DeleteFunc(files, func(f string) bool {
		_, err := os.Stat(f)
		return err != nil // removed in the working copy
	})
}

// isText reports whether the file is text that people write, by its name.
func isText(file string) bool {
	switch path.Ext(file) {
	case ".go", ".md", ".toml", ".sql", ".txtar", ".json", ".js", ".css", ".html", ".tmpl", ".service", ".yml", ".yaml", ".txt", "":
		return true
	}
	return false
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
