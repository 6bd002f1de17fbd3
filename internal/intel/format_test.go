package intel_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/internal/warninglist"
)

// TestFormats: each format is told by its beginning, and what it says is found by value.
func TestFormats(t *testing.T) {
	for _, c := range []struct{ format, text, value string }{
		{"stix", bundle(indicatorAt(1, start, "")), "host1.example.org"},
		{"stix", indicatorAt(1, start, ""), "host1.example.org"},
		{"list", "# a list\nhxxp://evil[.]example.org/x\n198.51.100[.]7\nnot a value at all\n", "198.51.100.7"},
		{"csv", "value,description\nevil.example.org,seen here\n198.51.100.7,and there\n", "evil.example.org"},
		{"misp", `{"Event":{"uuid":"5f1c8a3e-0001-4000-8000-0000ac110002","info":"Harbour","date":"2026-01-02","timestamp":"1767312000","Orgc":{"name":"Aster","uuid":"5f1c8a3e-0002-4000-8000-0000ac110002"},
			"Attribute":[{"uuid":"5f1c8a3e-0003-4000-8000-0000ac110002","type":"domain","category":"Network activity","value":"evil.example.org","to_ids":true,"timestamp":"1767312000"}]}}`, "evil.example.org"},
	} {
		for _, packed := range []bool{false, true} {
			s, _ := openStore(t)
			text := c.text
			if packed {
				var b bytes.Buffer
				z := gzip.NewWriter(&b)
				z.Write([]byte(text))
				z.Close()
				text = b.String()
			}
			r := importText(t, s, text, intel.ImportOptions{Name: "feed"})
			if r.Format != c.format || r.Taken+r.Changed == 0 {
				t.Errorf("%s: %+v", c.format, r)
			}
			v, err := indicator.Recognise(c.value)
			if err != nil {
				t.Fatal(err)
			}
			if got := walk(t, s, intel.Query{Values: []indicator.Value{v}}); len(got) == 0 {
				t.Errorf("%s: nothing by the value %s: %+v", c.format, c.value, r)
			}
			if r = importText(t, s, text, intel.ImportOptions{Name: "feed"}); r.Taken+r.Changed+r.Contested != 0 {
				t.Errorf("%s again: %+v", c.format, r)
			}
		}
	}
}

// TestTableMarkings: what a table says of a value's traffic light holds, is never loosened, and
// a stricter word later is a later version; cells that say nothing are named.
func TestTableMarkings(t *testing.T) {
	s, _ := openStore(t)
	find := func(value string) intel.Held {
		t.Helper()
		got := walk(t, s, intel.Query{Values: []indicator.Value{{Kind: indicator.Domain, Text: value}}})
		if len(got) != 1 {
			t.Fatalf("%s: %d objects", value, len(got))
		}
		return got[0]
	}
	table := "value,tlp,first_seen,revoked\nred.example.org,red,,\ngreen.example.org,TLP:GREEN,,\nodd.example.org,mauve,2026-02-30,\nplain.example.org,,,\n"
	r := importText(t, s, table, intel.ImportOptions{Marking: stix.Amber})
	for value, want := range map[string]stix.TLP{"red.example.org": stix.Red, "green.example.org": stix.Amber, "odd.example.org": stix.Red, "plain.example.org": stix.Amber} {
		if got := find(value).Marking; got != want {
			t.Errorf("%s: %v, want %v", value, got, want)
		}
	}
	if len(r.Lines) != 2 || r.Lines[0].Path != "line 4" || r.Lines[0].What != intel.Lost {
		t.Errorf("what cannot be read is not named: %+v", r.Lines)
	}
	if r = importText(t, s, table, intel.ImportOptions{Marking: stix.Amber}); r.Known != 4 || r.Changed != 0 {
		t.Errorf("again: %+v", r)
	}
	r = importText(t, s, "value,tlp\ngreen.example.org,red\nplain.example.org,green\n", intel.ImportOptions{})
	if r.Changed != 1 || r.Known != 1 || r.Contested != 0 || find("green.example.org").Marking != stix.Red || find("plain.example.org").Marking != stix.Amber {
		t.Errorf("a stricter word: %+v", r)
	}
	r = importText(t, s, "value,revoked\nplain.example.org,true\n", intel.ImportOptions{})
	if got := walk(t, s, intel.Query{Values: []indicator.Value{{Kind: indicator.Domain, Text: "plain.example.org"}}}); r.Changed != 1 || len(got) != 0 {
		t.Errorf("revoked: %+v, %d objects", r, len(got))
	}
}

