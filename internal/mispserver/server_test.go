package mispserver_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/mispserver"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// world is a gateway over a store of its own.
type world struct {
	t       testing.TB
	store   *intel.Store
	clients *gateway.Clients
	server  *mispserver.Server
	options mispserver.Options
	tokens  map[string]string
	line    parley.Hash
	now     time.Time
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := sqldb.OpenVolatile(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	w := &world{t: t, tokens: map[string]string{}, line: parley.Sum([]byte("line")), now: start}
	clock := func() time.Time { return w.now }
	if w.store, err = intel.Open(t.Context(), db, clock); err != nil {
		t.Fatal(err)
	}
	w.clients = gateway.New(db, clock)
	w.options = mispserver.Options{Clients: w.clients, Store: w.store, Party: func() string { return "aster.example" }, Now: clock, Log: slog.New(slog.DiscardHandler)}
	w.server = mispserver.New(w.options)
	w.client("reader", intel.Clearance{TLP: stix.Red, Own: true, Agreements: []parley.Hash{w.line}})
	w.client("green", intel.Clearance{TLP: stix.Green, Own: true, Agreements: []parley.Hash{w.line}})
	w.client("writer", intel.Clearance{TLP: stix.Red, Own: true, Agreements: []parley.Hash{w.line}, Write: true})
	return w
}

func (w *world) client(name string, c intel.Clearance) {
	w.t.Helper()
	_, token, err := w.clients.Add(w.t.Context(), gateway.Client{Name: name, Clearance: c, Token: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[name] = token
}

func (w *world) bring(text string, o intel.ImportOptions) intel.Report {
	w.t.Helper()
	r, err := w.store.Import(w.t.Context(), strings.NewReader(text), o)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// fromBorea brings objects as a message of Borea's.
func (w *world) fromBorea(text string) {
	w.t.Helper()
	_, _, err := w.store.Receive(w.t.Context(), strings.NewReader(text), intel.ImportOptions{Format: intel.STIX, Source: intel.Source{Direction: intel.In, Party: "borea.example", Agreement: w.line}},
		intel.Arrival{Entry: parley.Ref{Origin: "borea", Index: 118}, From: "borea.example/cert", Proof: "cosigned"})
	if err != nil {
		w.t.Fatal(err)
	}
}

// bringEvent brings an event of MISP as a person would, by a file.
func (w *world) bringEvent(text string) *misp.Event {
	w.t.Helper()
	for e, err := range misp.Events(strings.NewReader(text), misp.Limits{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		list, _, err := misp.ToSTIX(e, misp.Options{Now: start})
		if err != nil {
			w.t.Fatal(err)
		}
		w.bring(bundle(stix.Octets(list)...), intel.ImportOptions{Format: intel.STIX, Name: "event.json"})
		return e
	}
	w.t.Fatal("no event")
	return nil
}

func bundle(objects ...[]byte) string {
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + string(bytes.Join(objects, []byte(","))) + `]}`
}

// call sends one request and gives status, headers and body.
func (w *world) call(who, method, path, body string, headers ...string) (int, http.Header, string) {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", w.tokens[who])
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	w.server.ServeHTTP(rec, r)
	return rec.Code, rec.Header(), rec.Body.String()
}

// ask wants 200 and reads the answer.
func (w *world) ask(to any, who, method, path, body string) string {
	w.t.Helper()
	status, _, text := w.call(who, method, path, body)
	if status != 200 {
		w.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
	if to != nil {
		if err := json.Unmarshal([]byte(text), to); err != nil {
			w.t.Fatalf("%s %s: %v in %s", method, path, err, text)
		}
	}
	return text
}

func (w *world) want(status int, part, who, method, path, body string) {
	w.t.Helper()
	got, _, text := w.call(who, method, path, body)
	if got != status || !strings.Contains(text, part) {
		w.t.Errorf("%s %s as %s: %d %s; want %d with %q", method, path, who, got, text, status, part)
	}
}

const event1 = "11111111-2222-4333-8444-555555555555"

// eventText is an event of three attributes and one object.
func eventText(timestamp int64, more string) string {
	return fmt.Sprintf(`{"Event":{"uuid":%q,"info":"A wave of letters","date":"2026-02-27","threat_level_id":"2","analysis":"1","published":true,"timestamp":"%d","publish_timestamp":"%d","distribution":"3",
"Orgc":{"uuid":"aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa","name":"Corvia"},"Tag":[{"name":"tlp:green"},{"name":"phishing"}],
"Attribute":[
{"uuid":"11111111-0000-4000-8000-000000000001","type":"domain","category":"Network activity","value":"bad.example.org","to_ids":true,"timestamp":"%d","distribution":"5","comment":"first, \"seen\""},
{"uuid":"11111111-0000-4000-8000-000000000002","type":"ip-dst","category":"Network activity","value":"192.0.2.7","to_ids":true,"timestamp":"%d","distribution":"5","Tag":[{"name":"c2"}]},
{"uuid":"11111111-0000-4000-8000-000000000003","type":"comment","category":"Other","value":"only words","to_ids":false,"timestamp":"%d","distribution":"5"}%s],
"Object":[{"uuid":"11111111-0000-4000-8000-000000000010","name":"file","meta-category":"file","template_uuid":"688c46fb-5edb-40a3-8273-1af7923e2215","template_version":"24","timestamp":"%d","distribution":"5",
"Attribute":[{"uuid":"11111111-0000-4000-8000-000000000011","type":"md5","category":"Payload delivery","object_relation":"md5","value":"d41d8cd98f00b204e9800998ecf8427e","to_ids":true,"timestamp":"%d","distribution":"5"},
{"uuid":"11111111-0000-4000-8000-000000000012","type":"filename","category":"Payload delivery","object_relation":"filename","value":"letter.doc","to_ids":true,"timestamp":"%d","distribution":"5"}]}]}}`,
		event1, timestamp, timestamp, timestamp, timestamp, timestamp, more, timestamp, timestamp, timestamp)
}

var t0 = start.AddDate(0, 0, -3).Unix()

type oneEvent struct {
	Event struct {
		ID, UUID, Info, Timestamp, Distribution string
		Published                               bool
		Orgc                                    struct{ Name, UUID string }
		Tag                                     []struct{ Name string }
		Attribute                               []attribute
		Object                                  []struct {
			UUID, Name string
			Attribute  []attribute
		}
	}
}

type attribute struct {
	UUID, Type, Category, Value, Comment, Distribution string
	ToIDs                                              bool `json:"to_ids"`
	Deleted                                            bool
	Tag                                                []struct{ Name string }
	Sighting                                           []struct{ UUID, Type, Source string }
	Event                                              struct{ UUID, Info string }
}

func indicatorText(n int, at time.Time, more string) []byte {
	return fmt.Appendf(nil, `{"type":"indicator","spec_version":"2.1","id":"indicator--%08x-0000-4000-8000-%012x","created":"2026-01-01T00:00:00.000Z","modified":%q,"pattern":"[domain-name:value = 'host%d.example.org']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"%s}`,
		n, n, at.Format("2006-01-02T15:04:05.000Z"), n, more)
}

func TestStranger(t *testing.T) {
	w := newWorld(t)
	w.tokens["nobody"] = "0123456789012345678901234567890123456789"
	for _, path := range []string{"/servers/getVersion", "/events/view/" + event1, "/feed/manifest.json", "/no/such"} {
		w.want(403, `"message":"Authentication failed.`, "nobody", "GET", path, "")
	}
	w.want(404, `"name"`, "reader", "GET", "/no/such", "")
	w.want(405, "Allow", "reader", "GET", "/servers/postTest", "")
	w.want(403, "may read and not write", "reader", "POST", "/events/add", eventText(t0, ""))
}

func TestWhoIsThere(t *testing.T) {
	w := newWorld(t)
	var v struct {
		Version  string
		Sync     bool     `json:"perm_sync"`
		Sighting bool     `json:"perm_sighting"`
		Encoding []string `json:"request_encoding"`
		Filter   bool     `json:"filter_sightings"`
		UUID     string
	}
	w.ask(&v, "writer", "GET", "/servers/getVersion", "")
	if !strings.HasPrefix(v.Version, "2.5.") || !v.Sync || !v.Sighting || v.Encoding[0] != "gzip" || !v.Filter || len(v.UUID) != 36 {
		t.Errorf("%+v", v)
	}
	w.ask(&v, "reader", "GET", "/servers/getVersion.json", "")
	if v.Sync || v.Sighting {
		t.Errorf("a reader may push: %+v", v)
	}
	var echo struct {
		Body    struct{ TestString string }
		Headers map[string]any
	}
	w.ask(&echo, "reader", "POST", "/servers/postTest", `{"testString":"Ünïcode \u0001"}`)
	if echo.Body.TestString != "Ünïcode \x01" || echo.Headers["Content-type"] != "application/json" || echo.Headers["Accept"] != "application/json" || echo.Headers["Authorization"] != "OK" {
		t.Errorf("%+v", echo)
	}
	var me struct {
		User struct{ Email string }
		Role struct {
			Sync bool `json:"perm_sync"`
		}
		Organisation struct{ Name, UUID string }
	}
	w.ask(&me, "writer", "GET", "/users/view/me.json", "")
	if me.Organisation.Name != "aster.example" || !me.Role.Sync || me.Organisation.UUID != v.UUID {
		t.Errorf("%+v", me)
	}
	if got := w.ask(nil, "reader", "GET", "/servers/getAvailableSyncFilteringRules", ""); !strings.Contains(got, `"tags":[]`) {
		t.Error(got)
	}
}

// TestPull goes the way of an instance that pulls: the index with its tag, then one
// event after the other, then sightings and what this gateway has none of.
func TestPull(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))
	status, head, text := w.call("reader", "POST", "/events/index", `{"minimal":1,"published":1}`, "If-None-Match", `""`)
	var index []struct {
		UUID, Timestamp, OrgcUUID string
		Sighting                  string `json:"sighting_timestamp"`
		Orgc                      string `json:"orgc_uuid"`
		Published                 bool
	}
	if err := json.Unmarshal([]byte(text), &index); err != nil || status != 200 || len(index) != 1 || index[0].UUID != event1 || index[0].Timestamp != fmt.Sprint(t0) || index[0].Sighting != "0" ||
		index[0].Orgc != "aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa" || !index[0].Published {
		t.Fatalf("%d %s %v", status, text, err)
	}
	tag := head.Get("ETag")
	for _, have := range []string{tag, strings.TrimSuffix(tag, `"`) + `-gzip"`} {
		if status, _, text := w.call("reader", "POST", "/events/index", `{"minimal":1,"published":1}`, "If-None-Match", have); status != 304 || text != "" {
			t.Errorf("with %s: %d %s", have, status, text)
		}
	}
	if status, _, _ := w.call("reader", "HEAD", "/events/view/"+event1, ""); status != 200 {
		t.Error(status)
	}
	if status, _, _ := w.call("reader", "HEAD", "/events/view/"+strings.Replace(event1, "1", "2", 1), ""); status != 404 {
		t.Error(status)
	}
	var e oneEvent
	w.ask(&e, "reader", "GET", "/events/view/"+event1+"/deleted[]:0/deleted[]:1/excludeGalaxy:1/includeEventCorrelations:0/includeFeedCorrelations:0/includeWarninglistHits:0/excludeLocalTags:1", "")
	if e.Event.UUID != event1 || e.Event.Info != "A wave of letters" || len(e.Event.Attribute) != 3 || len(e.Event.Object) != 1 || len(e.Event.Object[0].Attribute) != 2 || e.Event.Orgc.Name != "Corvia" || !e.Event.Published {
		t.Errorf("%+v", e.Event)
	}
	if e.Event.Distribution != "2" { // green: connected communities, whatever the event said of itself
		t.Errorf("distribution %s", e.Event.Distribution)
	}
	for _, path := range []string{"/shadow_attributes/index/all:1/timestamp:1/limit:1000/page:1/deleted[]:0/deleted[]:1.json", "/analyst_data/index/Note/uuid[]:x.json"} {
		if got := w.ask(nil, "reader", "GET", path, ""); got != "[]" {
			t.Errorf("%s: %s", path, got)
		}
	}
	for _, path := range []string{"/galaxy_clusters/restSearch", "/analyst_data/indexMinimal", "/analyst_data/filterAnalystDataForPush"} {
		if got := w.ask(nil, "reader", "POST", path, `{"published":1,"minimal":1,"custom":1}`); got != "[]" {
			t.Errorf("%s: %s", path, got)
		}
	}
	if got := w.ask(nil, "reader", "POST", "/sightings/restSearch/event", `{"returnFormat":"json","last":0,"includeUuid":true,"uuid":["`+event1+`"]}`); got != `{"response":[]}` {
		t.Error(got)
	}
}

// TestPush goes the way of an instance that pushes.
func TestPush(t *testing.T) {
	w := newWorld(t)
	asked := fmt.Sprintf(`[{"Event":{"uuid":%q,"timestamp":"%d"}}]`, event1, t0)
	if got := w.ask(nil, "writer", "POST", "/events/filterEventIdsForPush", asked); got != `["`+event1+`"]` {
		t.Error(got)
	}
	w.want(404, "Invalid event", "writer", "POST", "/events/edit/"+event1+"/metadata:1", eventText(t0, ""))
	var e oneEvent
	w.ask(&e, "writer", "POST", "/events/add/metadata:1", eventText(t0, ""))
	if e.Event.UUID != event1 || e.Event.ID == "" || len(e.Event.Attribute) != 0 {
		t.Errorf("%+v", e)
	}
	w.want(404, "Event already exists", "writer", "POST", "/events/add/metadata:1", eventText(t0, ""))
	if _, head, _ := w.call("writer", "POST", "/events/add", eventText(t0, "")); head.Get("Location") != "/events/"+event1 {
		t.Error(head)
	}
	w.want(403, "Event could not be saved: Event in the request not newer than the local copy.", "writer", "POST", "/events/edit/"+event1+"/metadata:1", eventText(t0, ""))
	if got := w.ask(nil, "writer", "POST", "/events/filterEventIdsForPush", asked); got != `[]` {
		t.Error(got)
	}
	var z bytes.Buffer
	zip := gzip.NewWriter(&z)
	io.WriteString(zip, eventText(t0+60, `,{"uuid":"11111111-0000-4000-8000-000000000004","type":"url","category":"Network activity","value":"http://bad.example.org/a","to_ids":true,"timestamp":"1"}`))
	zip.Close()
	if status, _, text := w.call("writer", "POST", "/events/edit/"+event1+"/metadata:1", z.String(), "Content-Encoding", "gzip"); status != 200 {
		t.Fatal(status, text)
	}
	e = oneEvent{}
	w.ask(&e, "reader", "GET", "/events/view/"+event1, "")
	if len(e.Event.Attribute) != 4 || e.Event.Timestamp != fmt.Sprint(t0+60) {
		t.Errorf("%+v", e.Event)
	}
	sources, err := w.store.Sources(t.Context(), intel.Operator())
	if err != nil || len(sources) != 1 || sources[0].Direction != intel.Own || sources[0].Name != "writer" {
		t.Errorf("%+v %v", sources, err)
	}
	w.want(400, "", "writer", "POST", "/events/add", `{"Event":`)
	w.want(403, "signature", "writer", "POST", "/events/add", strings.Replace(strings.ReplaceAll(eventText(t0, ""), event1[:8], "99999999"), `"published":true`, `"published":true,"protected":true`, 1))
}

// TestNotTheirs: what a party sent, no client changes, and none is asked for it.
func TestNotTheirs(t *testing.T) {
	w := newWorld(t)
	report := `{"type":"report","spec_version":"2.1","id":"report--` + event1 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","name":"Of Borea","published":"2026-01-02T00:00:00Z","object_refs":["indicator--00000001-0000-4000-8000-000000000001"]}`
	w.fromBorea(bundle([]byte(report), indicatorText(1, start, "")))
	if got := w.ask(nil, "writer", "POST", "/events/filterEventIdsForPush", fmt.Sprintf(`[{"Event":{"uuid":%q,"timestamp":%d}}]`, event1, start.AddDate(1, 0, 0).Unix())); got != "[]" {
		t.Error(got)
	}
	w.want(403, "only its author changes it", "writer", "POST", "/events/edit/"+event1, eventText(start.AddDate(1, 0, 0).Unix(), ""))
	w.want(403, "only its author changes it", "writer", "POST", "/attributes/add/"+event1, `{"type":"domain","value":"x.example.org"}`)
}

// TestClearance: what a client may not see is in no answer, and is not counted.
func TestClearance(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(strings.Replace(eventText(t0, `,{"uuid":"11111111-0000-4000-8000-000000000005","type":"domain","category":"Network activity","value":"secret.example.org","to_ids":true,"timestamp":"1","Tag":[{"name":"tlp:red"}]}`), "tlp:green", "tlp:clear", 1))
	amber := strings.ReplaceAll(strings.Replace(eventText(t0, ""), "tlp:green", "tlp:amber", 1), "11111111", "22222222")
	w.bringEvent(amber)
	w.fromBorea(bundle(indicatorText(7, start, `,"object_marking_refs":["marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"]`))) // amber
	for _, path := range []string{"/events/index", "/events/restSearch", "/attributes/restSearch", "/feed/manifest.json", "/feed/hashes.csv", "/events/view/" + event1} {
		method := "GET"
		got := w.ask(nil, "green", method, path, "")
		for _, hidden := range []string{"secret.example.org", "22222222", "host7", "Borea", "borea"} {
			if strings.Contains(got, hidden) {
				t.Errorf("%s shows %s: %s", path, hidden, got)
			}
		}
	}
	w.want(404, "Invalid event", "green", "GET", "/events/view/"+strings.ReplaceAll(event1, "11111111", "22222222"), "")
	if got := w.ask(nil, "green", "POST", "/attributes/restSearch", `{"value":"secret.example.org"}`); got != `{"response":{"Attribute":[]}}` {
		t.Error(got)
	}
	got := w.ask(nil, "reader", "GET", "/events/view/"+event1, "")
	var e oneEvent
	json.Unmarshal([]byte(got), &e)
	for _, a := range e.Event.Attribute {
		if a.Value == "secret.example.org" && a.Distribution != "0" {
			t.Errorf("red travels: %+v", a)
		}
	}
}

// TestLoose: what no report holds stands in an event for each message and marking, in
// parts, and goes to none once a report holds it.
func TestLoose(t *testing.T) {
	w := newWorld(t)
	var many [][]byte
	const objects = 8100
	for i := range objects {
		many = append(many, indicatorText(i+1, start, ""))
	}
	w.fromBorea(bundle(many...))
	var index []struct{ UUID, Info, Timestamp string }
	w.ask(&index, "reader", "GET", "/events/index", "")
	if len(index) != 2 || !strings.Contains(index[0].Info, "borea.example/cert, borea/118, TLP:AMBER") {
		t.Fatalf("%+v", index)
	}
	total := 0
	seen := map[string]bool{}
	for _, i := range index {
		var e oneEvent
		w.ask(&e, "reader", "GET", "/events/view/"+i.UUID, "")
		total += len(e.Event.Attribute)
		if e.Event.Distribution != "1" || e.Event.Tag[0].Name != "tlp:amber" || e.Event.Attribute[0].Distribution != "5" || e.Event.Orgc.Name != "borea.example" {
			t.Errorf("%+v", e.Event.Attribute[0])
		}
		for _, a := range e.Event.Attribute {
			seen[a.Value] = true
		}
	}
	if total != objects || len(seen) != objects {
		t.Errorf("%d attributes of %d values, want %d", total, len(seen), objects)
	}
	var found struct {
		Response struct{ Attribute []attribute }
	}
	w.ask(&found, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"json","limit":10,"page":805}`)
	if len(found.Response.Attribute) != 10 {
		t.Errorf("%d on page 805", len(found.Response.Attribute))
	}
	w.ask(&found, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"json","value":"host8042.example.org","to_ids":1}`)
	if len(found.Response.Attribute) != 1 || found.Response.Attribute[0].Event.UUID != index[1].UUID {
		t.Errorf("%+v", found)
	}
	report := `{"type":"report","spec_version":"2.1","id":"report--` + event1 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.000Z","name":"Later","published":"2026-01-02T00:00:00Z","object_refs":["indicator--00000001-0000-4000-8000-000000000001"]}`
	w.bring(bundle([]byte(report)), intel.ImportOptions{Format: intel.STIX})
	var e oneEvent
	w.ask(&e, "reader", "GET", "/events/view/"+index[0].UUID, "")
	if len(e.Event.Attribute) != 7999 {
		t.Errorf("%d are left", len(e.Event.Attribute))
	}
	e = oneEvent{}
	w.ask(&e, "reader", "GET", "/events/view/"+event1, "")
	if len(e.Event.Attribute) != 1 {
		t.Errorf("%+v", e)
	}
}

// TestLargeEvent: an event of more than ten thousand attributes comes whole.
func TestLargeEvent(t *testing.T) {
	w := newWorld(t)
	var b strings.Builder
	for i := range 12_000 {
		fmt.Fprintf(&b, `,{"uuid":"11111111-0000-4000-9000-%012x","type":"domain","category":"Network activity","value":"n%d.example.org","to_ids":true,"timestamp":"%d"}`, i, i, t0)
	}
	w.bringEvent(eventText(t0, b.String()))
	var e oneEvent
	w.ask(&e, "reader", "GET", "/events/view/"+event1, "")
	if len(e.Event.Attribute) != 12_003 {
		t.Errorf("%d attributes", len(e.Event.Attribute))
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))
	w.bringEvent(strings.NewReplacer("11111111", "33333333", "A wave of letters", "Another", "bad.example.org", "worse.example.org", "192.0.2.7", "2001:db8::7", "phishing", "ransom").Replace(eventText(t0+100, "")))
	count := func(body string, want int) {
		t.Helper()
		var found struct {
			Response struct{ Attribute []attribute }
		}
		w.ask(&found, "reader", "POST", "/attributes/restSearch", body)
		if len(found.Response.Attribute) != want {
			t.Errorf("%s: %d attributes, want %d", body, len(found.Response.Attribute), want)
		}
	}
	count(`{}`, 10)
	count(`{"value":"bad.example.org"}`, 1)
	count(`{"value":["bad.example.org","worse.example.org"]}`, 2)
	count(`{"value":"%.example.org"}`, 2)
	count(`{"value":"only words"}`, 2)
	count(`{"value":"letter.doc"}`, 2)
	count(`{"value":"d41d8cd98f00b204e9800998ecf8427e"}`, 2)
	count(`{"type":"domain"}`, 2)
	count(`{"type":["domain","ip-dst"]}`, 4)
	count(`{"type":{"NOT":["domain"]}}`, 8)
	count(`{"type":"!domain"}`, 8)
	count(`{"category":"Other"}`, 2)
	count(`{"to_ids":1}`, 8)
	count(`{"to_ids":false}`, 2)
	count(`{"to_ids":"exclude"}`, 2)
	count(`{"tags":"phishing"}`, 5)
	count(`{"tags":{"AND":["phishing","c2"]}}`, 1)
	count(`{"tags":["c2"]}`, 2)
	count(`{"tags":["!c2"],"type":"ip-dst"}`, 0)
	count(`{"uuid":"11111111-0000-4000-8000-000000000002"}`, 1)
	count(`{"uuid":"`+event1+`"}`, 5)
	count(`{"eventid":"`+event1+`"}`, 5)
	count(`{"org":"Corvia"}`, 10)
	count(`{"org":"!Corvia"}`, 0)
	count(`{"limit":3,"page":4}`, 1)
	count(`{"limit":3,"page":5}`, 0)
	count(`{"last":"2d"}`, 0)
	count(`{"last":"4d"}`, 10)
	count(fmt.Sprintf(`{"timestamp":%d}`, t0+100), 5)
	count(fmt.Sprintf(`{"timestamp":["%d","%d"]}`, t0, t0+1), 5)
	count(`{"published":true}`, 10)
	count(`{"published":0}`, 0)
	count(`{"from":"2026-02-28"}`, 0)
	count(`{"from":"2026-02-27","to":"2026-02-27"}`, 10)
	count(`{"eventinfo":"wave"}`, 5)
	count(`{"threat_level_id":2,"metadata":null}`, 10)
	var events struct{ Response []oneEvent }
	w.ask(&events, "reader", "POST", "/events/restSearch", `{"returnFormat":"json","tags":["ransom"]}`)
	if len(events.Response) != 1 || events.Response[0].Event.Info != "Another" || len(events.Response[0].Event.Attribute) != 3 {
		t.Errorf("%+v", events)
	}
	w.ask(&events, "reader", "POST", "/events/restSearch", `{"value":"192.0.2.7"}`)
	if len(events.Response) != 1 || events.Response[0].Event.UUID != event1 {
		t.Errorf("%+v", events)
	}
	w.ask(&events, "reader", "POST", "/events/restSearch", `{"limit":1,"page":2,"metadata":true}`)
	if len(events.Response) != 1 || events.Response[0].Event.Info != "Another" || len(events.Response[0].Event.Attribute) != 0 {
		t.Errorf("%+v", events)
	}
	if got := w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"csv","type":"domain","value":"bad.example.org"}`); !strings.Contains(got, "uuid,event_id,category,type,value,comment,to_ids,date,") || !strings.Contains(got, `,domain,bad.example.org,"first, ""seen""",1,`) {
		t.Error(got)
	}
	if got := w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"stix2","value":"bad.example.org"}`); !strings.Contains(got, `"type":"bundle"`) || !strings.Contains(got, "[domain-name:value = 'bad.example.org']") {
		t.Error(got)
	}
	w.want(400, "cannot search by", "reader", "POST", "/attributes/restSearch", `{"frobnicate":"x"}`)
	w.want(400, "returnFormat", "reader", "POST", "/attributes/restSearch", `{"returnFormat":"openioc"}`)
	w.want(400, "", "reader", "POST", "/attributes/restSearch", `{"last":"soon"}`)
	w.want(400, "", "reader", "POST", "/attributes/restSearch", `[`)
}

