package cli

import (
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// translateCmd says what a message says in another language; its sender answers for it.
type translateCmd struct {
	ID      string   `arg:"" help:"The message that is translated."`
	Into    string   `required:"" placeholder:"TAG" help:"The language of the translation, such as ru."`
	Text    []string `required:"" placeholder:"FIELD=TEXT" sep:"none" help:"What a field says, such as text=...; again for each field."`
	Machine bool     `help:"A program translated it."`
	Note    string   `placeholder:"TEXT" help:"What could be read in two ways."`
	To      []string `placeholder:"BODY" sep:"none" help:"Who gets it; default: everybody who has the original."`
	sending
}

func (t *translateCmd) Run(c *Context) error {
	r, err := t.request(t.To)
	if err != nil {
		return err
	}
	r.Answers = t.ID
	texts, err := pairs("--text", t.Text)
	if err != nil {
		return err
	}
	return t.queue(c, "translate.send", node.TranslateRequest{SendRequest: r, Into: t.Into, Machine: t.Machine, Texts: texts, Note: t.Note})
}

// pairs reads names with what stands after an equals sign, each name once.
func pairs(flag string, list []string) (map[string]string, error) {
	m := map[string]string{}
	for _, s := range list {
		name, value, ok := strings.Cut(s, "=")
		if _, twice := m[name]; !ok || name == "" || twice {
			return nil, usage(parley.E(parley.Invalid, "%s %.40q: want a field, once, an equals sign and what it says", flag, s))
		}
		m[name] = value
	}
	return m, nil
}
