package node_test

import (
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/stix"
)

// What was seen of an object goes back to who gave it, as an answer to the message that
// did, under the object's marking; the same again is one message. INTEL-6
func TestSighting(t *testing.T) {
	c := dailyCircle(t, 15)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	settle(t, c)
	domain := `{"type":"domain-name","spec_version":"2.1","id":"domain-name--ecb120bf-2694-4902-a737-62b74539a41b","value":"example.com"` + green + `}`
	gather(t, aster, indicatorOf(1, ""), domain)
	if _, err := aster.Node.SendIntel(t.Context(), node.IntelSend{Query: node.IntelQuery{Direction: "own"}, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}, Marking: "TLP:AMBER", Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	got := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.In}, Types: []string{"indicator"}})
	if len(got) != 1 {
		t.Fatalf("%+v", got)
	}
	object, entry, now := got[0].ID, got[0].Entry, borea.Now()
	for name, wrong := range map[string]struct {
		r    node.Sighting
		kind parley.ErrorKind
	}{
		"no such object":     {node.Sighting{Object: "indicator--00000009-0000-4000-8000-000000000009"}, parley.NotFound},
		"another's":          {node.Sighting{Object: object, SendRequest: node.SendRequest{To: []string{"borea.example/cert"}}}, parley.Forbidden},
		"an observable":      {node.Sighting{Object: "domain-name--ecb120bf-2694-4902-a737-62b74539a41b"}, parley.Invalid},
		"to come":            {node.Sighting{Object: object, Last: now.Add(48 * time.Hour)}, parley.Invalid},
		"backwards":          {node.Sighting{Object: object, First: now, Last: now.Add(-time.Hour)}, parley.Invalid},
		"too often":          {node.Sighting{Object: object, Count: 1_000_000_000}, parley.Invalid},
		"no opinion":         {node.Sighting{Object: object, Opinion: "good"}, parley.Invalid},
		"an opinion counted": {node.Sighting{Object: object, Opinion: "agree", Count: 2}, parley.Invalid},
		"two opinions":       {node.Sighting{Object: object, Opinion: "agree", False: true}, parley.Invalid},
		"a wrong nonce":      {node.Sighting{Object: object, SendRequest: node.SendRequest{Nonce: "12"}}, parley.Invalid},
	} {
		if _, err := borea.Node.ReportSighting(t.Context(), wrong.r); parley.KindOf(err) != wrong.kind {
			t.Errorf("%s: %v, want %v", name, err, wrong.kind)
		}
	}
	if own := holds(t, borea, intel.Query{Directions: []intel.Direction{intel.Own}}); len(own) != 0 {
		t.Errorf("what was refused is kept: %+v", own)
	}
	nonce := strings.Repeat("5a", 16)
	for range 2 {
		sent, err := borea.Node.ReportSighting(t.Context(), node.Sighting{Object: object, Count: 12, SendRequest: node.SendRequest{Text: "at two banks", Now: true, Nonce: nonce}})
		if err != nil || len(sent.Messages) != 1 || sent.Messages[0].Kind != parley.KindSighting || sent.Marking != "TLP:AMBER" {
			t.Fatalf("%+v, %v", sent, err)
		}
		c.Clock.Advance(time.Minute)
		settle(t, c)
	}
	if _, err := borea.Node.ReportSighting(t.Context(), node.Sighting{Object: object, False: true, SendRequest: node.SendRequest{Now: true}}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	back := holds(t, aster, intel.Query{Directions: []intel.Direction{intel.In}, Refs: []string{object}})
	if len(back) != 2 || back[0].Type != "sighting" || back[1].Type != "opinion" || back[0].Marking != stix.Amber || back[0].From != "borea.example/cert" {
		t.Fatalf("%+v", back)
	}
	for _, part := range []string{`"count":12`, `"at two banks"`, `"where_sighted_refs"`} {
		if !strings.Contains(string(back[0].Raw), part) {
			t.Errorf("no %s in %s", part, back[0].Raw)
		}
	}
	m, err := aster.Node.Message(t.Context(), back[0].Entry)
	if err != nil || m.Kind != parley.KindSighting {
		t.Fatalf("%+v, %v", m, err)
	}
	given, err := aster.Node.Message(t.Context(), entry)
	if err != nil || m.Answers != given.ID {
		t.Errorf("it answers %s, want %s: %v", m.Answers, given.ID, err)
	}
	if _, err := aster.Node.ReportSighting(t.Context(), node.Sighting{Object: object}); parley.KindOf(err) != parley.Invalid {
		t.Errorf("of our own, to nobody: %v", err)
	}
	if _, err := aster.Node.ReportSighting(t.Context(), node.Sighting{Object: object, Opinion: "agree", Keep: true}); err != nil {
		t.Errorf("kept: %v", err)
	}
}