func TestFeed(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))
	var manifest map[string]struct {
		Info, Date, Timestamp string
		Orgc                  struct{ Name string }
		Tag                   []struct{ Name string }
	}
	w.ask(&manifest, "reader", "GET", "/feed/manifest.json", "")
	if m := manifest[event1]; m.Info != "A wave of letters" || m.Date != "2026-02-27" || m.Timestamp != fmt.Sprint(t0) || m.Orgc.Name != "Corvia" || len(m.Tag) != 2 {
		t.Errorf("%+v", manifest)
	}
	var e oneEvent
	w.ask(&e, "reader", "GET", "/feed/"+event1+".json", "")
	if e.Event.Distribution != "1" || len(e.Event.Attribute) != 3 { // one step below 2
		t.Errorf("%+v", e.Event)
	}
	for _, path := range []string{"/feed/manifest.json", "/feed/" + event1 + ".json", "/feed/hashes.csv"} {
		_, head, text := w.call("reader", "GET", path, "")
		if tag := head.Get("ETag"); strings.HasPrefix(tag, "W/") || tag == "" {
			t.Errorf("%s has tag %q", path, tag)
		} else if status, _, _ := w.call("reader", "GET", path, "", "If-None-Match", tag); status != 304 {
			t.Errorf("%s again: %d", path, status)
		}
		if strings.HasSuffix(path, "csv") && (strings.Count(text, "\n") != 5 || !strings.Contains(text, ","+event1+"\n")) {
			t.Error(text)
		}
	}
	w.want(404, "", "reader", "GET", "/feed/../etc/passwd", "")
	folder := folder(t.TempDir())
	n, err := mispserver.WriteFeed(t.Context(), w.options, intel.Operator(), folder)
	if err != nil || n != 1 {
		t.Fatal(n, err)
	}
	for _, name := range []string{"manifest.json", "hashes.csv", event1 + ".json"} {
		raw, err := os.ReadFile(filepath.Join(string(folder), name))
		if err != nil || string(raw) != w.ask(nil, "reader", "GET", "/feed/"+name, "") {
			t.Errorf("%s: %v %s", name, err, raw)
		}
	}
}

