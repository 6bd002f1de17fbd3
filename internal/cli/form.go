package cli

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// formCmd is about forms: what a message of each kind says.
type formCmd struct {
	List  formList  `cmd:"" help:"List every form: kind, step, where in a thread it may stand, title."`
	Show  formShow  `cmd:"" help:"Show the fields of a form with their help."`
	Fill  formFill  `cmd:"" help:"Print an empty form as JSON; with --set or --fields, the content that they make."`
	Check formCheck `cmd:"" help:"Check a JSON file against a form: exit 1 with every field that does not fit."`
	Send  formSend  `cmd:"" help:"Send a message of any kind that has a form."`
}

// formTable are the calls of forms.
func (h *house) formTable() ctl.Table {
	return ctl.Table{
		"form.send":      ctl.Handle(node.NewForms(h.node, h.register).Send),
		"translate.send": ctl.Handle(h.node.Translate),
		"correct.send":   ctl.Handle(h.node.Correct),
	}
}

// tongue is the language in which a reader wants forms.
type tongue struct {
	Language string `placeholder:"TAG" help:"Read titles and help in this language: en, ru, zh-hans; default: the terminal's."`
}

func (t tongue) languages(c *Context) ([]string, error) {
	if t.Language == "" {
		return c.reader(), nil
	}
	if !slices.Contains(formTongues, t.Language) {
		return nil, usage(parley.E(parley.Invalid, "--language %.20q: forms are written in %s", t.Language, strings.Join(formTongues, ", ")))
	}
	return []string{t.Language}, nil
}

// formTongues are the languages of the forms.
var formTongues = []string{"en", "ru", "zh-hans"}

// law names the agreement whose words are shown and checked.
type law struct {
	Agreement string `placeholder:"ID" help:"With the words of this agreement: a file, or one of this home."`
}

// text is the agreement named, or nil where none is.
func (l law) text(c *Context) (*agreement.Agreement, error) {
	if l.Agreement == "" {
		return nil, nil
	}
	return l.orOnly(c)
}

// orOnly is the agreement named, or the only one of this home.
func (l law) orOnly(c *Context) (*agreement.Agreement, error) {
	if _, err := os.Stat(l.Agreement); err == nil {
		s, err := textFile{l.Agreement}.open(c)
		if err != nil {
			return nil, err
		}
		return s.Agreement, nil
	}
	var held noteOut
	if err := c.Call("agreement.note", named{l.Agreement}, &held); err != nil {
		return nil, err
	}
	s, err := agreement.OpenSigned(held.Note)
	if err != nil {
		return nil, err
	}
	return s.Agreement, nil
}

// formRow is a form in a list.
type formRow struct {
	Name    string      `json:"name"`
	Kind    parley.Kind `json:"kind"`
	Step    string      `json:"step,omitempty"`
	Version int         `json:"version"`
	Place   form.Place  `json:"place"`
	Title   string      `json:"title"`
	Help    string      `json:"help"`
}

func rowOf(f *form.Form, languages []string) formRow {
	return formRow{f.Name(), f.Kind, f.Step, f.Version, f.Place, form.Pick(f.Title, languages...), form.Pick(f.Help, languages...)}
}

type formList struct{ tongue }

func (l *formList) Run(c *Context) error {
	languages, err := l.languages(c)
	if err != nil {
		return err
	}
	rows := []formRow{}
	for _, f := range form.All() {
		rows = append(rows, rowOf(f, languages))
	}
	return c.Data(rows, func(w io.Writer) {
		cells := make([][]string, 0, len(rows))
		for _, r := range rows {
			cells = append(cells, []string{r.Name, string(r.Place), r.Title})
		}
		columns(w, []string{"FORM", "PLACE", "TITLE"}, cells)
	})
}

// formArg names a form.
type formArg struct {
	Form string `arg:"" name:"form" help:"The form, such as request.assistance; the list has them all."`
}

// find is the form named.
func (a formArg) find() (*form.Form, error) {
	kind, step, _ := strings.Cut(a.Form, ".")
	if f, ok := form.Find(parley.Kind(kind), step, 1); ok {
		return f, nil
	}
	var steps []string
	for _, f := range form.Of(parley.Kind(kind), 1) {
		steps = append(steps, f.Name())
	}
	if len(steps) > 0 {
		return nil, usage(parley.E(parley.Invalid, "no form %.60q: want one of %s", a.Form, strings.Join(steps, ", ")))
	}
	return nil, usage(parley.E(parley.Invalid, "no form %.60q", a.Form).WithHint("`parley form list` shows all forms"))
}

// filling has the flags that fill a form in.
type filling struct {
	Set    []string `placeholder:"FIELD=VALUE" sep:"none" help:"A field by its path, such as impact.users=12; again for more of a list."`
	Fields string   `placeholder:"FILE" help:"A JSON object with fields, - for standard input; --set takes precedence."`
}

