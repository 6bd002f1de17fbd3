package gateway_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
)

// TestBody: a body is cut at its bound, whatever it was compressed to, and what is wrong with it
// has its status.
func TestBody(t *testing.T) {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	z.Write(make([]byte, 1<<20))
	z.Close()
	for name, c := range map[string]struct {
		body, coding string
		status       int
	}{
		"whole":         {"{}", "", 0},
		"long":          {strings.Repeat("x", 1001), "", http.StatusRequestEntityTooLarge},
		"bomb":          {bomb.String(), "gzip", http.StatusRequestEntityTooLarge},
		"no gzip":       {"{}", "gzip", http.StatusBadRequest},
		"other":         {"{}", "br", http.StatusUnsupportedMediaType},
		"said identity": {"{}", "identity", 0},
	} {
		r, w := httptest.NewRequest("POST", "/", strings.NewReader(c.body)), httptest.NewRecorder()
		r.Header.Set("Content-Encoding", c.coding)
		if name != "long" {
			r.ContentLength = -1
		}
		in, err := gateway.Body(w, r, 1000, 0)
		if err == nil {
			_, err = io.ReadAll(in)
			err = gateway.BodyError(err, "nothing is taken")
		}
		if a, ok := gateway.Explain(w, r, err, "test", slog.New(slog.DiscardHandler)); err != nil && (!ok || a.Status != c.status || a.Text == "") || (err == nil) != (c.status == 0) {
			t.Errorf("%s: %v, answered %+v", name, err, a)
		}
	}
}

// TestExplain: what is our fault is shown as an id that the log has.
func TestExplain(t *testing.T) {
	var log bytes.Buffer
	r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	a, ok := gateway.Explain(w, r, errors.New("disk on fire"), "test", slog.New(slog.NewTextHandler(&log, nil)))
	if !ok || a.Status != 500 || strings.Contains(a.Text, "fire") || !strings.Contains(log.String(), a.ID) || !strings.Contains(log.String(), "fire") {
		t.Errorf("%+v, logged %s", a, &log)
	}
	if a, _ = gateway.Explain(w, r, parley.E(parley.Unavailable, "later").WithHint("in an hour"), "test", nil); a.Status != 503 || w.Header().Get("Retry-After") == "" || a.Text != "later; in an hour" {
		t.Errorf("%+v", a)
	}
}
