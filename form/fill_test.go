package form_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley/form"
)

// What a JSON file holds, flags give as flat strings: both give the same content.
func TestFill(t *testing.T) {
	a := law(t)
	var values map[string]any
	if err := json.Unmarshal([]byte(full), &values); err != nil {
		t.Fatal(err)
	}
	got, err := every.Fill(values, a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, string(got)); diff != "" {
		t.Error(diff)
	}
	flat := form.Nest(map[string][]string{
		"text": {"Lines \"and\"\r\n\tmore \\ <b>\r\n"}, "text.language": {"en"}, "line": {" One line "}, "word": {"a-word.2"}, "choice": {"red"}, "threat": {"intrusion"},
		"began": {"2027-01-31T12:00+03:00"}, "ended": {"2027-01-31 10:00 UTC"}, "day": {"2028-02-29"}, "last": {"2028-02-29"}, "number": {"-5"}, "sure": {"yes"},
		"party": {"deltia.example"}, "body": {"aster.example/cert"}, "message": {"0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"},
		"networks": {"192.0.2.7, 2001:DB8::/32"}, "asn": {"AS64496"}, "domain": {"WWW.xn--bcher-kva.example."}, "place": {"Port Aster"}, "tongue": {"zh-hans"}, "within": {""},
		"impact.users": {"12"}, "impact.note": {"Заметка"}, // in the first working language
		"routes.0.kind": {"line"}, "routes.0.address": {""}, "routes.7.kind": {"telephone"}, "routes.7.address": {"+00 1"}, "routes.9.kind": {""},
	})
	if got, err = every.Fill(flat, a); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(full, string(got)); diff != "" {
		t.Error(diff)
	}
}

// Every fault is told at once, beside its field, in words for those who fill in.
func TestFillFaults(t *testing.T) {
	_, err := every.Fill(form.Nest(map[string][]string{
		"began": {"2027-02-30T10:00Z"}, "ended": {"2027-01-31T10:00"}, "number": {"12.5"}, "sure": {"perhaps"}, "networks": {"192.0.2.7/24"},
		"colour": {"x"}, "line": {"a", "b"}, "impact": {"x"}, "asn": {"x"}, "threat": {"weather"},
	}), law(t))
	var faults form.Faults
	if !errors.As(err, &faults) {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range faults {
		got[f.Field] += f.What
	}
	want := map[string]string{
		"text": "missing", "began": `"2027-02-30T10:00Z" is no instant that exists, or has no zone`, "ended": `"2027-01-31T10:00" is no instant that exists, or has no zone`,
		"number": `"12.5" is no whole number`, "sure": `"perhaps" is neither true nor false`, "networks.0": `"192.0.2.7/24" does not fit`,
		"colour": "no field of this form", "line": "2 values", "impact": "no group of fields", "asn": `"X" is no whole number`, "threat": `"weather" does not fit`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFillNotUTF8(t *testing.T) {
	if _, err := every.Fill(map[string]any{"text": "bad \xff", "line": "x"}, nil); err == nil {
		t.Error("octets that are no UTF-8 were sent as something else")
	}
}

const phrase2 = `{"number":2,"values":{"system":{"language":"en","text":"the registry"},"place":"Port Aster","time":"2027-01-31T09:00:00Z","count":12,"net":"192.0.2.0/24","who":"borea.example/cert","side":"borea.example"}}`

// A sentence is sent as a number and values, and read in every language.
func TestPhrase(t *testing.T) {
	a := law(t)
	f, _ := form.Find("phrase", "", 1)
	flat := map[string][]string{"number": {"2"}, "values.system": {"the registry"}, "values.place": {"Port Aster"}, "values.time": {"2027-01-31T09:00Z"},
		"values.count": {"12"}, "values.net": {"192.0.2.0/24"}, "values.who": {"borea.example/cert"}, "values.side": {"borea.example"}}
	raw, err := f.FillIn("en", form.Nest(flat), a)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(phrase2, string(raw)); diff != "" {
		t.Error(diff)
	}
	if err := f.Check(raw, nil); err != nil {
		t.Error("without an agreement:", err)
	}
	for want, languages := range map[string][]string{
		"We lost the registry in Port Aster at 2027-01-31 09:00 UTC; 12 users, 192.0.2.0/24, borea.example/cert, borea.example.": {"fr"},
		"2027-01-31 09:00 UTC: Port Aster, нет the registry; 12, 192.0.2.0/24, borea.example/cert, borea.example.":               {"fr", "ru"},
	} {
		if got, _, ok := form.Say(raw, a, languages...); !ok || got != want {
			t.Errorf("%q", got)
		}
	}
	for _, c := range []struct{ raw, field string }{
		{`{"number":3}`, "number"},
		{`{"number":2}`, "values"},
		{`{"number":1,"values":{"x":"y"}}`, "values"},
		{`{"number":2,"values":{"system":"the registry"}}`, "values.system"},
		{`{"number":2,"values":{"system":{"language":"en","text":"x"}}}`, "values.place"},
		{`{"number":0}`, "number"},
	} {
		var faults form.Faults
		if err := f.Check(json.RawMessage(c.raw), a); !errors.As(err, &faults) || len(faults.Of(c.field)) == 0 {
			t.Errorf("%s: %v", c.raw, err)
		}
	}
}
