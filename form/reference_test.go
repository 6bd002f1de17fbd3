package form_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"parley.example/parley/form"
)

const referenceFile = "../docs/forms.md"

// TestReference: docs/forms.md is what the forms say. FORM-1
func TestReference(t *testing.T) {
	want := reference()
	if *update {
		if err := os.WriteFile(referenceFile, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(referenceFile); err != nil || string(got) != want {
		t.Errorf("%s is not what the forms say: go generate ./form (%v)", referenceFile, err)
	}
}

func reference() string {
	var b strings.Builder
	b.WriteString("# Forms\n\nWhat a message of each kind holds, in version 1: made from package `form` by `go generate ./form`. [spec/form.md](../spec/form.md) has the types and the\n" +
		"spelling. The order of the fields is that of the members. *required*: the field may not be left out. `parley form show NAME --language ru` shows titles and help in Russian,\nand in Chinese with zh-hans.\n")
	for _, f := range form.All() {
		fmt.Fprintf(&b, "\n## %s\n\n%s: %s %s\n", f.Name(), form.Pick(f.Title), strings.TrimSuffix(form.Pick(f.Help), "."), map[form.Place]string{
			form.Opens: "(opens a thread).", form.Answers: "(answers a message).", form.Either: "(opens a thread, or answers a message)."}[f.Place])
		if len(f.Fields) > 0 {
			b.WriteString("\n| field | type | what |\n| --- | --- | --- |\n")
		}
		referenceRows(&b, "", f.Fields)
		for _, some := range f.Some {
			fmt.Fprintf(&b, "\nAt least one of %s.\n", strings.Join(some, ", "))
		}
	}
	return b.String()
}

func referenceRows(b *strings.Builder, path string, fields []form.Field) {
	for i := range fields {
		f := &fields[i]
		marks := []string{string(f.Type)}
		switch {
		case f.Type == form.OneOf:
			ids := make([]string, len(f.Choices))
			for j, c := range f.Choices {
				ids[j] = c.ID
			}
			marks[0] = "choice: " + strings.Join(ids, ", ")
		case f.Words != "":
			marks[0] += " of " + f.Words
		}
		if f.List {
			least, most := max(f.Least, 1), f.Most
			if most == 0 {
				most = form.DefaultMost
			}
			marks = append(marks, fmt.Sprintf("list of %d to %d", least, most))
		}
		if f.Min != 0 || f.Type == form.Number && f.Max != 0 {
			marks = append(marks, fmt.Sprintf("%d to %d", f.Min, f.Max))
		} else if f.Max != 0 {
			marks = append(marks, fmt.Sprintf("at most %d octets", f.Max))
		}
		if f.Required {
			marks = append(marks, "required")
		}
		marks = append(marks, f.Rules()...)
		what := strings.TrimSuffix(form.Pick(f.Title)+": "+form.Pick(f.Help), ": ")
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", path+f.Name, strings.Join(marks, "; "), what)
		referenceRows(b, path+f.Name+".", f.Fields)
		for _, some := range f.Some {
			fmt.Fprintf(b, "| `%s` | | at least one of %s |\n", path+f.Name, strings.Join(some, ", "))
		}
	}
}
