package taxii

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// fixed is a library of collections with the ids of somebody's file.
type fixed []Collection

func (f fixed) Of(context.Context, gateway.Client) ([]Collection, error) { return f, nil }

func (f fixed) Find(_ context.Context, _ gateway.Client, id string) (Collection, error) {
	if i := slices.IndexFunc(f, func(c Collection) bool { return c.ID == id }); i >= 0 {
		return f[i], nil
	}
	return Collection{}, parley.E(parley.NotFound, "no such collection")
}

// newReference is a server with what a reference server is tested with: its objects
// were added when its manifest says so. Objects of STIX 2.0 are left out, as this
// store makes them 2.1.
func newReference(t *testing.T) *world {
	t.Helper()
	data := os.Getenv("PARLEY_DATA")
	if data == "" {
		t.Skip("PARLEY_DATA is not set: the fixture of the reference server is not there")
	}
	raw, err := os.ReadFile(filepath.Join(data, "taxii", "medallion-default_data.json"))
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Group struct {
			Collections []struct {
				Collection
				Objects  []json.RawMessage
				Manifest []record
			}
		} `json:"trustgroup1"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	var list fixed
	for _, c := range file.Group.Collections {
		src, err := w.store.SourceFor(t.Context(), intel.Source{Direction: intel.Own, Name: c.ID})
		if err != nil {
			t.Fatal(err)
		}
		c.Source, c.CanDelete = src, c.CanWrite
		list = append(list, c.Collection)
		type arrival struct {
			at  time.Time
			raw json.RawMessage
		}
		var arrivals []arrival
		for _, o := range c.Objects {
			var says struct {
				ID, Modified, Created string
				Spec                  string `json:"spec_version"`
			}
			if err := json.Unmarshal(o, &says); err != nil {
				t.Fatal(err)
			}
			version := says.Modified
			if version == "" {
				version = says.Created
			}
			for _, m := range c.Manifest {
				if m.ID == says.ID && m.Version == version && says.Spec == "2.1" {
					at, err := parseInstant(m.DateAdded)
					if err != nil {
						t.Fatal(err)
					}
					arrivals = append(arrivals, arrival{at, o})
				}
			}
		}
		slices.SortFunc(arrivals, func(a, b arrival) int { return a.at.Compare(b.at) })
		for _, a := range arrivals {
			w.now = a.at
			r, err := w.store.Import(t.Context(), strings.NewReader(`{"objects":[`+string(a.raw)+`]}`), intel.ImportOptions{Format: intel.STIX, Source: src, Marking: stix.Green})
			if err != nil || r.Taken != 1 {
				t.Fatalf("%s: %+v %v", a.raw, r, err)
			}
		}
	}
	w.now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	w.server.Library = list
	w.client("admin", intel.Clearance{TLP: stix.Red, Own: true, Write: true}, true)
	return w
}

// TestReference holds the server to what the reference server's own tests hold that
// one to, over the same objects.
func TestReference(t *testing.T) {
	w := newReference(t)
	const (
		good      = Root + "collections/91a7b528-80eb-42ed-a74d-c6fbd5a26116/"
		writes    = Root + "collections/365fed99-08fa-fdcd-a1b3-fb247eb41d01/"
		hidden    = Root + "collections/64993447-4d7e-4f70-b94d-d7f33742ee63/"
		reads     = Root + "collections/52892447-4d7e-4f70-b94d-d7f22742ff63/"
		indicator = "indicator--6770298f-0fd8-471a-ab8c-1c658a46574e"
		malware   = "malware--c0931cc6-c75e-47e5-9036-78fabc95d4ec"
		relation  = "relationship--2f9a9aa9-108a-4333-83e2-4fb25add0463"
	)
	ids := func(p page) (list []string) {
		for _, raw := range p.Objects {
			var o struct{ ID string }
			json.Unmarshal(raw, &o)
			list = append(list, o.ID)
		}
		return list
	}
	dates := func(r *http.Response, first, last string) {
		t.Helper()
		if f, l := r.Header.Get("X-TAXII-Date-Added-First"), r.Header.Get("X-TAXII-Date-Added-Last"); f != first || l != last {
			t.Errorf("%s: added %q to %q, want %q to %q", r.Request.URL, f, l, first, last)
		}
	}
	order := []string{relation, "indicator--cd981c25-8042-4166-8945-51178443bdac", "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", malware, indicator}

	var list collections
	w.want(200, &list, "admin", "GET", Root+"collections/", "")
	if len(list.Collections) != 5 {
		t.Errorf("%d collections", len(list.Collections))
	}
	for _, what := range []string{"objects/", "manifest/"} {
		var all, one, two page
		dates(w.want(200, &all, "admin", "GET", good+what, ""), "2014-05-08T09:00:00.000000Z", "2017-12-31T13:49:53.935000Z")
		if !slices.Equal(ids(all), order) || *all.More {
			t.Errorf("%s: %v", what, ids(all))
		}
		dates(w.want(200, &one, "admin", "GET", good+what+"?limit=3", ""), "2014-05-08T09:00:00.000000Z", "2017-01-20T00:00:00.000000Z")
		dates(w.want(200, &two, "admin", "GET", good+what+"?limit=3&next="+one.Next, ""), "2017-01-27T13:49:59.997000Z", "2017-12-31T13:49:53.935000Z")
		if !*one.More || *two.More || !slices.Equal(append(ids(one), ids(two)...), order) {
			t.Errorf("%s: %v, %v", what, ids(one), ids(two))
		}
		for query, n := range map[string]int{
			"added_after=2016-11-03T12:30:59Z": 3, "match[id]=" + malware: 1, "match[type]=indicator": 2, "match[version]=2016-12-25T12:30:59.444Z": 1, "match[version]=first": 5, "match[version]=last": 5,
			"match[version]=all": 7, "match[spec_version]=2.1": 5, "match[type]=indicator&match[version]=2017-01-27T13:49:53.935Z": 1,
		} {
			var p page
			w.want(200, &p, "admin", "GET", good+what+"?"+query, "")
			if len(p.Objects) != n {
				t.Errorf("%s?%s: %v, want %d", what, query, ids(p), n)
			}
		}
		w.want(400, nil, "admin", "GET", good+what+"?limit=-20", "")
		// The same filters go on; others do not.
		w.want(200, &one, "admin", "GET", good+what+"?match[version]=all&limit=2", "")
		w.want(200, nil, "admin", "GET", good+what+"?match[version]=all&limit=2&next="+one.Next, "")
		w.want(400, nil, "admin", "GET", good+what+"?match[version]=first&limit=2&next="+one.Next, "")
		w.want(403, nil, "admin", "GET", hidden+what, "")
		w.want(401, nil, "", "GET", good+what, "")
	}
	var p page
	dates(w.want(200, &p, "admin", "GET", good+"objects/"+malware+"/", ""), "2017-01-27T13:49:59.997000Z", "2017-01-27T13:49:59.997000Z")
	var two page
	dates(w.want(200, &two, "admin", "GET", good+"objects/"+indicator+"?match[version]=all&limit=2", ""), "2016-11-03T12:30:59.001000Z", "2016-12-27T13:49:59.000000Z")
	if !*two.More || len(two.Objects) != 2 {
		t.Errorf("%+v", two)
	}
	var versions page
	dates(w.want(200, &versions, "admin", "GET", good+"objects/"+indicator+"/versions", ""), "2016-11-03T12:30:59.001000Z", "2017-12-31T13:49:53.935000Z")
	if want := []string{"2016-11-03T12:30:59.000Z", "2016-12-25T12:30:59.444Z", "2017-01-27T13:49:53.935Z"}; !slices.Equal(versions.Versions, want) {
		t.Errorf("%v", versions.Versions)
	}
	var none map[string]any
	w.want(200, &none, "admin", "GET", good+"objects/"+relation+"/versions?added_after=2014-05-08T09:00:00Z", "")
	w.want(200, &none, "admin", "GET", good+"objects/"+malware+"?added_after=2018-01-27T13:49:59.997000Z", "")
	if len(none) != 0 {
		t.Errorf("an empty page is %v", none)
	}
	w.want(403, nil, "admin", "GET", hidden+"objects/indicator--b81f86b9-975b-4b0b-875e-810c5bd45b4f/", "")
	w.want(403, nil, "admin", "POST", reads+"objects/", `{"objects":[]}`)

	const course = `{"type":"course-of-action","spec_version":"2.1","id":"course-of-action--68794cd5-28db-429d-ab1e-1256704ef906","created":"2017-01-27T13:49:53.935Z","modified":"2017-01-27T13:49:53.935Z","name":"Test object"}`
	const id = "course-of-action--68794cd5-28db-429d-ab1e-1256704ef906"
	var st Status
	w.want(202, &st, "admin", "POST", writes+"objects/", `{"objects":[`+course+`]}`)
	w.want(200, &st, "admin", "GET", Root+"status/"+st.ID+"/", "")
	if st.SuccessCount != 1 {
		t.Errorf("%+v", st)
	}
	w.want(202, &st, "admin", "POST", writes+"objects/", `{"objects":[`+course+`]}`) // once more: no failure
	if st.SuccessCount != 1 || st.FailureCount != 0 {
		t.Errorf("%+v", st)
	}
	w.want(422, nil, "admin", "POST", writes+"objects/", course)
	w.want(200, &p, "admin", "GET", writes+"objects/?match[id]="+id, "")
	w.want(200, nil, "admin", "DELETE", writes+"objects/"+id, "")
	w.want(404, nil, "admin", "GET", writes+"objects/"+id, "")
	w.want(404, nil, "admin", "GET", writes+"manifest/"+id, "")
}
