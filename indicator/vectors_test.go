package indicator_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley/indicator"
)

// eachLine decodes every line of a file of the real data, or skips where there is none.
func eachLine[T any](t testing.TB, name string, do func(n int, line T)) {
	t.Helper()
	dir := os.Getenv("PARLEY_DATA")
	if dir == "" {
		t.Skip("PARLEY_DATA is unset: the real data is not here")
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := r.ReadBytes('\n')
		if len(line) > 1 {
			var v T
			if err := json.Unmarshal(line, &v); err != nil {
				t.Fatalf("%s:%d: %v", name, n, err)
			}
			do(n, v)
		}
		if err != nil {
			return
		}
	}
}

func parse(version, pattern string) (*indicator.Pattern, error) {
	if version == "2.0" {
		return indicator.ParsePattern20(pattern)
	}
	return indicator.ParsePattern(pattern)
}

func TestPatternSyntaxVectors(t *testing.T) {
	count := 0
	eachLine(t, "vectors/pattern-syntax.jsonl", func(n int, v struct {
		Pattern string
		Version string `json:"stix_version"`
		Valid   bool
		Errors  []string
	}) {
		count++
		_, err := parse(v.Version, v.Pattern)
		if (err == nil) != v.Valid {
			t.Errorf("%d: %q: %v, the reference says %v %q", n, v.Pattern, err, v.Valid, v.Errors)
		}
	})
	if count != 80 {
		t.Errorf("%d vectors, want 80", count)
	}
}

func TestPatternMatchVectors(t *testing.T) {
	count := 0
	eachLine(t, "vectors/pattern-match.jsonl", func(n int, v struct {
		Pattern      string
		Version      string `json:"stix_version"`
		Observations json.RawMessage
		Match        *bool
		Error        string
	}) {
		count++
		var got bool
		p, err := parse(v.Version, v.Pattern)
		if err == nil {
			seen, readErr := indicator.ReadObservations(v.Observations)
			if readErr != nil {
				t.Errorf("%d: %v", n, readErr)
				return
			}
			got, err = p.Match(seen, 0)
		}
		switch {
		case (err != nil) != (v.Error != ""):
			t.Errorf("%d: %q: error %v, the reference has %q", n, v.Pattern, err, v.Error)
		case v.Match != nil && got != *v.Match:
			t.Errorf("%d: %q: %v, the reference says %v", n, v.Pattern, got, *v.Match)
		}
	})
	if count != 427 {
		t.Errorf("%d vectors, want 427", count)
	}
}

func TestRealPatterns(t *testing.T) {
	count, longest := 0, 0
	var unmatchable []string
	eachLine(t, "vectors/real-patterns.jsonl", func(n int, v struct {
		Source  string `json:"src"`
		Version string `json:"v"`
		Pattern string
		Valid   bool     `json:"ref_valid"`
		Errors  []string `json:"err"`
	}) {
		count++
		longest = max(longest, len(v.Pattern))
		// The reference stops at its own depth of recursion with the longest.
		valid := v.Valid || strings.Contains(strings.Join(v.Errors, " "), "recursion depth")
		p, err := parse(v.Version, v.Pattern)
		if (err == nil) != valid {
			t.Errorf("%d (%s): %.200q: %v, the reference says %v %q", n, v.Source, v.Pattern, err, v.Valid, v.Errors)
			return
		}
		if err := p.Matchable(); err != nil {
			unmatchable = append(unmatchable, err.Error())
		}
	})
	// Their authors forgot that a backslash of a path is two in a regular expression.
	if len(unmatchable) != 7 {
		t.Errorf("%d patterns cannot be matched, want 7: %s", len(unmatchable), strings.Join(unmatchable, "\n"))
	}
	if count != 15_186 || longest < 57_000 {
		t.Errorf("%d patterns, the longest of %d octets; want 15186, one of 57 kB", count, longest)
	}
}

// TestObservableVectors: what an object is found by makes a pattern that the object
// makes true, and that asks for the same value.
func TestObservableVectors(t *testing.T) {
	property := map[string]struct {
		name string
		kind indicator.Kind
	}{
		"domain-name": {"value", indicator.Domain}, "ipv4-addr": {"value", indicator.IPv4}, "ipv6-addr": {"value", indicator.IPv6}, "url": {"value", indicator.URL},
		"email-addr": {"value", indicator.Email}, "mac-addr": {"value", indicator.MAC}, "windows-registry-key": {"key", indicator.Registry}, "file": {"name", indicator.FileName},
	}
	count, spelled := 0, 0
	eachLine(t, "vectors/sco-ids.jsonl", func(n int, o map[string]any) {
		kind, _ := o["type"].(string)
		texts := map[indicator.Kind]string{}
		if p, ok := property[kind]; ok {
			if text, ok := o[p.name].(string); ok {
				texts[p.kind] = text
			}
		}
		hashes, _ := o["hashes"].(map[string]any)
		for name, text := range hashes {
			k := indicator.HashKind(kind, name)
			if k == "" {
				t.Errorf("%d: no kind for %s", n, name)
			}
			texts[k] = text.(string)
		}
		for k, text := range texts {
			count++
			v, err := indicator.Parse(k, text)
			if err != nil {
				t.Errorf("%d: %v", n, err)
				continue
			}
			p, err := indicator.ParsePattern(v.Pattern())
			if err != nil {
				t.Errorf("%d: %s: %v", n, v.Pattern(), err)
				continue
			}
			if values, exact := p.Values(); len(values) != 1 || values[0] != v || !exact {
				t.Errorf("%d: %s asks for %v, %v, want exactly %v", n, v.Pattern(), values, exact, v)
			}
			got, err := p.Match([]indicator.Observation{{Objects: map[string]any{"0": o}}}, 0)
			if v.Text == text {
				spelled++
				if !got || err != nil {
					t.Errorf("%d: %s: %v, %v of %v", n, v.Pattern(), got, err, o)
				}
			}
		}
	})
	if count < 200 || spelled < count*9/10 {
		t.Errorf("%d values, %d of them in our spelling: want 200, nearly all", count, spelled)
	}
}
