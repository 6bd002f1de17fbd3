package intel_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// TestEventAgain: an event that comes again is known; one that was edited keeps when its objects
// were made, also where an event that was never seen stands beside it.
func TestEventAgain(t *testing.T) {
	s, _ := openStore(t)
	event := func(n int, at int64, value string) string {
		return fmt.Sprintf(`{"Event":{"uuid":"b8a3c1de-0000-4000-8000-%012d","info":"e","date":"2026-11-20","timestamp":"%d","Attribute":[
{"uuid":"b8a3c1de-0000-4000-8000-1%011d","type":"domain","category":"Network activity","value":%q,"to_ids":true,"timestamp":"%d"}]}}`, n, at, n, value, at)
	}
	made := time.Date(2025, 11, 23, 0, 0, 0, 0, time.UTC)
	first := event(1, made.Unix(), "a.borea.example")
	if r := importText(t, s, first, intel.ImportOptions{Format: intel.MISP}); r.Changed == 0 || r.Refused != 0 {
		t.Fatalf("%+v", r)
	}
	if r := importText(t, s, first, intel.ImportOptions{Format: intel.MISP}); r.Changed != 0 || r.Known == 0 {
		t.Fatalf("%+v", r)
	}
	edited := made.Add(time.Hour)
	importText(t, s, "["+event(2, edited.Unix(), "c.borea.example")+","+event(1, edited.Unix(), "b.borea.example")+"]", intel.ImportOptions{Format: intel.MISP})
	p, err := s.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Types: []string{"indicator"}, Limit: 10})
	if err != nil || len(p.Objects) != 2 {
		t.Fatal(len(p.Objects), err)
	}
	for _, h := range p.Objects {
		o, err := stix.Parse(h.Raw, stix.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := edited
		if strings.Contains(string(h.Raw), "b.borea.example") {
			want = made
		}
		if !o.Created.Equal(want) || !o.Version.Equal(edited) {
			t.Errorf("created %s, modified %s: %s", o.Created, o.Version, h.Raw)
		}
	}
}

// TestListAgain: the values of a list that comes again later are the objects that they were.
func TestListAgain(t *testing.T) {
	s, db := openStore(t)
	var list strings.Builder
	for i := range 5000 {
		fmt.Fprintf(&list, "h%d.corvia.example\n", i)
	}
	if r := importText(t, s, list.String(), intel.ImportOptions{Format: intel.List}); r.Changed != 5000 {
		t.Fatalf("%+v", r)
	}
	s, err := intel.Open(t.Context(), db, func() time.Time { return start.Add(time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	list.WriteString("new.corvia.example\n")
	if r := importText(t, s, list.String(), intel.ImportOptions{Format: intel.List}); r.Changed != 1 || r.Known != 5000 {
		t.Fatalf("%+v", r)
	}
}