type folder string

func (f folder) Create(name string) (io.WriteCloser, error) {
	return os.Create(filepath.Join(string(f), name))
}

func TestSightings(t *testing.T) {
	w := newWorld(t)
	w.bringEvent(eventText(t0, ""))
	sightings := func() map[string]int {
		var e oneEvent
		w.ask(&e, "reader", "GET", "/events/view/"+event1, "")
		n := map[string]int{}
		for _, a := range e.Event.Attribute {
			for _, s := range a.Sighting {
				n[a.Value+" "+s.Type+" "+s.Source]++
			}
		}
		return n
	}
	w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1}`)
	w.now = start.Add(time.Hour)
	w.want(403, "may read", "reader", "POST", "/sightings/add", `{"value":"bad.example.org"}`)
	w.ask(nil, "writer", "POST", "/sightings/add", `{"value":"bad.example.org","source":"sensor"}`)
	w.ask(nil, "writer", "POST", "/sightings/add/11111111-0000-4000-8000-000000000002", `{"type":"1","timestamp":`+fmt.Sprint(t0)+`}`)
	w.ask(nil, "writer", "POST", "/sightings/add", `{"Sighting":{"uuid":"11111111-0000-4000-8000-000000000001","type":0}}`)
	w.want(404, "No valid attributes", "writer", "POST", "/sightings/add", `{"values":["nowhere.example.org"]}`)
	w.want(400, "", "writer", "POST", "/sightings/add", `{"value":"bad.example.org","type":9}`)
	if got := sightings(); got["bad.example.org 0 sensor"] != 1 || got["bad.example.org 0 "] != 1 || got["192.0.2.7 1 "] != 1 {
		t.Errorf("%v", got)
	}
	var index []struct {
		Sighting string `json:"sighting_timestamp"`
	}
	w.ask(&index, "reader", "POST", "/events/index", `{"minimal":1}`)
	if index[0].Sighting != fmt.Sprint(w.now.Unix()) {
		t.Errorf("%v", index)
	}
	pushed := `[{"id":"4","uuid":"44444444-0000-4000-8000-000000000001","attribute_uuid":"11111111-0000-4000-8000-000000000001","type":"0","source":"","date_sighting":"` + fmt.Sprint(t0) + `","org_id":"9","Organisation":{"uuid":"bbbbbbbb-1111-4111-8111-bbbbbbbbbbbb","name":"Borea"}},
{"uuid":"44444444-0000-4000-8000-000000000002","attribute_uuid":"11111111-0000-4000-8000-000000000011","type":"0","source":"","date_sighting":"` + fmt.Sprint(t0) + `","org_id":"0"},
{"uuid":"44444444-0000-4000-8000-000000000003","attribute_uuid":"99999999-0000-4000-8000-000000000001","type":"0","source":"","date_sighting":"1","org_id":"0"}]`
	if got := w.ask(nil, "writer", "POST", "/sightings/bulkSaveSightings/"+event1, pushed); !strings.Contains(got, `"saved":true`) {
		t.Error(got)
	}
	if got := w.ask(nil, "writer", "POST", "/sightings/filterSightingUuidsForPush/"+event1, `["44444444-0000-4000-8000-000000000001","44444444-0000-4000-8000-000000000003"]`); got != `["44444444-0000-4000-8000-000000000001"]` {
		t.Error(got)
	}
	if got := w.ask(nil, "writer", "POST", "/sightings/bulkSaveSightings/"+event1, pushed); !strings.Contains(got, `"saved":false`) {
		t.Error(got)
	}
	w.want(405, "Event not found", "writer", "POST", "/sightings/bulkSaveSightings/"+strings.Replace(event1, "1", "9", 1), pushed)
	var all struct {
		Response []struct {
			Sighting struct {
				UUID         string
				Event        string `json:"event_uuid"`
				Attribute    string `json:"attribute_uuid"`
				Organisation struct{ Name string }
			}
		}
	}
	w.ask(&all, "reader", "POST", "/sightings/restSearch/event", `{"last":0,"uuid":["`+event1+`"]}`)
	borea := 0
	for _, s := range all.Response {
		if s.Sighting.UUID == "44444444-0000-4000-8000-000000000001" && s.Sighting.Organisation.Name == "Borea" && s.Sighting.Event == event1 && s.Sighting.Attribute == "11111111-0000-4000-8000-000000000001" {
			borea++
		}
	}
	if len(all.Response) != 5 || borea != 1 {
		t.Errorf("%d: %+v", borea, all)
	}
	w.ask(&all, "reader", "POST", "/sightings/restSearch/attribute", `{"id":"11111111-0000-4000-8000-000000000002"}`)
	if len(all.Response) != 1 {
		t.Errorf("%+v", all)
	}
}

func TestWrite(t *testing.T) {
	w := newWorld(t)
	draft := strings.Replace(eventText(t0, ""), `"published":true`, `"published":false`, 1)
	w.ask(nil, "writer", "POST", "/events/add", draft)
	var index []struct {
		UUID      string
		Published bool
	}
	w.ask(&index, "reader", "POST", "/events/index", `{"minimal":1}`)
	if len(index) != 1 || index[0].Published {
		t.Errorf("%v", index)
	}
	if got := w.ask(nil, "reader", "POST", "/events/index", `{"minimal":1,"published":1}`); got != "[]" {
		t.Error(got)
	}
	w.ask(nil, "writer", "POST", "/attributes/add/"+event1, `{"type":"domain","category":"Network activity","value":"added.example.org","to_ids":true}`)
	w.ask(nil, "writer", "POST", "/attributes/add/"+event1, `[{"type":"ip-dst","value":"198.51.100.1"},{"type":"ip-dst","value":"198.51.100.2"}]`)
	w.want(403, "saved", "writer", "POST", "/attributes/add/"+event1, `{"value":"x"}`)
	w.ask(nil, "writer", "POST", "/events/publish/"+event1, "")
	w.ask(&index, "reader", "POST", "/events/index", `{"minimal":1,"published":1}`)
	if len(index) != 1 || !index[0].Published {
		t.Errorf("%v", index)
	}
	var e oneEvent
	w.ask(&e, "reader", "GET", "/events/view/"+event1, "")
	if len(e.Event.Attribute) != 6 || !e.Event.Published {
		t.Errorf("%+v", e.Event)
	}
	w.ask(nil, "reader", "GET", "/attributes/view/11111111-0000-4000-8000-000000000001", "")
	w.want(404, "Invalid attribute", "reader", "GET", "/attributes/view/11111111-0000-4000-8000-000000000099", "")
}
