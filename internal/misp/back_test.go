package misp_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// back maps objects to their one event.
func back(t *testing.T, objects [][]byte) (*misp.Event, []misp.Change) {
	t.Helper()
	events, changes, err := misp.FromSTIX(objects, misp.FromOptions{})
	if err != nil || len(events) != 1 {
		t.Fatalf("%d events, %v, %v", len(events), changes, err)
	}
	return events[0], changes
}

func raws(t *testing.T, raw json.RawMessage) [][]byte {
	t.Helper()
	var all [][]byte
	for _, m := range list(t, raw) {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// TestSTIXPairs reads what the reference converter wrote for each attribute.
func TestSTIXPairs(t *testing.T) {
	differs := map[string]string{
		"malware-sample/Observed Data": "to_ids", // the observation alone says nothing of it
		"yara/Indicator":               "value",  // the reference keeps the brackets that it put around the rule
		"sigma/Indicator":              "value",
		"snort/Indicator":              "value",
		"suricata/Indicator":           "value",
		"regkey/Indicator":             "value", // the reference keeps the pattern's escapes in the value
		"regkey|value/Indicator":       "value",
	}
	raw := readPairsOf(t, "stix21_to_misp_attributes.json")
	for name, forms := range raw {
		for form, p := range forms {
			t.Run(name+"/"+form, func(t *testing.T) {
				e, changes := back(t, raws(t, p.STIX))
				if len(e.Attributes) != 1 {
					t.Fatalf("%d attributes, %d objects; changes %v", len(e.Attributes), len(e.Objects), changes)
				}
				want, have := decoded(t, p.MISP), decoded(t, e.Attributes[0].JSON())
				for member, v := range want {
					if member == "malware_filename" || member == differs[name+"/"+form] {
						continue
					}
					if diff := cmp.Diff(v, have[member]); diff != "" {
						t.Errorf("%s: %s", member, diff)
					}
				}
			})
		}
	}
}

func readPairsOf(t *testing.T, name string) map[string]map[string]pair {
	t.Helper()
	all := map[string]map[string]pair{}
	for key, raw := range readRaw(t, name) {
		var forms map[string]pair
		if err := json.Unmarshal(raw, &forms); err != nil {
			t.Fatal(err)
		}
		all[key] = forms
	}
	return all
}

// TestForeignPairs reads STIX that no converter of MISP wrote.
func TestForeignPairs(t *testing.T) {
	for name, forms := range readPairsOf(t, "external_stix21_to_misp_attributes.json") {
		for form, p := range forms {
			t.Run(name+"/"+form, func(t *testing.T) {
				e, changes := back(t, raws(t, p.STIX))
				if len(e.Attributes) != 1 {
					t.Fatalf("%d attributes, %d objects; changes %v", len(e.Attributes), len(e.Objects), changes)
				}
				want, have := decoded(t, p.MISP), decoded(t, e.Attributes[0].JSON())
				for member, v := range want {
					switch {
					case member == "object_relation", // belongs to an object's attribute: this one stands alone
						member == "comment" && form == "Indicator", // holds the name too
						name == "email-dst":                        // its pattern also demands a display name: an attribute that leaves it out would match more
						continue
					}
					if strings.HasSuffix(member, "_seen") { // MISP 2.5 writes microseconds
						have[member] = strings.Replace(have[member].(string), ".000000", "", 1)
					}
					if diff := cmp.Diff(v, have[member]); diff != "" {
						t.Errorf("%s: %s", member, diff)
					}
				}
			})
		}
	}
}

func TestGalaxyPairsBack(t *testing.T) {
	for _, file := range []string{"stix21_to_misp_galaxies.json", "external_stix21_to_misp_galaxies.json"} {
		for name, p := range readPairs(t, file) {
			t.Run(file[:4]+name, func(t *testing.T) {
				e, changes := back(t, raws(t, p.STIX))
				if len(e.Galaxies) != 1 {
					t.Fatalf("%d galaxies; changes %v", len(e.Galaxies), changes)
				}
				var b bytes.Buffer
				if err := e.Write(&b); err != nil {
					t.Fatal(err)
				}
				have := decoded(t, b.Bytes())["Event"].(map[string]any)["Galaxy"].([]any)[0].(map[string]any)
				want := decoded(t, p.MISP)
				if have["type"] != want["type"] || !strings.EqualFold(have["name"].(string), want["name"].(string)) && name != "tool" {
					t.Errorf("galaxy %v %v, want %v %v", have["type"], have["name"], want["type"], want["name"])
				}
				hc, wc := have["GalaxyCluster"].([]any)[0].(map[string]any), want["GalaxyCluster"].([]any)[0].(map[string]any)
				if hc["value"] != wc["value"] || hc["description"] != wc["description"] && hc["description"] != "" {
					t.Errorf("cluster %v, want %v", hc["value"], wc["value"])
				}
				hm, _ := hc["meta"].(map[string]any)
				wm, _ := wc["meta"].(map[string]any)
				for key, v := range wm {
					if key == "created" || key == "modified" || key == "is_family" {
						continue
					}
					if diff := cmp.Diff(v, hm[key], cmpopts.SortSlices(func(a, b any) bool { return a.(string) < b.(string) })); diff != "" {
						t.Errorf("meta %s: %s", key, diff)
					}
				}
			})
		}
	}
}

// TestRoundTrip maps every real event to STIX and back: what comes back is what
// went, but for what the changes name.
func TestRoundTrip(t *testing.T) {
	events, _ := realEvents(t)
	for _, e := range events {
		objects, _, err := misp.ToSTIX(e, misp.Options{})
		if err != nil {
			continue
		}
		got, changes := back(t, stix.Octets(objects))
		for _, c := range changes {
			if c.Lost {
				t.Logf("%.30s: %s %s: %s", e.Info, c.ID, c.What, c.Reason)
			}
		}
		byUUID := map[string]misp.Attribute{}
		for _, a := range got.Attributes {
			byUUID[a.UUID] = a
		}
		for _, a := range e.Attributes {
			have, ok := byUUID[a.UUID]
			if !ok {
				t.Errorf("%.30s: attribute %s %s is gone", e.Info, a.Type, a.UUID)
				continue
			}
			if diff := cmp.Diff(plainAttribute(a, e), plainAttribute(have, e)); diff != "" {
				t.Errorf("%.30s: %s", e.Info, diff)
			}
		}
		if len(got.Objects) != len(e.Objects) {
			t.Errorf("%.30s: %d objects, want %d", e.Info, len(got.Objects), len(e.Objects))
			continue
		}
		for _, o := range e.Objects {
			i := slices.IndexFunc(got.Objects, func(g misp.Object) bool { return g.UUID == o.UUID })
			if i < 0 {
				t.Errorf("%.30s: object %s is gone", e.Info, o.UUID)
				continue
			}
			g := got.Objects[i]
			if len(g.Attributes) != len(o.Attributes) || len(g.References) != len(o.References) || g.Name != o.Name || g.Template != o.Template || g.Comment != o.Comment {
				t.Errorf("%.30s: object %s %s: %d attributes, %d references, want %d, %d", e.Info, o.Name, o.UUID, len(g.Attributes), len(g.References), len(o.Attributes), len(o.References))
				continue
			}
			for j, a := range o.Attributes {
				if diff := cmp.Diff(plainAttribute(a, e), plainAttribute(g.Attributes[j], e)); diff != "" {
					t.Errorf("%.30s: %s", e.Info, diff)
				}
			}
		}
		if got.Info != e.Info && e.Info != "" || got.Published != e.Published || e.Date != "" && got.Date != e.Date || got.ThreatLevel != e.ThreatLevel || got.Analysis != e.Analysis {
			t.Errorf("%.30s: the event came back as %q %v %s %d %d", e.Info, got.Info, got.Published, got.Date, got.ThreatLevel, got.Analysis)
		}
		for _, tag := range e.Tags {
			if !tag.Local && !slices.ContainsFunc(got.Tags, func(g misp.Tag) bool {
				return strings.EqualFold(g.Name, tag.Name) || strings.HasPrefix(tag.Name, "misp-galaxy:")
			}) {
				if !strings.HasPrefix(strings.ToLower(tag.Name), "tlp:") {
					t.Errorf("%.30s: tag %s is gone; have %v", e.Info, tag.Name, got.Tags)
				}
			}
		}
		if diff := cmp.Diff(clusters(e), clusters(got)); diff != "" {
			t.Errorf("%.30s: clusters: %s", e.Info, diff)
		}
		sightings := func(e *misp.Event) (n int) {
			for _, a := range e.Attributes {
				n += len(a.Sightings)
			}
			for _, o := range e.Objects {
				for _, a := range o.Attributes {
					n += len(a.Sightings)
				}
			}
			return n
		}
		if sightings(got) != sightings(e) || len(got.Reports) != len(e.Reports) {
			t.Errorf("%.30s: %d sightings, %d reports, want %d, %d", e.Info, sightings(got), len(got.Reports), sightings(e), len(e.Reports))
		}
	}
}

// plainAttribute is an attribute without what the trip may say otherwise: its
// distribution is never wider, which TestNeverLooser looks at; clusters are those
// of the event's galaxies.
func plainAttribute(a misp.Attribute, e *misp.Event) map[string]any {
	if day, err := time.Parse(time.DateOnly, e.Date); a.Timestamp.IsZero() && e.Timestamp.IsZero() && err == nil {
		a.Timestamp = day
	}
	if a.Timestamp.IsZero() {
		a.Timestamp = e.Timestamp
	}
	value := a.Value
	if a.Type == "AS" {
		value = strings.TrimPrefix(value, "AS")
	}
	return map[string]any{
		"uuid": a.UUID, "type": a.Type, "category": a.Category, "value": value, "comment": a.Comment, "to_ids": a.ToIDs, "relation": a.Relation,
		"deleted": a.Deleted, "data": a.Data, "first": a.FirstSeen, "last": a.LastSeen, "time": a.Timestamp, "sightings": len(a.Sightings), "proposals": len(a.Proposals),
	}
}

// TestWriteRead writes every real event and reads it again.
func TestWriteRead(t *testing.T) {
	events, _ := realEvents(t)
	for _, e := range events {
		var b bytes.Buffer
		if err := e.Write(&b); err != nil {
			t.Fatal(err)
		}
		again := one(t, b.String())
		opts := cmp.Options{
			cmpopts.EquateEmpty(), cmpopts.IgnoreFields(misp.Event{}, "Faults", "Truncated", "Extra", "Distribution", "Analysis", "ThreatLevel"),
			cmpopts.IgnoreFields(misp.Attribute{}, "Distribution"), cmpopts.IgnoreFields(misp.Object{}, "Distribution", "Extra"), cmpopts.IgnoreFields(misp.Report{}, "Distribution"),
			cmpopts.IgnoreFields(misp.Tag{}, "Colour"), cmpopts.IgnoreFields(misp.Cluster{}, "TagName", "Single"),
		}
		if diff := cmp.Diff(e, again, opts); diff != "" {
			t.Errorf("%.40s: %s", e.Info, diff)
		}
	}
}

// clusters are the clusters of the event's galaxies, with what must come back.
func clusters(e *misp.Event) map[string]string {
	all := map[string]string{}
	for _, g := range e.Galaxies {
		for _, c := range g.Clusters {
			all[c.UUID] = strings.Join([]string{g.UUID, g.Type, g.Name, g.Version, c.Value, c.Source, c.Version, strings.Join(c.Authors, ",")}, "|")
		}
	}
	return all
}
