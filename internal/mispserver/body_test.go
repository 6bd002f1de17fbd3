package mispserver

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestPlainly: a client reads what its JSON should be, and nothing of the program.
func TestPlainly(t *testing.T) {
	var q struct {
		UUIDs []string `json:"uuids"`
		Page  int      `json:"page"`
	}
	for in, want := range map[string]string{
		`[]`:          "want an object, found: array",
		`{"uuids":1}`: "uuids: want a list, found: number",
		`{"page":{}}`: "page: want a number, found: object",
	} {
		if got := plainly(json.Unmarshal([]byte(in), &q)).Error(); got != want || strings.Contains(got, "Go") {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
