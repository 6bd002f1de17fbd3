package indicator_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley.example/parley/indicator"
)

// crowd is n observations of one object each, one a second.
func crowd(n, count int, object func(i int) string) []indicator.Observation {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	seen := make([]indicator.Observation, n)
	for i := range seen {
		var o map[string]any
		if err := json.Unmarshal([]byte(object(i)), &o); err != nil {
			panic(err)
		}
		at := start.Add(time.Duration(i) * time.Second)
		seen[i] = indicator.Observation{First: at, Last: at, Count: count, Objects: map[string]any{"0": o}}
	}
	return seen
}

// TestHostilePatterns: whatever the pattern, parsing and matching end soon, with an
// answer or with ErrBudget.
func TestHostilePatterns(t *testing.T) {
	same := func(int) string { return `{"type":"x","k":"a"}` }
	letters := func(i int) string { return fmt.Sprintf(`{"type":"x","k":"%c"}`, 'a'+i%3) }
	chain := func(n int, one, sep string) string { return strings.TrimSuffix(strings.Repeat(one+sep, n), sep) }
	nested := func(n int, open, inner, shut string) string {
		return strings.Repeat(open, n) + inner + strings.Repeat(shut, n)
	}
	var sets, pairs []string
	for i := range 40 {
		sets = append(sets, fmt.Sprintf("([x:k = 'a'] FOLLOWEDBY [x:k = 'b'] FOLLOWEDBY [x:n = %d]) WITHIN %d SECONDS", i, i%7+1))
		pairs = append(pairs, fmt.Sprintf("(([x:k = 'a'] AND [x:k = 'b']) WITHIN %d SECONDS OR ([x:k = 'b'] AND [x:k = 'c']) WITHIN 2 SECONDS)", i%3+1))
	}
	text := strings.Repeat("a", 20_000)
	for name, c := range map[string]struct {
		pattern string
		seen    []indicator.Observation
		want    string // yes, no, budget, error, or any of yes, no and budget
	}{
		"a long OR":                       {"[" + chain(9_000, "x:k = 'zzzzzzzzzz'", " OR ") + "]", crowd(100, 1, same), "no"},
		"a long OR of observations":       {chain(9_000, "[x:k = 'z']", " OR "), crowd(100, 1, same), "no"},
		"a long AND":                      {chain(2_000, "[x:k = 'a']", " AND "), crowd(2_000, 1, same), "any"},
		"a long AND, one too many":        {chain(201, "[x:k = 'a']", " AND "), crowd(200, 1, same), "no"},
		"a long FOLLOWEDBY":               {chain(300, "[x:k = 'a']", " FOLLOWEDBY "), crowd(300, 1, same), "any"},
		"a long FOLLOWEDBY, one too many": {chain(301, "[x:k = 'a']", " FOLLOWEDBY "), crowd(300, 1, same), "no"},
		"deep FOLLOWEDBY":                 {nested(60, "([x:k = 'a'] FOLLOWEDBY ", "[x:k = 'b']", ")"), crowd(200, 1, letters), "any"},
		"too deep":                        {nested(100, "(", "[x:k = 'b']", ")"), nil, "error"},
		"too deep inside":                 {"[" + nested(100, "(", "x:k = 'b'", ")") + "]", nil, "error"},
		"REPEATS 10^9":                    {"[x:k = 'a'] REPEATS 1000000000 TIMES", crowd(1000, 1, same), "no"},
		"REPEATS 10^9, seen so often":     {"[x:k = 'a'] REPEATS 1000000000 TIMES WITHIN 9 SECONDS", crowd(1000, 999_999_999, same), "yes"},
		"REPEATS of pairs":                {"([x:k = 'a'] FOLLOWEDBY [x:k = 'b']) REPEATS 1000000000 TIMES", crowd(1000, 999_999_999, letters), "any"},
		"REPEATS of REPEATS":              {nested(30, "(", "[x:k = 'a'] AND [x:k = 'b']", ") REPEATS 1000000000 TIMES"), crowd(1000, 1, letters), "no"},
		"REPEATS of WITHIN of REPEATS":    {nested(20, "((", "[x:k = 'a'] OR [x:k = 'b'] AND [x:k = 'c']", ") REPEATS 2 TIMES) WITHIN 5 SECONDS"), crowd(1000, 1, letters), "no"},
		"a scan":                          {"[x:k = 'a'] REPEATS 1000 TIMES WITHIN 60 SECONDS", crowd(20_000, 1, same), "no"},
		"a scan that was one":             {"[x:k = 'a'] REPEATS 1000 TIMES WITHIN 60 SECONDS", crowd(20_000, 20, same), "yes"},
		"sets to pack":                    {"(" + strings.Join(sets, ") AND (") + ")", crowd(100, 1, letters), "no"},
		"pairs to pack":                   {strings.Join(pairs, " AND "), crowd(90, 1, letters), "any"},
		"pairs to pack, too few":          {strings.Join(pairs, " AND "), crowd(60, 1, letters), "any"},
		"an expression's worst":           {"[x:k MATCHES '^(a+)+$']", crowd(10, 1, func(int) string { return `{"type":"x","k":"` + text + `b"}` }), "no"},
		"an expression of states":         {"[x:k MATCHES '(x+x+)+y|(a?){900}b{1000}']", crowd(1000, 1, func(int) string { return `{"type":"x","k":"` + text + `"}` }), "budget"},
		"LIKE's worst":                    {"[x:k LIKE '" + strings.Repeat("%a", 500) + "b']", crowd(100, 1, func(int) string { return `{"type":"x","k":"` + text + `"}` }), "any"},
		"a large set":                     {"[x:k IN ('" + strings.Join(strings.Fields(strings.Repeat("zzz ", 50_000)), "','") + "')]", crowd(1000, 1, same), "no"},
		"a large set of numbers":          {"[x:k IN (" + strings.Join(strings.Fields(strings.Repeat("7 ", 50_000)), ",") + ")]", crowd(1000, 1, same), "budget"},
		"too large a set":                 {"[x:k IN (" + strings.Repeat("7,", 250_000) + "7)]", nil, "error"},
		"too long":                        {"[x:k = '" + strings.Repeat("a", indicator.MaxPattern) + "']", nil, "error"},
		"too long a path":                 {"[x:k" + strings.Repeat(".a", 100) + " = 1]", nil, "error"},
		"parentheses only":                {strings.Repeat("(", 500_000), nil, "error"},
		"qualifiers only":                 {"([x:k = 'a'])" + strings.Repeat(" REPEATS 1 TIMES", 1000), nil, "error"},
		"comments only":                   {strings.Repeat("/**/", 200_000), nil, "error"},
		"quotes only":                     {strings.Repeat("'", 500_000), nil, "error"},
		"not UTF-8":                       {"[x:k = '\xff']", nil, "error"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := indicator.ParsePattern(c.pattern) // what it must not do is never return
			if err != nil {
				if c.want != "error" {
					t.Fatal(err)
				}
				return
			}
			p.Values()
			yes, err := p.Match(c.seen, 0)
			got := "no"
			switch {
			case errors.Is(err, indicator.ErrBudget):
				got = "budget"
			case err != nil:
				got = "error"
			case yes:
				got = "yes"
			}
			if got != c.want && c.want != "any" || got == "error" && c.want == "any" {
				t.Errorf("%s, %v, want %s", got, err, c.want)
			}
		})
	}
}

