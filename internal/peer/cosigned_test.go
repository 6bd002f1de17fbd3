package peer

import (
	"testing"

	"parley.example/parley"
)

// TestParseCosigned: sizes ascend above the one asked for, and no answer is larger
// than its bounds. WIRE-17
func TestParseCosigned(t *testing.T) {
	for _, tc := range []struct {
		name, body string
		above      uint64
		sizes      int
	}{
		{"none", "", 0, 0},
		{"two", "cosigned 3 2\na\ncosigned 7 1\n\n", 2, 2},
		{"not above", "cosigned 3 2\na\n", 3, -1},
		{"not ascending", "cosigned 3 0\ncosigned 3 0\n", 0, -1},
		{"too short", "cosigned 3 9\na\n", 0, -1},
		{"no number", "cosigned x 0\n", 0, -1},
		{"something else", "hello\n", 0, -1},
	} {
		list, err := ParseCosigned([]byte(tc.body), tc.above)
		if tc.sizes < 0 {
			if parley.KindOf(err) != parley.Untrusted || err == nil {
				t.Errorf("%s: %v, want it untrusted", tc.name, err)
			}
		} else if err != nil || len(list) != tc.sizes {
			t.Errorf("%s: %d sizes, %v, want %d", tc.name, len(list), err, tc.sizes)
		}
	}
}

func FuzzParseCosigned(f *testing.F) {
	f.Add([]byte("cosigned 3 2\na\ncosigned 7 1\n\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseCosigned(b, 0)
		at := uint64(0)
		for _, c := range list {
			if c.Size <= at {
				t.Errorf("size %d after %d, %v", c.Size, at, err)
			}
			at = c.Size
		}
	})
}
