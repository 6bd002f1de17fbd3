package misp_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// markedEvent is an event with one attribute: their distributions, and a tag of
// the event.
func markedEvent(event, attribute int, tag, group string) string {
	return fmt.Sprintf(`{"uuid":"b8a3c1de-0000-4000-8000-000000000001","info":"x","date":"2026-11-20","published":true,"timestamp":"1763856000","distribution":"%d",%s"Tag":[{"name":%q}],
"Orgc":{"uuid":"b8a3c1de-0000-4000-8000-0000000000aa","name":"Borea CERT"},
"Attribute":[{"uuid":"b8a3c1de-0000-4000-8000-000000000002","type":"domain","category":"Network activity","value":"login.borea.example","to_ids":true,"distribution":"%d","timestamp":"1763856000"}]}`,
		event, group, tag, attribute)
}

const sharingGroup = `"SharingGroup":{"uuid":"b8a3c1de-0000-4000-8000-0000000000bb","name":"Corvia and Borea","releasability":"both","SharingGroupOrg":[]},`

// TestNeverLooser sends marked events to STIX and back: neither is looser.
func TestNeverLooser(t *testing.T) {
	order := []misp.Distribution{misp.Organisation, misp.Group, misp.Community, misp.Connected, misp.All}
	rank := func(d misp.Distribution) int { return slices.Index(order, d) }
	for _, tag := range []string{"x", "tlp:clear", "tlp:white", "tlp:green", "tlp:amber", "tlp:amber+strict", "tlp:red", "TLP:RED", "tlp:unclear"} {
		for event := range 5 {
			for attribute := range 6 {
				group := ""
				if event == 4 || attribute == 4 {
					group = sharingGroup
				}
				e := one(t, markedEvent(event, attribute, tag, group))
				objects, _, err := misp.ToSTIX(e, misp.Options{})
				if err != nil {
					t.Fatal(err)
				}
				name := fmt.Sprintf("%s, event %d, attribute %d", tag, event, attribute)
				allowed := misp.Distribution(event)
				if attribute < 5 && rank(misp.Distribution(attribute)) < rank(allowed) {
					allowed = misp.Distribution(attribute)
				}
				var light stix.TLP
				for _, raw := range stix.Octets(objects) {
					o, err := stix.Parse(raw, stix.Limits{})
					if err != nil {
						t.Fatal(err)
					}
					if o.Type != "indicator" {
						continue
					}
					m, err := stix.Resolve(o, lookup(t, stix.Octets(objects)))
					if err != nil {
						t.Fatal(err)
					}
					light = m.Strictest()
				}
				if want := misp.ForTLP(light); light != stix.Unmarked && rank(want) > rank(allowed) && allowed != misp.Group {
					t.Errorf("%s: the indicator is %s", name, light)
				}
				if word, ok := strings.CutPrefix(strings.ToLower(tag), "tlp:"); ok {
					said, known := stix.ParseTLP(word)
					if !known {
						said = stix.Red
					}
					if light < said {
						t.Errorf("%s: the indicator is %s", name, light)
					}
				}
				got, _ := back(t, stix.Octets(objects))
				d := got.Attributes[0].Distribution
				if d == misp.Inherit {
					d = got.Distribution
				}
				if rank(d) > rank(allowed) {
					t.Errorf("%s: came back with distribution %d", name, d)
				}
				if !slices.ContainsFunc(got.Tags, func(g misp.Tag) bool { return strings.EqualFold(g.Name, tag) }) && tag != "tlp:white" && light <= stix.Clear {
					t.Errorf("%s: tags %v", name, got.Tags)
				}
			}
		}
	}
}

func lookup(t *testing.T, objects [][]byte) func(string) (*stix.Object, bool) {
	return func(id string) (*stix.Object, bool) {
		for _, raw := range objects {
			if o, err := stix.Parse(raw, stix.Limits{}); err == nil && o.ID == id {
				return o, true
			}
		}
		return nil, false
	}
}

// TestUnmarked says what an export does with what nothing marks.
func TestUnmarked(t *testing.T) {
	object := []byte(`{"type":"indicator","spec_version":"2.1","id":"indicator--b8a3c1de-0000-4000-8000-000000000002","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z",
"pattern":"[domain-name:value = 'login.borea.example']","pattern_type":"stix","valid_from":"2026-11-20T00:00:00Z"}`)
	for _, want := range []misp.Distribution{misp.Organisation, misp.Community, misp.All} {
		events, _, err := misp.FromSTIX([][]byte{object}, misp.FromOptions{Unmarked: want})
		if err != nil || len(events) != 1 || events[0].Distribution != want || events[0].Attributes[0].Distribution != misp.Inherit {
			t.Errorf("%d: %+v %v", want, events, err)
		}
	}
	unknown := []byte(strings.Replace(string(object), `"pattern"`, `"object_marking_refs":["marking-definition--b8a3c1de-0000-4000-8000-0000000000cc"],"pattern"`, 1))
	events, _, err := misp.FromSTIX([][]byte{unknown}, misp.FromOptions{Unmarked: misp.All})
	if err != nil || events[0].Attributes[0].Distribution != misp.Organisation {
		t.Errorf("a marking that nobody knows gave %+v %v", events[0].Attributes, err)
	}
}

func TestDowngraded(t *testing.T) {
	for d, want := range map[misp.Distribution]misp.Distribution{misp.Connected: misp.Community, misp.Community: misp.Organisation, misp.All: misp.All, misp.Inherit: misp.Inherit} {
		if got, ok := d.Downgraded(); got != want || !ok {
			t.Errorf("%d became %d, %v", d, got, ok)
		}
	}
	for _, d := range []misp.Distribution{misp.Organisation, misp.Group} {
		if _, ok := d.Downgraded(); ok {
			t.Errorf("%d may not go to another instance", d)
		}
	}
}

