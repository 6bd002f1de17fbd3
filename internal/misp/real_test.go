package misp_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley/internal/misp"
)

// data is a folder of real files, or the test skips.
func data(t *testing.T, elems ...string) string {
	t.Helper()
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: no real files to read")
	}
	return filepath.Join(append([]string{root}, elems...)...)
}

// realEvents reads every event of the real files, with what else was in them.
func realEvents(t *testing.T) (events []*misp.Event, other map[string][]error) {
	t.Helper()
	other = map[string][]error{}
	for _, folder := range []string{"eset", "pymisp"} {
		files, err := filepath.Glob(data(t, "misp", folder, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatal(folder, err)
		}
		for _, file := range files {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			for e, err := range misp.Events(f, misp.Limits{}) {
				if err != nil {
					other[filepath.Base(file)] = append(other[filepath.Base(file)], err)
				} else {
					events = append(events, e)
				}
			}
			f.Close()
		}
	}
	return events, other
}

func TestRealEvents(t *testing.T) {
	events, other := realEvents(t)
	attributes, truncated, refused := 0, 0, 0
	for _, e := range events {
		attributes += len(e.Attributes)
		for _, o := range e.Objects {
			attributes += len(o.Attributes)
		}
		if e.Truncated {
			truncated++
		}
		for _, f := range e.Faults {
			if f.Refused {
				refused++
			}
			t.Logf("%.30s %s: %s", e.Info, f.Path, f.Reason)
		}
	}
	t.Logf("%d events, %d attributes, %d items refused", len(events), attributes, refused)
	for file, errs := range other {
		t.Log(file, errs)
		var none *misp.NotEvent
		if !errors.As(errs[0], &none) && !strings.HasPrefix(file, "pypi_backdoor") {
			t.Errorf("%s: %v", file, errs)
		}
	}
	if truncated != 1 {
		t.Errorf("%d events were cut off: want the one whose file is not JSON", truncated)
	}
}
