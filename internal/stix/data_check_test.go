package stix

import (
	"bytes"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// TestDataFaults checks all real data and says what is wrong in it.
func TestDataFaults(t *testing.T) {
	for _, file := range files(t, data(t, "stix")) {
		if strings.Contains(file, "schemas") || strings.HasSuffix(file, ".txt") || strings.HasSuffix(file, ".md") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		count := map[string]int{}
		for _, f := range judge(t, b) {
			_, f, _ = strings.Cut(f, " ")
			count[strings.Join(strings.FieldsFunc(f, func(r rune) bool { return r >= '0' && r <= '9' }), "#")]++
		}
		var keys []string
		for k := range count {
			keys = append(keys, k)
		}
		sort.Slice(keys, func(i, j int) bool { return count[keys[i]] > count[keys[j]] })
		for i, k := range keys {
			if i < 6 {
				t.Log(filepath.Base(file), count[k], k)
			}
		}
		_ = bytes.Clone
	}
}
