package mispserver_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley.example/parley/internal/intel"
)

// TestSyncEdges: what an instance asks for beside the events, in the form in which it
// reads the answers. An instance hides most failures of these calls from its people.
func TestSyncEdges(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))

	// Its rules stand in the request; those of types it keeps itself.
	for _, body := range []string{`{"minimal":1,"published":1,"tag":["tlp:green","!nonsense"],"org":["Corvia"],"type_attribute":["!domain"],"type_object":["!11111111-0000-4000-8000-00000000000f"]}`,
		`{"minimal":1,"published":1,"timestamp":"3650d"}`} {
		if got := w.ask(nil, "reader", "POST", "/events/index", body); !strings.Contains(got, event1) {
			t.Errorf("%s: %s", body, got)
		}
	}
	if got := w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1,"published":1,"tag":["!tlp:green"]}`); got != "[]" {
		t.Error(got)
	}

	// What rules can be made of.
	var rules struct{ Organisations, Tags []string }
	w.ask(&rules, "reader", "GET", "/servers/getAvailableSyncFilteringRules", "")
	if !slices.Contains(rules.Organisations, "Corvia") || !slices.Contains(rules.Tags, "tlp:green") {
		t.Errorf("%+v", rules)
	}

	// A preview: the list by its address, sorted; and the event by its number alone.
	status, head, text := w.call("reader", "GET", "/events/index/sort:timestamp/direction:desc/page:1/limit:60", "")
	var list []struct {
		ID  string
		Org struct{ Name string }
	}
	if json.Unmarshal([]byte(text), &list); status != 200 || head.Get("X-Result-Count") != "1" || len(list) != 1 || list[0].Org.Name != "aster.example" {
		t.Fatalf("%d %v %s", status, head, text)
	}
	var e oneEvent
	if w.ask(&e, "reader", "GET", "/events/"+list[0].ID, ""); e.Event.UUID != event1 {
		t.Errorf("%+v", e)
	}
	w.want(400, "sort", "reader", "POST", "/events/index", `{"sort":"colour"}`)

	// A cache of what the peer has, page after page until one is empty.
	cache := w.ask(nil, "reader", "POST", "/attributes/restSearch.json", `{"returnFormat":"cache","includeEventUuid":1,"page":1,"limit":4}`)
	lines := strings.Split(strings.TrimSpace(cache), "\n")
	if len(lines) != 4 || len(lines[0]) != 32+1+36 || !strings.HasSuffix(lines[0], ","+event1) {
		t.Errorf("%q", cache)
	}
	if got := w.ask(nil, "reader", "POST", "/attributes/restSearch.json", `{"returnFormat":"cache","includeEventUuid":1,"page":3,"limit":4}`); strings.TrimSpace(got) != "" {
		t.Errorf("%q", got)
	}
}

// TestReportsArePushed: an instance asks whether reports of events are known here, and
// without a description in the answer leaves them out.
func TestReportsArePushed(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/eventReports/add", "/event_reports/add.json"} {
		var says struct{ Description string }
		if w.ask(&says, "reader", "GET", path, ""); says.Description == "" {
			t.Errorf("%s says nothing", path)
		}
	}
	with := strings.Replace(eventText(t0, ""), `"Attribute":[`, `"EventReport":[{"uuid":"11111111-0000-4000-8000-00000000000a","name":"How it began","content":"# A letter","distribution":"5","timestamp":"`+fmt.Sprint(t0)+`","deleted":false}],"Attribute":[`, 1)
	w.ask(nil, "writer", "POST", "/events/add/metadata:1", with)
	if got := w.ask(nil, "reader", "GET", "/events/view/"+event1, ""); !strings.Contains(got, `"name":"How it began"`) {
		t.Error(got)
	}
	got := w.ask(nil, "writer", "POST", "/eventReports/add/"+event1, `{"name":"And how it went on","content":"two"}`)
	if !strings.Contains(got, "And how it went on") {
		t.Error(got)
	}
	if got := w.ask(nil, "reader", "GET", "/events/view/"+event1, ""); !strings.Contains(got, "And how it went on") || !strings.Contains(got, "How it began") {
		t.Error(got)
	}
	w.want(403, "name", "writer", "POST", "/eventReports/add/"+event1, `{"content":"two"}`)
	w.want(403, "permission", "reader", "POST", "/eventReports/add/"+event1, `{"name":"x"}`)
}

// TestWholeObjects: an instance drops an object that has no description, category or
// template, and says so only in its own log.
func TestWholeObjects(t *testing.T) {
	w := newWorld(t)
	w.bring(bundle([]byte(`{"type":"file","spec_version":"2.1","id":"file--5a27d487-c542-5f97-a131-a8866b477b46","name":"letter.doc","hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e"}}`)), intel.ImportOptions{Format: intel.STIX, Name: "file.json"})
	var found struct {
		Response []struct {
			Event struct{ Object []map[string]any }
		}
	}
	w.ask(&found, "reader", "POST", "/events/restSearch", `{"value":"letter.doc"}`)
	if len(found.Response) != 1 || len(found.Response[0].Event.Object) != 1 {
		t.Fatalf("%+v", found)
	}
	for _, name := range []string{"name", "meta-category", "description", "template_uuid", "template_version"} {
		if found.Response[0].Event.Object[0][name] == "" {
			t.Errorf("the object has no %s", name)
		}
	}
}

// TestIndexSearch: what PyMISP's search_index asks for is honoured or refused.
func TestIndexSearch(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))
	for body, want := range map[string]bool{
		`{"attribute":"bad.example"}`:                  true,
		`{"attribute":"elsewhere"}`:                    false,
		`{"all":"letters"}`:                            true,
		`{"distribution":[2]}`:                         true,
		`{"distribution":[3]}`:                         false,
		`{"eventinfo":"letters","desc":true}`:          true,
		`{"email":null,"hasproposal":null,"page":1}`:   true,
		`{"threatlevel":[4],"analysis":[0,1,2]}`:       false,
		`{"value":"192.0.2.99"}`:                       false,
		`{"datefrom":"2099-01-01","minimal":true}`:     false,
		`{"timestamp":["2000-01-01","2099-01-01"]}`:    true,
		`{"sort":"date","direction":"desc","limit":1}`: true,
	} {
		if got := w.ask(nil, "reader", "POST", "/events/index", body); strings.Contains(got, event1) != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{`{"hasproposal":1}`, `{"email":"a@b.example"}`, `{"sharinggroup":"1"}`} {
		w.want(400, "cannot search by", "reader", "POST", "/events/index", body)
	}
	w.want(400, "cannot search by", "reader", "POST", "/attributes/restSearch", `{"excludeDecayed":1}`)
	w.want(200, "192.0.2.7", "reader", "POST", "/attributes/restSearch", `{"excludeDecayed":0,"enforceWarninglist":0}`)
	w.want(400, "cannot search sightings by", "reader", "POST", "/sightings/restSearch/event", `{"colour":1}`)
	if got := w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"count"}`); got != "5\n" {
		t.Errorf("%q", got)
	}
	if got := w.ask(nil, "reader", "POST", "/events/restSearch", `{"metadata":1,"tags":"nobody-has-it"}`); got != `{"response":[]}` {
		t.Error(got)
	}
}

