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