// TestListOtherWords: a value that a list names twice, or again with other words, is known
// already and named in the report; a list contests nothing of its own.
func TestListOtherWords(t *testing.T) {
	s, db := openStore(t)
	o := intel.ImportOptions{Name: "list"}
	lost := func(what, text string, o intel.ImportOptions, changed, known, lines int) {
		t.Helper()
		r := importText(t, s, text, o)
		if r.Changed != changed || r.Known != known || r.Contested != 0 || len(r.Lines) != lines || lines > 0 && (r.Lines[0].What != intel.Lost || r.Lines[0].ID == "" || r.Lines[0].Path == "") {
			t.Errorf("%s: %+v", what, r)
		}
	}
	const list = "192.0.2.1 # scanner\n192.0.2.2\n192.0.2.1 # a proxy\n192.0.2.2\n"
	lost("twice in it", list, o, 2, 2, 1)
	lost("the list again", list, o, 0, 4, 1)
	lost("another comment", "192.0.2.2 # seen again\n", o, 0, 1, 1)
	lost("a label", "192.0.2.2\n", intel.ImportOptions{Name: "list", Labels: []string{"new"}}, 0, 1, 1)
	lost("a table of one time", "value,last_seen,comment\n192.0.2.9,2026-03-01,one\n192.0.2.9,2026-03-01,two\n", o, 1, 1, 1)
	lost("the table again", "value,last_seen,comment\n192.0.2.9,2026-03-01,one\n", o, 0, 1, 0)
	lost("of a later time", "value,last_seen,comment\n192.0.2.9,2026-03-02,two\n", o, 1, 0, 0)
	if got := walk(t, s, intel.Query{Text: "two"}); len(got) != 1 {
		t.Errorf("%d say the later words", len(got))
	}
	if alarms, err := sqldb.Read(t.Context(), db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(true) }); err != nil || len(alarms) != 0 {
		t.Errorf("alarms: %v, %v", alarms, err)
	}
}

// TestTableOut: a table says how each object is marked here: what its message says too, and a
// definition of a statement makes nothing red.
func TestTableOut(t *testing.T) {
	s, _ := openStore(t)
	statement := "marking-definition--5f1c8a3e-0009-4000-8000-0000ac110002"
	in := intel.Source{Direction: intel.In, Party: "borea.example", Agreement: parley.Hash{1}}
	importText(t, s, bundle(`{"type":"marking-definition","spec_version":"2.1","id":"`+statement+`","created":"2026-01-01T00:00:00.000Z","definition_type":"statement","definition":{"statement":"Ask first"}}`,
		indicatorAt(1, start, `,"object_marking_refs":["`+stix.MarkingID(stix.Green)+`","`+statement+`"]`)), intel.ImportOptions{})
	importText(t, s, bundle(indicatorAt(2, start, `,"object_marking_refs":["`+stix.MarkingID(stix.Green)+`"]`), indicatorAt(3, start, "")), intel.ImportOptions{Source: in, Marking: stix.Red})
	var b bytes.Buffer
	r, err := s.Export(t.Context(), &b, intel.Query{Types: []string{"indicator"}, Clearance: intel.Operator()}, intel.ExportOptions{Format: "csv"})
	if err != nil || len(r.Lost) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	for host, want := range map[string]string{"host1": "TLP:GREEN", "host2": "TLP:RED", "host3": "TLP:RED"} {
		for line := range strings.Lines(b.String()) {
			if strings.HasPrefix(line, host) && !strings.Contains(line, ","+want+",") {
				t.Errorf("want %s: %s", want, line)
			}
		}
	}
}

