package stix

import "testing"

func TestVersions(t *testing.T) {
	parse := func(s string) *Object {
		o, err := Parse([]byte(s), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	const id = `"type":"x-a","id":"x-a--0a1b2c3d-0000-4000-8000-00000000000a"`
	a := parse(`{` + id + `,"modified":"2026-11-01T00:00:00.000Z","name":"a"}`)
	same := parse(`{"name":"\u0061", "modified":"2026-11-01T00:00:00.000Z",` + id + `}`)
	other := parse(`{` + id + `,"modified":"2026-11-01T00:00:00.0Z","name":"b"}`)
	later := parse(`{` + id + `,"modified":"2026-11-01T00:00:00.0001Z","name":"b"}`)
	revoked := parse(`{` + id + `,"modified":"2026-11-01T00:00:00.0001Z","name":"b","revoked":true}`)
	if Equivocation(a, same) || !Equivocation(a, other) || Equivocation(a, later) {
		t.Error("equivocation")
	}
	if Compare(a, later) >= 0 || Compare(later, revoked) >= 0 || Compare(a, same) != 0 {
		t.Error("order")
	}
	created := parse(`{` + id + `,"created":"2026-11-01T00:00:00.000Z"}`)
	if !created.Version.Equal(a.Version) {
		t.Error("an object without modified has the version of its creation")
	}
}

func TestParseTime(t *testing.T) {
	for _, s := range []string{"2026-11-30T08:15:00Z", "2026-11-30T08:15:00.1Z", "2026-11-30T08:15:60.123456789123Z", "2024-02-29T23:59:59.000Z"} {
		if _, ok := ParseTime([]byte(s)); !ok {
			t.Error(s)
		}
	}
	for _, s := range []string{"", "2026-11-31T08:15:00Z", "2026-02-29T08:15:00Z", "2026-11-30t08:15:00Z", "2026-11-30T08:15:00+00:00", "2026-11-30T08:15:00.Z", "2026-13-01T08:15:00Z", "2026-11-30T24:00:00Z", "2026-11-30T08:15:0xZ"} {
		if _, ok := ParseTime([]byte(s)); ok {
			t.Error(s)
		}
	}
	at, _ := ParseTime([]byte("2026-11-30T08:15:00.001002Z"))
	if FormatTime(at) != "2026-11-30T08:15:00.001002Z" {
		t.Error(FormatTime(at))
	}
}

func TestParseIndex(t *testing.T) {
	o, err := Parse([]byte(`{"type":"indicator","spec_version":"2.1","id":"indicator--0a1b2c3d-0000-4000-8000-00000000000a","created_by_ref":"identity--0a1b2c3d-0000-4000-8000-00000000000b",
"created":"2026-11-01T00:00:00.000Z","modified":"2026-11-02T00:00:00.000Z","name":"n\u00e4me","labels":["x","y"],"confidence":70,"lang":"de","pattern_type":"stix",
"pattern":"[domain-name:value = 'Evil.example' OR file:hashes.'SHA-256' = 'AEC070645FE53EE3B3763059376134F058CC337247C978ADD178B6CCDFB0019F']","valid_from":"2026-11-01T00:00:00Z",
"extensions":{"extension-definition--0a1b2c3d-0000-4000-8000-00000000000c":{"extension_type":"property-extension","x_refs":["file--0a1b2c3d-0000-4000-8000-00000000000d"]}}}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Name != "näme" || o.Confidence != 70 || len(o.Labels) != 2 || o.Class != SDO || len(o.Values) != 2 || o.Values[0].Text != "evil.example" || o.Lang != "de" {
		t.Errorf("%+v", o)
	}
	if len(o.Refs) != 2 || o.Refs[1].Property != "extensions.extension-definition--0a1b2c3d-0000-4000-8000-00000000000c.x_refs" {
		t.Errorf("%+v", o.Refs)
	}
	f, err := Parse([]byte(`{"type":"file","id":"file--0a1b2c3d-0000-4000-8000-00000000000d","name":"a.exe","hashes":{"MD5":"D41D8CD98F00B204E9800998ECF8427E"},
"extensions":{"windows-pebinary-ext":{"pe_type":"exe","sections":[{"name":"x","hashes":{"SHA-1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}]}}}`), Limits{})
	if err != nil || len(f.Values) != 3 || f.SpecVersion != "2.1" || f.Class != SCO {
		t.Errorf("%+v %v", f, err)
	}
}

func TestTranslated(t *testing.T) {
	o, err := Parse([]byte(`{"type":"language-content","spec_version":"2.1","id":"language-content--0a1b2c3d-0000-4000-8000-00000000000a","created":"2026-11-01T00:00:00.000Z","modified":"2026-11-01T00:00:00.000Z",
"object_ref":"campaign--0a1b2c3d-0000-4000-8000-00000000000b","object_modified":"2026-10-01T00:00:00.000Z","contents":{"ru":{"name":"x","goals":["y"]},"de":{"name":"z"}}}`), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	tr, ok := Translated(o)
	if !ok || tr.Of != "campaign--0a1b2c3d-0000-4000-8000-00000000000b" || len(tr.Languages) != 2 || tr.Texts["ru"]["name"] != "x" || tr.Version.IsZero() {
		t.Errorf("%+v", tr)
	}
}
