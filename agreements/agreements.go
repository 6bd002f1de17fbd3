// Package agreements carries the templates and models of agreements inside the
// binary. It holds text and does nothing: package agreement checks what is made
// of it. Models are unofficial restatements for study and name no usable keys.
package agreements

import (
	"embed"
	"path"
	"strings"

	"parley.example/parley"
)

//go:embed *.toml models/*.toml
var files embed.FS

// Names lists what Template knows: "bilateral", "multilateral", "models/...".
func Names() []string {
	var names []string
	for _, dir := range []string{".", "models"} {
		list, err := files.ReadDir(dir)
		if err != nil {
			panic(err) // the folders are compiled in
		}
		for _, f := range list {
			if name, ok := strings.CutSuffix(f.Name(), ".toml"); ok {
				names = append(names, path.Join(dir, name))
			}
		}
	}
	return names
}

// Template is the text of a template or model. NotFound names those there are.
func Template(name string) ([]byte, error) {
	text, err := files.ReadFile(name + ".toml")
	if err != nil {
		return nil, parley.E(parley.NotFound, "template %q: want one of %s", name, strings.Join(Names(), ", "))
	}
	return text, nil
}
