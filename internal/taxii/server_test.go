package taxii

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// What stands in the identifiers below is long: these are the objects' short names.
const (
	ind1 = "indicator--11111111-1111-4111-8111-111111111111"
	mal2 = "malware--22222222-2222-4222-8222-222222222222"
	ip3  = "ipv4-addr--8dded90c-40c0-545a-8027-5b212bb37e8e"
	ind4 = "indicator--44444444-4444-4444-8444-444444444444"
	mal5 = "malware--55555555-5555-4555-8555-555555555555"
	mal6 = "malware--66666666-6666-4666-8666-666666666666"
	mal7 = "malware--77777777-7777-4777-8777-777777777777"
	mal9 = "malware--99999999-9999-4999-8999-999999999999"
)

// fixture is five objects, added one hour after the other; the second has blanks that must stay.
var fixture = []string{
	`{"type":"indicator","spec_version":"2.1","id":"` + ind1 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}`,
	`{"type":"indicator", "spec_version":"2.1", "id":"` + ind1 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-02T00:00:00.123456Z","pattern":"[ipv4-addr:value = '192.0.2.1']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}`,
	`{"type":"malware","spec_version":"2.1","id":"` + mal2 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"m","is_family":false}`,
	`{"type":"ipv4-addr","spec_version":"2.1","id":"` + ip3 + `","value":"192.0.2.1"}`,
	`{"type":"indicator","spec_version":"2.1","id":"` + ind4 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-01T00:00:00.000Z","pattern":"[ipv4-addr:value = '192.0.2.4']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"}`,
}

func mal(id string) string {
	return `{"type":"malware","spec_version":"2.1","id":"` + id + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"m","is_family":false}`
}