// TestOddDistribution: what says something that is no distribution stays with who has it.
func TestOddDistribution(t *testing.T) {
	for _, odd := range []string{`"9"`, `-1`, `"all"`, `{}`, `[3]`, `true`} {
		for _, at := range []string{"event", "attribute"} {
			event, attribute := `"3"`, `"5"`
			if at == "event" {
				event = odd
			} else {
				attribute = odd
			}
			e := one(t, `{"uuid":"b8a3c1de-0000-4000-8000-000000000001","info":"x","Orgc":{"name":"Borea CERT"},"distribution":`+event+`,"Attribute":[{"type":"domain","value":"login.borea.example","to_ids":true,"distribution":`+attribute+`}]}`)
			objects, _, err := misp.ToSTIX(e, misp.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, _ := back(t, stix.Octets(objects))
			if d := got.Attributes[0].Distribution; d != misp.Organisation && (d != misp.Inherit || got.Distribution != misp.Organisation) {
				t.Errorf("%s of the %s: came back with %d in %d", odd, at, d, got.Distribution)
			}
			if len(e.Faults) == 0 {
				t.Errorf("%s of the %s: nothing is said of it", odd, at)
			}
		}
	}
	e := one(t, `{"info":"x","Orgc":{"name":"Borea CERT"},"distribution":"3","Attribute":[],"distribution":"0"}`)
	if e.Distribution != misp.Organisation {
		t.Errorf("of two distributions %d was taken", e.Distribution)
	}
}

// TestWithheld: what MISP cannot mark by itself does not travel further than its marking
// allows because of what it stands with.
func TestWithheld(t *testing.T) {
	const head = `"spec_version":"2.1","created":"2026-11-20T00:00:00.000Z","modified":"2026-11-20T00:00:00.000Z"`
	marked := func(l stix.TLP) string { return `,"object_marking_refs":["` + stix.MarkingID(l) + `"]}` }
	id := func(kind string, n int) string { return fmt.Sprintf("%s--b8a3c1de-0000-4000-8000-%012d", kind, n) }
	for _, c := range []struct {
		event, part stix.TLP
		kept        bool
	}{{stix.Green, stix.Green, true}, {stix.Green, stix.Clear, true}, {stix.Green, stix.Amber, false}, {stix.Green, stix.Red, false}, {stix.Amber, stix.AmberStrict, false}, {stix.Red, stix.Red, true}, {stix.Clear, stix.Green, false}} {
		objects := []string{
			`{"type":"report","id":"` + id("report", 1) + `",` + head + `,"name":"x","published":"2026-11-20T00:00:00Z","object_refs":["` + id("indicator", 2) + `","` + id("x-misp-object", 8) + `","` + id("threat-actor", 3) + `","` + id("malware", 4) + `"]` + marked(c.event),
			`{"type":"indicator","id":"` + id("indicator", 2) + `",` + head + `,"pattern":"[domain-name:value = 'login.borea.example']","pattern_type":"stix","valid_from":"2026-11-20T00:00:00Z"` + marked(c.event),
			`{"type":"x-misp-object","id":"` + id("x-misp-object", 8) + `",` + head + `,"x_misp_name":"thing","labels":["misp:name=\"thing\""],"x_misp_attributes":[{"uuid":"b8a3c1de-0000-4000-8000-000000000009","type":"text","value":"words"}]` + marked(c.event),
			`{"type":"threat-actor","id":"` + id("threat-actor", 3) + `",` + head + `,"name":"Corvid"` + marked(c.part),
			`{"type":"malware","id":"` + id("malware", 4) + `",` + head + `,"name":"Beak","is_family":true` + marked(c.part),
			`{"type":"relationship","id":"` + id("relationship", 5) + `",` + head + `,"relationship_type":"indicates","source_ref":"` + id("indicator", 2) + `","target_ref":"` + id("malware", 4) + `"` + marked(c.event),
			`{"type":"sighting","id":"` + id("sighting", 6) + `",` + head + `,"sighting_of_ref":"` + id("indicator", 2) + `","x_misp_source":"Claw"` + marked(c.part),
			`{"type":"note","id":"` + id("note", 7) + `",` + head + `,"content":"x","labels":["misp:proposal=\"add\""],"object_refs":["` + id("report", 1) + `"],"x_misp_proposal":{"attribute":{"type":"domain","value":"feather.example"}}` + marked(c.part),
			`{"type":"relationship","id":"` + id("relationship", 10) + `",` + head + `,"relationship_type":"related-to","source_ref":"` + id("x-misp-object", 8) + `","target_ref":"` + id("indicator", 2) + `","description":"Nest"` + marked(c.part),
		}
		raws := make([][]byte, len(objects))
		for i, o := range objects {
			raws[i] = []byte(o)
		}
		events, changes, err := misp.FromSTIX(raws, misp.FromOptions{Unmarked: misp.Community})
		if err != nil || len(events) != 1 {
			t.Fatal(len(events), err)
		}
		var b strings.Builder
		events[0].Write(&b)
		for _, word := range []string{"Corvid", "Beak", "Claw", "feather.example", "Nest"} {
			if strings.Contains(b.String(), word) != c.kept {
				t.Errorf("event %s, part %s: %s is there: %v", c.event, c.part, word, !c.kept)
			}
		}
		if named := slices.ContainsFunc(changes, func(c misp.Change) bool { return strings.Contains(c.Reason, "stricter than what it would stand with") }); named == c.kept {
			t.Errorf("event %s, part %s: %+v", c.event, c.part, changes)
		}
	}
}
