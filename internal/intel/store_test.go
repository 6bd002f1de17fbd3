package intel_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// start is when every store of these tests begins; its clock stands still, so that
// what must be unique is not so by chance.
var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

func openStore(t testing.TB) (*intel.Store, *sqldb.DB) {
	t.Helper()
	db, err := sqldb.OpenVolatile(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	s, err := intel.Open(t.Context(), db, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

func importText(t testing.TB, s *intel.Store, text string, o intel.ImportOptions) intel.Report {
	t.Helper()
	r, err := s.Import(t.Context(), strings.NewReader(text), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// indicatorAt is an indicator for a domain name; n makes it another one.
func indicatorAt(n int, modified time.Time, more string) string {
	return fmt.Sprintf(`{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-%012x","created":"2026-01-01T00:00:00.000Z","modified":%q,`+
		`"name":"Sinkhole %d","pattern":"[domain-name:value = 'host%d.example.org']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"%s}`,
		n, n, modified.Format("2006-01-02T15:04:05.000Z"), n, n, more)
}

func bundle(objects ...string) string {
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",") + `]}`
}

func find(t testing.TB, s *intel.Store, q intel.Query) intel.Page {
	t.Helper()
	if !q.Clearance.All && q.Clearance.TLP == stix.Unmarked {
		q.Clearance = intel.Operator()
	}
	p, err := s.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// walk goes through all pages of a query.
func walk(t testing.TB, s *intel.Store, q intel.Query) (all []intel.Held) {
	t.Helper()
	for {
		p := find(t, s, q)
		all = append(all, p.Objects...)
		if !p.More {
			return all
		}
		q.After = p.Next
	}
}

// TestEveryObjectComesBack imports thousands of objects in lots of several sizes, so
// that runs are merged, and finds each by its identifier, forwards and backwards.
func TestEveryObjectComesBack(t *testing.T) {
	s, _ := openStore(t)
	n := 0
	raw := map[string]string{}
	for _, size := range []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 63, 64, 65, 700, 9000, 3, 2, 2, 2, 2, 2, 2, 2} {
		var list []string
		for range size {
			o := indicatorAt(n, start, `,"labels":["lot-`+fmt.Sprint(size)+`"]`)
			raw[fmt.Sprintf("indicator--%08x-0000-4000-8000-%012x", n, n)] = o
			list = append(list, o)
			n++
		}
		if r := importText(t, s, bundle(list...), intel.ImportOptions{}); r.Taken != size {
			t.Fatalf("%+v", r)
		}
	}
	for _, newest := range []bool{false, true} {
		all := walk(t, s, intel.Query{Limit: 777, Newest: newest})
		if len(all) != n {
			t.Fatalf("%d objects, want %d", len(all), n)
		}
		typed := walk(t, s, intel.Query{Limit: 1000, Newest: newest, Types: []string{"indicator"}})
		if len(typed) != n {
			t.Fatalf("%d by type, want %d", len(typed), n)
		}
		last := time.Time{}
		for i, h := range all {
			if string(h.Raw) != raw[h.ID] || h.ID != typed[i].ID {
				t.Fatalf("%s: other octets than came", h.ID)
			}
			if !newest && !h.Added.After(last) || newest && !last.IsZero() && !h.Added.Before(last) {
				t.Fatalf("added %v after %v", h.Added, last)
			}
			last = h.Added
		}
	}
	for i := 0; i < n; i += 37 {
		id := fmt.Sprintf("indicator--%08x-0000-4000-8000-%012x", i, i)
		for _, newest := range []bool{false, true} {
			if got := walk(t, s, intel.Query{IDs: []string{id}, Newest: newest}); len(got) != 1 || got[0].ID != id {
				t.Fatalf("%s: %d found", id, len(got))
			}
		}
	}
	if got := walk(t, s, intel.Query{Labels: []string{"LOT-65"}}); len(got) != 65 {
		t.Errorf("%d by label", len(got))
	}
	if got := walk(t, s, intel.Query{Labels: []string{"lot-2"}, Types: []string{"indicator"}, Text: "sinkhole"}); len(got) != 14 {
		t.Errorf("%d by label, type and word", len(got))
	}
	if got := walk(t, s, intel.Query{Text: "Sinkhole 4711"}); len(got) != 1 {
		t.Errorf("%d by words", len(got))
	}
	p := find(t, s, intel.Query{Limit: 10, AddedAfter: start.Add(5000 * time.Millisecond)})
	if len(p.Objects) != 10 || !p.Objects[0].Added.Equal(start.Add(5001*time.Millisecond)) {
		t.Errorf("added after: %v", p.Objects[0].Added)
	}
	for _, q := range []intel.Query{{}, {Types: []string{"indicator"}}} {
		q.AddedAfter = start.Add(5000 * time.Millisecond)
		up := walk(t, s, q)
		q.Newest = true
		down := walk(t, s, q)
		slices.Reverse(down)
		if len(up) == 0 || !slices.EqualFunc(up, down, func(a, b intel.Held) bool { return a.N == b.N }) {
			t.Errorf("added after: %d objects, the newest first %d", len(up), len(down))
		}
	}
	if got := importText(t, s, bundle(raw["indicator--00000005-0000-4000-8000-000000000005"]), intel.ImportOptions{}); got.Known != 1 || got.Taken != 0 {
		t.Errorf("again: %+v", got)
	}
}

// TestVersions: the last is found unless others are asked for, in whatever order they came.
func TestVersions(t *testing.T) {
	s, db := openStore(t)
	at := func(day int) string { return indicatorAt(7, start.AddDate(0, 0, day), "") }
	importText(t, s, bundle(at(2)), intel.ImportOptions{})
	importText(t, s, bundle(at(1), at(3)), intel.ImportOptions{})
	importText(t, s, bundle(at(2), at(0)), intel.ImportOptions{})
	for _, c := range []struct {
		versions []string
		days     []int
	}{
		{nil, []int{3}}, {[]string{"last"}, []int{3}}, {[]string{"first"}, []int{0}}, {[]string{"first", "last"}, []int{3, 0}},
		{[]string{"all"}, []int{2, 1, 3, 0}}, {[]string{start.AddDate(0, 0, 1).Format(time.RFC3339)}, []int{1}},
	} {
		got := walk(t, s, intel.Query{Versions: c.versions})
		var days []int
		for _, h := range got {
			days = append(days, int(h.Version.Sub(start).Hours()/24))
		}
		if fmt.Sprint(days) != fmt.Sprint(c.days) {
			t.Errorf("%v: %v, want %v", c.versions, days, c.days)
		}
	}
	if alarms, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(true) }); err != nil || len(alarms) != 0 {
		t.Errorf("alarms: %v, %v", alarms, err)
	}
}

// TestContested: the same version with other content is an alarm, and both are kept;
// other spaces are not other content.
func TestContested(t *testing.T) {
	s, db := openStore(t)
	one := indicatorAt(1, start, `,"description":"one"`)
	two := strings.Replace(one, `"one"`, `"two"`, 1)
	a, _ := stix.Parse([]byte(one), stix.Limits{})
	if b, _ := stix.Parse([]byte(two), stix.Limits{}); !stix.Equivocation(a, b) {
		t.Fatal("one version of one id with another description is no equivocation")
	}
	importText(t, s, bundle(one), intel.ImportOptions{})
	if r := importText(t, s, bundle(strings.ReplaceAll(one, `","`, `" , "`)), intel.ImportOptions{}); r.Known != 1 {
		t.Errorf("with spaces: %+v", r)
	}
	if r := importText(t, s, bundle(two), intel.ImportOptions{}); r.Contested != 1 || len(r.Lines) != 1 {
		t.Errorf("contested: %+v", r)
	}
	got := walk(t, s, intel.Query{})
	if len(got) != 1 || string(got[0].Raw) != one || !got[0].Contested {
		t.Errorf("%+v", got)
	}
	both := walk(t, s, intel.Query{WithContested: true})
	if len(both) != 2 || string(both[1].Raw) != two || !both[1].Contested {
		t.Errorf("both: %+v", both)
	}
	alarms, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(false) })
	if err != nil || len(alarms) != 1 || alarms[0].Kind != intel.AlarmContested {
		t.Errorf("alarms: %v, %v", alarms, err)
	}
}

