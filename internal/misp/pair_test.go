package misp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// pair is what a reference makes of one MISP item.
type pair struct{ MISP, STIX json.RawMessage }

// deviation names members that this mapping writes otherwise than the reference,
// and why: a rule of STIX 2.1, or what a pattern would otherwise never match.
type deviation struct{ members, why string }

var deviations = map[string]deviation{
	"AS":             {"pattern", "autonomous-system:number is an integer: a string is never equal to it (§9.6)"},
	"port":           {"pattern", "network-traffic:dst_port is an integer"},
	"ip-src|port":    {"pattern", "network-traffic:src_port is an integer"},
	"ip-dst|port":    {"pattern", "network-traffic:dst_port is an integer"},
	"hostname|port":  {"pattern", "AND compares properties of one object (§9.3): domain-name and network-traffic are two"},
	"size-in-bytes":  {"pattern", "file:size is an integer"},
	"email-reply-to": {"pattern additional_header_fields", "its values are lists of strings (§6.6.1)"},
	"email-x-mailer": {"pattern additional_header_fields", "its values are lists of strings (§6.6.1)"},
	"email-header":   {"pattern", "received_lines is a list: a path into it needs [*] (§9.7.2)"},
	"regkey":         {"pattern key x_misp_value", "the hive must be spelled out (§6.17.1); x_misp_value keeps the spelling"},
	"regkey|value":   {"pattern key x_misp_value", "values is a list, which needs [*]; the sign % is not special to ="},
	"user-agent":     {"pattern", "the values of request_header are lists of strings (§6.12.2)"},
	"malware-sample": {"pattern", "the same comparisons in another order"},
	"sha224":         {"pattern hashes", "object and pattern use one key: the reference's indicator does not match its own object"},
	"sha384":         {"pattern hashes", "as sha224"},
	"sha3-224":       {"pattern hashes", "as sha224"},
	"sha3-384":       {"pattern hashes", "as sha224"},
	"sha512/224":     {"pattern hashes", "SHA-512/224 is another function than SHA-224"},
	"sha512/256":     {"pattern hashes", "SHA-512/256 is another function than SHA-256"},
	"vulnerability":  {"description", "the reference leaves the comment out"},
	"yara":           {"pattern pattern_version", "the reference puts the rule in brackets, which Yara does not have, and 2.1 is no version of it (§4.7.1)"},
	"sigma":          {"pattern pattern_version", "as yara"},
	"snort":          {"pattern pattern_version", "as yara"},
	"suricata":       {"pattern pattern_version", "as yara"},
}

// without takes the members away in which both may differ.
func (d deviation) without(m map[string]any) map[string]any {
	m = maps.Clone(m)
	for name := range strings.FieldsSeq(d.members) {
		delete(m, name)
	}
	return m
}

func readPairs(t *testing.T, name string) map[string]pair {
	t.Helper()
	pairs := map[string]pair{}
	for key, raw := range readRaw(t, name) {
		var p pair
		if err := json.Unmarshal(raw, &p); err != nil {
			t.Fatal(err)
		}
		pairs[key] = p
	}
	return pairs
}

func readRaw(t *testing.T, name string) map[string]json.RawMessage {
	t.Helper()
	raw, err := os.ReadFile(data(t, "misp", "misp-stix-mapping", name))
	if err != nil {
		t.Fatal(err)
	}
	var pairs map[string]json.RawMessage
	raw = bytes.ReplaceAll(raw, []byte("[...]"), []byte("AA")) // where the pairs leave a sample out, which is then not base64
	if err := json.Unmarshal(raw, &pairs); err != nil {
		t.Fatal(err)
	}
	return pairs
}

// event wraps one item as an event of the organisation that the pairs name.
func event(member string, item json.RawMessage) string {
	return `{"Event":{"uuid":"a6ef17d6-91cb-4a05-b10b-2f045daf874c","info":"pair","timestamp":"1603642920",
		"Orgc":{"uuid":"a0c22599-9e58-4da4-96ac-7051603fa951","name":"MISP-Project"},"` + member + `":[` + string(item) + `]}}`
}

func one(t *testing.T, text string) *misp.Event {
	t.Helper()
	for e, err := range misp.Events(strings.NewReader(text), misp.Limits{}) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range e.Faults {
			t.Logf("%s: %s", f.Path, f.Reason)
		}
		return e
	}
	t.Fatal("no event")
	return nil
}

