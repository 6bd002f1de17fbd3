package misp_test

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/iotest"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

const small = `{"uuid":"b8a3c1de-0000-4000-8000-000000000001","info":"Phishing against Aster","date":"2026-11-20","Orgc":{"uuid":"b8a3c1de-0000-4000-8000-0000000000aa","name":"Borea CERT"},
"timestamp":"1763856000","Attribute":[{"uuid":"b8a3c1de-0000-4000-8000-000000000002","type":"domain","category":"Network activity","value":"login.borea.example","to_ids":true}]}`

// read is every event of a text, and what ended it.
func read(text string, l misp.Limits) (events []*misp.Event, errs []error) {
	for e, err := range misp.Events(strings.NewReader(text), l) {
		if err != nil {
			errs = append(errs, err)
		} else {
			events = append(events, e)
		}
	}
	return events, errs
}

func TestWrappers(t *testing.T) {
	for name, c := range map[string]struct {
		text   string
		events int
	}{
		"bare":                {small, 1},
		"Event":               {`{"Event":` + small + `}`, 1},
		"response list":       {`{"response":[{"Event":` + small + `},{"Event":` + small + `}]}`, 2},
		"response event":      {`{"response":{"Event":` + small + `}}`, 1},
		"response bare":       {`{"response":[` + small + `]}`, 1},
		"list":                {`[` + small + `,{"Event":` + small + `}]`, 2},
		"one after the other": {small + "\n" + small, 2},
		"nested lists":        {`[[` + small + `]]`, 1},
		"none":                {`{"response":[]}`, 0},
		"attributes":          {`{"response":{"Attribute":[{"type":"ip-dst","value":"192.0.2.1"}]}}`, 1},
	} {
		events, errs := read(c.text, misp.Limits{})
		if len(events) != c.events || len(errs) != 0 {
			t.Errorf("%s: %d events, %v; want %d", name, len(events), errs, c.events)
		}
		for _, e := range events {
			if e.Count() != 1 {
				t.Errorf("%s: %d attributes: %v", name, e.Count(), e.Faults)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ member, reason string }{
		"no type":           {`"Attribute":[{"value":"x"}]`, "has no type"},
		"no value":          {`"Attribute":[{"type":"ip-dst"}]`, "has no value"},
		"no object":         {`"Attribute":["x"]`, "is not a JSON object"},
		"twice":             {`"Attribute":[{"type":"ip-dst","type":"url","value":"x"}]`, `names "type" twice`},
		"not UTF-8":         {"\"Attribute\":[{\"type\":\"url\",\"value\":\"\xff\"}]", "not UTF-8"},
		"bad uuid":          {`"Attribute":[{"uuid":"z","type":"url","value":"x"}]`, `"z" is no UUID`},
		"bad time":          {`"Attribute":[{"uuid":"b8a3c1de-0000-4000-8000-000000000002","type":"url","value":"x","timestamp":"soon"}]`, "timestamp is \"soon\""},
		"bad number":        {`"distribution":9`, "distribution is 9: want a number from 0 to 5"},
		"bad day":           {`"date":"yesterday"`, `"yesterday" is no day`},
		"no list":           {`"Attribute":7`, "is 7: want a list"},
		"nameless object":   {`"Object":[{"Attribute":[]}]`, "has no name"},
		"reference nowhere": {`"Object":[{"uuid":"b8a3c1de-0000-4000-8000-000000000003","name":"file","ObjectReference":[{"referenced_uuid":"b"}]}]`, `leads to "b"`},
		"same twice": {`"Attribute":[{"uuid":"b8a3c1de-0000-4000-8000-000000000002","type":"url","value":"x"},{"uuid":"b8a3c1de-0000-4000-8000-000000000002","type":"url","value":"x"}]`,
			"stands in the event already"},
		"deep": {`"Attribute":[{"type":"url","value":` + strings.Repeat("[", 12000) + strings.Repeat("]", 12000) + `}]`, "not JSON"},
	} {
		events, _ := read(`{"info":"x",`+c.member+`}`, misp.Limits{})
		if len(events) != 1 {
			t.Errorf("%s: %d events", name, len(events))
			continue
		}
		if got := fmt.Sprint(events[0].Faults); !strings.Contains(got, c.reason) {
			t.Errorf("%s: faults %s; want %q", name, got, c.reason)
		}
	}
}

func TestCutOff(t *testing.T) {
	for _, text := range []string{small[:len(small)-2], small[:len(small)-1] + ",]}", `{"response":[{"Event":` + small[:len(small)-1]} {
		events, errs := read(text, misp.Limits{})
		if len(events) != 1 || !events[0].Truncated || events[0].Info != "Phishing against Aster" || len(errs) != 1 || parley.KindOf(errs[0]) != parley.Invalid {
			t.Errorf("%d events, %v", len(events), errs)
		}
	}
	for _, text := range []string{"", "nonsense", `{"`, "\x00", `[1]`, `{"response":"no"}`} {
		if events, errs := read(text, misp.Limits{}); len(events) != 0 || len(errs) == 0 {
			t.Errorf("%q: %d events, %v", text, len(events), errs)
		}
	}
	for _, err := range misp.Events(iotest.ErrReader(errors.New("the disk is gone")), misp.Limits{}) {
		if err == nil || !strings.Contains(err.Error(), "disk") {
			t.Error(err)
		}
	}
}

func TestLimits(t *testing.T) {
	big := `{"info":"x","Attribute":[{"type":"url","value":"` + strings.Repeat("a", 1<<20) + `"},{"type":"url","value":"b"}]}`
	events, errs := read(big, misp.Limits{Item: 1 << 16})
	if len(events) != 1 || len(errs) != 1 || !strings.Contains(errs[0].Error(), "larger than what is taken") {
		t.Errorf("%d events, %v", len(events), errs)
	}
	many := `{"info":"x","Attribute":[` + strings.Repeat(`{"type":"url","value":"a"},`, 10) + `{"type":"url","value":"b"}]}`
	events, _ = read(many, misp.Limits{Items: 1})
	if len(events) != 1 || len(events[0].Attributes) != 1 || !strings.Contains(fmt.Sprint(events[0].Faults), "more than 1 items") {
		t.Errorf("%+v", events)
	}
}

func TestFeed(t *testing.T) {
	e := one(t, small)
	var manifest, hashes bytes.Buffer
	if err := misp.WriteManifest(&manifest, []misp.Entry{e.Entry()}); err != nil {
		t.Fatal(err)
	}
	entries, faults, err := misp.ParseManifest(&manifest)
	if err != nil || len(faults) != 0 || len(entries) != 1 || entries[0].UUID != e.UUID || !entries[0].Timestamp.Equal(e.Timestamp) || entries[0].Orgc != e.Orgc {
		t.Errorf("%+v, %v, %v", entries, faults, err)
	}
	if err := e.WriteHashes(&hashes); err != nil {
		t.Fatal(err)
	}
	sum := md5.Sum([]byte("login.borea.example"))
	if want := hex.EncodeToString(sum[:]) + "," + e.UUID + "\n"; hashes.String() != want {
		t.Errorf("%q, want %q", hashes.String(), want)
	}
	if _, _, err := misp.ParseManifest(strings.NewReader("[]")); parley.KindOf(err) != parley.Invalid {
		t.Error(err)
	}
}

func FuzzEvents(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(`{"response":[{"Event":` + small + `}]}`))
	f.Add([]byte(`{"info":"x","Object":[{"uuid":"a","name":"file","Attribute":[{"type":"md5","object_relation":"md5","value":"d41d8cd98f00b204e9800998ecf8427e","to_ids":1}],"ObjectReference":[{"referenced_uuid":"a"}]}]}`))
	f.Add([]byte(`{"info":"x","Galaxy":[{"type":"threat-actor","GalaxyCluster":[{"value":"Somebody","meta":{"synonyms":["x"],"country":"XX"}}]}],"Tag":[{"name":"tlp:amber"}],"EventReport":[{"name":"a"}]}`))
	f.Add([]byte(`{"info":"x","Attribute":[{"type":"ip-dst|port","value":"192.0.2.1|80","ShadowAttribute":[{"type":"url","value":"x"}],"Sighting":[{"type":2}]}]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		for e, err := range misp.Events(bytes.NewReader(raw), misp.Limits{Item: 1 << 16, Event: 1 << 18, Items: 64}) {
			if err != nil {
				continue
			}
			var b bytes.Buffer
			if err := e.Write(&b); err != nil {
				t.Fatal(err)
			}
			if _, errs := read(b.String(), misp.Limits{}); len(errs) != 0 && e.Count() > 0 {
				t.Fatalf("%s: %v", b.Bytes(), errs)
			}
			objects, _, err := misp.ToSTIX(e, misp.Options{})
			if err != nil {
				continue
			}
			if _, _, err := misp.FromSTIX(stix.Octets(objects), misp.FromOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzFromSTIX(f *testing.F) {
	for _, s := range []string{
		`{"type":"indicator","spec_version":"2.1","id":"indicator--b8a3c1de-0000-4000-8000-000000000002","pattern":"[file:name = 'a' AND file:size = 2]","pattern_type":"stix","labels":["misp:type=\"filename\""]}`,
		`{"type":"indicator","spec_version":"2.1","id":"indicator--b8a3c1de-0000-4000-8000-000000000002","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix"}`,
		`{"type":"threat-actor","spec_version":"2.1","id":"threat-actor--b8a3c1de-0000-4000-8000-000000000002","name":"x","labels":["misp:galaxy-type=\"threat-actor\""],"x_misp_iso":["x"]}`,
		`{"type":"x-misp-object","spec_version":"2.1","id":"x-misp-object--b8a3c1de-0000-4000-8000-000000000002","x_misp_name":"file","x_misp_attributes":[{"value":1}]}`,
		`{"type":"email-message","spec_version":"2.1","id":"email-message--b8a3c1de-0000-4000-8000-000000000002","is_multipart":false,"from_ref":"email-addr--b8a3c1de-0000-4000-8000-000000000002"}`,
	} {
		f.Add([]byte(s), []byte(s))
	}
	f.Fuzz(func(t *testing.T, a, b []byte) {
		events, _, err := misp.FromSTIX([][]byte{a, b}, misp.FromOptions{})
		if err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatal(err)
		}
		for _, e := range events {
			if err := e.Write(new(bytes.Buffer)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"b8a3c1de-0000-4000-8000-000000000001":{"info":"x","timestamp":"1","Orgc":{"name":"Borea"},"Tag":[{"name":"a"}]}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, _, err := misp.ParseManifest(bytes.NewReader(raw)); err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatal(err)
		}
	})
}
