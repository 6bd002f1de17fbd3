package stix_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"parley.example/parley/internal/stix"
)

// TestFaultPath: the path of a fault is whole, and shown by its head and its tail where it is deep.
func TestFaultPath(t *testing.T) {
	deep := "a" + strings.Repeat(".[0]", 64) + ".name"
	for path, want := range map[string]string{
		"kill_chain_phases.[0].phase_name": "kill_chain_phases.[0].phase_name: want x",
		deep:                               "a" + strings.Repeat(".[0]", 20) + " … " + strings.TrimPrefix(strings.Repeat(".[0]", 8), ".") + ".name: want x",
	} {
		f := &stix.Fault{Path: path, Message: "want x"}
		if got := f.Error(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	for _, path := range []string{strings.Repeat("я", 500), strings.Repeat(".", 500), "x" + strings.Repeat("漢字", 300) + ".y"} {
		if got := (&stix.Fault{Path: path, Message: "m"}).Error(); !utf8.ValidString(got) || len(got) > 300 {
			t.Errorf("%d octets: %s", len(got), got)
		}
	}
}
