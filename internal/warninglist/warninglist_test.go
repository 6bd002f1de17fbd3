package warninglist_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/warninglist"
)

func set(t *testing.T, texts ...string) *warninglist.Set {
	t.Helper()
	var lists []*warninglist.List
	for _, text := range texts {
		l, faults, err := warninglist.Parse(strings.NewReader(text))
		if err != nil || len(faults) > 0 {
			t.Fatal(err, faults)
		}
		lists = append(lists, l)
	}
	s, faults := warninglist.NewSet(lists...)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return s
}

func value(t *testing.T, text string) indicator.Value {
	t.Helper()
	v, err := indicator.Recognise(text)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestNames(t *testing.T) {
	s := set(t,
		`{"name":"resolvers","type":"cidr","version":3,"list":["192.0.2.53","198.51.100.0/24","2001:db8::/32"]}`,
		`{"name":"searches","type":"hostname","list":["search.example",".cdn.example"]}`,
		`{"name":"empty hashes","type":"string","matching_attributes":["md5"],"list":["D41D8CD98F00B204E9800998ECF8427E"]}`,
		`{"name":"parts","type":"substring","list":["update.aster"]}`,
		`{"name":"patterns","type":"regex","list":["/^test[0-9]+\\.borea\\.example$/i"]}`,
		`{"name":"addresses only","type":"string","matching_attributes":["ip-dst"],"list":["search.example"]}`,
	)
	for text, want := range map[string]string{
		"192.0.2.53":                       "resolvers",
		"192.0.2.0/24":                     "resolvers", // holds one
		"198.51.100.7":                     "resolvers",
		"198.51.100.128/25":                "resolvers", // is held
		"2001:db8::1":                      "resolvers",
		"203.0.113.1":                      "",
		"search.example":                   "searches",
		"www.search.example":               "searches",
		"a.b.cdn.example":                  "searches",
		"research.example":                 "",
		"https://www.search.example/a?b":   "searches",
		"http://198.51.100.7/x":            "resolvers",
		"somebody@search.example":          "searches",
		"d41d8cd98f00b204e9800998ecf8427e": "empty hashes",
		"update.aster.example":             "parts",
		"test12.borea.example":             "patterns",
	} {
		got := ""
		for _, h := range s.Names(value(t, text)) {
			got += h.List
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFaults(t *testing.T) {
	for _, text := range []string{"", "[]", `{"name":"a","type":"string"}`, `{"type":"string","list":[]}`, `{"name":"a","type":"magic","list":[]}`, "{\"name\":\"\xff\"}"} {
		if _, _, err := warninglist.Parse(strings.NewReader(text)); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%q: %v", text, err)
		}
	}
	l, faults, err := warninglist.Parse(strings.NewReader(`{"name":"a","type":"cidr","list":["192.0.2.0/33","x",null,{},7]}`))
	if err != nil || len(faults) != 2 {
		t.Fatal(err, faults)
	}
	if _, faults := warninglist.NewSet(l); len(faults) != 3 {
		t.Error(faults)
	}
}

// TestReal reads every public list and asks them.
func TestReal(t *testing.T) {
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: no real files to read")
	}
	files, _ := filepath.Glob(filepath.Join(root, "misp", "warninglists", "*", "list.json"))
	var lists []*warninglist.List
	entries := 0
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		l, faults, err := warninglist.Parse(f)
		f.Close()
		if err != nil || len(faults) > 0 {
			t.Errorf("%s: %v %v", file, err, faults)
			continue
		}
		lists, entries = append(lists, l), entries+len(l.Entries)
	}
	s, faults := warninglist.NewSet(lists...)
	for _, f := range faults {
		t.Log(f)
	}
	values := []indicator.Value{value(t, "10.0.0.1"), value(t, "www.google.com"), value(t, "0--0.ml"), value(t, "d41d8cd98f00b204e9800998ecf8427e")}
	for _, v := range values {
		t.Log(v, s.Names(v))
	}
	if len(s.Names(values[0])) == 0 || len(s.Names(values[1])) == 0 || len(s.Names(values[2])) != 0 {
		t.Error("a private address or a search engine is not named, or a name that no list has is")
	}
	start, n := time.Now(), 0
	for range 5000 {
		for _, v := range values {
			s.Names(v)
			n++
		}
	}
	t.Logf("%d lists, %d entries, %d left out; %.0f values/s", len(lists), entries, len(faults), float64(n)/time.Since(start).Seconds())
}

func FuzzList(f *testing.F) {
	f.Add([]byte(`{"name":"a","type":"regex","list":["/a+/i"]}`), "aaa.example")
	f.Add([]byte(`{"name":"a","type":"cidr","list":["192.0.2.0/24"]}`), "192.0.2.1")
	f.Add([]byte(`{"name":"a","type":"hostname","list":["https://u@a.example:1/x"]}`), "a.example")
	f.Fuzz(func(t *testing.T, raw []byte, text string) {
		l, _, err := warninglist.Parse(strings.NewReader(string(raw)))
		if err != nil {
			return
		}
		s, _ := warninglist.NewSet(l)
		if v, err := indicator.Recognise(text); err == nil {
			s.Names(v)
		}
	})
}