// world is a server with one source of five objects, and clients of several kinds.
type world struct {
	t       *testing.T
	server  *Server
	store   *intel.Store
	http    *httptest.Server
	tokens  map[string]string
	clients *gateway.Clients
	now     time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, tokens: map[string]string{}, now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	db, err := sqldb.OpenVolatile(t.Context(), filepath.Join(t.TempDir(), "parley.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clock := func() time.Time { w.now = w.now.Add(time.Second); return w.now }
	w.clients = gateway.New(db, clock)
	if w.store, err = intel.Open(t.Context(), db, func() time.Time { return w.now }); err != nil {
		t.Fatal(err)
	}
	from, err := w.store.SourceFor(t.Context(), intel.Source{Direction: intel.In, Party: "borea.example", Agreement: parley.Hash{1}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.store.SourceFor(t.Context(), intel.Source{Direction: intel.In, Party: "corvia.example", Agreement: parley.Hash{2}}); err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i, o := range fixture {
		w.now = start.Add(time.Duration(i) * time.Hour)
		r, err := w.store.Import(t.Context(), strings.NewReader(`{"objects":[`+o+`]}`), intel.ImportOptions{Format: intel.STIX, Source: from, Marking: stix.Green})
		if err != nil || r.Taken != 1 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	w.now = start.Add(100 * time.Hour)
	w.server = New(Options{MaxContent: 1 << 20, Grace: 2 * time.Second, Clients: w.clients, Store: w.store, Statuses: db, Key: make([]byte, 32), Now: clock, Log: slog.New(slog.DiscardHandler)})
	w.http = httptest.NewServer(w.server)
	t.Cleanup(w.http.Close)
	w.client("reader", intel.Clearance{TLP: stix.Amber, Agreements: []parley.Hash{{1}}}, false)
	w.client("writer", intel.Clearance{TLP: stix.Amber, Own: true, Write: true}, true)
	w.client("sensor", intel.Clearance{TLP: stix.Clear, Write: true}, false)
	return w
}

func (w *world) client(name string, c intel.Clearance, del bool) {
	w.t.Helper()
	_, token, err := w.clients.Add(context.Background(), gateway.Client{Name: name, Clearance: c, Delete: del, Token: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.tokens[name] = token
}

// call asks as a client; headers are pairs.
func (w *world) call(who, method, path, body string, headers ...string) (*http.Response, []byte) {
	w.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = w.http.URL + path
	}
	req, err := http.NewRequest(method, path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if who != "" {
		req.SetBasicAuth(who, w.tokens[who])
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", MediaType)
	}
	req.Header.Set("Accept", MediaType)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, raw
}

// want asks and insists on a status; the answer is read into v.
func (w *world) want(status int, v any, who, method, path, body string, headers ...string) *http.Response {
	w.t.Helper()
	resp, raw := w.call(who, method, path, body, headers...)
	if resp.StatusCode != status {
		w.t.Fatalf("%s %s: %d %s, want %d", method, path, resp.StatusCode, raw, status)
	}
	if ct := resp.Header.Get("Content-Type"); ct != MediaType {
		w.t.Errorf("%s %s: Content-Type %q", method, path, ct)
	}
	if status >= 400 && method != http.MethodHead {
		var e trouble
		if err := json.Unmarshal(raw, &e); err != nil || e.Title == "" || e.HTTPStatus == "" {
			w.t.Errorf("%s %s: no error message: %s", method, path, raw)
		}
	}
	if v != nil {
		if err := json.Unmarshal(raw, v); err != nil {
			w.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
		}
	}
	return resp
}

// of gives the address of a client's collection by its title.
func (w *world) of(who, title string) string {
	w.t.Helper()
	var list collections
	w.want(200, &list, who, "GET", Root+"collections/", "")
	for _, c := range list.Collections {
		if c.Title == title {
			return Root + "collections/" + c.ID + "/"
		}
	}
	w.t.Fatalf("%s has no collection %q: %+v", who, title, list)
	return ""
}

const fromBorea = "From borea.example under agreement 010000000000"

type page struct {
	More     *bool
	Next     string
	Objects  []json.RawMessage
	Versions []string
}

// TestPlaces: every address with and without its slash, GET and HEAD, and what is nowhere.
func TestPlaces(t *testing.T) {
	w := newWorld(t)
	c := w.of("reader", fromBorea)
	for _, path := range []string{Prefix, Root, Root + "collections/", c, c + "manifest/", c + "objects/", c + "objects/" + mal2 + "/", c + "objects/" + mal2 + "/versions/"} {
		for _, p := range []string{path, strings.TrimSuffix(path, "/")} {
			get, body := w.call("reader", "GET", p, "")
			head, none := w.call("reader", "HEAD", p, "")
			if get.StatusCode != 200 || head.StatusCode != 200 || len(none) > 0 || head.ContentLength != int64(len(body)) || get.Header.Get("Content-Type") != MediaType {
				t.Errorf("%s: %d, %d, %d octets, HEAD says %d", p, get.StatusCode, head.StatusCode, len(body), head.ContentLength)
			}
			w.want(405, nil, "reader", "PUT", p, "")
			w.want(401, nil, "", "GET", p, "")
		}
	}
	for _, path := range []string{Prefix + "other/", Prefix + "other/collections/", Root + "collections/00000000-0000-0000-0000-000000000000/", Root + "collections/00000000-0000-0000-0000-000000000000/objects/",
		c + "objects/" + mal9 + "/", c + "objects/" + mal9 + "/versions/", c + "manifest/" + mal2 + "/", Root + "status/1/"} {
		w.want(404, nil, "reader", "GET", path, "")
	}
	// What another client sees is nowhere for this one.
	w.want(404, nil, "writer", "GET", c+"objects/", "")
	if r := w.want(401, nil, "", "GET", Root, ""); !strings.Contains(r.Header.Get("WWW-Authenticate"), "Basic") {
		t.Error("401 does not say how to come in")
	}
	if r := w.want(405, nil, "reader", "PUT", c+"objects/", ""); r.Header.Get("Allow") != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", r.Header.Get("Allow"))
	}
	var d discovery
	w.want(200, &d, "reader", "GET", Prefix, "")
	if d.Default != w.http.URL+Root || len(d.APIRoots) != 1 {
		t.Errorf("got %+v", d)
	}
	var root apiRoot
	w.want(200, &root, "reader", "GET", d.Default, "")
	if MaxContent < 100<<20 || root.MaxContentLength != 1<<20 || root.Versions[0] != MediaType {
		t.Errorf("got %+v", root)
	}
}

// TestMedia: OASIS TAXII 2.1 §1.6.8: which media types are taken, and which not.
func TestMedia(t *testing.T) {
	w := newWorld(t)
	c := w.of("writer", "Our own, from writer")
	for accept, status := range map[string]int{
		MediaType: 200, "application/taxii+json": 200, "application/taxii+json; version=2.1": 200, "application/taxii+json ; version=\"2.1\"": 200, "*/*": 200, "application/*;q=0.1": 200, "": 200,
		"text/html, application/taxii+json;version=2.1;q=0.5": 200, "application/taxii+json;version=2.0, application/taxii+json;version=2.1": 200,
		"application/taxii+json;version=2.0": 406, "application/json": 406, "application/vnd.oasis.taxii+json;version=2.0": 406, "application/taxii+json;version=2.1;q=0": 406, ";": 406,
	} {
		w.want(status, nil, "writer", "GET", Root, "", "Accept", accept)
	}
	for ct, status := range map[string]int{
		MediaType: 202, "application/taxii+json": 202, "application/taxii+json; version=2.1": 202, "application/taxii+json; version=2.1; charset=utf-8": 202,
		"application/taxii+json;version=2.0": 415, "application/json": 415, "application/stix+json;version=2.1": 415, "": 415,
	} {
		w.want(status, nil, "writer", "POST", c+"objects/", `{"objects":[]}`, "Content-Type", ct)
	}
}

// TestObjects: the octets are those that were stored, in the order of addition.
func TestObjects(t *testing.T) {
	w := newWorld(t)
	objects := w.of("reader", fromBorea) + "objects/"
	resp, raw := w.call("reader", "GET", objects, "")
	want := `{"more":false,"objects":[` + fixture[1] + "," + fixture[2] + "," + fixture[3] + "," + fixture[4] + "]}"
	if string(raw) != want {
		t.Errorf("got %s\nwant %s", raw, want)
	}
	if f, l := resp.Header.Get("X-TAXII-Date-Added-First"), resp.Header.Get("X-TAXII-Date-Added-Last"); f != "2026-11-01T01:00:00.000000Z" || l != "2026-11-01T04:00:00.000000Z" {
		t.Errorf("added %s to %s", f, l)
	}
	for query, n := range map[string]int{
		"": 4, "match[type]=indicator": 2, "match%5Btype%5D=indicator,malware": 3, "match[type]=indicator&match[type]=malware": 3, "match[id]=" + mal2: 1, "match[id]=" + mal9: 0,
		"match[version]=all": 5, "match[version]=first": 4, "match[version]=first,last": 5, "match[version]=2026-01-02T00:00:00.123456Z": 1, "match[version]=2026-01-01T00:00:00Z": 2,
		"match[version]=2026-01-01T00:00:00Z,last": 5, "match[spec_version]=2.0": 0, "match[spec_version]=2.0,2.1": 4, "added_after=2026-11-01T02:00:00Z": 2, "added_after=2026-11-01T01:59:59.999999Z": 3,
		"added_after=2026-11-01T03:00:00+01:00": 2, "added_after=2026-11-01T04:00:00.000000Z": 0, "limit=2": 2, "limit=999999999999": 4, "match[colour]=blue": 4,
		"match[type]=indicator&match[version]=first&added_after=2026-11-01T00:00:00Z": 1,
	} {
		var p page
		r := w.want(200, &p, "reader", "GET", objects+"?"+query, "")
		if len(p.Objects) != n {
			t.Errorf("%s: %d objects, want %d", query, len(p.Objects), n)
		}
		_, first := r.Header["X-Taxii-Date-Added-First"]
		if n == 0 && (p.More != nil || first) {
			t.Errorf("%s: an empty page is {} and has no dates", query)
		}
	}
	for _, query := range []string{"limit=0", "limit=-1", "limit=x", "limit=", "added_after=yesterday", "match[version]=newest", "next=x", "next=AAAA", "match[spec_version]=two", "a=%zz"} {
		w.want(400, nil, "reader", "GET", objects+"?"+query, "")
	}
	w.want(414, nil, "reader", "GET", objects+"?match[id]="+strings.Repeat(ind1+",", 5000), "")
	w.want(414, nil, "reader", "GET", objects+"?match[id]="+strings.Repeat("x", maxFilter), "")
}

// TestNext: a token is complete in itself, and good only where it was given.
func TestNext(t *testing.T) {
	w := newWorld(t)
	c := w.of("reader", fromBorea)
	for _, what := range []string{"objects/", "manifest/"} {
		var first page
		w.want(200, &first, "reader", "GET", c+what+"?limit=1&match[version]=all&match[type]=indicator", "")
		if !*first.More || first.Next == "" || len(first.Objects) != 1 {
			t.Fatalf("%s: %+v", what, first)
		}
		for _, again := range []string{"", "&limit=1", "&match[version]=all", "&match[type]=indicator&match[version]=all", "&added_after=2026-11-21T00:00:00Z"} {
			var p page
			w.want(200, &p, "reader", "GET", c+what+"?next="+first.Next+again, "")
			if len(p.Objects) != 1 || !*p.More || p.Next == first.Next {
				t.Errorf("%s%s: %+v", what, again, p)
			}
		}
		var rest page
		w.want(200, &rest, "reader", "GET", c+what+"?limit=10&next="+first.Next, "")
		if len(rest.Objects) != 2 || *rest.More || rest.Next != "" {
			t.Errorf("%s: the rest is %+v", what, rest)
		}
		for _, again := range []string{"&match[type]=malware", "&match[version]=first", "&match[id]=" + mal2, "x"} {
			w.want(400, nil, "reader", "GET", c+what+"?next="+first.Next+again, "")
		}
		w.want(400, nil, "reader", "GET", c+"objects/"+ind1+"/?next="+first.Next, "")
		w.want(400, nil, "reader", "GET", w.of("reader", fromBorea+", TLP:GREEN")+what+"?next="+first.Next, "")
		for i := range first.Next {
			forged := []byte(first.Next)
			if forged[i] ^= 1; i == len(forged)-1 || !strings.Contains("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", string(forged[i])) {
				continue
			}
			if r, _ := w.call("reader", "GET", c+what+"?next="+string(forged), ""); r.StatusCode != 400 {
				t.Fatalf("a forged token is taken: octet %d", i)
			}
		}
	}
}

// TestOne: one object, its versions, its manifest.
func TestOne(t *testing.T) {
	w := newWorld(t)
	c := w.of("reader", fromBorea)
	var p page
	w.want(200, &p, "reader", "GET", c+"objects/"+ind1+"?match[version]=all", "")
	if len(p.Objects) != 2 {
		t.Errorf("%d versions", len(p.Objects))
	}
	w.want(200, &p, "reader", "GET", c+"objects/"+ind1+"/versions", "")
	if len(p.Versions) != 2 || p.Versions[0] != "2026-01-01T00:00:00.000Z" || p.Versions[1] != "2026-01-02T00:00:00.123456Z" {
		t.Errorf("versions %v", p.Versions)
	}
	p = page{}
	w.want(200, &p, "reader", "GET", c+"objects/"+ind1+"/versions?limit=1", "")
	var rest page
	w.want(200, &rest, "reader", "GET", c+"objects/"+ind1+"/versions?next="+p.Next, "")
	if len(rest.Versions) != 1 || *rest.More {
		t.Errorf("versions %+v", rest)
	}
	p = page{}
	w.want(200, &p, "reader", "GET", c+"objects/"+ind1+"?added_after=2027-01-01T00:00:00Z", "")
	if p.More != nil {
		t.Error("what a filter leaves nothing of is an empty envelope")
	}
	var m manifest
	w.want(200, &m, "reader", "GET", c+"manifest?match[id]="+ip3, "")
	if d := m.Objects[0]; len(m.Objects) != 1 || d.Version != noVersion || d.DateAdded != "2026-11-01T03:00:00.000000Z" || d.MediaType != MediaSTIX {
		t.Errorf("%+v", m)
	}
}

// TestAdd: what a client writes, and what became of it.
func TestAdd(t *testing.T) {
	w := newWorld(t)
	c := w.of("writer", "Our own, from writer")
	w.want(200, nil, "writer", "GET", c+"objects/", "")
	w.want(404, nil, "writer", "GET", c+"objects/"+mal5, "")
	body := `{"objects":[` + mal(mal5) + `,{"id":"x"}]}`
	var st, again Status
	w.want(202, &st, "writer", "POST", c+"objects/", body)
	if st.Status != "complete" || st.TotalCount != 2 || st.SuccessCount != 1 || st.FailureCount != 1 || len(st.Failures) != 1 || st.Failures[0].Message == "" {
		t.Errorf("%+v", st)
	}
	w.want(200, &again, "writer", "GET", Root+"status/"+st.ID+"/", "")
	if again.ID != st.ID || again.FailureCount != 1 {
		t.Errorf("%+v", again)
	}
	w.want(404, nil, "sensor", "GET", Root+"status/"+st.ID, "") // another client's

	// OASIS TAXII 2.1 §4.3.1: what failed has its id and its version, as far as it says them.
	w.want(202, &st, "writer", "POST", c+"objects/", `{"objects":[{"type":"malware","spec_version":"2.1","id":"`+mal6+`","created":"2026-01-01T00:00:00.000Z","modified":"2026-02-01T00:00:00.000Z"},`+
		`{"id":"x--1","created":"2026-01-01T00:00:00Z"},{"type":"malware"},7]}`)
	want := []Detail{{ID: mal6, Version: "2026-02-01T00:00:00.000Z"}, {ID: "x--1", Version: "2026-01-01T00:00:00.000Z"}, {ID: "objects[2]", Version: noVersion}, {ID: "objects[3]", Version: noVersion}}
	for i := range st.Failures {
		if st.Failures[i].Message == "" {
			t.Errorf("%+v does not say why", st.Failures[i])
		}
		st.Failures[i].Message = ""
	}
	if !slices.Equal(st.Failures, want) || st.FailureCount != 4 {
		t.Errorf("%+v, want %+v", st.Failures, want)
	}

	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write([]byte(strings.Replace(body, mal5, mal6, 1)))
	gz.Close()
	w.want(202, &st, "writer", "POST", c+"objects", z.String(), "Content-Encoding", "gzip")
	if st.SuccessCount != 1 {
		t.Errorf("%+v", st)
	}
	for _, bad := range []struct {
		status        int
		body, headers string
	}{
		{422, mal(mal7), ""}, {422, `{}`, ""}, {400, `[]`, ""}, {400, ``, ""}, {400, `{"objects":`[:5], ""}, {400, "\x00", ""}, {400, `{"type":x,"objects":[]}`, ""},
		{400, body, "gzip"}, {415, body, "br"},
	} {
		w.want(bad.status, nil, "writer", "POST", c+"objects/", bad.body, "Content-Encoding", bad.headers)
	}
	w.want(403, nil, "reader", "POST", w.of("reader", fromBorea)+"objects/", body)

	w.want(200, nil, "writer", "DELETE", c+"objects/"+mal5+"/", "")
	w.want(404, nil, "writer", "DELETE", c+"objects/"+mal5+"/", "")
	w.want(404, nil, "writer", "GET", c+"objects/"+mal5+"/", "")
	w.want(403, nil, "reader", "DELETE", w.of("reader", fromBorea)+"objects/"+mal2+"/", "")
	// A sensor writes and reads nothing.
	s := w.of("sensor", "Our own, from sensor")
	w.want(202, nil, "sensor", "POST", s+"objects/", body)
	w.want(403, nil, "sensor", "GET", s+"objects/", "")
	w.want(403, nil, "sensor", "DELETE", s+"objects/"+mal5+"/", "")
}

// TestBombs: neither a large body nor one that becomes large is taken.
func TestBombs(t *testing.T) {
	w := newWorld(t)
	objects := w.of("writer", "Our own, from writer") + "objects/"
	large := `{"objects":[{"type":"malware","id":mal5,"description":"` + strings.Repeat("a", 1<<20) + `"}]}`
	w.want(413, nil, "writer", "POST", objects, large)
	var z bytes.Buffer
	gz := gzip.NewWriter(&z)
	gz.Write([]byte(large))
	gz.Close()
	w.want(413, nil, "writer", "POST", objects, z.String(), "Content-Encoding", "gzip")
	req, _ := http.NewRequest(http.MethodPost, w.http.URL+objects, io.MultiReader(strings.NewReader(large))) // of unknown length
	req.SetBasicAuth("writer", w.tokens["writer"])
	req.Header.Set("Content-Type", MediaType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != 413 {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
}

// TestSlow: a client that stops in the middle of its body is left after a grace.
func TestSlow(t *testing.T) {
	w := newWorld(t)
	objects := w.of("writer", "Our own, from writer") + "objects/"
	body, pipe := io.Pipe()
	go func() { // ends when the request does: its transport closes the body
		pipe.Write([]byte(`{"objects":[` + mal(mal5) + `,`))
	}()
	req, err := http.NewRequest(http.MethodPost, w.http.URL+objects, body)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("writer", w.tokens["writer"])
	req.Header.Set("Content-Type", MediaType)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return // the connection was closed: that will do
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestTimeout {
		t.Errorf("a client that stands still gets %s", resp.Status)
	}
}

// TestShelves: ids are of version 5, stay the same, and no two are alike.
func TestShelves(t *testing.T) {
	w := newWorld(t)
	var list collections
	w.want(200, &list, "reader", "GET", Root+"collections", "")
	if len(list.Collections) != 1+int(stix.Amber) {
		t.Errorf("%d collections", len(list.Collections))
	}
	seen := map[string]bool{}
	for _, c := range list.Collections {
		if seen[c.ID] || c.ID[14] != '5' || len(c.ID) != 36 || c.CanWrite || !c.CanRead {
			t.Errorf("%+v", c)
		}
		seen[c.ID] = true
	}
	if id := collectionID(intel.Source{Direction: intel.In, Party: "borea.example"}, stix.Green); id != "08e20d42-6866-5b52-b691-86d187490a56" {
		t.Errorf("the id of a collection has changed: %s", id)
	}
	var green page
	w.want(200, &green, "reader", "GET", w.of("reader", fromBorea+", TLP:GREEN")+"objects/", "")
	if len(green.Objects) != 4 {
		t.Errorf("%d objects are marked green", len(green.Objects))
	}
	w.want(200, &list, "reader", "GET", w.of("reader", fromBorea+", TLP:AMBER")+"objects/", "")
}

// TestSTIX20: OASIS TAXII 2.1 §3.4.1: what came as STIX 2.0 is given as 2.1, and octet for octet as
// it came to who wants 2.0.
func TestSTIX20(t *testing.T) {
	w := newWorld(t)
	c := w.of("writer", "Our own, from writer")
	old := `{"type": "malware", "id":"` + mal5 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"m","labels":["worm"]}`
	var st Status
	w.want(202, &st, "writer", "POST", c+"objects/", `{"objects":[`+old+`,`+mal(mal6)+`]}`)
	if st.SuccessCount != 2 {
		t.Fatalf("%+v", st)
	}
	for query, want := range map[string]int{"": 2, "?match[spec_version]=2.0": 1, "?match[spec_version]=2.0,2.1": 2, "?match[spec_version]=2.1": 2, "?match[spec_version]=3.0": 0} {
		var p page
		_, raw := w.call("writer", "GET", c+"objects/"+query, "")
		w.want(200, &p, "writer", "GET", c+"objects/"+query, "")
		var m manifest
		w.want(200, &m, "writer", "GET", c+"manifest/"+query, "")
		if len(p.Objects) != want || len(m.Objects) != want || strings.Contains(string(raw), old) != (want == 1) {
			t.Errorf("%q: %d objects, %d records, want %d: %s", query, len(p.Objects), len(m.Objects), want, raw)
		}
		if want == 1 && (m.Objects[0].MediaType != mediaSTIX20 || m.Objects[0].Version != "2026-01-03T00:00:00.000Z") {
			t.Errorf("%+v", m)
		}
	}
	if _, raw := w.call("writer", "GET", c+"objects/"+mal5+"/?match[spec_version]=2.0", ""); string(raw) != `{"more":false,"objects":[`+old+`]}` {
		t.Errorf("%s", raw)
	}
}

// TestNames: no client learns what another client, a feed or an import is called.
func TestNames(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"writer", "feed:corvia", "case 17"} {
		if _, err := w.store.SourceFor(t.Context(), intel.Source{Direction: intel.Own, Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	w.client("watcher", intel.Clearance{TLP: stix.Red, Own: true}, false)
	var list collections
	w.want(200, &list, "watcher", "GET", Root+"collections", "")
	titles := map[string]bool{}
	for _, c := range list.Collections {
		titles[c.Title] = true
		w.want(200, nil, "watcher", "GET", Root+"collections/"+c.ID+"/objects/", "")
	}
	_, raw := w.call("watcher", "GET", Root+"collections", "")
	for _, name := range []string{"writer", "corvia", "17"} {
		if strings.Contains(string(raw), name) {
			t.Errorf("%s: another's name %q", raw, name)
		}
	}
	if len(titles) != len(list.Collections) || len(titles) != 3*(1+int(stix.Red)) || !titles["Our own, source 3"] {
		t.Errorf("%v", titles)
	}
}

// TestClearance: what a client may not see leaves the server by no address, and is not
// even counted; a place in another's pages gives nothing more.
func TestClearance(t *testing.T) {
	w := newWorld(t)
	red := "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
	secret := `{"type":"malware","spec_version":"2.1","id":"` + mal5 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"m","is_family":false,"object_marking_refs":["` + red + `"]}`
	part := `{"type":"malware","spec_version":"2.1","id":"` + mal6 + `","created":"2026-01-01T00:00:00.000Z","modified":"2026-01-03T00:00:00.000Z","name":"m","is_family":false,"granular_markings":[{"marking_ref":"` + red + `","selectors":["name"]}]}`
	from, err := w.store.SourceFor(t.Context(), intel.Source{Direction: intel.In, Party: "borea.example", Agreement: parley.Hash{1}})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []string{secret, part, mal(mal7)} {
		if r, err := w.store.Import(t.Context(), strings.NewReader(o), intel.ImportOptions{Format: intel.STIX, Source: from, Marking: stix.Green}); err != nil || r.Taken != 1 {
			t.Fatalf("%+v %v", r, err)
		}
	}
	w.client("officer", intel.Clearance{TLP: stix.Red, Agreements: []parley.Hash{{1}}}, false)
	c, all := w.of("reader", fromBorea), page{}
	if o := w.of("officer", fromBorea); o != c {
		t.Fatalf("one source has two ids: %s, %s", o, c)
	}
	w.want(200, &all, "officer", "GET", c+"objects/?match[version]=all", "")
	if len(all.Objects) != 8 {
		t.Fatalf("the officer sees %d objects", len(all.Objects))
	}
	for _, what := range []string{"objects/", "manifest/", "objects/?match[version]=all", "objects/?match[id]=" + mal5 + "," + mal6 + "," + mal7} {
		if _, raw := w.call("reader", "GET", c+what, ""); strings.Contains(string(raw), mal5) || strings.Contains(string(raw), mal6) || !strings.Contains(string(raw), mal7) {
			t.Errorf("%s: %s", what, raw)
		}
	}
	for _, id := range []string{mal5, mal6} {
		w.want(404, nil, "reader", "GET", c+"objects/"+id+"/", "")
		w.want(404, nil, "reader", "GET", c+"objects/"+id+"/versions/", "")
		w.want(200, nil, "officer", "GET", c+"objects/"+id+"/", "")
	}
	var first, rest page
	w.want(200, &first, "officer", "GET", c+"objects/?limit=1", "")
	w.want(200, &rest, "reader", "GET", c+"objects/?limit=100&next="+first.Next, "")
	if len(rest.Objects) != 4 || *rest.More {
		t.Errorf("with another's place the reader sees %d objects", len(rest.Objects))
	}
	w.want(404, nil, "reader", "GET", strings.Replace(c, c[len(Root+"collections/"):], collectionID(from, stix.Red), 1)+"objects/", "")
}

// TestEnter: every way in, and the ways that are none.
func TestEnter(t *testing.T) {
	w := newWorld(t)
	token := w.tokens["reader"]
	for header, status := range map[string]int{
		"Bearer " + token: 200, "bearer  " + token: 200, "Token " + token: 200, token: 200, "Bearer " + token + "x": 401, "Bearer ": 401, "Bearer": 401, "Basic !": 401, "Basic " + token: 401, "": 401, "Digest x": 401,
	} {
		w.want(status, nil, "", "GET", Root, "", "Authorization", header)
	}
	w.tokens["writer"] = token // another's token
	w.want(401, nil, "writer", "GET", Root, "")
	if err := w.clients.Revoke(t.Context(), "reader"); err != nil {
		t.Fatal(err)
	}
	w.want(401, nil, "reader", "GET", Root, "")
	list, err := w.clients.List(t.Context())
	if err != nil || len(list) != 3 || list[0].Name != "reader" || list[0].Revoked.IsZero() || list[0].Seen.IsZero() || list[0].Token {
		t.Errorf("%+v %v", list, err)
	}
}

// TestAddContested: what a client adds is in its collection also where another source of
// ours has another content for that version. INTEL-4
func TestAddContested(t *testing.T) {
	w := newWorld(t)
	const id = "malware--c0931cc6-c75e-47e5-9036-78fabc95d499"
	one := `{"type":"malware","spec_version":"2.1","id":"` + id + `","created":"2026-01-27T13:49:53.997Z","modified":"2026-01-27T13:49:53.997Z","name":"one","is_family":false}`
	if r, err := w.store.Import(t.Context(), strings.NewReader(one), intel.ImportOptions{Format: intel.STIX}); err != nil || r.Taken != 1 {
		t.Fatalf("%+v %v", r, err)
	}
	c := w.of("writer", "Our own, from writer")
	var st Status
	w.want(202, &st, "writer", "POST", c+"objects/", `{"objects":[`+strings.Replace(one, `"one"`, `"two"`, 1)+`]}`)
	if st.SuccessCount != 1 {
		t.Fatalf("%+v", st)
	}
	for _, path := range []string{c + "objects/" + id + "/", c + "objects/?match[id]=" + id} {
		if _, body := w.call("writer", "GET", path, ""); strings.Count(string(body), `"two"`) != 1 || strings.Contains(string(body), `"one"`) {
			t.Errorf("%s: %s", path, body)
		}
	}
}
