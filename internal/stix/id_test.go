package stix

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

func TestDeterministicIDs(t *testing.T) {
	b, err := os.ReadFile(data(t, "vectors", "sco-ids.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range bytes.Lines(b) {
		var want struct{ ID string }
		if err := json.Unmarshal(line, &want); err != nil {
			t.Fatal(err)
		}
		got, err := DeterministicID(line)
		if err != nil || got != want.ID {
			t.Errorf("%s %v: %s", got, err, line)
		}
		n++
	}
	t.Log(n, "identifiers")
}

func TestCanonicalPairs(t *testing.T) {
	dir := data(t, "crypto", "rfc8785")
	for _, in := range files(t, filepath.Join(dir, "input")) {
		raw, _ := os.ReadFile(in)
		want, err := os.ReadFile(filepath.Join(dir, "output", filepath.Base(in)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := Canonical(raw)
		if err != nil || !bytes.Equal(got, bytes.TrimSpace(want)) {
			t.Errorf("%s: %v\n%s\n%s", in, err, got, want)
		}
	}
}