// TestNothing: what cannot be read says why.
func TestNothing(t *testing.T) {
	s, _ := openStore(t)
	for _, c := range []struct{ text, format, says string }{
		{"", "", "nothing to read"}, {" \n ", "", "only spaces"}, {"x", "pdf", "want stix"}, {"\x1f\x8b\x08junk", "csv", "gzip"},
	} {
		if _, err := s.Import(t.Context(), strings.NewReader(c.text), intel.ImportOptions{Format: c.format}); err == nil || !strings.Contains(err.Error(), c.says) || parley.KindOf(err) != parley.Invalid {
			t.Errorf("%q: %v", c.text, err)
		}
	}
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write(bytes.Repeat([]byte(strings.Repeat("\n", 1<<20)), 24))
	z.Close()
	if _, err := s.Import(t.Context(), &b, intel.ImportOptions{Format: "list"}); err == nil || !strings.Contains(err.Error(), "grows") {
		t.Errorf("a bomb: %v", err)
	}
}

// TestCutOff: a stream that ends in the middle is taken as far as it goes, and the report says
// that it broke off; one that is whole and has a bad object did not.
func TestCutOff(t *testing.T) {
	whole := bundle(indicatorAt(1, start, ""), indicatorAt(2, start, ""), indicatorAt(3, start, ""))
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	z.Write([]byte(whole))
	z.Close()
	for _, c := range []struct {
		name, text string
		broken     bool
	}{
		{"whole", whole, false}, {"packed", b.String(), false}, {"with a bad object", bundle(indicatorAt(1, start, ""), `{"type":"indicator"}`), false},
		{"cut", whole[:len(whole)-20], true}, {"cut between objects", whole[:len(whole)-2], true}, {"packed and cut", b.String()[:b.Len()-9], true}, {"without its sum", b.String()[:b.Len()-4], true},
	} {
		s, _ := openStore(t)
		if r := importText(t, s, c.text, intel.ImportOptions{}); r.Broken != c.broken {
			t.Errorf("%s: broken is %v: %+v", c.name, r.Broken, r)
		}
	}
}

// TestExports: each format holds what the query found; what it cannot say is named, and
// what a warninglist names is warned of.
func TestExports(t *testing.T) {
	s, _ := openStore(t)
	importText(t, s, bundle(indicatorAt(1, start, ""), indicatorAt(2, start, "")), intel.ImportOptions{})
	l, _, err := warninglist.Parse(strings.NewReader(`{"name":"Our own hosts","description":"never block","version":1,"type":"hostname","matching_attributes":["domain"],"list":["host2.example.org"]}`))
	if err != nil {
		t.Fatal(err)
	}
	set, _ := warninglist.NewSet(l)
	s.SetWarnings(set)
	for _, format := range []string{"stix", "misp", "csv", "list"} {
		var b bytes.Buffer
		r, err := s.Export(t.Context(), &b, intel.Query{Clearance: intel.Operator()}, intel.ExportOptions{Format: format, Us: "aster.example"})
		if err != nil || r.Objects != 2 || !strings.Contains(b.String(), "host1.example.org") {
			t.Errorf("%s: %+v, %v\n%s", format, r, err, b.String())
		}
		if (format == "csv" || format == "list") && (len(r.Lines) != 1 || r.Lines[0].What != intel.Warned || len(r.Lost) != map[string]int{"csv": 1, "list": 2}[format]) {
			t.Errorf("%s: %+v", format, r)
		}
		if (format == "stix" || format == "misp") && !json.Valid(b.Bytes()) {
			t.Errorf("%s is no JSON: %s", format, b.String())
		}
		if format == "misp" { // as MISP and PyMISP read it
			var out struct {
				Response []struct {
					Event struct {
						UUID      string `json:"uuid"`
						Attribute []struct {
							Value string `json:"value"`
						}
					}
				} `json:"response"`
			}
			if err := json.Unmarshal(b.Bytes(), &out); err != nil || len(out.Response) != 1 || out.Response[0].Event.UUID == "" || len(out.Response[0].Event.Attribute) != 2 {
				t.Errorf("no list of events: %v\n%s", err, b.String())
			}
		}
		again, _ := openStore(t)
		if r := importText(t, again, b.String(), intel.ImportOptions{Name: "again"}); r.Format != format || r.Taken+r.Changed < 2 {
			t.Errorf("%s read again: %+v", format, r)
		}
	}
	if _, err := s.Export(t.Context(), &bytes.Buffer{}, intel.Query{Clearance: intel.Operator()}, intel.ExportOptions{Format: "pdf"}); parley.KindOf(err) != parley.Invalid {
		t.Error(err)
	}
}

