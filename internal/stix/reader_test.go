package stix

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	one   = `{"type":"x-a","id":"x-a--6b0e3956-95f3-4c04-a882-116832996da0"}`
	two   = `{"type":"x-b",  "id":"x-b--6b0e3956-95f3-4c04-a882-116832996da1" }`
	three = "{\"type\":\"x-c\",\n\"id\":\"x-c--6b0e3956-95f3-4c04-a882-116832996da2\"\n}"
)

func read(t testing.TB, r io.Reader, o ReadOptions) (objects, faults []string, w Wrapper) {
	t.Helper()
	rd := NewReader(r, o)
	for i := 0; ; i++ {
		it, err := rd.Next()
		if err == io.EOF {
			return objects, faults, rd.Wrapper()
		}
		if err != nil {
			t.Fatal(err)
		}
		if it.Index != i {
			t.Fatalf("item %d has index %d", i, it.Index)
		}
		if it.Fault != nil {
			faults = append(faults, it.Path+" "+it.Fault.Rule)
		} else {
			objects = append(objects, string(it.Raw))
		}
	}
}

func TestReader(t *testing.T) {
	all := []string{one, two, three}
	for _, c := range []struct {
		in, kind string
		want     []string
		faults   string
	}{
		{`{"type":"bundle","id":"bundle--6b0e3956-95f3-4c04-a882-116832996da0","objects":[` + one + "," + two + "\n,\n" + three + `]}`, "bundle", all, ""},
		{`{"objects":[` + one + "," + two + "," + three + `],"type":"bundle","id":"bundle--6b0e3956-95f3-4c04-a882-116832996da0"}`, "bundle", all, ""},
		{"\xef\xbb\xbf" + `{"more":true,"next":"n1","objects":[` + one + "," + two + "," + three + `]}`, "wrapper", all, ""},
		{"[" + one + "," + two + "," + three + "]", "array", all, ""},
		{`[{"type":"bundle","objects":[` + one + "]},{\"objects\":[" + two + "," + three + "]}]", "array", all, ""},
		{`{"status":"ok","data":{"count":3,"objects":[` + one + "," + two + "," + three + `]},"x":[1,2]}`, "wrapper", all, ""},
		{one + "\n" + two + "\n" + three, "lines", all, ""},
		{`{"type":"bundle","id":"bundle--6b0e3956-95f3-4c04-a882-116832996da0","objects":` + one + `}`, "bundle", all[:1], ""},
		{`{"type":"bundle","id":"bundle--6b0e3956-95f3-4c04-a882-116832996da0","objects":"none"}`, "bundle", nil, "objects object"},
		{`{"type":"bundle","id":"bundle--6b0e3956-95f3-4c04-a882-116832996da0","objects":null}`, "bundle", nil, ""},
		{`{"objects":[` + one + "]}\n" + two + "\n\x1e" + three + "\n", "wrapper", all, ""},
		{two, "object", []string{two}, ""},
		{`{"objects":[]}`, "wrapper", nil, ""},
		{`{"type":"observed-data","id":"observed-data--1","objects":{"0":{}}}`, "object", []string{`{"type":"observed-data","id":"observed-data--1","objects":{"0":{}}}`}, ""},
		{``, "", nil, "line 1 json"},
		{`{"objects":[` + one + "," + two + "," + three + `,]}`, "wrapper", all, "objects[3] comma"},
		{`{"objects":[` + one + "," + two + "," + three + `],}`, "wrapper", all, " comma"},
		{`{"objects":[` + one + "," + two + " " + three + `]}`, "wrapper", all, "objects[2] comma"},
		{`{"objects":[` + one + `,{"type":"x","id":"x--1",},` + two + "," + three + `]}`, "wrapper", all, "objects[1] comma"},
		{`{"objects":[` + one + `,{"a":[1,2},` + two + "," + three + `]}`, "wrapper", all, "objects[1] json"},
		{`{"objects":[` + one + `,{"a":{"b":1},` + two + "," + three + `]}`, "wrapper", all, "objects[1] json"},
		{`{"objects":[` + one + `,{"a":"foo, "b": 1},` + two + "," + three + `]}`, "wrapper", all, "objects[1] json"},
		{`{"objects":[` + one + ",{\"a\":\"foo,\n \"b\": 1},\n" + two + "," + three + `]}`, "wrapper", all, "objects[1] json"},
		{`{"objects":[` + one + `,7,"x",null,[1,[2]],` + two + "," + three + `]}`, "wrapper", all, "objects[1] object|objects[2] object|objects[3] object|objects[4] object"},
		{`{"objects":[` + one + `,{"type":"x"},` + two + "," + three + `]}`, "wrapper", all, "objects[1] required"},
		{`{"objects":[` + one + `,{"id":"x","id":"y"},` + two + "," + three + `]}`, "wrapper", all, "objects[1] duplicate-key"},
		{`{"objects":[` + one + "," + two + "," + three + `}`, "wrapper", all, "objects[3] json"},
		{`{"objects":[` + one + "," + two + "," + three, "wrapper", all, "objects[3] json"},
		{`{"objects":[` + one + "," + two + "," + three + `,{"type":"x`, "wrapper", all, "objects[3] json"},
		{one + "\n" + two + "\n{\"type\":\n" + three + "\nrubbish\n" + one, "lines", []string{one, two, three, one}, "line 3 json|line 7 json"},
		{"\xff\xfe{\x00", "", nil, "line 1 utf-8"},
		{"rubbish", "lines", nil, "line 1 json"},
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.in), "by octet": iotest.OneByteReader(strings.NewReader(c.in))} {
			got, faults, w := read(t, r, ReadOptions{})
			if strings.Join(got, "|") != strings.Join(c.want, "|") {
				t.Errorf("%s %s:\n%d objects %s", name, c.in, len(got), got)
			}
			if s := strings.Join(faults, "|"); s != c.faults {
				t.Errorf("%s %s:\nfaults %s, want %s", name, c.in, s, c.faults)
			}
			if w.Kind != c.kind {
				t.Errorf("%s %s: kind %q, want %q", name, c.in, w.Kind, c.kind)
			}
		}
	}
}