// values are what flags and file say.
func (f filling) values(c *Context) (map[string]any, error) {
	m, err := fieldsFile(c, f.Fields)
	if err != nil {
		return nil, err
	}
	return m, setFields(m, f.Set)
}

// fieldsFile reads the fields of a form from a file; none where none is named.
func fieldsFile(c *Context, path string) (map[string]any, error) {
	if path == "" {
		return map[string]any{}, nil
	}
	raw, err := readBounded(c, path, 4*form.MaxContent)
	if err != nil {
		return nil, err
	}
	m, err := form.Values(raw)
	if err != nil {
		return nil, inFile(path, err)
	}
	return m, nil
}

// setFields adds what --set says.
func setFields(m map[string]any, set []string) error {
	flat := map[string][]string{}
	for _, s := range set {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return usage(parley.E(parley.Invalid, "--set %.40q: want a field, an equals sign and its value", s))
		}
		flat[name] = append(flat[name], value)
	}
	for name, v := range form.Nest(flat) {
		m[name] = v
	}
	return nil
}

type formFill struct {
	formArg
	filling
	law
	Language string `placeholder:"TAG" help:"The language of free text; default: the agreement's first working language, or en."`
	Output   string `short:"o" placeholder:"FILE" help:"Write there instead of to standard output."`
}

func (f *formFill) Run(c *Context) error {
	x, err := f.find()
	if err != nil {
		return err
	}
	a, err := f.text(c)
	if err != nil {
		return err
	}
	if f.Fields == "" && len(f.Set) == 0 {
		language := f.Language
		if language == "" {
			language = "en"
		}
		return writeOut(c, f.Output, x.Blank(language))
	}
	values, err := f.values(c)
	if err != nil {
		return err
	}
	raw, err := x.FillIn(f.Language, values, a)
	if err != nil {
		return err
	}
	return writeOut(c, f.Output, append(raw, '\n'))
}

type formCheck struct {
	formArg
	File   string `arg:"" help:"The JSON file; - is standard input."`
	Strict bool   `help:"As a message has it: in its one spelling, nothing before or after."`
	law
}

// checked is what a check prints as JSON.
type checked struct {
	Form   string       `json:"form"`
	Strict bool         `json:"strict"` // as a message has it; else as a person writes it
	Fits   bool         `json:"fits"`
	Words  bool         `json:"words_checked"` // against those of an agreement
	Faults []form.Fault `json:"faults"`
}

func (f *formCheck) Run(c *Context) error {
	x, err := f.find()
	if err != nil {
		return err
	}
	a, err := f.text(c)
	if err != nil {
		return err
	}
	raw, err := readBounded(c, f.File, 4*form.MaxContent)
	if err != nil {
		return err
	}
	if f.Strict {
		err = x.Check(raw, a)
	} else {
		var values map[string]any
		if values, err = form.Values(raw); err == nil {
			_, err = x.Fill(values, a)
		}
	}
	out := checked{Form: x.Name(), Strict: f.Strict, Fits: err == nil, Words: a != nil, Faults: form.FaultsOf(err)}
	if err != nil && len(out.Faults) == 0 {
		return err
	}
	if err := c.Data(out, func(w io.Writer) {
		for _, fault := range out.Faults {
			fmt.Fprintln(w, printable(fault.String()))
		}
		if out.Fits {
			fmt.Fprintf(w, "it fits %s\n", out.Form)
		}
	}); err != nil {
		return err
	}
	if !f.Strict {
		c.Hint("read as a person writes it, and as sending would spell it: --strict asks whether it is what a message holds")
	}
	if a == nil {
		c.Hint("words of an agreement were not looked up: --agreement names one")
	}
	if err != nil {
		return parley.E(parley.Invalid, "it does not fit the form %s", x.Name())
	}
	return nil
}

type formSend struct {
	formArg
	To []string `arg:"" optional:"" help:"The bodies addressed, such as borea.example/cert; with --answers, default: who wrote that."`
	filling
	sending
}

func (f *formSend) Run(c *Context) error {
	x, err := f.find()
	if err != nil {
		return err
	}
	return f.fill(c, x, f.To)
}

// fill fills a form in and sends it: the one way of every command that has no use
// case of its own.
func (f *formSend) fill(c *Context, x *form.Form, to []string) error {
	if len(to) == 0 && f.Answers == "" {
		return usage(parley.E(parley.Invalid, "no addressee: want a body such as borea.example/cert, or --answers"))
	}
	r, err := f.request(to)
	if err != nil {
		return err
	}
	values, err := f.values(c)
	if err != nil {
		return err
	}
	return f.queue(c, "form.send", node.FormRequest{SendRequest: r, Kind: x.Kind, Step: x.Step, Fields: values})
}