// TestHostileReferences: objects that name each other in circles do not make a path long.
func TestHostileReferences(t *testing.T) {
	objects := map[string]any{}
	var refs []any
	for i := range 60 {
		refs = append(refs, fmt.Sprint(i))
	}
	for i := range 60 {
		objects[fmt.Sprint(i)] = map[string]any{"type": "x", "knows_refs": refs, "name": "a"}
	}
	p, err := indicator.ParsePattern("[x:" + strings.Repeat("knows_refs[*].", 30) + "name = 'b']")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := p.Match([]indicator.Observation{{Objects: objects}}, 0); got || err != nil {
		t.Errorf("%v, %v, want a no within the budget", got, err)
	}
}

func TestBudget(t *testing.T) {
	p, err := indicator.ParsePattern("[x:k = 'a']")
	if err != nil {
		t.Fatal(err)
	}
	seen := crowd(100, 1, func(int) string { return `{"type":"x","k":"b"}` })
	if _, err := p.Match(seen, 50); !errors.Is(err, indicator.ErrBudget) {
		t.Errorf("%v, want %v", err, indicator.ErrBudget)
	}
	if got, err := p.Match(seen, 0); got || err != nil {
		t.Errorf("%v, %v, want no", got, err)
	}
	late := indicator.Observation{First: time.Unix(2, 0), Last: time.Unix(1, 0)}
	if _, err := p.Match([]indicator.Observation{late}, 0); err == nil {
		t.Error("an observation that ends before it begins must be refused")
	}
}

