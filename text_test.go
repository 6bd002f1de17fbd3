package parley_test

import (
	"testing"

	"parley.example/parley"
)

// ENTRY-30
func TestPlainText(t *testing.T) {
	for _, x := range []struct {
		s          string
		text, line bool
	}{{"", true, true}, {"ten octets", true, true}, {"eleven octs", false, false}, {"день", true, true}, {"a\nb\tc", true, false}, {"a\rb", false, false},
		{"a\x7fb", false, false}, {"a\u0085b", false, false}, {"a\u202eb", true, false}, {"a\u2028b", true, false}, {"\ufeffa", true, false}, {"a\xff", false, false}} {
		if text, line := parley.IsText(x.s, 10), parley.IsLine(x.s, 10); text != x.text || line != x.line {
			t.Errorf("%q: a text %v, a line %v; want %v, %v", x.s, text, line, x.text, x.line)
		}
	}
}
