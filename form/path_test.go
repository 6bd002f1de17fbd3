package form_test

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
)

func TestAt(t *testing.T) {
	for path, want := range map[string]form.Type{"text": form.Text, "impact.users": form.Number, "routes.1.address": form.Line, "networks.2": form.Network, "networks": form.Network} {
		if f, ok := every.At(path); !ok || f.Type != want {
			t.Errorf("%s: %v", path, f)
		}
	}
	for _, path := range []string{"", "txet", "impact.x", "routes.x.address", "routes.01.address", "networks.3", "text.0", "routes.-1.kind"} {
		if f, ok := every.At(path); ok {
			t.Errorf("%q is %s", path, f.Name)
		}
	}
}

// A correction's value is written as the field is.
func TestTakes(t *testing.T) {
	a := law(t)
	for path, value := range map[string]string{"began": "2027-01-31T09:00:00Z", "number": "-5", "asn": "64496", "sure": "false", "threat": "intrusion", "networks.0": "192.0.2.0/24", "routes.1.address": "+00 1"} {
		if err := every.Takes(path, value, a); err != nil {
			t.Error(err)
		}
	}
	for path, value := range map[string]string{"began": "yesterday", "number": "501", "asn": "AS1", "sure": "yes", "threat": "weather", "impact": "x", "routes.0": "x", "nothing": "x", "networks.0": "192.0.2.1/24", "line": ""} {
		if err := every.Takes(path, value, a); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%s takes %s: %v", path, value, err)
		}
	}
}

// Every form can be begun with its blank, and a blank is nothing.
func TestBlank(t *testing.T) {
	for _, f := range append(form.All(), every) {
		m, err := form.Values(f.Blank("en"))
		if err != nil {
			t.Errorf("%s: %v\n%s", f.Name(), err, f.Blank("en"))
			continue
		}
		got, err := f.Fill(m, nil)
		if err == nil && string(got) == "{}" { // nothing is owed
			continue
		}
		if err == nil || strings.Contains(err.Error(), "no field") || strings.Contains(err.Error(), "no single value") {
			t.Errorf("%s: %v", f.Name(), err)
		}
	}
}

func TestValues(t *testing.T) {
	for _, raw := range []string{``, `[]`, `"x"`, `{"a":1,"a":2}`, `{"a":{"b":1,"b":1}}`, `{} {}`, strings.Repeat(`{"a":`, 20), `{"a":` + strings.Repeat("x", 5*form.MaxContent)} {
		if m, err := form.Values([]byte(raw)); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%.40s: %v", raw, m)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, seed := range []string{full, `{"a":[{}]}`, `{"a":null}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := form.Values(raw)
		if err != nil {
			return
		}
		if got, err := every.Fill(m, nil); err == nil && every.Check(got, nil) != nil {
			t.Fatalf("what was filled in does not fit: %s", got)
		}
	})
}
