package taxii

import (
	"bufio"
	"bytes"
	"reflect"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// FuzzQuery: whatever a client asks, a filter that is taken goes through a page's
// token unchanged, and a refusal says what would be right.
func FuzzQuery(f *testing.F) {
	for _, q := range []string{"", "limit=10&match[version]=all,first", "match[id]=a,b,&match[type]=indicator", "added_after=2026-11-01T03:00:00+01:00", "match[version]=2026-01-02T00:00:00.123456Z", "match[spec_version]=2.0,2.1&limit=99999999999", "next=x"} {
		f.Add(q)
	}
	s := &Server{tokens: tokens{make([]byte, 32)}}
	f.Fuzz(func(t *testing.T, query string) {
		p, err := s.place(query, place{what: "objects", collection: "c"})
		if err != nil {
			if k := parley.KindOf(err); k != parley.Invalid {
				t.Fatalf("%v is %v", err, k)
			}
			return
		}
		p.after = 7
		back, err := s.tokens.parse(s.tokens.format(p), place{what: "objects", collection: "c"})
		if err != nil || !reflect.DeepEqual(back, p) {
			t.Fatalf("%+v became %+v: %v", p, back, err)
		}
	})
}

// FuzzNext: no token is taken but those that this server made.
func FuzzNext(f *testing.F) {
	ours := tokens{[]byte("ours")}
	f.Add(ours.format(place{what: "objects", collection: "c", after: 3, filter: filter{types: []string{"indicator"}}}))
	f.Add(tokens{[]byte("theirs")}.format(place{what: "objects", collection: "c", after: intel.Cursor(9)}))
	f.Fuzz(func(t *testing.T, token string) {
		p, err := ours.parse(token, place{what: "objects", collection: "c"})
		if err == nil && ours.format(p) != token {
			t.Fatalf("taken: %q", token)
		}
	})
}

// FuzzEnvelope: looking at the beginning of a body never takes from it.
func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{`{"objects":[]}`, `{"more":false,"objects":[{}]}`, `[]`, `{"type":"x"}`, `{`, `{"a":{"objects":1}}`, "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		in := bufio.NewReaderSize(bytes.NewReader(body), lookAhead)
		if err := isEnvelope(in); err == nil && in.Buffered() != min(len(body), lookAhead) {
			t.Fatal("the body is shorter than it was")
		}
	})
}
