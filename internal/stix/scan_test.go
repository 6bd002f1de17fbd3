package stix

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"
)

func scanOne(b []byte) (*tree, *Fault) {
	s := scanner{limits: Limits{Depth: 1000}.withDefaults()}
	return s.whole(b)
}

// TestScanSuite runs the public suite of JSON parsing: what must be taken is taken,
// what must not be is not, and what is left to the parser is refused where I-JSON says so.
func TestScanSuite(t *testing.T) {
	for _, file := range files(t, data(t, "crypto", "json-parsing")) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, f := scanOne(b)
		name := filepath.Base(file)
		switch name[0] {
		case 'y':
			if f != nil && f.Rule != "duplicate-key" {
				t.Errorf("%s: %v", name, f)
			}
		case 'n':
			if f == nil {
				t.Errorf("%s is taken", name)
			}
		}
		if f == nil && (!json.Valid(b) || !utf8.Valid(b)) {
			t.Errorf("%s is taken, and is no JSON", name)
		}
	}
}

func TestScanFaults(t *testing.T) {
	for _, c := range []struct{ in, rule, path string }{
		{`{"a":1,}`, "comma", "a"},
		{`{"a":[1,]}`, "comma", "a.[0]"},
		{`{"a":{"b":1,"b":2}}`, "duplicate-key", "a.b"},
		{`{"a":{"b":1,"\u0062":2}}`, "duplicate-key", "a.b"},
		{`{"a":"` + "\xff" + `"}`, "utf-8", "a"},
		{`{"a":"\ud800"}`, "surrogate", "a"},
		{`{"a":"\ud800\u0041"}`, "surrogate", "a"},
		{`{"a":1e999}`, "number", "a"},
		{`{"a":` + strings.Repeat("9", 400) + `}`, "number", "a"},
		{`{"a":01}`, "json", "a"},
		{"{\"a\":\"\x00\"}", "json", "a"},
		{`{"a":"\x"}`, "json", "a"},
		{`{"a":tru}`, "json", "a"},
		{`{"a":1`, "json", "a"},
		{strings.Repeat("[", 2000), "depth", ""},
		{`{'a':1}`, "json", ""},
	} {
		_, f := scanOne([]byte(c.in))
		if f == nil || f.Rule != c.rule || c.path != "" && f.Path != c.path {
			t.Errorf("%.60s: %+v, want %s at %s", c.in, f, c.rule, c.path)
		}
	}
}

// TestScanManyKeys finds a key that comes back among many, where a table compares them.
func TestScanManyKeys(t *testing.T) {
	var b strings.Builder
	b.WriteByte('{')
	for i := range 5000 {
		b.WriteString(`"key-of-some-length-` + strings.Repeat("x", i%7) + string(rune('a'+i%26)) + strings.Repeat("0", i/26) + `-same-end":0,`)
	}
	if _, f := scanOne([]byte(b.String() + `"last":1}`)); f != nil {
		t.Error(f)
	}
	if _, f := scanOne([]byte(b.String() + `"key-of-some-length-a-same-end":1}`)); f == nil || f.Rule != "duplicate-key" {
		t.Errorf("%+v", f)
	}
}
