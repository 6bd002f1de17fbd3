package stix

import (
	"bytes"
	"encoding/json"
	"os"
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
		for _, f := range it.Faults {
			faults = append(faults, it.Path+" "+f.Rule+" "+f.Error())
		}
	}
	for _, f := range r.Wrapper().Faults {
		faults = append(faults, f.Rule+" "+f.Error())
	}
	return faults
}

func TestCheckVectors(t *testing.T) {
	agree := 0
	for i, v := range vectors(t) {
		if v.Version != "2.1" || v.MustsOnly == nil {
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
