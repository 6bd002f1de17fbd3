package valuefile_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/valuefile"
)

// said is the rows of a text, each in a word.
func said(text string, o valuefile.Options) []string {
	var all []string
	for r := range valuefile.Read(strings.NewReader(text), o) {
		if r.Err != nil {
			all = append(all, "line "+string(rune('0'+r.Line))+": "+r.Err.Error())
			continue
		}
		all = append(all, string(r.Value.Kind)+" "+r.Value.Text)
	}
	return all
}

func TestLists(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"plain":      {"# list\n\nbad.borea.example\n192.0.2[.]7 # seen twice\nhxxp://bad[.]borea.example/x\n", []string{"domain-name bad.borea.example", "ipv4-addr 192.0.2.7", "url http://bad.borea.example/x"}},
		"hosts":      {"127.0.0.1 localhost\n0.0.0.0 a.borea.example b.borea.example\n", []string{"line 1: localhost is a name of this machine: a hosts file has it for itself", "domain-name a.borea.example", "domain-name b.borea.example"}},
		"filters":    {"[Adblock Plus 2.0]\n! title\n||a.borea.example^\n||b.borea.example^$third-party\n@@||c.borea.example^\nborea.example##.ad\n", []string{"domain-name a.borea.example", "domain-name b.borea.example", "line 5: an exception of a filter list: it names what is not blocked", "line 6: a rule of a filter list that hides parts of pages: no value"}},
		"dnsmasq":    {"address=/a.borea.example/0.0.0.0\nserver=/b.borea.example/\n", []string{"domain-name a.borea.example", "domain-name b.borea.example"}},
		"zone":       {"a.borea.example CNAME .\n*.a.borea.example CNAME .\nb.borea.example CNAME rpz-passthru.\n", []string{"domain-name a.borea.example", "domain-name a.borea.example", "line 3: an exception of a response policy zone: it names what is not blocked"}},
		"a remark":   {"192.0.2.1 a scanner\n", []string{"ipv4-addr 192.0.2.1"}},
		"no newline": {"192.0.2.1", []string{"ipv4-addr 192.0.2.1"}},
		"CRLF, BOM":  {"\ufeff192.0.2.1\r\n192.0.2.2\r\n", []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"nothing":    {"# only\n\n", nil},
	} {
		if got := said(c.text, valuefile.Options{}); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestTables(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		o    valuefile.Options
		want []string
	}{
		"heading":      {"first_seen,ioc,type,comment\n2026-11-01,bad.borea.example,domain,\"one, two\"\n", valuefile.Options{}, []string{"domain-name bad.borea.example"}},
		"semicolons":   {"ip;note\n192.0.2.1;a\n192.0.2.2;b\n", valuefile.Options{}, []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"tabs":         {"192.0.2.1\tx\n192.0.2.2\ty\n", valuefile.Options{}, []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"no heading":   {"x,192.0.2.1\ny,192.0.2.2\n", valuefile.Options{Column: "2"}, []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"first fits":   {"192.0.2.1,x\n192.0.2.2,y\n", valuefile.Options{}, []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"many":         {"md5,sha1\nd41d8cd98f00b204e9800998ecf8427e,da39a3ee5e6b4b0d3255bfef95601890afd80709\n", valuefile.Options{}, []string{"md5 d41d8cd98f00b204e9800998ecf8427e", "sha1 da39a3ee5e6b4b0d3255bfef95601890afd80709"}},
		"quoted lines": {"value,comment\n192.0.2.1,\"a\nb \"\"c\"\"\"\n192.0.2.2,\n", valuefile.Options{}, []string{"ipv4-addr 192.0.2.1", "ipv4-addr 192.0.2.2"}},
		"no value":     {"value,comment\n,x\nnonsense here,y\n", valuefile.Options{}, []string{"line 2: the row has no value in its column"}},
		"no column":    {"a,b\nc,d\n", valuefile.Options{}, []string{`line 1: no column holds values: the first row has "a, b"; name one of them`}},
		"named":        {"a,b\n192.0.2.1,x\n", valuefile.Options{Column: "A"}, []string{"ipv4-addr 192.0.2.1"}},
		"wrong name":   {"a,b\n192.0.2.1,x\n", valuefile.Options{Column: "z"}, []string{`line 1: no column "z": the first row has "a, b"`}},
		"guarded":      {"value,comment\n'@x,a\n192.0.2.1,'=1+1\n", valuefile.Options{}, nil},
	} {
		got := said(c.text, c.o)
		if c.want == nil {
			continue
		}
		if len(got) < len(c.want) || !slices.Equal(got[:len(c.want)], c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	for r := range valuefile.Read(strings.NewReader("value,type,comment,tags,first_seen,confidence,tlp\nbad.borea.example,domain,'=cmd,\"a, b\",2026-11-01 10:00:00,80,amber\n"), valuefile.Options{}) {
		if r.Err != nil || r.Comment != "=cmd" || !slices.Equal(r.Labels, []string{"a", "b"}) || r.Confidence != 80 || r.TLP != stix.Amber || !r.First.Equal(time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%+v", r)
		}
	}
}

func TestNotText(t *testing.T) {
	for name, text := range map[string]string{"gzip": "\x1f\x8b\x08", "zip": "PK\x03\x04", "UTF-16": "\xff\xfea\x00", "zeros": "a\x00b", "JSON": `{"type":"bundle"}`} {
		var rows []valuefile.Row
		for r := range valuefile.Read(strings.NewReader(text), valuefile.Options{}) {
			rows = append(rows, r)
		}
		if len(rows) != 1 || parley.KindOf(rows[0].Err) != parley.Invalid {
			t.Errorf("%s: %+v", name, rows)
		}
	}
	got := said("192.0.2.1\n"+strings.Repeat("a", 2<<20)+"\n\xff\xfe\n192.0.2.2\n", valuefile.Options{Format: "list"})
	if len(got) != 4 || !strings.Contains(got[1], "longer than") || !strings.Contains(got[2], "not UTF-8") || got[3] != "ipv4-addr 192.0.2.2" {
		t.Errorf("%.200q", got)
	}
}

func TestObjectsAndBack(t *testing.T) {
	origin := valuefile.Origin{Name: "borea-list", Labels: []string{"malicious-activity"}, Since: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	var objects []*stix.Object
	for r := range valuefile.Read(strings.NewReader("bad.borea.example # =evil()\n192.0.2.7\n"), valuefile.Options{}) {
		raw := origin.Indicator(r)
		if !bytes.Equal(raw, origin.Indicator(r)) {
			t.Error("the same row gives two objects")
		}
		o, err := stix.Parse(raw, stix.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if faults := stix.Check(o); len(faults) > 0 {
			t.Error(faults)
		}
		objects = append(objects, o)
	}
	var b bytes.Buffer
	if n, err := valuefile.WriteCSV(&b, slices.Values(objects), func(*stix.Object) string { return "=evil()" }); err != nil || n != 2 {
		t.Fatal(n, err)
	}
	records, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil || records[1][5] != "'=evil()" {
		t.Error(records, err)
	}
	got := said(b.String(), valuefile.Options{})
	if !slices.Equal(got, []string{"domain-name bad.borea.example", "ipv4-addr 192.0.2.7"}) {
		t.Errorf("%q", got)
	}
	b.Reset()
	if n, err := valuefile.WriteList(&b, slices.Values(objects), indicator.IPv4); err != nil || n != 1 || b.String() != "192.0.2.7\n" {
		t.Errorf("%q %v", b.String(), err)
	}
}

// TestReal reads the real lists: nearly every line is a value.
func TestReal(t *testing.T) {
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: no real files to read")
	}
	for file, want := range map[string]int{"maltrail-domains-100k.txt": 99900, "maltrail-ipv4-30k.txt": 30001} {
		f, err := os.Open(filepath.Join(root, "indicators", file))
		if err != nil {
			t.Fatal(err)
		}
		start, n, bad := time.Now(), 0, 0
		origin := valuefile.Origin{Name: file}
		for r := range valuefile.Read(f, valuefile.Options{}) {
			if r.Err != nil {
				if bad++; bad < 10 {
					t.Log(file, r.Line, r.Err)
				}
				continue
			}
			if n++; n < 3 {
				t.Logf("%s", origin.Indicator(r))
			}
		}
		f.Close()
		t.Logf("%s: %d values, %d lines that are none, %.0f lines/s", file, n, bad, float64(n)/time.Since(start).Seconds())
		if n < want {
			t.Errorf("%s: %d values, want %d", file, n, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"192.0.2.1\n", "0.0.0.0 a.example\n", "||a.example^\n", "value,comment\na.example,\"x\ny\"\n", "a;b\n\"", "*.a.example CNAME ."} {
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, raw []byte, column string) {
		origin := valuefile.Origin{Name: "fuzz", Since: time.Unix(1763856000, 0)}
		for r := range valuefile.Read(bytes.NewReader(raw), valuefile.Options{Column: column}) {
			if r.Err != nil {
				continue
			}
			if _, err := stix.Parse(origin.Indicator(r), stix.Limits{}); err != nil {
				t.Fatalf("%+v: %v", r, err)
			}
		}
	})
}