// TestHollow: an event that an instance would not take is listed for it only until it was
// asked for, and again when it has changed.
func TestHollow(t *testing.T) {
	w := newWorld(t)
	report := func(modified, more string) string {
		return `{"type":"report","spec_version":"2.1","id":"report--` + event1 + `","created":"2026-01-01T00:00:00.000Z","modified":"` + modified + `","name":"Names only","published":"2026-01-02T00:00:00Z","object_refs":["threat-actor--00000001-0000-4000-8000-000000000001"` + more + `]}`
	}
	actor := `{"type":"threat-actor","spec_version":"2.1","id":"threat-actor--00000001-0000-4000-8000-000000000001","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","name":"Corvid"}`
	w.bring(bundle([]byte(report("2026-01-02T00:00:00.000Z", "")), []byte(actor)), intel.ImportOptions{Format: intel.STIX, Name: "a.json"})
	listed := func() bool {
		pull := strings.Contains(w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1,"published":1}`), event1)
		feed := strings.Contains(w.ask(nil, "reader", "GET", "/feed/manifest.json", ""), event1)
		if pull != feed {
			t.Errorf("in the pull %v, in the feed %v", pull, feed)
		}
		return pull
	}
	if !listed() {
		t.Error("not listed at first")
	}
	if got := w.ask(nil, "reader", "GET", "/events/view/"+event1, ""); !strings.Contains(got, "Corvid") {
		t.Error(got)
	}
	if listed() || !strings.Contains(w.ask(nil, "reader", "POST", "/events/index", `{}`), event1) {
		t.Error("still listed for instances, or for nobody")
	}
	w.bring(bundle([]byte(report("2026-01-03T00:00:00.000Z", `,"indicator--00000001-0000-4000-8000-000000000001"`)), indicatorText(1, start, "")), intel.ImportOptions{Format: intel.STIX, Name: "b.json"})
	if !listed() {
		t.Error("not listed again")
	}
}