// TestContestedBetweenSources: another content for one version in another source is
// contested, and stands in its own source beside the first; it hides nothing, and is not
// hidden. Within its source a third one is evidence alone. INTEL-4, INTEL-7
func TestContestedBetweenSources(t *testing.T) {
	s, db := openStore(t)
	one := indicatorAt(1, start, `,"description":"one"`)
	two, three := strings.Replace(one, `"one"`, `"two"`, 1), strings.Replace(one, `"one"`, `"three"`, 1)
	tool := intel.Source{Direction: intel.Own, Name: "TAXII client siem"}
	importText(t, s, bundle(one), intel.ImportOptions{})
	if r := importText(t, s, bundle(two), intel.ImportOptions{Source: tool}); r.Contested != 1 {
		t.Fatalf("%+v", r)
	}
	if r := importText(t, s, bundle(three), intel.ImportOptions{Source: tool}); r.Contested != 1 {
		t.Fatalf("%+v", r)
	}
	got := walk(t, s, intel.Query{})
	if len(got) != 2 || string(got[0].Raw) != one || string(got[1].Raw) != two || !got[0].Contested || !got[1].Contested || !got[1].Last || !got[1].First {
		t.Errorf("%+v", got)
	}
	if got := walk(t, s, intel.Query{OnlyContested: true}); len(got) != 3 {
		t.Errorf("%d are contested, want all 3", len(got))
	}
	importText(t, s, bundle(indicatorAt(1, start.AddDate(0, 0, 1), "")), intel.ImportOptions{Source: tool})
	if got := walk(t, s, intel.Query{}); len(got) != 2 || string(got[0].Raw) != one || !got[1].Version.After(start) {
		t.Errorf("with a later version in one source: %+v", got)
	}
	alarms, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(false) })
	if err != nil || len(alarms) != 2 {
		t.Errorf("alarms: %v, %v", alarms, err)
	}
}

