package parley_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsLinks: a link inside the repository leads somewhere.
func TestDocsLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)\s]*)?\)`)
	for _, file := range tracked(t) {
		if path.Ext(file) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(read(t, file), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", file, m[1])
			}
		}
	}
}

// TestDocsThreats: each row of the threat model names a test or a script that
// exists, written `folder` `TestName`, or `path/of/script.txtar`.
func TestDocsThreats(t *testing.T) {
	text := read(t, "docs/threat-model.md")
	_, rows, ok := strings.Cut(text, "\n## What holds, and what attacks it\n")
	if !ok {
		t.Fatal("the section with the attacks is gone")
	}
	rows, _, _ = strings.Cut(rows, "\n## ")
	code := regexp.MustCompile("`([^`]+)`")
	tests := testNames(t)
	n := 0
	for row := range strings.SplitSeq(rows, "\n") {
		cells := strings.Split(strings.Trim(row, "|"), "|")
		if !strings.HasPrefix(row, "|") || len(cells) != 3 || strings.HasPrefix(cells[0], " ---") || strings.TrimSpace(cells[2]) == "attacked by" {
			continue
		}
		n++
		folder, found := "", 0
		for _, m := range code.FindAllStringSubmatch(cells[2], -1) {
			switch {
			case strings.HasPrefix(m[1], "Test"), strings.HasPrefix(m[1], "Fuzz"):
				if !tests[folder+" "+m[1]] {
					t.Errorf("threat %q names %s in %s, which is not there", strings.TrimSpace(cells[0]), m[1], folder)
				}
				found++
			case path.Ext(m[1]) != "":
				if _, err := os.Stat(m[1]); err != nil {
					t.Errorf("threat %q names %s, which is not there", strings.TrimSpace(cells[0]), m[1])
				}
				found++
			default:
				folder = m[1]
			}
		}
		if found == 0 {
			t.Errorf("threat %q names no test", strings.TrimSpace(cells[0]))
		}
	}
	if n < 10 {
		t.Errorf("found %d threats: the table has changed its form", n)
	}
}

// testNames has "folder TestName" for every test and fuzz target.
func testNames(t *testing.T) map[string]bool {
	names := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	for _, file := range tracked(t) {
		if !strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range function.FindAllStringSubmatch(read(t, file), -1) {
			names[path.Dir(file)+" "+m[1]] = true
		}
	}
	return names
}

// TestDocsEvents: the handbook explains every event id that the log can carry.
func TestDocsEvents(t *testing.T) {
	handbook := read(t, "docs/operate.md")
	event := regexp.MustCompile(`"event", "([a-z][a-z0-9._-]+)"`)
	for _, file := range tracked(t) {
		if path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range event.FindAllStringSubmatch(read(t, file), -1) {
			if !strings.Contains(handbook, "`"+m[1]+"`") {
				t.Errorf("%s logs the event %s, which docs/operate.md does not explain", file, m[1])
			}
		}
	}
}

// TestDocsReadme: the two commands that a newcomer types are the first that the
// README names.
func TestDocsReadme(t *testing.T) {
	text := read(t, "README.md")
	for _, command := range []string{"make demo", "make test"} {
		if !strings.Contains(text, command) {
			t.Errorf("the README does not name `%s`", command)
		}
	}
	if !strings.Contains(strings.ToLower(text), "not yet audited") {
		t.Error("the README does not say that nobody has audited this yet")
	}
}

// TestDocsWalk: the files that one message's walk names are there, and the
// floors in ARCHITECTURE.md are those of arch_test.go.
func TestDocsWalk(t *testing.T) {
	text := read(t, "ARCHITECTURE.md")
	_, walk, _ := strings.Cut(text, "## The walk of one hotline message")
	walk, _, _ = strings.Cut(walk, "\n## ")
	named := regexp.MustCompile(`([a-z]+(?:/[a-z]+)*)/[a-z_]+\.go(?:, [a-z_]+\.go)*`).FindAllStringSubmatch(walk, -1)
	n := 0
	for _, m := range named {
		for _, file := range strings.Split(strings.TrimPrefix(m[0], m[1]+"/"), ", ") {
			n++
			if _, err := os.Stat(filepath.Join(m[1], file)); err == nil {
				continue
			}
			if _, err := os.Stat(filepath.Join("internal", m[1], file)); err != nil {
				t.Errorf("the walk names %s/%s, which is not there", m[1], file)
			}
		}
	}
	if n < 15 {
		t.Errorf("the walk names %d files: it has changed its form", n)
	}
	for _, floor := range floors {
		for _, name := range floor {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("ARCHITECTURE.md does not say what %s is", name)
			}
		}
	}
}