func decoded(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(raw, &m); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return m
}

// list is a JSON list, or the one element that stands for it.
func list(t *testing.T, raw json.RawMessage) []map[string]any {
	t.Helper()
	if raw[0] == '{' {
		return []map[string]any{decoded(t, raw)}
	}
	var all []map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAttributePairs(t *testing.T) {
	for name, p := range readPairs(t, "misp_attributes_to_stix21.json") {
		t.Run(name, func(t *testing.T) {
			item := strings.Replace(string(p.MISP), `"type"`, `"to_ids":true,"type"`, 1)
			objects, changes, err := misp.ToSTIX(one(t, event("Attribute", json.RawMessage(item))), misp.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]map[string]any{}
			for _, raw := range stix.Octets(objects) {
				m := decoded(t, raw)
				got[m["id"].(string)] = m
			}
			for _, want := range list(t, p.STIX) {
				have := got[want["id"].(string)]
				if have == nil {
					t.Errorf("no %s; changes %v", want["id"], changes)
					continue
				}
				if labels, ok := have["labels"].([]any); ok && want["type"] != "indicator" && len(labels) > 2 {
					have["labels"] = labels[:2] // the pairs do not say to_ids, which these types carry in a label
				}
				d := deviations[strings.TrimPrefix(name, "filename|")]
				if diff := cmp.Diff(d.without(want), d.without(have)); diff != "" {
					t.Errorf("%s:\n%s", want["id"], diff)
				}
			}
		})
	}
}

func TestGalaxyPairs(t *testing.T) {
	differs := map[string]string{
		"Country":      "custom properties are lower case (§11.1)",
		"Threat Actor": "custom properties hold no hyphen (§11.1)",
		"Sector":       "the cluster of a sector has a description of its own",
	}
	for name, p := range readPairs(t, "misp_galaxies_to_stix21.json") {
		t.Run(name, func(t *testing.T) {
			objects, changes, err := misp.ToSTIX(one(t, event("Galaxy", p.MISP)), misp.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := decoded(t, p.STIX)
			for _, raw := range stix.Octets(objects) {
				if have := decoded(t, raw); have["id"] == want["id"] {
					delete(have, "x_misp_galaxy") // what the galaxy is, which the reference loses
					if diff := cmp.Diff(want, have); diff != "" && differs[name] == "" {
						t.Error(diff)
					}
					return
				}
			}
			t.Errorf("no %s; changes %v", want["id"], changes)
		})
	}
}

// TestRealEventsToSTIX maps every real event: each object keeps the rules of STIX,
// and each is made the same again.
func TestRealEventsToSTIX(t *testing.T) {
	events, _ := realEvents(t)
	objects, changed := 0, map[string]int{}
	start := time.Now()
	for _, e := range events {
		all, changes, err := misp.ToSTIX(e, misp.Options{})
		if err != nil {
			t.Logf("%.40q: %v", e.Info, err)
			continue
		}
		objects += len(all)
		for _, c := range changes {
			changed[c.Reason]++
		}
		again, _, _ := misp.ToSTIX(e, misp.Options{})
		if !slices.EqualFunc(stix.Octets(all), stix.Octets(again), bytes.Equal) {
			t.Errorf("%.40q: mapped twice, it is not the same", e.Info)
		}
		for _, raw := range stix.Octets(all) {
			o, err := stix.Parse(raw, stix.Limits{})
			if err != nil {
				t.Fatalf("%v in %s", err, raw)
			}
			for _, fault := range stix.Check(o) {
				t.Errorf("%s: %v", o.ID, fault)
			}
		}
	}
	t.Logf("%d objects of %d events, %.0f events/s (mapped twice, and judged)", objects, len(events), float64(2*len(events))/time.Since(start).Seconds())
	for reason, n := range changed {
		t.Log(n, reason)
	}
}

func BenchmarkToSTIX(b *testing.B) {
	var text strings.Builder
	text.WriteString(`{"info":"x","timestamp":"1763856000","Attribute":[`)
	for i := range 1000 {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"uuid":"b8a3c1de-0000-4000-8000-%012d","type":"domain","category":"Network activity","value":"h%d.borea.example","to_ids":true,"timestamp":"1763856000"}`, i, i)
	}
	text.WriteString("]}")
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		for e, err := range misp.Events(strings.NewReader(text.String()), misp.Limits{}) {
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := misp.ToSTIX(e, misp.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}
