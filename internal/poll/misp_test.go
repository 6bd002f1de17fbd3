package poll_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/poll"
	"parley.example/parley/internal/stix"
)

// mispFeed is a feed whose files a test changes.
type mispFeed struct {
	files map[string]string
	mu    sync.Mutex
	asked []string // guarded by mu
	down  string   // a file that the server fails on
}

func (f *mispFeed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/feed/")
	f.mu.Lock()
	f.asked = append(f.asked, name)
	f.mu.Unlock()
	body, ok := f.files[name]
	switch {
	case name == f.down:
		w.WriteHeader(http.StatusInternalServerError)
		return
	case !ok:
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256([]byte(body))
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:])+`"`)
	http.ServeContent(w, r, name, time.Time{}, strings.NewReader(body))
}

func feedUUID(i int) string { return fmt.Sprintf("b8a3c1de-0000-4000-8000-%012d", i) }

// put writes an event with one domain, and the manifest anew.
func (f *mispFeed) put(t *testing.T, at int64, events ...int) {
	t.Helper()
	for _, i := range events {
		f.files[feedUUID(i)+".json"] = fmt.Sprintf(`{"Event":{"uuid":%q,"info":"event %d","date":"2026-11-20","published":true,"timestamp":"%d","Orgc":{"uuid":%q,"name":"Borea CERT"},"Tag":[{"name":"tlp:green"}],
"Attribute":[{"uuid":%q,"type":"domain","category":"Network activity","value":"h%d.borea.example","to_ids":true,"timestamp":"%d"}]}}`, feedUUID(i), i, at, feedUUID(999), feedUUID(1000+i), i, at)
	}
	var entries []misp.Entry
	for name, body := range f.files {
		if name == "manifest.json" {
			continue
		}
		for e, err := range misp.Events(strings.NewReader(body), misp.Limits{}) {
			if err == nil {
				entries = append(entries, e.Entry())
			}
		}
	}
	var b bytes.Buffer
	if err := misp.WriteManifest(&b, entries); err != nil {
		t.Fatal(err)
	}
	f.files["manifest.json"] = b.String()
}

// TestMISP: a feed is fetched whole once, and then only what is new.
func TestMISP(t *testing.T) {
	h := newHouse(t)
	feed := &mispFeed{files: map[string]string{}}
	s := httptest.NewServer(feed)
	defer s.Close()
	feed.put(t, 1763856000, 1, 2, 3)
	if err := h.poller.Add(t.Context(), poll.Feed{Name: "f", Kind: poll.MISP, URL: s.URL + "/feed/", Every: time.Hour, Marking: stix.Amber}); err != nil {
		t.Fatal(err)
	}
	find := func() int {
		p, err := h.intel.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Types: []string{"indicator"}})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range p.Objects {
			if o.Marking != stix.Amber || o.Source.Name != "feed:f" {
				t.Errorf("%+v", o)
			}
		}
		return len(p.Objects)
	}
	if r := h.poll(); !r.Complete || r.Failed != 0 || r.Pages != 4 || find() != 3 {
		t.Fatalf("%+v", r)
	}
	feed.asked = nil
	if r := h.poll(); !r.Complete || r.New != 0 || len(feed.asked) != 1 { // nothing is new: one short question
		t.Fatalf("%+v %q", r, feed.asked)
	}
	feed.put(t, 1763856060, 2, 4) // one newer, one more
	feed.asked = nil
	if r := h.poll(); !r.Complete || len(feed.asked) != 3 || find() != 4 {
		t.Fatalf("%+v %q", r, feed.asked)
	}
	// An event that the server fails on, one that is none, and one that is gone.
	feed.put(t, 1763856120, 5, 6, 7, 8)
	feed.files[feedUUID(6)+".json"] = `{"Event":`
	delete(feed.files, feedUUID(7)+".json")
	feed.down = feedUUID(5) + ".json"
	if r := h.poll(); !r.Complete || r.Failed < 3 || find() != 5 {
		t.Fatalf("%+v, %d indicators", r, find())
	}
	feed.down, feed.asked = "", nil
	if r := h.poll(); !r.Complete || find() != 6 || len(feed.asked) != 3 { // the manifest, and the two that were not there
		t.Fatalf("%+v %q", r, feed.asked)
	}
	for _, manifest := range []string{"nonsense", "[]", `{"x":1}`} {
		feed.files["manifest.json"] = manifest
		if r := h.poll2(); r.New != 0 {
			t.Errorf("%s: %+v", manifest, r)
		}
	}
}

// poll2 polls where an error is right.
func (h *house) poll2() poll.Report {
	h.now = h.now.Add(2 * time.Hour)
	r, _ := h.poller.Poll(h.t.Context(), "f")
	return r
}
