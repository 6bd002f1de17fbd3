package mispserver_test

import (
	"fmt"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// TestRecallAtOnce: what a counterpart recalls, and what is deleted here, is in no list of
// a client that had it in its list before.
func TestRecallAtOnce(t *testing.T) {
	w := newWorld(t)
	report := `{"type":"report","spec_version":"2.1","id":"report--` + event1 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","name":"Of Borea","published":"2026-01-02T00:00:00Z","object_refs":["indicator--00000001-0000-4000-8000-000000000001"]}`
	w.fromBorea(bundle([]byte(report), indicatorText(1, start, ""), indicatorText(2, start, "")))
	count := func() (n int) {
		w.ask(nil, "reader", "GET", "/feed/manifest.json", "")
		return strings.Count(w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1}`), `"uuid"`)
	}
	if n := count(); n != 2 {
		t.Fatalf("%d events before", n)
	}
	ref := parley.Ref{Origin: "borea", Index: 118}
	if _, err := w.store.Recall(t.Context(), ref, []string{"report--" + event1}); err != nil {
		t.Fatal(err)
	}
	if got := w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1}`); strings.Contains(got, event1) {
		t.Errorf("the recalled report is listed: %s", got)
	}
	w.want(404, "Invalid event", "reader", "GET", "/events/view/"+event1, "")
	if _, err := w.store.Recall(t.Context(), ref, nil); err != nil {
		t.Fatal(err)
	}
	if n := count(); n != 0 {
		t.Errorf("%d events after all was recalled", n)
	}

	w.ask(nil, "writer", "POST", "/events/add", strings.Replace(eventText(t0, ""), event1, strings.Replace(event1, "1", "9", 1), 1))
	sources, err := w.store.Sources(t.Context(), intel.Operator())
	if err != nil || count() != 1 {
		t.Fatal(err, count())
	}
	own := sources[len(sources)-1].N
	if _, err := w.store.Delete(t.Context(), intel.Operator(), own, "report--"+strings.Replace(event1, "1", "9", 1), nil); err != nil {
		t.Fatal(err)
	}
	if got := w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1}`); strings.Contains(got, "A wave of letters") || strings.Contains(got, "91111111") {
		t.Errorf("the deleted report is listed: %s", got)
	}
}

// TestManySightings: all of them come, however many they are.
func TestManySightings(t *testing.T) {
	w := newWorld(t)
	const n = 4100
	objects := [][]byte{indicatorText(1, start, "")}
	for i := range n {
		objects = append(objects, fmt.Appendf(nil, `{"type":"sighting","spec_version":"2.1","id":"sighting--%08x-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","sighting_of_ref":"indicator--00000001-0000-4000-8000-000000000001","object_marking_refs":[%q]}`, i, stix.MarkingID(stix.Amber)))
	}
	w.bring(bundle(objects...), intel.ImportOptions{Format: intel.STIX, Name: "sightings.json"})
	got := w.ask(nil, "reader", "POST", "/sightings/restSearch/event", `{"last":0}`)
	if found := strings.Count(got, `"Sighting":`); found != n {
		t.Errorf("%d of %d sightings", found, n)
	}
}