// TestDefinitionGoesAlong: whoever may see what a definition marks may see the
// definition, where it has no marking of its own; what brought it marks it all the same.
func TestDefinitionGoesAlong(t *testing.T) {
	const id = "marking-definition--11111111-0000-4000-8000-00000000000"
	statement := func(n, more string) string {
		return `{"type":"marking-definition","spec_version":"2.1","id":"` + id + n + `","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Copyright Corvia."}` + more + `}`
	}
	const amber = `,"object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]`
	green := indicatorAt(1, start, `,"object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da","`+id+`1"]`)
	for _, c := range []struct {
		name string
		o    intel.ImportOptions
		want int
	}{{"unmarked", intel.ImportOptions{}, 2}, {"marked TLP:GREEN", intel.ImportOptions{Marking: stix.Green}, 2}, {"marked TLP:AMBER", intel.ImportOptions{Marking: stix.Amber}, 0}} {
		s, _ := openStore(t)
		if r := importText(t, s, bundle(green, statement("1", ""), statement("2", amber)), c.o); r.Taken != 3 {
			t.Fatalf("%s: %+v", c.name, r)
		}
		if got := find(t, s, intel.Query{Clearance: intel.Clearance{TLP: stix.Green, Own: true}}).Objects; len(got) != c.want {
			t.Errorf("%s: a client for TLP:GREEN sees %d objects, want %d", c.name, len(got), c.want)
		}
	}
}

// TestFindByValue finds indicators and observables, and nothing else.
func TestFindByValue(t *testing.T) {
	s, _ := openStore(t)
	importText(t, s, bundle(indicatorAt(1, start, ""), indicatorAt(2, start, ""),
		`{"type":"domain-name","spec_version":"2.1","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"host1.example.org"}`), intel.ImportOptions{})
	v := indicator.Value{Kind: "domain-name", Text: "host1.example.org"}
	if got := walk(t, s, intel.Query{Values: []indicator.Value{v}}); len(got) != 2 {
		t.Errorf("%d by value: want the indicator and the observable", len(got))
	}
}

