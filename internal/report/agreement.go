package report

import (
	"embed"
	"html/template"
	"io"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

//go:embed agreement.html
var files embed.FS

var page = template.Must(template.ParseFS(files, "agreement.html"))

// document is what the template shows.
type document struct {
	Title       string
	Fingerprint string
	Hash        string
	ID          string
	Languages   []string
	Chapters    []chapter
	Lines       []line
	Complete    bool
	Text        string
}

type chapter struct {
	Title string
	Rows  []row
}

// row is a label and one text for each language; Same says that they do not
// differ by language.
type row struct {
	Label string
	Texts []string
	Same  bool
}

type line struct {
	Name   string
	Signed bool
}

// Agreement writes the agreement as HTML: in one language, or side by side in
// several. A language that is not authentic is parley.Invalid. The exact text
// that is signed follows at the end.
func Agreement(w io.Writer, s *agreement.Signed, languages ...string) error {
	a := s.Agreement
	if len(languages) == 0 {
		languages = a.Language.Authentic
	}
	for _, l := range languages {
		if !slices.Contains(a.Language.Authentic, l) {
			return parley.E(parley.Invalid, "language %q: want one of the authentic languages %q", l, a.Language.Authentic)
		}
	}
	d := document{Title: a.Title.In(languages...), Fingerprint: a.Fingerprint(), Hash: a.Hash().String(), ID: a.ID().String(),
		Languages: languages, Complete: s.Complete(), Text: string(a.Text())}
	b := &builder{languages: languages}
	b.agreement(a)
	d.Chapters = b.chapters
	missing := map[string]int{}
	for _, name := range s.Missing() {
		missing[name]++
	}
	for _, name := range s.Owed() {
		d.Lines = append(d.Lines, line{name, missing[name] == 0})
	}
	if err := page.Execute(w, d); err != nil {
		return parley.E(parley.Internal, "print the agreement: %w", err)
	}
	return nil
}
