package stix

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func seeds(f *testing.F) {
	f.Helper()
	list, err := filepath.Glob("testdata/seed/*")
	if err != nil || len(list) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, file := range list {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(observed20))
	f.Add([]byte(one + "\n" + two))
	f.Add([]byte(`{"objects":[` + one + `,{"a":[1,2},` + two + "," + three + `,]}`))
}

// FuzzReader: whatever comes, the reader ends, what it gives are octets of the
// stream, and where the decoder of the standard library sees objects, so does it.
func FuzzReader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b), ReadOptions{Check: true, Limits: Limits{Object: 1 << 16, Total: 1 << 20}})
		n := 0
		for {
			it, err := r.Next()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if it.Index != n || it.Object == nil && it.Fault == nil {
				t.Fatalf("%+v", it)
			}
			if n++; n > 2*len(b)+2 && len(b) > 2 && b[0] != 0x1f {
				t.Fatal("more items than octets")
			}
			if it.Object != nil && (!json.Valid(it.Raw) || b[0] != 0x1f && !bytes.Contains(b, it.Raw)) {
				t.Fatalf("%q", it.Raw)
			}
		}
		var want struct{ Objects []map[string]any }
		if json.Unmarshal(b, &want) == nil && len(b) > 0 && bytes.HasPrefix(b, []byte(`{"objects":[{`)) && n < len(want.Objects) {
			t.Fatalf("%d items of %d", n, len(want.Objects))
		}
	})
}

// FuzzParse: what is taken is JSON that the standard library takes too, and its
// canonical form says the same and is its own canonical form.
func FuzzParse(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Parse(b, Limits{})
		if err != nil {
			if e, ok := err.(*Fault); !ok || e.Rule == "" || e.Message == "" {
				t.Fatalf("%+v", err)
			}
			return
		}
		if !json.Valid(b) || !bytes.Equal(o.Raw, b) {
			t.Fatalf("%q", b)
		}
		Check(o)
		Resolve(o, nil)
		c, err := Canonical(b)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Canonical(c)
		if err != nil || !bytes.Equal(c, again) {
			t.Fatalf("%q %q %v", c, again, err)
		}
	})
}

// FuzzUpgrade: what comes out is STIX 2.1 that parses, with a marking that is not
// looser, and upgrading it again changes nothing.
func FuzzUpgrade(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		made, _, err := Upgrade(b)
		if err != nil {
			return
		}
		before, err := Parse(b, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range made {
			o, err := Parse(raw, Limits{Depth: 70})
			if err != nil {
				t.Fatalf("%v: %q", err, raw)
			}
			if o.SpecVersion != "2.1" || o.Marking.Strictest() < before.Marking.TLP {
				t.Fatalf("%q", raw)
			}
		}
	})
}

// FuzzDeterministicID: the same observable written in another way has the same identifier.
func FuzzDeterministicID(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		id, err := DeterministicID(b)
		if err != nil {
			return
		}
		c, err := Canonical(b)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := DeterministicID(c); err != nil || again != id {
			t.Fatalf("%s %s %v", id, again, err)
		}
		if _, _, ok := cutID(id); !ok {
			t.Fatal(id)
		}
	})
}
