package web

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"parley.example/parley"
	"parley.example/parley/agreement"
	kindform "parley.example/parley/form"
)

// Input is one field of a form as a page asks for it, in the reader's language.
type Input struct {
	ID       string // of the HTML element: unique on the page
	Name     string // of the field: its path, impact.users or routes.0.kind
	Title    string
	Help     string
	Widget   Widget
	Required bool
	Value    string // what was written before
	Options  []Option
	Wrong    []string  // what is wrong with it
	Groups   [][]Input // of a group: its fields, once for each value of a list
	More     bool      // a list of groups that may have another
}

// Widget says how a field is written on a page.
type Widget string

// The widgets.
const (
	WidgetText   Widget = "text"   // free text of several lines
	WidgetLines  Widget = "lines"  // a list, one value on a line
	WidgetLine   Widget = "line"   // one line
	WidgetSelect Widget = "select" // one of a few words
	WidgetTime   Widget = "time"   // an instant, in UTC
	WidgetDate   Widget = "date"   // a day
	WidgetGroup  Widget = "group"  // fields of its own
)

// Option is a word that can be chosen.
type Option struct {
	ID, Title string
	Chosen    bool
}

// inputs are the fields of a form; prefix keeps apart several forms on one page.
// given is what was written before, and wrong why it was not sent; both may be nil.
func inputs(f *kindform.Form, a *agreement.Agreement, prefix string, given map[string]any, wrong error, languages []string) []Input {
	fields := f.Fields
	if f.Kind == parley.KindPhrase {
		fields = kindform.WithSlots(f, given, a)
	}
	w := inputWriter{a: a, prefix: prefix, faults: kindform.FaultsOf(wrong), languages: languages}
	return w.inputs(fields, "", given)
}

type inputWriter struct {
	a         *agreement.Agreement
	prefix    string
	faults    kindform.Faults
	languages []string
}

func (w inputWriter) inputs(fields []kindform.Field, path string, given map[string]any) []Input {
	var list []Input
	for i := range fields {
		d := &fields[i]
		if d.Type != kindform.Slots { // of a sentence that is not chosen yet
			list = append(list, w.input(d, path+d.Name, given[d.Name]))
		}
	}
	return list
}

func (w inputWriter) input(d *kindform.Field, path string, given any) Input {
	in := Input{ID: w.prefix + "-" + strings.ReplaceAll(path, ".", "-"), Name: path, Title: kindform.Pick(d.Title, w.languages...), Help: kindform.Pick(d.Help, w.languages...),
		Required: d.Required, Widget: WidgetLine, Value: written(given)}
	switch d.Type {
	case kindform.Group:
		return w.group(d, in, given)
	case kindform.Text:
		in.Widget = WidgetText
	case kindform.Time:
		in.Widget, in.Value = WidgetTime, strings.TrimSuffix(in.Value, "Z")
	case kindform.Date:
		in.Widget = WidgetDate
	}
	in.Options = w.options(d, in.Value)
	switch {
	case d.List:
		in.Widget = WidgetLines
	case in.Options != nil:
		in.Widget = WidgetSelect
	}
	for _, x := range w.faults {
		if x.Field == path || strings.HasPrefix(x.Field, path+".") {
			in.Wrong = append(in.Wrong, x.What+": "+x.Want)
		}
	}
	return in
}

// spare is how many empty groups a list shows behind those that are filled in.
const spare = 2

func (w inputWriter) group(d *kindform.Field, in Input, given any) Input {
	in.Widget = WidgetGroup
	for _, x := range w.faults {
		if x.Field == in.Name {
			in.Wrong = append(in.Wrong, x.What+": "+x.Want)
		}
	}
	if !d.List {
		one, _ := given.(map[string]any)
		in.Groups = [][]Input{w.inputs(d.Fields, in.Name+".", one)}
		return in
	}
	filled := d.Each(given)
	most := d.Most
	if most == 0 {
		most = kindform.DefaultMost
	}
	for i := range min(len(filled)+spare, most) {
		var one map[string]any
		if i < len(filled) {
			one, _ = filled[i].(map[string]any)
		}
		in.Groups = append(in.Groups, w.inputs(d.Fields, in.Name+"."+strconv.Itoa(i)+".", one))
	}
	in.More = len(in.Groups) < most
	return in
}

// options are the words that can be chosen; nil where anything can be written.
func (w inputWriter) options(d *kindform.Field, value string) (list []Option) {
	add := func(id, title string) { list = append(list, Option{id, title, id == value}) }
	switch {
	case d.Type == kindform.OneOf:
		for _, c := range d.Choices {
			add(c.ID, kindform.Pick(c.Title, w.languages...))
		}
	case d.Type == kindform.Bool:
		add("true", kindform.Pick(agreement.Texts{"en": "yes", "ru": "да", "zh-hans": "是"}, w.languages...))
		add("false", kindform.Pick(agreement.Texts{"en": "no", "ru": "нет", "zh-hans": "否"}, w.languages...))
	case w.a == nil:
	case d.Type == kindform.Term:
		for _, x := range kindform.WordsOf(w.a, d.Words) {
			add(x.ID, wordTitle(d.Words, x, w.languages))
		}
	case d.Words == kindform.Phrases:
		for _, p := range w.a.Words.Phrases {
			n := strconv.Itoa(p.Number)
			add(n, n+": "+kindform.Pick(p.Text, w.languages...))
		}
	case d.Words == kindform.Members:
		for i := range w.a.Parties {
			p := &w.a.Parties[i]
			if d.Type == kindform.Party {
				add(string(p.Name), string(p.Name))
				continue
			}
			for j := range p.Bodies {
				add(string(p.Bodies[j].Name), string(p.Bodies[j].Name))
			}
		}
	}
	return list
}

// written is a value as it was written: a list on lines, a text without its language.
func written(given any) string {
	switch v := given.(type) {
	case string:
		return v
	case []string:
		return strings.Join(v, "\n")
	case map[string]any:
		s, _ := v["text"].(string)
		return s
	}
	return ""
}

// wordTitle is a word of the agreement as people choose it: an article with its number.
func wordTitle(list string, w kindform.Listed, languages []string) string {
	title := kindform.Pick(w.Title, languages...)
	switch {
	case title == "":
		return w.ID
	case list == kindform.Articles:
		return w.ID + ", " + title
	}
	return title
}

// reading is the languages that the reader has chosen on the page, or those that
// their browser asks for, as forms spell them.
func (r *request) reading() []string {
	if chosen := r.URL.Query().Get("language"); chosen != "" {
		return []string{chosen}
	}
	tags, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil || len(tags) == 0 {
		return []string{"en"}
	}
	var list []string
	for _, t := range tags[:min(len(tags), 8)] {
		base, _ := t.Base()
		for _, s := range []string{strings.ToLower(t.String()), base.String()} {
			if s == "zh" {
				s = "zh-hans"
			}
			if !slices.Contains(list, s) {
				list = append(list, s)
			}
		}
	}
	return list
}