// TestClearance: nobody sees what is not theirs to see, whatever they ask.
func TestClearance(t *testing.T) {
	s, _ := openStore(t)
	id := func(t stix.TLP) string { return `,"object_marking_refs":["` + stix.MarkingID(t) + `"]` }
	granular := `,"granular_markings":[{"marking_ref":"` + stix.MarkingID(stix.Red) + `","selectors":["name"]}]`
	importText(t, s, bundle(indicatorAt(1, start, id(stix.Clear)), indicatorAt(2, start, id(stix.Green)), indicatorAt(3, start, ""), indicatorAt(4, start, id(stix.Red)),
		indicatorAt(5, start, id(stix.Green)+granular)), intel.ImportOptions{})
	importText(t, s, bundle(indicatorAt(6, start, id(stix.Green))), intel.ImportOptions{Source: intel.Source{Direction: intel.In, Party: "borea.example", Agreement: parley.Hash{1}}})
	for _, c := range []struct {
		name string
		who  intel.Clearance
		want int
	}{
		{"nobody", intel.Clearance{}, 0}, {"own without a light", intel.Clearance{Own: true}, 0}, {"clear", intel.Clearance{Own: true, TLP: stix.Clear}, 1},
		{"green", intel.Clearance{Own: true, TLP: stix.Green}, 2}, {"amber: and what says nothing", intel.Clearance{Own: true, TLP: stix.Amber}, 3},
		{"red", intel.Clearance{Own: true, TLP: stix.Red}, 5}, {"an agreement", intel.Clearance{TLP: stix.Red, Agreements: []parley.Hash{{1}}}, 1},
		{"another agreement", intel.Clearance{TLP: stix.Red, Agreements: []parley.Hash{{2}}}, 0}, {"operator", intel.Operator(), 6},
	} {
		for _, q := range []intel.Query{{}, {Types: []string{"indicator"}}, {Text: "sinkhole"}, {Sources: []int64{1, 2}}, {Newest: true}} {
			q.Clearance = c.who
			p, err := s.Find(t.Context(), q)
			if err != nil || len(p.Objects) != c.want {
				t.Errorf("%s: %d, %v; want %d", c.name, len(p.Objects), err, c.want)
			}
		}
	}
	if _, err := s.Delete(t.Context(), intel.Operator(), 2, "indicator--00000006-0000-4000-8000-000000000006", nil); parley.KindOf(err) != parley.Forbidden {
		t.Errorf("a party's object was deleted: %v", err)
	}
	if n, err := s.Delete(t.Context(), intel.Operator(), 1, "indicator--00000001-0000-4000-8000-000000000001", nil); err != nil || n != 1 {
		t.Error(n, err)
	}
	if got := walk(t, s, intel.Query{Sources: []int64{1}}); len(got) != 4 {
		t.Errorf("%d after deleting", len(got))
	}
	if r := importText(t, s, bundle(indicatorAt(1, start, id(stix.Clear))), intel.ImportOptions{}); r.Taken != 1 {
		t.Errorf("after deleting: %+v", r)
	}
}

