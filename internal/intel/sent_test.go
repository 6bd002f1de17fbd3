package intel_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
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

// TestFiledCopies: what was sent is filed with the octets and terms that the store has of
// it, and stays when what it was taken from is deleted, erased, or sent again.
func TestFiledCopies(t *testing.T) {
	s, db := openStore(t)
	const n = 300
	var list []string
	for i := range n {
		list = append(list, indicatorAt(i, start, fmt.Sprintf(`,"labels":["lot-%d"]`, i%3)))
	}
	importText(t, s, bundle(list...), intel.ImportOptions{Labels: []string{"ours"}})
	own := intel.Query{Directions: []intel.Direction{intel.Own}, Limit: 1000}
	out := intel.Query{Directions: []intel.Direction{intel.Out}, Limit: 1000}
	entry := func(index uint64) parley.Ref { return parley.Ref{Origin: "aster.example/0011", Index: index} }
	file := func(index uint64, party parley.Party, some ...int) bool {
		t.Helper()
		var numbers []uint64
		held := walk(t, s, own)
		for _, i := range some {
			numbers = append(numbers, held[i].N)
		}
		content := parley.Hash{byte(index)}
		if err := s.NoteSent(t.Context(), content, numbers); err != nil {
			t.Fatal(err)
		}
		done, err := s.FileSent(t.Context(), content, intel.ImportOptions{Format: intel.STIX, Marking: stix.Green, Source: intel.Source{Agreement: parley.Hash{1}, Party: party, Direction: intel.Out}},
			intel.Arrival{Entry: entry(index), From: "aster.example/cert", Proof: "signed"})
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	same := func(got []intel.Held, want []string) {
		t.Helper()
		if len(got) != len(want) {
			t.Fatalf("%d objects, want %d", len(got), len(want))
		}
		for i, h := range got {
			if string(h.Raw) != want[i] || h.Marking != stix.Green || i > 0 && !h.Added.After(got[i-1].Added) {
				t.Fatalf("%d: %+v, want %s", i, h, want[i])
			}
		}
	}
	every := make([]int, n)
	for i := range every {
		every[i] = i
	}
	if done, err := s.FileSent(t.Context(), parley.Hash{99}, intel.ImportOptions{}, intel.Arrival{}); done || err != nil {
		t.Errorf("what nobody noted: %v, %v", done, err)
	}
	if !file(1, "borea.example", every...) {
		t.Fatal("not filed")
	}
	same(walk(t, s, out), list)
	if h := walk(t, s, out)[7]; h.Entry == "" || h.From != "aster.example/cert" || h.Proof != "signed" || h.Source.Party != "borea.example" || !h.First || !h.Last {
		t.Errorf("%+v", h)
	}
	for _, q := range []intel.Query{{Labels: []string{"lot-1"}}, {Labels: []string{"lot-1"}, Types: []string{"indicator"}, Text: "sinkhole"}} {
		q.Directions = out.Directions
		if got := walk(t, s, q); len(got) != n/3 {
			t.Errorf("%+v: %d", q, len(got))
		}
	}
	if got := walk(t, s, intel.Query{Directions: out.Directions, Labels: []string{"ours"}}); len(got) != 0 {
		t.Errorf("%d by a label that was not sent", len(got))
	}
	file(2, "borea.example", every[:9]...)
	same(walk(t, s, out), list) // known already

	if !file(3, "corvia.example", append([]int{250, 3}, every[40:70]...)...) {
		t.Fatal("a few are not filed")
	}
	corvia := intel.Query{Directions: out.Directions, Party: "corvia.example", Limit: 1000}
	few := append([]string{list[250], list[3]}, list[40:70]...)
	same(walk(t, s, corvia), few)
	if got := walk(t, s, intel.Query{Directions: out.Directions, Party: "corvia.example", Text: "Sinkhole 250"}); len(got) != 1 {
		t.Errorf("%d by words", len(got))
	}

	for _, i := range []int{3, 45, 299} {
		if _, err := s.Delete(t.Context(), intel.Operator(), 1, fmt.Sprintf("indicator--%08x-0000-4000-8000-%012x", i, i), nil); err != nil {
			t.Fatal(err)
		}
	}
	if got := walk(t, s, own); len(got) != n-3 {
		t.Errorf("%d of our own", len(got))
	}
	same(walk(t, s, intel.Query{Directions: out.Directions, Party: "borea.example", Limit: 1000}), list)
	same(walk(t, s, corvia), few)

	if err := db.Update(t.Context(), func(tx *sqldb.Tx) error { return s.ForgetIn(tx, entry(1)) }); err != nil {
		t.Fatal(err)
	}
	if got := walk(t, s, intel.Query{Directions: out.Directions, Party: "borea.example"}); len(got) != 0 {
		t.Errorf("%d are left of what was erased", len(got))
	}
	same(walk(t, s, corvia), few)
	for i, h := range walk(t, s, own)[100:] {
		if h.ID[11:19] != fmt.Sprintf("%08x", i+102) || !strings.HasPrefix(string(h.Raw), `{"type":"indicator"`) {
			t.Fatalf("erasing what was sent touched what is ours: %+v", h)
		}
	}
}