// TestRealBundles takes every bundle of the real data: each good object comes back as
// it came, and what is not taken has a reason.
func TestRealBundles(t *testing.T) {
	data := os.Getenv("PARLEY_DATA")
	if data == "" {
		t.Skip("PARLEY_DATA is not set: it names the folder of real data")
	}
	s, _ := openStore(t)
	total := intel.Report{}
	err := filepath.WalkDir(filepath.Join(data, "stix"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || strings.Contains(path, "schemas") {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r, err := s.Import(context.Background(), bytes.NewReader(b), intel.ImportOptions{Name: filepath.Base(path)})
		if err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if r.Taken+r.Changed+r.Known+r.Contested+r.Quarantined+r.Refused != r.Objects {
			t.Errorf("%s: %+v does not add up", path, r)
		}
		total.Objects, total.Taken, total.Changed, total.Known = total.Objects+r.Objects, total.Taken+r.Taken, total.Changed+r.Changed, total.Known+r.Known
		total.Contested, total.Quarantined, total.Refused = total.Contested+r.Contested, total.Quarantined+r.Quarantined, total.Refused+r.Refused
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", total)
	all := walk(t, s, intel.Query{Limit: 1000, Versions: []string{"all"}, WithRevoked: true, WithContested: true})
	if len(all) != total.Taken+total.Changed+total.Contested {
		t.Errorf("%d come back, want %d", len(all), total.Taken+total.Changed+total.Contested)
	}
}

// TestMarkingOfOthers: a definition that one source gives says nothing of the markings
// of another; what nobody explains stays the strictest. INTEL-3
func TestMarkingOfOthers(t *testing.T) {
	s, _ := openStore(t)
	const id = "marking-definition--11111111-0000-4000-8000-000000000001"
	definition := `{"type":"marking-definition","spec_version":"2.1","id":"` + id + `","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Share with everybody."}}`
	marked := indicatorAt(1, start, `,"object_marking_refs":["`+id+`"]`)
	feed := func(name string) intel.Source { return intel.Source{Direction: intel.Own, Name: name} }
	importText(t, s, bundle(definition), intel.ImportOptions{Source: feed("one")})
	importText(t, s, bundle(marked), intel.ImportOptions{Source: feed("two")})
	if got := find(t, s, intel.Query{Types: []string{"indicator"}}).Objects; len(got) != 1 || got[0].Marking != stix.Red {
		t.Fatalf("marked by a definition of another source: %v", got)
	}
	importText(t, s, bundle(indicatorAt(2, start, `,"object_marking_refs":["`+id+`"]`)), intel.ImportOptions{Source: feed("one")})
	if got := find(t, s, intel.Query{Types: []string{"indicator"}, MaxTLP: stix.Amber}).Objects; len(got) != 1 {
		t.Fatalf("its own definition does not hold: %v", got)
	}
}

// TestKnownUnderStricter: an object that comes again is known already, and from then on
// marked as strictly as the strictest that brought it; never more loosely. INTEL-3
func TestKnownUnderStricter(t *testing.T) {
	s, _ := openStore(t)
	text := bundle(indicatorAt(1, start, ""), indicatorAt(2, start, ""))
	green := intel.Query{Clearance: intel.Clearance{TLP: stix.Green, Own: true}}
	importText(t, s, text, intel.ImportOptions{Marking: stix.Green})
	if got := find(t, s, green).Objects; len(got) != 2 {
		t.Fatalf("marked TLP:GREEN: %d objects for whom that is", len(got))
	}
	for _, again := range []stix.TLP{stix.Red, stix.Clear, stix.Unmarked} {
		if r := importText(t, s, bundle(indicatorAt(1, start, "")), intel.ImportOptions{Marking: again}); r.Known != 1 {
			t.Fatalf("again: %+v", r)
		}
		if got := find(t, s, green).Objects; len(got) != 1 || got[0].Marking != stix.Green {
			t.Errorf("after %v: %v", again, got)
		}
		if got := find(t, s, intel.Query{MinTLP: stix.Red}).Objects; len(got) != 1 || got[0].Marking != stix.Red {
			t.Errorf("after %v: %v are TLP:RED", again, got)
		}
	}
}

// TestContestedAlarm: however many objects of one import contest what was there, one alarm
// says how many and names the first; both of each are found.
func TestContestedAlarm(t *testing.T) {
	s, db := openStore(t)
	const n = 300
	var one, two []string
	for i := range n {
		one, two = append(one, indicatorAt(i, start, `,"description":"one"`)), append(two, indicatorAt(i, start, `,"description":"two"`))
	}
	importText(t, s, bundle(one...), intel.ImportOptions{})
	if r := importText(t, s, bundle(two...), intel.ImportOptions{Name: "two.json"}); r.Contested != n {
		t.Fatalf("%+v", r)
	}
	alarms, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(false) })
	if err != nil || len(alarms) != 1 || !strings.Contains(alarms[0].Text, "300 objects") || !strings.Contains(alarms[0].Text, "two.json") ||
		strings.Count(alarms[0].Text, "indicator--") != 5 {
		t.Errorf("%+v, %v", alarms, err)
	}
	if got := walk(t, s, intel.Query{OnlyContested: true}); len(got) != 2*n {
		t.Errorf("%d are contested, want both of %d", len(got), n)
	}
	importText(t, s, bundle(indicatorAt(n, start, "")), intel.ImportOptions{})
	if got := walk(t, s, intel.Query{OnlyContested: true, IDs: []string{"indicator--00000005-0000-4000-8000-000000000005"}}); len(got) != 2 || string(got[0].Raw) != one[5] || string(got[1].Raw) != two[5] {
		t.Errorf("the evidence of one: %+v", got)
	}
}
