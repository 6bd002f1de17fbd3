package csaf_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/csaf"
	"parley.example/parley/internal/stix"
)

// advisory is a small sound one of a version, with a TLP label and what is put in
// the place of /vulnerabilities.
func advisory(version, label, vulnerabilities string) string {
	return `{"document":{"category":"csaf_security_advisory","csaf_version":"` + version + `","title":"A door that stays open","lang":"en",
"distribution":{"text":"To partners","tlp":{"label":"` + label + `"}},
"publisher":{"category":"vendor","name":"Aster Works","namespace":"https://aster.example"},
"references":[{"category":"self","summary":"this","url":"https://aster.example/a-1.json"}],
"notes":[{"category":"summary","text":"It opens."},{"category":"legal_disclaimer","text":"As is."}],
"tracking":{"id":"ASTER-2026-1","status":"final","version":"1","current_release_date":"2026-11-02T00:00:00Z","initial_release_date":"2026-11-01T00:00:00Z",
"revision_history":[{"date":"2026-11-01T00:00:00Z","number":"1","summary":"first"}]}},
"product_tree":{"branches":[{"category":"vendor","name":"Aster","branches":[{"category":"product_name","name":"Door","branches":[
{"category":"product_version","name":"1.0","product":{"name":"Aster Door 1.0","product_id":"P1","product_identification_helper":{"cpe":"cpe:2.3:a:aster:door:1.0:*:*:*:*:*:*:*"}}},
{"category":"product_version","name":"1.1","product":{"name":"Aster Door 1.1","product_id":"P2"}}]}]}]},
"vulnerabilities":[` + vulnerabilities + `]}`
}

const hole = `{"cve":"CVE-2026-0001","title":"Open door","cwe":{"id":"CWE-284","name":"Improper Access Control"},"notes":[{"category":"description","text":"Anybody walks in."}],
"product_status":{"known_affected":["P1"],"fixed":["P2"]},"scores":[{"cvss_v3":{"version":"3.1","vectorString":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H","baseScore":9.8,"baseSeverity":"CRITICAL"},"products":["P1"]}],
"remediations":[{"category":"vendor_fix","details":"Install 1.1","product_ids":["P1"],"url":"https://aster.example/1.1"},{"category":"mitigation","details":"Lock it","product_ids":["P1"]}]}`

func objects(t *testing.T, text string) (map[string][]map[string]any, [][]byte) {
	t.Helper()
	d, faults, err := csaf.Parse(strings.NewReader(text))
	if err != nil || len(faults) > 0 {
		t.Fatal(err, faults)
	}
	raws, _ := d.ToSTIX()
	byType := map[string][]map[string]any{}
	for _, raw := range raws {
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			t.Fatalf("%s: %v", raw, err)
		}
		if faults := stix.Check(o); len(faults) > 0 {
			t.Errorf("%s: %v", raw, faults)
		}
		var m map[string]any
		if err := json.Unmarshal(raw, &m); err != nil {
			t.Fatal(err)
		}
		byType[o.Type] = append(byType[o.Type], m)
	}
	return byType, raws
}

func TestAdvisory(t *testing.T) {
	got, raws := objects(t, advisory("2.0", "AMBER", hole))
	for kind, n := range map[string]int{"identity": 1, "report": 1, "vulnerability": 1, "course-of-action": 2, "software": 1, "relationship": 3, "marking-definition": 2} {
		if len(got[kind]) != n {
			t.Errorf("%d of %s, want %d", len(got[kind]), kind, n)
		}
	}
	v := got["vulnerability"][0]
	if v["name"] != "CVE-2026-0001" || !strings.Contains(v["description"].(string), "Anybody walks in.") || v["modified"] != "2026-11-02T00:00:00.000Z" || v["created"] != "2026-11-01T00:00:00.000Z" {
		t.Errorf("%v", v)
	}
	if refs := v["object_marking_refs"].([]any); refs[0] != stix.MarkingID(stix.Amber) || len(refs) != 2 {
		t.Errorf("%v", refs)
	}
	var kinds []string
	for _, r := range got["relationship"] {
		kinds = append(kinds, r["relationship_type"].(string))
	}
	if slices.Sort(kinds); !slices.Equal(kinds, []string{"affects", "mitigates", "remediates"}) {
		t.Error(kinds)
	}
	if len(got["report"][0]["object_refs"].([]any)) != 7 {
		t.Error(got["report"][0]["object_refs"])
	}
	_, again := objects(t, advisory("2.0", "AMBER", hole))
	if !slices.EqualFunc(raws, again, bytes.Equal) {
		t.Error("the same advisory gives other objects")
	}
}

func TestLights(t *testing.T) {
	for label, want := range map[string]stix.TLP{"WHITE": stix.Clear, "GREEN": stix.Green, "AMBER": stix.Amber, "RED": stix.Red, "CLEAR": stix.Clear, "AMBER+STRICT": stix.AmberStrict} {
		got, _ := objects(t, advisory("2.1", label, hole))
		if refs := got["report"][0]["object_marking_refs"].([]any); refs[0] != stix.MarkingID(want) {
			t.Errorf("%s: %v", label, refs)
		}
	}
}

