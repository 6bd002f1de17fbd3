package interop

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley/internal/stix"
)

// verdict is what judge.py says of one object.
type verdict struct {
	Errors  []string // of the reference validator
	Library string   // why the reference library does not take it
	ID      string   // the deterministic identifier by the library
}

// judges asks the reference validator and library about objects.
func judges(t *testing.T, objects [][]byte) []verdict {
	t.Helper()
	python := os.Getenv("INTEROP_STIX")
	if python == "" {
		t.Skip("no Python with the reference validator: interop/run makes one")
	}
	var in bytes.Buffer
	for _, raw := range objects {
		if err := json.Compact(&in, raw); err != nil {
			t.Fatal(err)
		}
		in.WriteByte('\n')
	}
	cmd := exec.CommandContext(t.Context(), python, "stix/judge.py")
	cmd.Stdin = &in
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []verdict
	for line := range bytes.Lines(out) {
		var v verdict
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		list = append(list, v)
	}
	if len(list) != len(objects) {
		t.Fatalf("%d verdicts of %d objects", len(list), len(objects))
	}
	return list
}

// every has one object of every type, from the tests of internal/stix.
func every(t *testing.T) (list [][]byte) {
	t.Helper()
	f, err := os.Open("../internal/stix/testdata/every.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		list = append(list, bytes.Clone(s.Bytes()))
	}
	return list
}

// What we write as a bundle reads with the reference library, and each object in
// it is valid by the reference validator.
func TestSTIXBundleByJudges(t *testing.T) {
	var b bytes.Buffer
	w := stix.NewBundle(&b, "")
	for _, raw := range append(every(t), stix.MarkingObject(stix.AmberStrict)) {
		if err := w.Add(raw); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var bundle struct{ Objects []json.RawMessage }
	if err := json.Unmarshal(b.Bytes(), &bundle); err != nil {
		t.Fatal(err)
	}
	objects := [][]byte{b.Bytes()}
	for _, raw := range bundle.Objects {
		objects = append(objects, raw)
	}
	for i, v := range judges(t, objects) {
		if len(v.Errors) > 0 || v.Library != "" {
			t.Errorf("%q %s: %s", v.Errors, v.Library, objects[i])
		}
	}
}

// The reference library gives observables the identifiers that we give them.
func TestSTIXIdentifiersByJudges(t *testing.T) {
	var objects [][]byte
	for _, raw := range every(t) {
		if _, err := stix.DeterministicID(raw); err == nil {
			objects = append(objects, raw)
		}
	}
	for i, v := range judges(t, objects) {
		want, err := stix.DeterministicID(objects[i])
		if err != nil || v.ID != want {
			t.Errorf("%s: we say %s, the library %s", objects[i], want, v.ID)
		}
	}
	if len(objects) < 15 {
		t.Errorf("only %d observables", len(objects))
	}
}

// An object with one property less, or of a wrong type, is valid or not by us as
// by the reference validator.
func TestSTIXMutationsByJudges(t *testing.T) {
	var objects [][]byte
	for _, raw := range every(t) {
		var o map[string]any
		if err := json.Unmarshal(raw, &o); err != nil {
			t.Fatal(err)
		}
		put := func() {
			b, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			objects = append(objects, b)
		}
		for name, was := range o {
			if name == "type" || name == "id" || name == "spec_version" {
				continue // without them the validator takes it for something else
			}
			delete(o, name)
			put()
			o[name] = []any{}
			put()
			o[name] = 17.5
			put()
			o[name] = "no such thing \x01"
			put()
			o[name] = was
		}
	}
	differ := compare(t, objects)
	t.Logf("%d objects, %d judged otherwise with a reason", len(objects), differ)
}

// The same of real data, every twentieth object of it.
func TestSTIXRealDataByJudges(t *testing.T) {
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		t.Skip("PARLEY_DATA is not set")
	}
	var objects [][]byte
	n := 0
	for _, name := range []string{"elevator21", "oasis-docs", "mvt", "amnesty", "opencti"} {
		list, err := filepath.Glob(filepath.Join(dir, "stix", name, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range list {
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			r := stix.NewReader(f, stix.ReadOptions{})
			for {
				it, err := r.Next()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				// One pattern of real data is too deep for the validator.
				if n++; n%20 == 0 && it.Object != nil && it.Object.SpecVersion == "2.1" && len(it.Raw) < 20_000 {
					objects = append(objects, it.Raw)
				}
			}
			f.Close()
		}
	}
	differ := compare(t, objects)
	t.Logf("%d objects, %d judged otherwise with a reason", len(objects), differ)
}

// reasons are where the specification is with us, and the validator's schemas do
// not say what it says: by the rule and the property of our fault.
var reasons = map[string]string{
	"identifier": "the schemas of observables take any string as a reference (§2.9)",
}

// otherwise are where the validator finds what the specification does not forbid.
var otherwise = map[string]string{
	"'id' is not a valid observable property name": "every observable has the property id (§3.2)",
}

// compare counts the objects that we judge otherwise than the validator, and why.
func compare(t *testing.T, objects [][]byte) (differ int) {
	t.Helper()
	for i, v := range judges(t, objects) {
		o, err := stix.Parse(objects[i], stix.Limits{})
		var faults []stix.Fault
		if err == nil {
			faults = stix.Check(o)
		} else {
			faults = []stix.Fault{*err.(*stix.Fault)}
		}
		if (len(faults) == 0) == (len(v.Errors) == 0) {
			continue
		}
		known := false
		for _, f := range faults {
			last := f.Path[strings.LastIndex(f.Path, ".")+1:]
			known = known || reasons[f.Rule+" "+f.Path] != "" || reasons[f.Rule+" "+last] != "" || reasons[f.Rule] != ""
		}
		for _, e := range v.Errors {
			for text := range otherwise {
				known = known || strings.Contains(e, text)
			}
		}
		if !known {
			t.Errorf("we find %+v, the validator %q in %s", faults, v.Errors, objects[i])
		}
		differ++
	}
	return differ
}
