package cli

import (
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/node"
)

// formFlags has the flags of every command that sends a message with a form: those
// of sending, and one for each field of the form. A command embeds it and calls
// setForm before the command line is parsed.
type formFlags struct {
	kong.Plugins
	Fields     string   `placeholder:"FILE" help:"Read the fields from a JSON object in a file, - for standard input; a flag takes precedence."`
	Set        []string `placeholder:"FIELD=VALUE" sep:"none" help:"A field by its path, such as own-severity.value=4: for groups of fields, which have no flag. May be given more than once."`
	Precedence string   `short:"p" enum:",flash,immediate,priority,routine" default:"" placeholder:"WORD" help:"flash, immediate, priority or routine; default: routine, or that of what is answered."`
	Language   string   `placeholder:"TAG" help:"The language of free text, such as en; default: the agreement's first working language."`
	addressing

	form *form.Form
}

// setForm adds the flags of a form; filled names fields that the node fills in where
// they are left out. A group of fields has no flag: --set names what is in it.
func (f *formFlags) setForm(kind parley.Kind, step string, filled ...string) {
	f.form, _ = form.Find(kind, step, 1)
	var fields []reflect.StructField
	for i := range f.form.Fields {
		d := &f.form.Fields[i]
		if d.Type == form.Group || d.Type == form.Slots {
			continue
		}
		typ, extra := reflect.TypeFor[string](), ""
		if d.List {
			typ, extra = reflect.TypeFor[[]string](), ` sep:"none"`
		}
		help := form.Pick(d.Help, "en")
		if len(d.Choices) > 0 {
			ids := make([]string, len(d.Choices))
			for j := range d.Choices {
				ids[j] = d.Choices[j].ID
			}
			help = strings.TrimSuffix(help, ".") + ": " + strings.Join(ids, ", ") + "."
		}
		if d.List {
			help += " May be given more than once."
		}
		if d.Required && !slices.Contains(filled, d.Name) {
			help += " Owed."
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: typ,
			Tag: reflect.StructTag(fmt.Sprintf(`name:%q help:%q placeholder:%q%s`, d.Name, help, strings.ToUpper(string(d.Type)), extra))})
	}
	f.Plugins = kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}
}

// values are what the flags and the file say.
func (f *formFlags) values(c *Context) (map[string]any, error) {
	m, err := fieldsFile(c, f.Fields)
	if err != nil {
		return nil, err
	}
	given := reflect.ValueOf(f.Plugins[0]).Elem()
	for i := range f.form.Fields {
		if v := given.FieldByName(fmt.Sprintf("F%d", i)); v.IsValid() && v.Len() > 0 {
			m[f.form.Fields[i].Name] = v.Interface()
		}
	}
	return m, setFields(m, f.Set)
}

// sending are the flags that every command has which sends a message.
func (f *formFlags) sending() *sending {
	return &sending{Precedence: f.Precedence, Language: f.Language, addressing: f.addressing}
}

// request reads the fields too.
func (f *formFlags) request(c *Context, to []string) (node.FormRequest, error) {
	r := node.FormRequest{Kind: f.form.Kind, Step: f.form.Step}
	var err error
	if r.SendRequest, err = f.sending().request(to); err == nil {
		r.Fields, err = f.values(c)
	}
	return r, err
}

// send queues the message by the named call, prints its nonce and where it stands,
// and waits where that is asked for.
func (f *formFlags) send(c *Context, call string, r node.FormRequest) error {
	return f.sending().queue(c, call, r)
}

// reader is the languages in which fields are shown: those of the terminal.
func (c *Context) reader() []string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		tag, _, _ := strings.Cut(strings.ToLower(strings.ReplaceAll(os.Getenv(name), "_", "-")), ".")
		switch {
		case tag == "" || tag == "c" || tag == "posix":
		case strings.HasPrefix(tag, "zh"):
			return []string{"zh-hans"}
		default:
			base, _, _ := strings.Cut(tag, "-")
			return []string{tag, base}
		}
	}
	return []string{"en"}
}

// fieldText writes the fields of a form for people, each under its title.
func fieldText(w io.Writer, indent string, rows []form.Row) {
	for _, r := range rows {
		fmt.Fprintf(w, "%s%s:", indent, printable(r.Title))
		for i, v := range r.Values {
			switch {
			case r.Type == form.Text:
				fmt.Fprintf(w, " [%s]\n%s  %s\n", printable(v.Language), indent, strings.ReplaceAll(printableText(v.Text), "\n", "\n"+indent+"  "))
			case i > 0:
				fmt.Fprintf(w, ", %s", printable(v.Text))
			default:
				fmt.Fprintf(w, " %s", printable(v.Text))
			}
		}
		if r.Type != form.Text {
			fmt.Fprintln(w)
		}
		for _, g := range r.Groups {
			fieldText(w, indent+"  ", g)
		}
	}
}
