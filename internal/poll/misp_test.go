package poll_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/poll"
)

// mispFeed is a folder of files on a web server, with a count of what was asked for.
type mispFeed struct {
	files map[string]string
	asked map[string]int
	cut   string // this file ends early
}

func (f *mispFeed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/feed/")
	f.asked[name]++
	text, ok := f.files[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if name == "manifest.json" {
		tag := fmt.Sprintf("%q", fmt.Sprint(len(text), text[len(text)/2:]))
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if name == f.cut {
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Write([]byte(text[:len(text)/2]))
		panic(http.ErrAbortHandler)
	}
	w.Write([]byte(text))
}

func uuid(n int) string { return fmt.Sprintf("%08d-2222-4333-8444-555555555555", n) }

// put writes an event and its line in the manifest.
func (f *mispFeed) put(times map[int]int64) {
	var lines []string
	for n, at := range times {
		lines = append(lines, fmt.Sprintf(`"%s":{"info":"Event %d","date":"2026-01-01","timestamp":"%d","analysis":"2","threat_level_id":"1","Orgc":{"name":"Corvia","uuid":"aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa"},"Tag":[]}`, uuid(n), n, at))
		f.files[uuid(n)+".json"] = fmt.Sprintf(`{"Event":{"uuid":"%s","info":"Event %d","date":"2026-01-01","timestamp":"%d","published":true,"distribution":"3","Orgc":{"name":"Corvia","uuid":"aaaaaaaa-1111-4111-8111-aaaaaaaaaaaa"},
"Attribute":[{"uuid":"%08d-0000-4000-8000-000000000001","type":"domain","category":"Network activity","value":"n%d.example.org","to_ids":true,"timestamp":"%d"}]}}`, uuid(n), n, at, n, n, at)
	}
	f.files["manifest.json"] = "{" + strings.Join(lines, ",") + "}"
}

func TestMISPFeed(t *testing.T) {
	h := newHouse(t)
	f := &mispFeed{files: map[string]string{}, asked: map[string]int{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	t0 := time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC).Unix()
	f.put(map[int]int64{1: t0, 2: t0 + 10, 3: t0 + 20, 4: t0 + 30})
	delete(f.files, uuid(3)+".json")
	f.files[uuid(4)+".json"] = `{"Event":`
	if err := h.poller.Add(t.Context(), poll.Feed{Name: "m", Kind: poll.MISP, URL: server.URL + "/feed/", Every: time.Hour}); err != nil {
		t.Fatal(err)
	}
	count := func() int {
		t.Helper()
		p, err := h.intel.Find(t.Context(), intel.Query{Clearance: intel.Operator(), Types: []string{"indicator"}, NoRaw: true})
		if err != nil {
			t.Fatal(err)
		}
		return len(p.Objects)
	}

	// A connection that breaks keeps what came, and the place.
	f.cut = uuid(2) + ".json"
	if _, err := h.poller.Poll(t.Context(), "m"); err == nil || count() != 1 {
		t.Fatalf("%v, %d indicators", err, count())
	}
	f.cut = ""
	rep, err := h.poller.Poll(t.Context(), "m")
	if err != nil || !rep.Complete || count() != 2 || rep.Failed < 2 {
		t.Fatalf("%+v %v, %d indicators", rep, err, count())
	}
	if f.asked[uuid(1)+".json"] != 1 {
		t.Errorf("what was there is asked for again: %v", f.asked)
	}

	// Nothing has changed: the manifest's tag says so.
	f.asked = map[string]int{}
	if rep, err = h.poller.Poll(t.Context(), "m"); err != nil || !rep.Complete || len(f.asked) != 1 {
		t.Errorf("%+v %v %v", rep, err, f.asked)
	}

	// A newer event, one that is mended, one that only the manifest calls newer.
	f.put(map[int]int64{1: t0 + 100, 2: t0 + 10, 3: t0 + 20, 4: t0 + 200})
	delete(f.files, uuid(3)+".json")
	old := f.files[uuid(2)+".json"]
	f.files["manifest.json"] = strings.Replace(f.files["manifest.json"], fmt.Sprint(t0+10), fmt.Sprint(t0+90), 1)
	f.files[uuid(2)+".json"] = old
	f.asked = map[string]int{}
	if rep, err = h.poller.Poll(t.Context(), "m"); err != nil || !rep.Complete || count() != 3 {
		t.Errorf("%+v %v, %d indicators", rep, err, count())
	}
	if f.asked[uuid(3)+".json"] != 0 || f.asked[uuid(1)+".json"] != 1 || f.asked[uuid(2)+".json"] != 1 || f.asked[uuid(4)+".json"] != 1 {
		t.Errorf("%v", f.asked)
	}
	f.files["manifest.json"] += " "
	f.asked = map[string]int{}
	if rep, err = h.poller.Poll(t.Context(), "m"); err != nil || len(f.asked) != 1 {
		t.Errorf("%+v %v %v", rep, err, f.asked)
	}
	f.files["manifest.json"] = "["
	if _, err = h.poller.Poll(t.Context(), "m"); err == nil || !strings.Contains(err.Error(), "manifest") {
		t.Error(err)
	}
}
