package intel_test

import (
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// TestOriginal: what came as STIX 2.0 is kept byte for byte beside what was made of it, once, and
// goes with it.
func TestOriginal(t *testing.T) {
	s, _ := openStore(t)
	const id = "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b"
	const old = `{"type": "malware",  "id": "` + id + `", "created": "2017-01-27T13:49:53.997Z", "modified": "2017-01-27T13:49:53.997Z", "name": "Poison Ivy", "labels": ["remote-access-trojan"]}`
	text := `{"type":"bundle","id":"bundle--31b940d4-6f7f-459a-80ea-9c1f17b5891c","spec_version":"2.0","objects":[` + old + `]}`
	if r := importText(t, s, text, intel.ImportOptions{}); r.Changed != 1 {
		t.Fatalf("%+v", r)
	}
	if r := importText(t, s, text, intel.ImportOptions{}); r.Known != 1 {
		t.Fatalf("%+v", r)
	}
	importText(t, s, bundle(indicatorAt(1, start, "")), intel.ImportOptions{})
	p, err := s.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Limit: 10})
	if err != nil || len(p.Objects) != 2 {
		t.Fatal(p, err)
	}
	for _, h := range p.Objects {
		raw, err := s.Original(t.Context(), h.N)
		switch {
		case h.ID == id && (err != nil || string(raw) != old):
			t.Errorf("%s, %v", raw, err)
		case h.ID == id && (string(h.Raw) == old || !strings.Contains(string(h.Raw), `"spec_version"`)):
			t.Errorf("%s", h.Raw)
		case h.ID != id && parley.KindOf(err) != parley.NotFound:
			t.Errorf("%s: %s, %v", h.ID, raw, err)
		}
	}
	n := p.Objects[0].N
	if _, err := s.Delete(t.Context(), intel.Operator(), p.Objects[0].Source.N, id, nil); err != nil {
		t.Fatal(err)
	}
	if raw, err := s.Original(t.Context(), n); parley.KindOf(err) != parley.NotFound {
		t.Errorf("after it was deleted: %s, %v", raw, err)
	}
}
