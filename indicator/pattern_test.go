package indicator_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
)

// lines reads a file of testdata without its comments.
func lines(t testing.TB, name string, do func(n int, line string)) {
	t.Helper()
	f, err := os.Open("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for n := 1; s.Scan(); n++ {
		if line := s.Text(); line != "" && line[0] != '#' {
			do(n, line)
		}
	}
	if s.Err() != nil {
		t.Fatal(s.Err())
	}
}

func TestPatternSyntax(t *testing.T) {
	lines(t, "syntax.txt", func(n int, line string) {
		word, rest, _ := strings.Cut(line, " ")
		text, why, _ := strings.Cut(rest, "\t")
		text = strings.ReplaceAll(text, `\n`, "\n")
		p, err := indicator.ParsePattern(text)
		var where *indicator.SyntaxError
		switch {
		case word == "valid" && err != nil:
			t.Errorf("%d: %s: %v", n, text, err)
		case word == "valid" && p.String() != text:
			t.Errorf("%d: %s has become %s", n, text, p)
		case word == "invalid" && (err == nil || !strings.Contains(err.Error(), why)):
			t.Errorf("%d: %s: %v, want an error with %q", n, text, err, why)
		case word == "invalid" && (parley.KindOf(err) != parley.Invalid || !errors.As(err, &where) || where.Offset < 0 || where.Offset > len(text)):
			t.Errorf("%d: %s: %v is no Invalid error with a place", n, text, err)
		}
	})
}

func TestPattern20(t *testing.T) {
	for _, text := range []string{"[EXISTS:b = 1]", "[a:EXISTS = 1]", "[a:b = 1] WITHIN 5 SECONDS WITHIN 6 SECONDS"} {
		if _, err := indicator.ParsePattern20(text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if _, err := indicator.ParsePattern(text); err == nil {
			t.Errorf("%s is no STIX 2.1", text)
		}
	}
	if _, err := indicator.ParsePattern20("[EXISTS file:name]"); err == nil {
		t.Error("STIX 2.0 has no EXISTS")
	}
}

// world reads observations: when, how often, and the objects, which are named 0, 1, ...
func world(t *testing.T, text string) []indicator.Observation {
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	var all []indicator.Observation
	for part := range strings.SplitSeq(text, " | ") {
		f := strings.SplitN(strings.TrimSpace(part), " ", 3)
		from, to, ok := strings.Cut(f[0], "-")
		if !ok {
			to = from
		}
		at := func(s string) time.Time {
			n, err := strconv.Atoi(s)
			if err != nil {
				t.Fatal(err)
			}
			return noon.Add(time.Duration(n) * time.Second)
		}
		count, err := strconv.Atoi(strings.TrimPrefix(f[1], "x"))
		if err != nil {
			t.Fatal(err)
		}
		o := indicator.Observation{First: at(from), Last: at(to), Count: count, Objects: map[string]any{}}
		d := json.NewDecoder(strings.NewReader(f[2]))
		for n := 0; d.More(); n++ {
			var object map[string]any
			if err := d.Decode(&object); err != nil {
				t.Fatalf("%s: %v", f[2], err)
			}
			o.Objects[fmt.Sprint(n)] = object
		}
		all = append(all, o)
	}
	return all
}

func TestPatternMatch(t *testing.T) {
	var seen []indicator.Observation
	lines(t, "match.txt", func(n int, line string) {
		word, text, _ := strings.Cut(line, " ")
		if word == "world" {
			seen = world(t, text)
			return
		}
		p, err := indicator.ParsePattern(text)
		if err != nil {
			t.Errorf("%d: %s: %v", n, text, err)
			return
		}
		got, err := p.Match(seen, 0)
		if (err != nil) != (word == "error") || got != (word == "yes") {
			t.Errorf("%d: %s: %v, %v, want %s", n, text, got, err, word)
		}
		if err != nil && parley.KindOf(err) != parley.Invalid {
			t.Errorf("%d: %s: %v is not Invalid", n, text, err)
		}
	})
}
