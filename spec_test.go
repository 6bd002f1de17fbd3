package parley_test

import (
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const labelWords = `CARD|AGREEMENT|ENTRY|FACTS|FORM|JUDGE|KEYS|RECEIPT|SUCCESSION|JOURNAL|WIRE|POUCH|EVIDENCE|CLOCK|CONTACT|REVIEW|CALL|REQUEST`

var (
	label  = regexp.MustCompile(`\b(` + labelWords + `)-[0-9]+\b`)
	clause = regexp.MustCompile(`\*\*((` + labelWords + `)-[0-9]+)\*\*`)
)

// TestHouseSpec: a label that no spec has is a mistake; a MUST that nothing
// cites was not built, or nobody can find where.
func TestHouseSpec(t *testing.T) {
	clauses := map[string]string{} // label -> text
	specs, err := filepath.Glob("spec/*.md")
	if err != nil || len(specs) == 0 {
		t.Fatalf("no spec: %v", err)
	}
	for _, file := range specs {
		text := read(t, file)
		if !strings.Contains(text, "\n## Differs") {
			t.Errorf("%s has no section Differs", file)
		}
		at := clause.FindAllStringSubmatchIndex(text, -1)
		for i, m := range at {
			end := len(text)
			if i+1 < len(at) {
				end = at[i+1][0]
			}
			body := text[m[1]:end]
			if h := strings.Index(body, "\n#"); h >= 0 {
				body = body[:h]
			}
			name := text[m[2]:m[3]]
			if _, twice := clauses[name]; twice {
				t.Errorf("%s defines %s a second time", file, name)
			}
			clauses[name] = body
		}
	}
	cited := map[string]bool{}
	for _, file := range tracked(t) {
		switch {
		case path.Ext(file) == ".go", path.Ext(file) == ".sql", path.Ext(file) == ".txtar", strings.Contains(file, "testdata/"), path.Ext(file) == ".md":
		default:
			continue
		}
		if file == "spec_test.go" || !isText(file) {
			continue
		}
		for i, line := range strings.Split(read(t, file), "\n") {
			for _, l := range label.FindAllString(line, -1) {
				if _, ok := clauses[l]; !ok {
					t.Errorf("%s:%d cites %s, which no spec has", file, i+1, l)
				}
				if path.Ext(file) != ".md" {
					cited[l] = true
				}
			}
		}
	}
	for l, text := range clauses {
		if strings.Contains(text, "MUST") && !cited[l] {
			t.Errorf("no code and no test cites %s: %.100s", l, strings.Join(strings.Fields(text), " "))
		}
	}
}