func TestMissing(t *testing.T) {
	whole := advisory("2.0", "GREEN", hole)
	for _, c := range []struct{ old, new, want string }{
		{`"csaf_version":"2.0",`, "", "§3.2.1.4"},
		{`"csaf_version":"2.0"`, `"csaf_version":"1.9"`, "§3.2.1.4"},
		{`"category":"csaf_security_advisory",`, "", "§3.2.1.3"},
		{`"title":"A door that stays open",`, "", "§3.2.1.11"},
		{`"name":"Aster Works",`, "", "§3.2.1.8.4"},
		{`"namespace":"https://aster.example"`, `"namespace":"x"`, "§3.2.1.8.5"},
		{`"id":"ASTER-2026-1",`, "", "§3.2.1.12.4"},
		{`"status":"final",`, `"status":"done",`, "§3.2.1.12.7"},
		{`"version":"1",`, "", "§3.2.1.12.8"},
		{`"current_release_date":"2026-11-02T00:00:00Z",`, `"current_release_date":"soon",`, "§3.2.1.12.2"},
		{`"initial_release_date":"2026-11-01T00:00:00Z",`, "", "§3.2.1.12.5"},
		{`"label":"GREEN"`, `"label":"PINK"`, "§3.2.1.5.2.1"},
		{`"title":`, `"title":"twice","title":`, `"title" stands twice`},
		{`"vulnerabilities":[`, `"vulnerabilities":[],"x":[`, ""},
		{`"title":"A door that stays open"`, `"title":7`, "title is a number"},
		{`{"document"`, `{"document":{},"b"`, "§3.2.1.12.6"},
	} {
		text := strings.Replace(whole, c.old, c.new, 1)
		if text == whole {
			t.Fatalf("%q is not in the advisory", c.old)
		}
		_, _, err := csaf.Parse(strings.NewReader(text))
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
			continue
		}
		if parley.KindOf(err) != parley.Invalid || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %s", c.old, err, c.want)
		}
	}
	for _, text := range []string{"", "[]", "{", `{"document":[]}`, strings.Repeat(`[`, 300), "\xff"} {
		if _, _, err := csaf.Parse(strings.NewReader(text)); parley.KindOf(err) != parley.Invalid || err == nil {
			t.Errorf("%.20q: %v", text, err)
		}
	}
	if _, _, err := csaf.Parse(strings.NewReader(strings.Replace(advisory("2.1", "GREEN", hole), `,"tlp":{"label":"GREEN"}`, "", 1))); err == nil || !strings.Contains(err.Error(), "2.1 demands") {
		t.Error(err)
	}
}

func TestTests(t *testing.T) {
	whole := advisory("2.0", "GREEN", hole)
	for _, c := range []struct{ old, new, test string }{
		{`"known_affected":["P1"]`, `"known_affected":["P9"]`, "6.1.1"},
		{`"product_id":"P2"`, `"product_id":"P1"`, "6.1.2"},
		{`"product_ids":["P1"],"url"`, `"group_ids":["G1"],"url"`, "6.1.4"},
		{`"fixed":["P2"]`, `"fixed":["P1"]`, "6.1.6"},
		{`"version":"1",`, `"version":"2",`, "6.1.16"},
		{`"number":"1"`, `"number":"0.1"},{"number":"1","date":"x"`, ""},
		{`"version":"1",`, `"version":"1-rc",`, "6.1.17"},
		{hole, hole + "," + hole, "6.1.23"},
	} {
		_, faults, err := csaf.Parse(strings.NewReader(strings.Replace(whole, c.old, c.new, 1)))
		if err != nil || c.test != "" && !slices.ContainsFunc(faults, func(f csaf.Fault) bool { return f.Test == c.test }) || c.test == "" && len(faults) > 0 {
			t.Errorf("%s: %v, %v; want %s", c.new, faults, err, c.test)
		}
	}
}

// TestReal maps every real advisory.
func TestReal(t *testing.T) {
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: no real files to read")
	}
	files, _ := filepath.Glob(filepath.Join(root, "csaf", "cisa", "*.json"))
	total, vulnerabilities := 0, 0
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		d, faults, err := csaf.Parse(f)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, fault := range faults {
			t.Log(filepath.Base(file), fault)
		}
		raws, _ := d.ToSTIX()
		total += len(raws)
		for _, raw := range raws {
			o, err := stix.Parse(raw, stix.Limits{})
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if faults := stix.Check(o); len(faults) > 0 {
				t.Errorf("%s: %s: %v", file, raw, faults)
			}
			if o.Type == "vulnerability" {
				vulnerabilities++
			}
		}
	}
	t.Logf("%d advisories, %d vulnerabilities, %d objects", len(files), vulnerabilities, total)
	if len(files) == 0 || vulnerabilities < 269-5 {
		t.Error("want every vulnerability of every advisory")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(advisory("2.0", "WHITE", hole)))
	f.Add([]byte(advisory("2.1", "AMBER+STRICT", `{"ids":[{"system_name":"x","text":"y"}],"metrics":[{"content":{}}]}`)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d, _, err := csaf.Parse(bytes.NewReader(raw))
		if err != nil {
			return
		}
		raws, _ := d.ToSTIX()
		for _, raw := range raws {
			if _, err := stix.Parse(raw, stix.Limits{}); err != nil {
				t.Fatalf("%s: %v", raw, err)
			}
		}
	})
}
