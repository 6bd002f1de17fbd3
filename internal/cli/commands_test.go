package cli

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

var update = flag.Bool("update", false, "write docs/commands.md instead of comparing it")

// TestCommands keeps docs/commands.md what the table of commands says.
func TestCommands(t *testing.T) {
	const path = "../../docs/commands.md"
	var a app
	k, err := grammar(&a)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	b.WriteString("# Commands\n\n<!-- made by `make generate` from the command table in internal/cli -->\n\n" +
		"Standard output is data, standard error is the voice. Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not proven.\n\n" +
		"For every command:\n\n")
	flags(&b, k.Model.Flags)
	for _, leaf := range k.Model.Leaves(true) {
		if leaf.Help == "" {
			t.Errorf("%s has no help", leaf.FullPath())
		}
		fmt.Fprintf(&b, "\n## parley %s\n\n%s\n\n", leaf.Path(), sentenceOf(leaf.Help))
		fmt.Fprintf(&b, "    parley %s\n", strings.Replace(leaf.Summary(), " [flags]", "", 1))
		var rows int
		for _, arg := range leaf.Positional {
			if rows++; rows == 1 {
				b.WriteString("\n")
			}
			fmt.Fprintf(&b, "- `%s`: %s\n", arg.Summary(), sentenceOf(arg.Help))
			if arg.Help == "" {
				t.Errorf("%s %s has no help", leaf.FullPath(), arg.Summary())
			}
		}
		if rows == 0 && len(leaf.Flags) > 0 {
			b.WriteString("\n")
		}
		flags(&b, leaf.Flags)
		for _, f := range leaf.Flags {
			if f.Help == "" {
				t.Errorf("%s --%s has no help", leaf.FullPath(), f.Name)
			}
		}
		if leaf.Detail != "" {
			fmt.Fprintf(&b, "\n%s\n", leaf.Detail)
		}
	}
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, b.Bytes()) {
		t.Errorf("docs/commands.md is not what the table of commands says: run `make generate`")
	}
}

func flags(b *bytes.Buffer, all []*kong.Flag) {
	for _, f := range all {
		if f.Name == "help" || f.Hidden {
			continue
		}
		name := "--" + f.Name
		if f.Short != 0 {
			name = "-" + string(f.Short) + ", " + name
		}
		if !f.IsBool() {
			name += " " + strings.ToUpper(f.FormatPlaceHolder())
		}
		fmt.Fprintf(b, "- `%s`: %s\n", name, sentenceOf(f.Help))
	}
}

func sentenceOf(s string) string {
	if s = strings.TrimSpace(s); s != "" && !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