func TestReaderEnvelope(t *testing.T) {
	_, _, w := read(t, strings.NewReader(`{"more":true,"next":"n\u0031","objects":[`+one+`]}`), ReadOptions{})
	if !w.More || w.Next != "n1" {
		t.Errorf("%+v", w)
	}
}

func TestReaderGzip(t *testing.T) {
	pack := func(s string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		io.WriteString(z, s)
		z.Close()
		return b.Bytes()
	}
	var many strings.Builder
	for i := range 2000 {
		fmt.Fprintf(&many, `{"type":"x-a","id":"x-a--%08x-95f3-4c04-a882-116832996da0","n":%d}`+"\n", i*2654435761&0xffffffff, i)
	}
	packed := pack(many.String())
	got, faults, _ := read(t, bytes.NewReader(packed), ReadOptions{})
	if len(got) != 2000 || len(faults) != 0 {
		t.Errorf("%d objects, %s", len(got), faults)
	}
	got, faults, _ = read(t, bytes.NewReader(packed[:len(packed)/2]), ReadOptions{})
	if len(got) < 500 || len(faults) == 0 || !strings.HasSuffix(faults[len(faults)-1], "gzip") {
		t.Errorf("cut off: %d objects, %s", len(got), faults)
	}
	bomb := pack(`{"objects":[` + one + `,"` + strings.Repeat(" ", 64<<20) + `"]}`)
	got, faults, _ = read(t, bytes.NewReader(bomb), ReadOptions{})
	if len(got) != 1 || len(faults) != 1 {
		t.Errorf("bomb: %d objects, %s", len(got), faults)
	}
	bomb = pack(`{"objects":[` + one + `,{"type":"x","s":"` + strings.Repeat("a", 40<<20) + `"}]}`)
	got, faults, _ = read(t, bytes.NewReader(bomb), ReadOptions{})
	if len(got) != 1 || len(faults) != 1 || !strings.HasSuffix(faults[0], "bomb") {
		t.Errorf("bomb within an object: %d objects, %s", len(got), faults)
	}
	_, faults, _ = read(t, strings.NewReader(many.String()), ReadOptions{Limits: Limits{Total: 1000}})
	if len(faults) != 1 || !strings.HasSuffix(faults[0], "total") {
		t.Errorf("total: %s", faults)
	}
}

