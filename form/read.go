package form

import (
	"encoding/json"
	"strconv"
	"strings"

	"parley.example/parley/agreement"
)

// Row is one field as a reader sees it.
type Row struct {
	Name   string  `json:"name"`             // of the field
	Path   string  `json:"path"`             // of the value: "impact.users", "routes.0.address"
	Title  string  `json:"title"`            // in the reader's language
	Type   Type    `json:"type"`             // how the values are written
	Values []Shown `json:"values,omitempty"` // of everything but groups; several of a list
	Groups [][]Row `json:"groups,omitempty"` // of a Group or of Slots; several of a list
}

// Shown is one value.
type Shown struct {
	Value    string `json:"value"`              // as it stands in the content: for links, filters and zones
	Text     string `json:"text"`               // as people read it: a title of a word, AS64496, yes
	Language string `json:"language,omitempty"` // of a free text
}

// String is the values of a row without its groups.
func (r Row) String() string {
	texts := make([]string, len(r.Values))
	for i := range r.Values {
		texts[i] = r.Values[i].Text
	}
	return strings.Join(texts, ", ")
}

// Read shows content in the first of the reader's languages that each title has,
// else in English. Words are shown by their titles, those of the agreement where
// it is given. Content that does not fit the form gives nothing. FORM-14
func (f *Form) Read(raw json.RawMessage, a *agreement.Agreement, languages ...string) []Row {
	values, faults := f.read(raw, a)
	if len(faults) > 0 {
		return nil
	}
	r := reader{a, languages}
	if rows := r.rows("", values); rows != nil {
		return rows
	}
	return []Row{} // it fits, and says nothing
}

type reader struct {
	a         *agreement.Agreement
	languages []string
}

func (r reader) rows(path string, values []value) []Row {
	var rows []Row
	for i := range values {
		v := &values[i]
		if !v.given() {
			continue
		}
		row := Row{Name: v.field.Name, Path: path + v.field.Name, Title: Pick(v.field.Title, r.languages...), Type: v.field.Type}
		all := []value{*v}
		if v.field.List {
			all = v.kids
		}
		for j := range all {
			at := row.Path + "."
			if v.field.List {
				at = row.Path + "." + strconv.Itoa(j) + "."
			}
			if v.field.Type == Group || v.field.Type == Slots {
				row.Groups = append(row.Groups, r.rows(at, all[j].kids))
			} else {
				row.Values = append(row.Values, r.shown(&all[j]))
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (r reader) shown(v *value) Shown {
	if v.field.Hidden {
		return Shown{Text: "•••"}
	}
	s := Shown{Value: v.text, Text: v.text, Language: v.language}
	switch f := v.field; f.Type {
	case OneOf:
		for _, c := range f.Choices {
			if c.ID == v.text {
				s.Text = Pick(c.Title, r.languages...)
			}
		}
	case Term:
		if r.a != nil {
			s.Text = r.word(f.Words, v.text)
		}
	case Bool:
		if v.text == "true" {
			s.Text = Pick(say("yes", "да", "是"), r.languages...)
		} else {
			s.Text = Pick(say("no", "нет", "否"), r.languages...)
		}
	case ASN:
		s.Text = "AS" + v.text
	}
	return s
}

// word is the title of a word of the agreement, after an article's number.
func (r reader) word(list, word string) string {
	text := word
	each(r.a, list, func(id string, title agreement.Texts) bool {
		if id == word && len(title) > 0 {
			text = Pick(title, r.languages...)
			if list == Articles {
				text = id + ", " + text
			}
		}
		return id != word
	})
	return text
}
