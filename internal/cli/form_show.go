package cli

import (
	"fmt"
	"io"
	"strings"

	"parley.example/parley/agreement"
	"parley.example/parley/form"
)

type formShow struct {
	formArg
	tongue
	law
}

// fieldRow is a field as `parley form show --json` prints it.
type fieldRow struct {
	Name     string      `json:"name"`
	Type     form.Type   `json:"type"`
	Required bool        `json:"required,omitempty"`
	List     bool        `json:"list,omitempty"`
	Title    string      `json:"title"`
	Help     string      `json:"help,omitempty"`
	Choices  []choiceRow `json:"choices,omitempty"`
	Words    string      `json:"words,omitempty"` // the agreement's list that Choices come from
	Rules    []string    `json:"rules,omitempty"`
	Fields   []fieldRow  `json:"fields,omitempty"`
}

type choiceRow struct {
	ID    string `json:"id"`
	Title string `json:"title"`
}

type formData struct {
	formRow
	Fields []fieldRow `json:"fields"`
}

func (s *formShow) Run(c *Context) error {
	f, err := s.find()
	if err != nil {
		return err
	}
	a, err := s.text(c)
	if err != nil {
		return err
	}
	languages, err := s.languages(c)
	if err != nil {
		return err
	}
	out := formData{rowOf(f, languages), fieldRows(f.Fields, a, languages)}
	return c.Data(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\n%s\n\n", out.Name, out.Title, out.formRow.Help)
		fieldHelp(w, "", out.Fields)
	})
}

func fieldRows(fields []form.Field, a *agreement.Agreement, languages []string) []fieldRow {
	rows := []fieldRow{}
	for i := range fields {
		f := &fields[i]
		r := fieldRow{Name: f.Name, Type: f.Type, Required: f.Required, List: f.List, Title: form.Pick(f.Title, languages...), Help: form.Pick(f.Help, languages...), Rules: f.Rules()}
		for _, x := range f.Choices {
			r.Choices = append(r.Choices, choiceRow{x.ID, form.Pick(x.Title, languages...)})
		}
		switch {
		case f.Words == form.Phrases && a != nil:
			for _, p := range a.Words.Phrases {
				r.Choices = append(r.Choices, choiceRow{fmt.Sprint(p.Number), form.Pick(p.Text, languages...)})
			}
		case f.Type == form.Term && a != nil:
			for _, x := range form.WordsOf(a, f.Words) {
				r.Choices = append(r.Choices, choiceRow{x.ID, form.Pick(x.Title, languages...)})
			}
		}
		if f.Words != "" {
			r.Words = f.Words
		}
		if len(f.Fields) > 0 {
			r.Fields = fieldRows(f.Fields, a, languages)
		}
		rows = append(rows, r)
	}
	return rows
}

func fieldHelp(w io.Writer, indent string, rows []fieldRow) {
	for _, r := range rows {
		marks := []string{string(r.Type)}
		if r.List {
			marks = append(marks, "list")
		}
		if r.Required {
			marks = append(marks, "required")
		}
		marks = append(marks, r.Rules...)
		fmt.Fprintf(w, "%s%s  (%s)  %s\n", indent, r.Name, strings.Join(marks, ", "), r.Title)
		if r.Help != "" {
			fmt.Fprintf(w, "%s    %s\n", indent, r.Help)
		}
		for _, x := range r.Choices {
			fmt.Fprintf(w, "%s    %s: %s\n", indent, x.ID, printable(x.Title))
		}
		if len(r.Choices) == 0 && r.Words != "" && r.Words != form.Members {
			fmt.Fprintf(w, "%s    one of the agreement's %s: --agreement lists them\n", indent, r.Words)
		}
		fieldHelp(w, indent+"    ", r.Fields)
	}
}