func TestReaderLarge(t *testing.T) {
	in := `{"objects":[` + one + `,{"type":"x","id":"x--1","s":"` + strings.Repeat("y", 5000) + `"},` + two + `]}`
	got, faults, _ := read(t, strings.NewReader(in), ReadOptions{Limits: Limits{Object: 1000}})
	if len(got) != 2 || strings.Join(faults, "|") != "objects[1] size" {
		t.Errorf("%d objects, %s", len(got), faults)
	}
}

// TestReaderDeep: what is nested deeper than anything costs itself alone.
func TestReaderDeep(t *testing.T) {
	for _, depth := range []int{65, 10_000, 300_000} {
		deep := `{"type":"x","id":"x--1","a":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}`
		got, faults, _ := read(t, strings.NewReader(`{"objects":[`+one+`,`+deep+`,`+two+`]}`), ReadOptions{})
		if len(got) != 2 || strings.Join(faults, "|") != "objects[1] depth" {
			t.Errorf("%d: %d objects, %s", depth, len(got), faults)
		}
	}
}

// endless gives a bundle of n octets and more, made while it is read.
type endless struct {
	n    int
	rest []byte
}

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		if e.n <= 0 {
			return 0, io.EOF
		}
		e.rest = bytes.Repeat([]byte(one+","), 1000)
		e.n -= len(e.rest)
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

// TestReaderMemory: a large bundle takes no more memory than a small one.
func TestReaderMemory(t *testing.T) {
	size := 128 << 20
	if testing.Short() {
		size = 8 << 20
	}
	r := NewReader(io.MultiReader(strings.NewReader(`{"objects":[`), &endless{n: size}, strings.NewReader(one+`]}`)), ReadOptions{})
	var most uint64
	for n := 0; ; n++ {
		it, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil || it.Fault != nil {
			t.Fatal(err, it.Fault)
		}
		if n%100_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if most > 16<<20 {
		t.Errorf("%d MiB of memory for a stream of %d MiB", most>>20, size>>20)
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("the line is cut")
	r := NewReader(io.MultiReader(strings.NewReader(`{"objects":[`+one+`,{"ty`), iotest.ErrReader(broken)), ReadOptions{})
	if it, err := r.Next(); err != nil || it.Object == nil {
		t.Fatal(it, err)
	}
	if _, err := r.Next(); err != broken {
		t.Fatal(err)
	}
}

// TestReaderData reads every file of real data: each object comes out with the
// octets that the file has, and as many as the decoder of the standard library sees.
func TestReaderData(t *testing.T) {
	total := 0
	for _, file := range files(t, data(t, "stix")) {
		if strings.Contains(file, "schemas") || strings.HasSuffix(file, ".txt") || strings.HasSuffix(file, ".md") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got, faults, _ := read(t, bytes.NewReader(b), ReadOptions{})
		var want struct{ Objects []json.RawMessage }
		if json.Unmarshal(b, &want) != nil || want.Objects == nil {
			want.Objects = []json.RawMessage{bytes.TrimSpace(b)}
		}
		if len(faults) > 0 || len(got) != len(want.Objects) {
			t.Errorf("%s: %d objects of %d, %s", filepath.Base(file), len(got), len(want.Objects), faults)
			continue
		}
		for i := range got {
			if got[i] != string(want.Objects[i]) {
				t.Errorf("%s: object %d has other octets", filepath.Base(file), i)
			}
		}
		total += len(got)
	}
	t.Log(total, "objects")
}
