package bench_test

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"parley.example/parley/indicator"
)

//go:embed patterns.py
var patternsPeer string

// patternRates parses and matches indicator patterns, and lets the reference
// validator and matcher do the same where PARLEY_PEER_PYTHON names a Python that
// has them (interop/peers). The answers must be the same.
func patternRates(t *testing.T) []row {
	texts, what := somePatterns(t)
	seen, asked := someObservations(t)
	parse := func(p [2]string) *indicator.Pattern {
		read := indicator.ParsePattern
		if p[0] == "2.0" {
			read = indicator.ParsePattern20
		}
		parsed, err := read(p[1])
		if err != nil {
			t.Fatalf("%.100s: %v", p[1], err)
		}
		return parsed
	}
	parsed := make([]*indicator.Pattern, len(texts))
	octets, matched := 0, make([]bool, len(texts))
	for i, p := range texts {
		parsed[i] = parse(p)
		octets += len(p[1])
		var err error
		if matched[i], err = parsed[i].Match(seen[p[0]], 0); err != nil {
			t.Fatalf("%.100s: %v", p[1], err)
		}
	}
	rate := func(do func(i int)) float64 {
		done, began := 0, processor()
		for processor()-began < 2*time.Second {
			for i := range texts {
				do(i)
			}
			done += len(texts)
		}
		return perSecond(done, processor()-began)
	}
	parses := rate(func(i int) { parse(texts[i]) })
	matches := rate(func(i int) { _, _ = parsed[i].Match(seen[texts[i][0]], 0) })
	values := rate(func(i int) { parsed[i].Values() })
	peer := askPeer(t, texts, asked)
	for i := range peer.Matched {
		if peer.Matched[i] != matched[i] {
			t.Errorf("%.200s: we say %v, the reference %v", texts[i][1], matched[i], peer.Matched[i])
		}
	}
	beside := func(ours, theirs float64, who string) (floor, r string) {
		if theirs == 0 {
			return "not here: make bench-peers", ""
		}
		return fmt.Sprintf("%.0f/s (%s)", theirs, who), fmt.Sprintf("%.0fx", ours/theirs)
	}
	line := func(what string, ours, theirs float64, who string) row {
		floor, r := beside(ours, theirs, who)
		return row{what, fmt.Sprintf("%.0f/s", ours), floor, r, "50x"}
	}
	return []row{
		line(fmt.Sprintf("patterns parsed: %s of %d octets in the mean, one core", what, octets/len(texts)), parses, peer.Validate, "stix2-patterns"),
		line("the same, beside the matcher's compiler", parses, peer.Compile, "stix2-matcher"),
		line("patterns matched against an observation of five objects, one core", matches, peer.Match, "stix2-matcher"),
		{"values of a pattern", fmt.Sprintf("%.0f/s", values), "", "", ""},
	}
}

type peerRates struct {
	Validate, Compile, Match float64
	Matched                  []bool
}

func askPeer(t *testing.T, texts [][2]string, observations map[string]any) (rates peerRates) {
	python := os.Getenv("PARLEY_PEER_PYTHON")
	if python == "" {
		return rates
	}
	question, err := json.Marshal(map[string]any{"patterns": texts, "observations": observations, "seconds": 5})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python, "-c", patternsPeer)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(question), os.Stderr
	answer, err := cmd.Output()
	if err != nil {
		t.Fatalf("the reference: %v", err)
	}
	if err := json.Unmarshal(answer, &rates); err != nil {
		t.Fatalf("the reference answered %.200s: %v", answer, err)
	}
	return rates
}

// somePatterns are every seventh of the real ones, without those that take the
// reference minutes, or made ones where the real data is not here.
func somePatterns(t *testing.T) (list [][2]string, what string) {
	if dir := os.Getenv("PARLEY_DATA"); dir != "" {
		f, err := os.Open(filepath.Join(dir, "vectors", "real-patterns.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := bufio.NewScanner(f)
		s.Buffer(nil, 1<<20)
		for n := 0; s.Scan(); {
			var v struct {
				V, Pattern string
			}
			if len(s.Bytes()) == 0 {
				continue
			}
			if err := json.Unmarshal(s.Bytes(), &v); err != nil {
				t.Fatal(err)
			}
			if n++; n%7 == 0 && len(v.Pattern) < 20_000 {
				if p, err := indicator.ParsePattern(v.Pattern); err == nil && p.Matchable() == nil {
					list = append(list, [2]string{v.V, v.Pattern})
				}
			}
		}
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
		return list, fmt.Sprintf("%d real ones", len(list))
	}
	for i := range 500 {
		name, address := fmt.Sprintf("host%d.aster.example", i), fmt.Sprintf("192.0.2.%d", i%256)
		list = append(list,
			[2]string{"2.1", "[domain-name:value = '" + name + "']"},
			[2]string{"2.1", fmt.Sprintf("[file:hashes.'SHA-256' = '%064x']", i)},
			[2]string{"2.0", "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = '" + address + "']"},
			[2]string{"2.1", "[domain-name:value = '" + name + "' AND domain-name:resolves_to_refs[*].value = '" + address + "'] OR [url:value = 'http://" + name + "/']"})
	}
	return list, fmt.Sprintf("%d made ones", len(list))
}

// someObservations are one observation in both versions' forms, as read by us and
// as the reference takes it.
func someObservations(t *testing.T) (map[string][]indicator.Observation, map[string]any) {
	const meta = `"type":"observed-data","first_observed":"2026-01-31T12:00:00Z","last_observed":"2026-01-31T12:00:00Z","number_observed":1,`
	const old = `[{` + meta + `"objects":{
		"0":{"type":"domain-name","value":"www.aster.example","resolves_to_refs":["1"]},
		"1":{"type":"ipv4-addr","value":"192.0.2.1"},
		"2":{"type":"url","value":"http://www.aster.example/a"},
		"3":{"type":"file","name":"a.exe","size":1280,"hashes":{"MD5":"d41d8cd98f00b204e9800998ecf8427e","SHA-256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}},
		"4":{"type":"network-traffic","src_ref":"1","dst_ref":"1","dst_port":443,"protocols":["tcp"]}}}]`
	var two []map[string]any
	if err := json.Unmarshal([]byte(old), &two); err != nil {
		t.Fatal(err)
	}
	// The same in STIX 2.1: the objects beside, with names of their own.
	data, refs := map[string]any{}, []any{}
	for k, v := range two[0] {
		data[k] = v
	}
	delete(data, "objects")
	data["id"], data["spec_version"] = "observed-data--1", "2.1"
	bundle := []any{data}
	for _, key := range []string{"0", "1", "2", "3", "4"} {
		var object map[string]any
		inner, err := json.Marshal(two[0]["objects"].(map[string]any)[key])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(inner, &object); err != nil {
			t.Fatal(err)
		}
		object["id"] = "x--" + key
		for k, v := range object {
			switch v := v.(type) {
			case string:
				if k == "src_ref" || k == "dst_ref" {
					object[k] = "x--" + v
				}
			case []any:
				if k == "resolves_to_refs" {
					object[k] = []any{"x--1"}
				}
			}
		}
		refs = append(refs, object["id"])
		bundle = append(bundle, object)
	}
	data["object_refs"] = refs
	asked := map[string]any{"2.0": two, "2.1": []any{map[string]any{"type": "bundle", "id": "bundle--1", "objects": bundle}}}
	seen := map[string][]indicator.Observation{}
	for version, o := range asked {
		raw, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		if seen[version], err = indicator.ReadObservations(raw); err != nil {
			t.Fatal(err)
		}
	}
	return seen, asked
}
