package web

import (
	"errors"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"parley.example/parley/agreement"
	kindform "parley.example/parley/form"
)

// Input is one field of a form as a page asks for it, in the reader's language.
type Input struct {
	ID       string // of the HTML element: unique on the page
	Name     string // of the field
	Title    string
	Help     string
	Widget   Widget
	Required bool
	Value    string // what was written before
	Options  []Option
	Wrong    []string // what is wrong with it
}

// Widget says how a field is written on a page.
type Widget string

// The widgets.
const (
	WidgetText   Widget = "text"   // free text of several lines
	WidgetLines  Widget = "lines"  // a list, one value on a line
	WidgetLine   Widget = "line"   // one line
	WidgetSelect Widget = "select" // one of a few words
)

// Option is a word that can be chosen.
type Option struct {
	ID, Title string
	Chosen    bool
}

// inputs are the fields of a form; prefix keeps apart several forms on one page.
// given is what was written before, and wrong why it was not sent; both may be nil.
// Groups have no widget here: who sends them uses the command line.
func inputs(f *kindform.Form, a *agreement.Agreement, prefix string, given map[string]any, wrong error, languages []string) []Input {
	var faults kindform.Faults
	errors.As(wrong, &faults)
	var list []Input
	for i := range f.Fields {
		d := &f.Fields[i]
		in := Input{ID: prefix + "-" + d.Name, Name: d.Name, Title: kindform.Pick(d.Title, languages...), Help: kindform.Pick(d.Help, languages...),
			Required: d.Required, Widget: WidgetLine}
		in.Value, _ = given[d.Name].(string)
		switch d.Type {
		case kindform.Group, kindform.Slots:
			continue
		case kindform.Text:
			in.Widget = WidgetText
		case kindform.OneOf:
			for _, c := range d.Choices {
				in.Options = append(in.Options, Option{c.ID, kindform.Pick(c.Title, languages...), c.ID == in.Value})
			}
		case kindform.Term:
			for _, w := range kindform.WordsOf(a, d.Words) {
				in.Options = append(in.Options, Option{w.ID, wordTitle(d.Words, w, languages), w.ID == in.Value})
			}
		case kindform.Bool:
			yes, no := kindform.Pick(agreement.Texts{"en": "yes", "ru": "да", "zh-hans": "是"}, languages...), kindform.Pick(agreement.Texts{"en": "no", "ru": "нет", "zh-hans": "否"}, languages...)
			in.Options = []Option{{"true", yes, in.Value == "true"}, {"false", no, in.Value == "false"}}
		}
		switch {
		case d.List:
			in.Widget = WidgetLines
		case in.Options != nil:
			in.Widget = WidgetSelect
		}
		for _, x := range faults {
			if x.Field == d.Name || strings.HasPrefix(x.Field, d.Name+".") {
				in.Wrong = append(in.Wrong, x.What+": "+x.Want)
			}
		}
		list = append(list, in)
	}
	return list
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

// reading is the languages that the reader's browser asks for, as forms spell them.
func (r *request) reading() []string {
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
