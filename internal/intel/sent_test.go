package intel_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// TestSentCopies: what was sent is filed as it went, also what people released against a
// rule; its versions are in order, and the copy changes nothing of what is ours.
func TestSentCopies(t *testing.T) {
	s, _ := openStore(t)
	breaks := strings.Replace(indicatorAt(9, start, ""), `"pattern_type":"stix",`, "", 1)
	second, first := indicatorAt(1, start.AddDate(0, 0, 1), ""), indicatorAt(1, start, "")
	file := bundle(second, first, indicatorAt(2, start, ""), breaks)
	if r := importText(t, s, file, intel.ImportOptions{}); r.Taken != 3 || r.Quarantined != 1 {
		t.Fatalf("imported: %+v", r)
	}
	source := intel.Source{Agreement: parley.Hash{1}, Party: "borea.example"}
	take := func(d intel.Direction, index uint64, text string) (intel.Report, bool) {
		source.Direction = d
		r, known, err := s.Receive(t.Context(), strings.NewReader(text), intel.ImportOptions{Format: intel.STIX, Marking: stix.Green, Source: source},
			intel.Arrival{Entry: parley.Ref{Origin: "aster.example/0011", Index: index}, From: "aster.example/cert", Proof: "signed"})
		if err != nil {
			t.Fatal(err)
		}
		return r, known
	}
	if r, _ := take(intel.Out, 1, file); r.Taken != 4 {
		t.Errorf("sent: %+v", r)
	}
	if _, known := take(intel.Out, 1, file); !known {
		t.Error("the same attachment is taken twice")
	}
	if r, _ := take(intel.Out, 2, file); r.Known != 4 {
		t.Errorf("sent again: %+v", r)
	}
	if r, _ := take(intel.In, 3, bundle(breaks)); r.Quarantined != 1 {
		t.Errorf("given: %+v", r)
	}
	for _, c := range []struct {
		direction intel.Direction
		versions  string
		want      []string
	}{
		{intel.Own, intel.LastVersion, []string{second, indicatorAt(2, start, "")}},
		{intel.Out, intel.LastVersion, []string{second, indicatorAt(2, start, ""), breaks}},
		{intel.Out, intel.FirstVersion, []string{first, indicatorAt(2, start, ""), breaks}},
		{intel.Out, intel.AllVersions, []string{second, first, indicatorAt(2, start, ""), breaks}},
	} {
		var got []string
		for _, h := range walk(t, s, intel.Query{Directions: []intel.Direction{c.direction}, Versions: []string{c.versions}}) {
			got = append(got, string(h.Raw))
			if h.Contested || h.Recalled {
				t.Errorf("%s: contested %v, recalled %v", h.ID, h.Contested, h.Recalled)
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s, %s: %q, want %q", c.direction, c.versions, got, c.want)
		}
	}
	if r, _ := take(intel.Out, 4, bundle(indicatorAt(1, start.AddDate(0, 0, 2), ""))); r.Taken != 1 {
		t.Errorf("a later version: %+v", r)
	}
	if got := walk(t, s, intel.Query{Directions: []intel.Direction{intel.Out}, IDs: []string{"indicator--00000001-0000-4000-8000-000000000001"}}); len(got) != 1 || got[0].Version.Day() != start.Day()+2 {
		t.Errorf("the last: %+v", got)
	}
}
