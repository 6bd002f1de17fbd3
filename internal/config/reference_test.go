package config

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/config.md instead of comparing it")

// TestReference keeps docs/config.md what the comments on the fields say.
func TestReference(t *testing.T) {
	const path = "../../docs/config.md"
	want := reference(t)
	if *update {
		if err := os.WriteFile(path, want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/config.md is not what the comments in config.go say: run `make generate`")
	}
}

func reference(t *testing.T) []byte {
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	structs := map[string]*ast.StructType{}
	ast.Inspect(file, func(n ast.Node) bool {
		if s, ok := n.(*ast.TypeSpec); ok {
			structs[s.Name.Name] = s.Type.(*ast.StructType)
		}
		return true
	})
	var b bytes.Buffer
	b.WriteString("# Settings\n\n<!-- made by `make generate` from the comments in internal/config/config.go -->\n\n" +
		"One TOML file, `" + FileName + "` in the node's home. What it leaves out has its default; an unknown key is an\n" +
		"error that names the line. Secrets are paths of files, never values. A change is read at the next start.\n")
	channels := map[string]any{"smtp": defaultSMTP(), "webhook": defaultWebhook(), "exec": defaultExec(), "step": Step{}}
	var section func(heading, comment, typ string, def reflect.Value)
	section = func(heading, comment, typ string, def reflect.Value) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| key | default | meaning |\n| --- | --- | --- |\n", heading, comment)
		type inner struct {
			heading, comment, typ string
			def                   reflect.Value
		}
		var later []inner
		for i, f := range structs[typ].Fields.List {
			doc := strings.ReplaceAll(strings.TrimSpace(f.Doc.Text()), "\n", " ")
			if doc == "" {
				t.Errorf("%s.%s has no comment", typ, f.Names[0].Name)
			}
			key := def.Type().Field(i).Tag.Get("toml")
			if list, ok := f.Type.(*ast.ArrayType); ok && structs[fmt.Sprint(list.Elt)] != nil {
				later = append(later, inner{"`[[" + strings.Trim(heading, "`[]") + "." + key + "]]`", doc, fmt.Sprint(list.Elt), reflect.ValueOf(channels[key])})
				continue
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", key, value(def.Field(i)), doc)
		}
		for _, l := range later {
			section(l.heading, l.comment, l.typ, l.def)
		}
	}
	def := reflect.ValueOf(Default())
	for i, f := range structs["Config"].Fields.List {
		doc := strings.TrimSpace(f.Doc.Text())
		section("`["+def.Type().Field(i).Tag.Get("toml")+"]`", doc, f.Type.(*ast.Ident).Name, def.Field(i))
	}
	return b.Bytes()
}

func value(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case Duration:
		return fmt.Sprintf("`%q`", x)
	case string:
		return fmt.Sprintf("`%q`", x)
	case []string:
		return "`[]`"
	default:
		return fmt.Sprintf("`%v`", x)
	}
}
