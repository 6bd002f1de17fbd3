package poll_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/poll"
)

// TestTroubles: what servers do wrong is an error that says what would be right, and stands with
// the feed.
func TestTroubles(t *testing.T) {
	answer := func(status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); w.Write([]byte(body)) }
	}
	const page = "<!DOCTYPE html><html><title>log in</title></html>"
	for name, c := range map[string]struct {
		kind string
		do   http.HandlerFunc
		what parley.ErrorKind
		says []string // of the message and its hint
	}{
		"page":      {poll.TAXII, answer(200, "\n"+page), parley.Unavailable, []string{"page for browsers", "collections/ID/", "--secret-file"}},
		"page-list": {poll.HTTP, answer(200, "<html>"), parley.Unavailable, []string{"page for browsers", "file itself"}},
		"page-misp": {poll.MISP, answer(200, page), parley.Unavailable, []string{"page for browsers", "manifest.json"}},
		"empty":     {poll.TAXII, answer(200, ""), parley.Unavailable, []string{"answers with nothing"}},
		"text":      {poll.TAXII, answer(200, "OK"), parley.Unavailable, []string{"no TAXII", `"OK"`}},
		"password":  {poll.TAXII, answer(401, `{"title":"who?"}`), parley.Forbidden, []string{"401", "who?", "--user, --secret-file"}},
		"not-let":   {poll.TAXII, answer(403, ""), parley.Forbidden, []string{"403", "does not let us"}},
		"gone":      {poll.TAXII, answer(404, page), parley.NotFound, []string{"404 Not Found", "collections/ID/"}},
		"old":       {poll.TAXII, answer(406, ""), parley.Unavailable, []string{"TAXII 2.1"}},
		"broken":    {poll.HTTP, answer(500, page), parley.Unavailable, []string{"500", "tried again"}},
		"redirect": {poll.TAXII, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://corvia.example/", http.StatusFound)
		}, parley.Untrusted, []string{"corvia.example", "feed's URL"}},
		"later": {poll.HTTP, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "120"); w.WriteHeader(429) }, parley.Unavailable, []string{"429", "2026-11-22T12:02:00Z"}},
		"later-never": {poll.HTTP, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", "soon")
			w.WriteHeader(503)
		}, parley.Unavailable, []string{"503", "2026-11-22T12:00:30Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			s := httptest.NewServer(c.do)
			defer s.Close()
			says(t, h, poll.Feed{Name: name, Kind: c.kind, URL: s.URL + "/collections/x/"}, c.what, c.says...)
		})
	}
	t.Run("tls", func(t *testing.T) {
		h := newHouse(t)
		s := httptest.NewTLSServer(answer(200, "{}"))
		defer s.Close()
		says(t, h, poll.Feed{Name: "tls", Kind: poll.HTTP, URL: s.URL + "/f"}, parley.Untrusted, "nobody whom we trust", "--ca")
		plain := httptest.NewServer(answer(200, "{}"))
		defer plain.Close()
		says(t, h, poll.Feed{Name: "plain", Kind: poll.HTTP, URL: strings.Replace(plain.URL, "http:", "https:", 1) + "/f"}, parley.Unavailable, "no TLS", "port")
	})
}

func says(t *testing.T, h *house, f poll.Feed, kind parley.ErrorKind, want ...string) {
	t.Helper()
	f.Every = time.Hour
	if err := h.poller.Add(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	rep, err := h.poller.Poll(t.Context(), f.Name)
	if err == nil || parley.KindOf(err) != kind || rep.Complete {
		t.Fatalf("%v, kind %s, want %s", err, parley.KindOf(err), kind)
	}
	all := err.Error() + "; " + parley.HintOf(err)
	for _, s := range want {
		if !strings.Contains(all, s) {
			t.Errorf("%q does not say %q", all, s)
		}
	}
	if strings.Contains(all, "<") {
		t.Errorf("%q has HTML", all)
	}
	list, err := h.poller.List(t.Context())
	for _, l := range list {
		if l.Name == f.Name && l.State == "" {
			t.Error("the feed does not say that its last poll failed", err)
		}
	}
}
