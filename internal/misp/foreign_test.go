package misp_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// bundle is the objects of a file, in order; of STIX 2.0, upgraded.
func bundle(t *testing.T, file string) [][]byte {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all [][]byte
	r := stix.NewReader(f, stix.ReadOptions{})
	for {
		item, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if item.Raw == nil {
			continue
		}
		upgraded, _, err := stix.Upgrade(bytes.Clone(item.Raw))
		if err != nil {
			continue
		}
		all = append(all, upgraded...)
	}
}

// TestReference reads what the reference converter made of the real events: each
// attribute of the event comes back.
func TestReference(t *testing.T) {
	files, _ := filepath.Glob(data(t, "misp", "eset-stix21-reference", "*.json"))
	if len(files) == 0 {
		t.Fatal("no reference files")
	}
	found, all := 0, 0
	for _, file := range files {
		f, err := os.Open(data(t, "misp", "eset", filepath.Base(file)))
		if err != nil {
			t.Fatal(err)
		}
		var want *misp.Event
		for e, err := range misp.Events(f, misp.Limits{}) {
			if err != nil {
				t.Fatal(err)
			}
			want = e
		}
		f.Close()
		events, changes, err := misp.FromSTIX(bundle(t, file), misp.FromOptions{})
		if err != nil || len(events) != 1 {
			t.Errorf("%s: %d events, %v", filepath.Base(file), len(events), err)
			continue
		}
		got := map[string]string{}
		values := map[string]bool{}
		for _, a := range attributes(events[0]) {
			got[a.UUID] = a.Type + " " + a.Value
			values[a.Value] = true
		}
		for _, a := range attributes(want) {
			all++
			if got[a.UUID] == a.Type+" "+a.Value || values[a.Value] || strings.HasPrefix(a.Type, "regkey") {
				found++
				continue
			}
			t.Logf("%s: %s %s %.60s: got %q", filepath.Base(file), a.UUID, a.Type, a.Value, got[a.UUID])
		}
		for _, c := range changes {
			if c.Lost {
				t.Log(filepath.Base(file), c)
			}
		}
	}
	t.Logf("%d of %d attributes", found, all)
	if found*100 < all*99 {
		t.Errorf("%d of %d attributes came back", found, all)
	}
}

// TestForeignBundles maps all other STIX there is to events, which are events again
// when they are read.
func TestForeignBundles(t *testing.T) {
	var files []string
	for _, folder := range []string{"attack", "elevator21", "oasis-docs", "mvt", "amnesty", "unit42-2.0", "opencti"} {
		err := filepath.WalkDir(data(t, "stix", folder), func(path string, d os.DirEntry, err error) error {
			if err == nil && strings.Contains(path, ".json") && !d.IsDir() || strings.HasSuffix(path, ".stix2") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	events, attributes, clusters, lost := 0, 0, 0, map[string]int{}
	for _, file := range files {
		objects := bundle(t, file)
		if len(objects) == 0 {
			continue
		}
		got, changes, err := misp.FromSTIX(objects, misp.FromOptions{Info: filepath.Base(file)})
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, c := range changes {
			lost[c.What+": "+strings.Join(strings.Fields(c.Reason)[:min(5, len(strings.Fields(c.Reason)))], " ")]++
		}
		for _, e := range got {
			var b bytes.Buffer
			if err := e.Write(&b); err != nil {
				t.Fatal(err)
			}
			again, errs := read(b.String(), misp.Limits{})
			if len(again) != 1 || len(errs) > 0 {
				t.Errorf("%s: %d events, %v", file, len(again), errs)
				continue
			}
			if slices.ContainsFunc(again[0].Faults, func(f misp.Fault) bool { return f.Refused }) {
				t.Errorf("%s: %v", file, again[0].Faults)
			}
			events, attributes = events+1, attributes+e.Count()
			for _, g := range e.Galaxies {
				clusters += len(g.Clusters)
			}
		}
	}
	t.Logf("%d files, %d events, %d attributes, %d clusters", len(files), events, attributes, clusters)
	for what, n := range lost {
		if n > 20 {
			t.Log(n, what)
		}
	}
}

// attributes are those of the event that are not deleted, those of objects included.
func attributes(e *misp.Event) []misp.Attribute {
	all := slices.Clone(e.Attributes)
	for _, o := range e.Objects {
		all = append(all, o.Attributes...)
	}
	return slices.DeleteFunc(all, func(a misp.Attribute) bool { return a.Deleted })
}

// TestCategoryOf: an instance drops an attribute whose category does not go with its type.
func TestCategoryOf(t *testing.T) {
	for kind, want := range map[string]string{"size-in-bytes": "Other", "regkey": "Persistence mechanism", "md5": "Payload delivery", "suricata": "Network activity", "full-name": "Person", "nobody-knows": "Payload delivery"} {
		if got := misp.CategoryOf(kind); got != want {
			t.Errorf("%s: %s, want %s", kind, got, want)
		}
	}
}
