package stix

import (
	"bytes"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

type vector struct {
	Object    json.RawMessage
	Version   string `json:"stix_version"`
	Test      string
	Errors    []string
	MustsOnly *bool `json:"valid_musts_only"`
	Options   json.RawMessage
}

func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile(data(t, "vectors", "stix-validator.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	for line := range bytes.Lines(b) {
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

// judge reads what a vector has, an object or a bundle of them.
func judge(t *testing.T, raw []byte) (faults []string) {
	t.Helper()
	r := NewReader(bytes.NewReader(raw), ReadOptions{Check: true})
	for {
		it, err := r.Next()
		if err != nil {
			break
		}
		if it.Object != nil && it.Object.SpecVersion == "2.0" {
			made, _, err := Upgrade(it.Raw)
			if err != nil {
				faults = append(faults, it.Path+" "+err.Error())
			}
			it.Faults = nil
			for _, raw := range made {
				o, err := Parse(raw, Limits{})
				if err != nil {
					t.Fatalf("%v: %s", err, raw)
				}
				it.Faults = append(it.Faults, Check(o)...)
			}
		}
		for _, f := range it.Faults {
			faults = append(faults, it.Path+" "+f.Rule+" "+f.Error())
		}
	}
	for _, f := range r.Wrapper().Faults {
		faults = append(faults, f.Rule+" "+f.Error())
	}
	return faults
}

// against are vectors that say otherwise than the text of the specification:
// a name of 256 characters (§3.1 has 250), and a reference whose UUID lacks a digit (§2.9).
var against = []string{"test_custom_property_name_long", "test_wellformed_network_traffic"}

func TestCheckVectors(t *testing.T) {
	agree := 0
	for i, v := range vectors(t) {
		if v.Version != "2.1" || v.MustsOnly == nil {
			continue
		}
		if *v.MustsOnly && slices.ContainsFunc(against, func(s string) bool { return strings.HasSuffix(v.Test, "::"+s) }) {
			if f := judge(t, v.Object); len(f) != 1 {
				t.Errorf("%d %s: %s", i, v.Test, f)
			}
			continue
		}
		if f := judge(t, v.Object); (len(f) == 0) != *v.MustsOnly {
			t.Errorf("%d %s valid %v\n  %s\n  %s\n  %s", i, v.Test, *v.MustsOnly, strings.Join(v.Errors, "\n  "), strings.Join(f, "; "), v.Object)
			continue
		}
		agree++
	}
	t.Log(agree, "agree")
}

// older are rules that STIX 2.0 has and STIX 2.1 has not, and the other way round.
var older = map[string]string{
	"test_pattern_custom_object_noprefix":      "custom types need no prefix any more",
	"test_reserved_property_addresses":         "addresses is not reserved any more",
	"test_reserved_property_usernames":         "usernames is not reserved any more",
	"test_file_invalid_is_encrypted":           "a file has no is_encrypted any more: it stays as a custom property",
	"test_vocab_encryption_algo":               "the same",
	"test_observable_object_reserved_property": "action is reserved now",
}

// TestCheckOlder judges what STIX 2.0 objects become. A vector's judgement is about
// STIX 2.0, which has other rules: these are the differences, and why.
func TestCheckOlder(t *testing.T) {
	agree := 0
	for i, v := range vectors(t) {
		if v.Version != "2.0" || v.MustsOnly == nil {
			continue
		}
		if f := judge(t, v.Object); (len(f) == 0) != *v.MustsOnly {
			if older[v.Test[strings.LastIndex(v.Test, ":")+1:]] != "" {
				continue
			}
			t.Errorf("%d %s valid %v\n  %s\n  %s\n  %s", i, v.Test, *v.MustsOnly, strings.Join(v.Errors, "\n  "), strings.Join(f, "; "), v.Object)
			continue
		}
		agree++
	}
	t.Log(agree, "agree")
}
