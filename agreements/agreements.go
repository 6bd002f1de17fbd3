// Package agreements carries the templates and models of agreements, and the
// starter phrasebook, inside the binary. It holds text and does nothing: package agreement checks what is made
// of it. Models are unofficial restatements for study and name no usable keys.
package agreements

import (
	"bytes"
	"embed"
	"path"
	"slices"
	"strings"

	"parley.example/parley"
)

//go:embed *.toml models/*.toml phrasebook/*.toml
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

// Phrasebook is a list of numbered sentences that a draft can take over whole:
// [[words.phrase]] tables to be put behind a template. There is one, "starter".
// NotFound names it.
func Phrasebook(name string) ([]byte, error) {
	text, err := files.ReadFile("phrasebook/" + name + ".toml")
	if err != nil {
		return nil, parley.E(parley.NotFound, "phrasebook %q: want starter", name)
	}
	return text, nil
}

// WithPhrasebook puts a phrasebook behind a template that has no sentence of its own.
func WithPhrasebook(template, phrasebook []byte) []byte {
	if bytes.Contains(template, []byte("\n[[words.phrase]]")) {
		return template
	}
	return slices.Concat(bytes.TrimRight(template, "\n"), []byte("\n\n"+rule), phrasebook)
}

const rule = "# ---------------------------------------------------------------------------------------------------\n"
