package review_test

import (
	"os"
	"path/filepath"
	"testing"

	"parley.example/parley/internal/review"
)

// FuzzParseCut: what is read is spelled again to the same cut.
func FuzzParseCut(f *testing.F) {
	for _, name := range []string{"story.json", "facts-closed.json"} {
		b, err := os.ReadFile(filepath.Join(vectorDir, name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		if c, err := review.ParseCut(b); err == nil {
			f.Add([]byte(c.String()))
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := review.ParseCut(b)
		if err != nil {
			return
		}
		again, err := review.ParseCut([]byte(c.String()))
		if err != nil || again.String() != c.String() {
			t.Errorf("%s, then %s, %v", c, again, err)
		}
	})
}
