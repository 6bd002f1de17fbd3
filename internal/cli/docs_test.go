package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// TestCommandsInDocs: every command that a document or a hint tells people to
// type exists, with the flags that it is given.
func TestCommandsInDocs(t *testing.T) {
	var a app
	k, err := grammar(&a)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	files = append(files, "../../README.md", "../../CHANGELOG.md", "../../SECURITY.md")
	code, err := filepath.Glob("../*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range code {
		if !strings.HasSuffix(f, "_test.go") {
			files = append(files, f)
		}
	}
	command := regexp.MustCompile("(?:`|^ {4}|bin/)parley ([a-z-][^`#\n]*)")
	n := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			for _, m := range command.FindAllStringSubmatch(line, -1) {
				n++
				if what := mistake(k, strings.Fields(m[1])); what != "" {
					t.Errorf("%s: parley %s: %s", file, strings.TrimSpace(m[1]), what)
				}
			}
		}
	}
	if n < 50 {
		t.Errorf("found only %d commands: their form has changed", n)
	}
}

// mistake says what is wrong with a command line, as far as names go.
func mistake(k *kong.Kong, words []string) string {
	at, flags := k.Model.Node, slices.Clone(k.Model.Flags)
	for i, w := range words {
		switch {
		case strings.HasPrefix(w, "-"):
			name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
			name = strings.TrimRight(name, ",.;:)'\"\\")
			all := flags
			if at.DefaultCmd != nil { // parley card --print is parley card show --print
				all = append(slices.Clone(flags), at.DefaultCmd.Flags...)
			}
			known := slices.ContainsFunc(all, func(f *kong.Flag) bool { return f.Name == name || string(f.Short) == name })
			if !known && name != "" && name != "help" {
				return "no flag " + w
			}
		case i > 0 && words[i-1] == "--home":
		case i > 0 && at.DefaultCmd != nil && strings.HasPrefix(words[i-1], "-"): // the value of a flag of the default command
		case len(at.Children) == 1 && at.Children[0].Type == kong.ArgumentNode: // parley respond ID refuse
			at = at.Children[0]
			flags = append(flags, at.Flags...)
		case len(at.Children) > 0:
			names := strings.Split(strings.Trim(w, ".,;:)"), "|") // check|show|sign
			for _, name := range names {
				j := slices.IndexFunc(at.Children, func(n *kong.Node) bool { return n.Name == name })
				if j < 0 {
					if at == k.Model.Node && name == "COMMAND" {
						return ""
					}
					return "no command " + name
				}
				if name == names[len(names)-1] {
					at = at.Children[j]
					flags = append(flags, at.Flags...)
					break
				}
			}
		}
	}
	return ""
}
