package mispserver

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
)

// FuzzAddress: whatever stands in a path, it is read within its bounds or refused with
// a word, and what was read keeps no part that could lead elsewhere.
func FuzzAddress(f *testing.F) {
	for _, s := range []string{"/events/view/11111111-2222-4333-8444-555555555555/deleted[]:0/deleted[]:1/excludeGalaxy:1", "/feed/manifest.json", "/", "//events//index.json", "/events/view/%2e%2e/a:b:c", "/shadow_attributes/index/all:1.json", "/a/b/:", "/%zz", "/events/add/metadata:1"} {
		f.Add(s)
	}
	s := New(Options{Log: slog.New(slog.DiscardHandler)})
	f.Fuzz(func(t *testing.T, path string) {
		a, err := parseAddress(path)
		if err != nil {
			if parley.KindOf(err) != parley.Invalid {
				t.Fatalf("%v", err)
			}
			return
		}
		if len(a.args)+len(a.named) > maxNamed || strings.Contains(a.name, "/") {
			t.Fatalf("%+v", a)
		}
		for _, method := range []string{"GET", "HEAD", "POST", "DELETE"} {
			s.find(&a, method)
		}
	})
}

// FuzzSearch: whatever a search asks, it is understood or refused with a word; what
// was understood can be asked of any text without harm.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{`{"returnFormat":"json","value":["a","b%"],"type":{"NOT":["md5"]},"tags":"x&&!y"}`, `{"request":{"last":"7d","page":2,"limit":10}}`, `{"timestamp":["1d",1770000000],"to_ids":"exclude"}`,
		`{"returnFormat":"rpz","policy":"DROP","ns":"a.example."}`, `{"deleted":[0,1],"from":"2026-01-01"}`, `{"value":null}`, `{"uuid":1e9}`, `[]`} {
		f.Add([]byte(s), "bad.example.org")
	}
	server := New(Options{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return time.Unix(1_770_000_000, 0) }})
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		var m map[string]json.RawMessage
		if json.Unmarshal(body, &m) != nil {
			return
		}
		q := &request{Server: server, at: address{named: params{}}, r: httptest.NewRequest("POST", "/", nil)}
		p, err := q.parseFilter(m)
		if err != nil {
			if parley.KindOf(err) != parley.Invalid || err.Error() == "" {
				t.Fatalf("%v", err)
			}
			return
		}
		p.value.fits(text)
		p.tags.fits(text, text)
		if p.limit < 0 || p.page < 0 || p.limit > maxLimit {
			t.Fatalf("%+v", p)
		}
		if _, _, err := q.outputFor(p, true); err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatal(err)
		}
	})
}

// FuzzRule: no value of an attribute ends a line, a quotation or a rule.
func FuzzRule(f *testing.F) {
	for _, s := range []string{"bad.example.org", "http://bad.example.org/a\"; sid:1;", "192.0.2.1\nalert", "::1", "x|y", "\u2028"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if name, ok := rpzAddress(value); ok && strings.ContainsAny(name, " \r\n;\"") {
			t.Fatalf("%q becomes %q", value, name)
		}
		if s := quoted(value); slices.ContainsFunc([]byte(s), func(c byte) bool { return c < ' ' || c > '~' || c == '"' || c == ';' || c == '\\' }) {
			t.Fatalf("%q becomes %q", value, s)
		}
		if s := line(value); strings.ContainsAny(s, "\r\n\x00") {
			t.Fatalf("%q becomes %q", value, s)
		}
	})
}