func FuzzParsePattern(f *testing.F) {
	lines(f, "syntax.txt", func(_ int, line string) {
		_, rest, _ := strings.Cut(line, " ")
		text, _, _ := strings.Cut(rest, "\t")
		f.Add(text)
	})
	f.Fuzz(func(t *testing.T, text string) {
		p, err := indicator.ParsePattern(text)
		old, oldErr := indicator.ParsePattern20(text)
		if err == nil && oldErr != nil && !strings.Contains(text, "EXISTS") {
			t.Fatalf("%q is STIX 2.1 and no STIX 2.0: %v", text, oldErr)
		}
		var where *indicator.SyntaxError
		if err != nil && errors.As(err, &where) && (where.Offset < 0 || where.Offset > len(text)) {
			t.Fatalf("%q is wrong at %d, outside of it", text, where.Offset)
		}
		for _, p := range []*indicator.Pattern{p, old} {
			if p == nil {
				continue
			}
			values, _ := p.Values()
			for _, v := range values {
				if again, err := indicator.Parse(v.Kind, v.Text); err != nil || again != v {
					t.Fatalf("%q has the value %v, whose own spelling is %v, %v", text, v, again, err)
				}
			}
		}
	})
}

func FuzzMatch(f *testing.F) {
	const objects = `{"0":{"type":"file","name":"a.exe","size":3,"n_hex":"00","r_ref":"1","l":[1,"a",{"b":2}]},"1":{"type":"x","k":"a","o_refs":["0","1"]}}`
	lines(f, "match.txt", func(_ int, line string) {
		if _, text, _ := strings.Cut(line, " "); !strings.HasPrefix(line, "world") {
			f.Add(text, objects)
		}
	})
	f.Fuzz(func(t *testing.T, text, object string) {
		p, err := indicator.ParsePattern(text)
		if err != nil {
			return
		}
		var o map[string]any
		if json.Unmarshal([]byte(object), &o) != nil {
			return
		}
		at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
		seen := []indicator.Observation{
			{First: at, Last: at, Objects: o}, {First: at, Last: at.Add(20 * time.Second), Count: 2, Objects: o}, {First: at.Add(9 * time.Second), Last: at.Add(9 * time.Second), Objects: o},
		}
		one, err := p.Match(seen, 200_000)
		two, again := p.Match(seen, 200_000)
		if err == nil && again == nil && one != two {
			t.Fatalf("%s over %s: %v, and then %v", text, object, one, two)
		}
	})
}

func FuzzObservations(f *testing.F) {
	f.Add([]byte(`{"type":"observed-data","first_observed":"2026-01-31T12:00:00Z","last_observed":"2026-01-31T12:00:00Z","number_observed":1,"objects":{"0":{"type":"x"}}}`))
	f.Add([]byte(`[{"type":"bundle","objects":[{"type":"observed-data","first_observed":"2026-01-31T12:00:00Z","last_observed":"2026-01-31T12:00:00Z","number_observed":1,"object_refs":["x--1"]},{"type":"x","id":"x--1"}]}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		seen, err := indicator.ReadObservations(raw)
		for _, o := range seen {
			if err != nil || o.Count < 1 || o.Objects == nil {
				t.Fatalf("%s: %v, %v", raw, o, err)
			}
		}
	})
}
