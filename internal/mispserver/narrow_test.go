package mispserver_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/mispserver"
)

// manyEvents brings events of one attribute each.
func (w *world) manyEvents(n int) {
	for i := range n {
		w.bringEvent(fmt.Sprintf(`{"Event":{"uuid":"5c1f0b1e-7a3d-4a55-9a5e-%012d","info":"Event %d","date":"2026-03-01","timestamp":"1772200000","published":true,"distribution":"3",
			"Tag":[{"name":"event-%d"}],"Attribute":[{"uuid":"6c1f0b1e-7a3d-4a55-9a5e-%012d","type":"domain","category":"Network activity","value":"host%d.example.org","to_ids":true,"timestamp":"1772200000","Tag":[{"name":"Family:one=\"%d\""}]}],
			"Object":[{"uuid":"7c1f0b1e-7a3d-4a55-9a5e-%012d","name":"file","meta-category":"file","timestamp":"1772200000",
				"Attribute":[{"uuid":"8c1f0b1e-7a3d-4a55-9a5e-%012d","object_relation":"filename","type":"filename","category":"Payload delivery","value":"a%d.exe","timestamp":"1772200000","Tag":[{"name":"inside-%d"}]}]}]}}`, i, i, i, i, i, i, i, i, i, i))
	}
}

// A tag that a label can say costs little where few have it, and finds what a search
// without the index finds.
func TestTagsByIndex(t *testing.T) {
	w := newWorld(t)
	w.manyEvents(20)
	w.bring("192.0.2.77\n", intel.ImportOptions{Format: intel.List, Name: "list", Labels: []string{"of-the-list"}})
	for _, c := range []struct {
		tags  string
		finds int
	}{
		{`["nope"]`, 0}, {`["family:ONE=\"7\""]`, 1}, {`["family:one=\"7\"","family:one=\"8\""]`, 2}, {`["inside-3"]`, 1}, {`["event-4"]`, 2},
		{`{"AND":["event-4","inside-4"]}`, 1}, {`{"AND":["event-4","inside-5"]}`, 0}, {`{"OR":["inside-4","inside-5"],"NOT":["event-4"]}`, 1},
		{`["inside-%"]`, 20}, {`["!event-4"]`, 38}, {`["tlp:nothing"]`, 0},
	} {
		var found struct {
			Response struct {
				Attribute []struct{ Value string }
			}
		}
		w.ask(&found, "reader", "POST", "/attributes/restSearch", `{"returnFormat":"json","tags":`+c.tags+`}`)
		got := 0
		for _, a := range found.Response.Attribute {
			if a.Value != "192.0.2.77" {
				got++
			}
		}
		if got != c.finds {
			t.Errorf("%s finds %d, want %d: %+v", c.tags, got, c.finds, found)
		}
	}

	// Nothing is made of what the index rules out: without any patience there is an answer.
	w.options.Patience = time.Nanosecond
	w.server = mispserver.New(w.options)
	for _, path := range []string{"/attributes/restSearch", "/events/restSearch"} {
		w.want(200, `"response":`, "reader", "POST", path, `{"tags":["nope"],"limit":2}`)
		w.want(200, `"response":`, "reader", "POST", path, `{"value":"nowhere.example.org","limit":2}`)
		w.want(400, "nothing that fits was found", "reader", "POST", path, `{"category":"nope","limit":2}`)
		w.want(400, "nothing that fits was found", "reader", "POST", path, `{"tags":["nope%"],"limit":2}`)
	}
}

// A search ends when its client goes away.
func TestSearchEndsWithItsClient(t *testing.T) {
	w := newWorld(t)
	w.manyEvents(3)
	w.ask(nil, "reader", "POST", "/attributes/restSearch", `{"type":"domain"}`)
	ctx, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(ctx, "POST", "/attributes/restSearch", strings.NewReader(`{"type":"nope"}`))
	r.Header.Set("Authorization", w.tokens["reader"])
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Content-Type", "application/json")
	answer := httptest.NewRecorder()
	w.server.ServeHTTP(answer, r)
	if strings.Contains(answer.Body.String(), "response") {
		t.Errorf("a client that went away was answered: %s", answer.Body)
	}
}