// TestRealEvents takes every MISP event and every advisory of the real data.
func TestRealEvents(t *testing.T) {
	data := os.Getenv("PARLEY_DATA")
	if data == "" {
		t.Skip("PARLEY_DATA is not set: it names the folder of real data")
	}
	s, _ := openStore(t)
	for _, dir := range []string{"misp/eset", "csaf/cisa"} {
		total := intel.Report{}
		err := filepath.WalkDir(filepath.Join(data, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(path) != ".json" || strings.Contains(path, "manifest") {
				return err
			}
			f, err := os.Open(path)
			if err != nil {
				return err
			}
			defer f.Close()
			r, err := s.Import(t.Context(), f, intel.ImportOptions{Name: filepath.Base(path)})
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			if r.Format == "stix" && !strings.Contains(path, "blocklist") { // which is none
				t.Errorf("%s: taken for STIX", path)
			}
			total.Objects, total.Changed, total.Quarantined, total.Refused = total.Objects+r.Objects, total.Changed+r.Changed, total.Quarantined+r.Quarantined, total.Refused+r.Refused
			total.Known, total.Contested = total.Known+r.Known, total.Contested+r.Contested
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %+v", dir, total)
	}
}

// TestExportNeverLooser: MISP is told the marking that the store holds an object by, not
// the one that its octets say, and who stands behind it.
func TestExportNeverLooser(t *testing.T) {
	s, _ := openStore(t)
	green := `,"object_marking_refs":["` + stix.MarkingID(stix.Green) + `"]`
	if _, _, err := s.Receive(t.Context(), strings.NewReader(bundle(indicatorAt(1, start, green))), intel.ImportOptions{Format: intel.STIX, Marking: stix.Amber, Source: intel.Source{Direction: intel.In, Party: "borea.example", Agreement: parley.Sum([]byte("line"))}},
		intel.Arrival{Entry: parley.Ref{Origin: "borea", Index: 1}, From: "borea.example/cert"}); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := s.Export(t.Context(), &b, intel.Query{Clearance: intel.Operator()}, intel.ExportOptions{Format: "misp", Us: "aster.example"}); err != nil {
		t.Fatal(err)
	}
	var out struct {
		Response []struct {
			Event struct {
				Org, Orgc struct{ Name, UUID string }
				Attribute []struct {
					Distribution string
					Tag          []struct{ Name string }
				}
			}
		}
	}
	if err := json.Unmarshal(b.Bytes(), &out); err != nil || len(out.Response) != 1 {
		t.Fatal(err, b.String())
	}
	e := out.Response[0].Event
	if e.Org.Name != "aster.example" || e.Org.UUID != intel.OrganisationUUID("aster.example") || e.Orgc.Name != "borea.example" || e.Orgc.UUID != intel.OrganisationUUID("borea.example") {
		t.Errorf("%+v", e)
	}
	if a := e.Attribute[0]; a.Distribution != "1" || len(a.Tag) != 1 || a.Tag[0].Name != "tlp:amber" {
		t.Errorf("%+v", a)
	}
}

// TestBundleFaults: what a bundle itself does not keep is said once, and costs no object.
func TestBundleFaults(t *testing.T) {
	s, _ := openStore(t)
	r := importText(t, s, `{"type":"bundle","id":"bundle","objects":[`+indicatorAt(1, start, "")+`]}`, intel.ImportOptions{})
	if r.Taken != 1 || r.Objects != 1 || len(r.Lines) != 1 || r.Lines[0].What != intel.Noted || r.Lines[0].Rule != "identifier" || r.Lines[0].ID != "bundle" {
		t.Errorf("%+v", r)
	}
}
