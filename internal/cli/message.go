package cli

import (
	"fmt"
	"io"

	"parley.example/parley/internal/node"
)

// messageCmd is about one message of any kind.
type messageCmd struct {
	Show showCmd `cmd:"" help:"Show a message of any kind, every step of it, and what proves each."`
}

// shownIn is the input of calls that show something in a language.
type shownIn struct {
	Name      string   `json:"name"`
	Languages []string `json:"languages,omitempty"`
}

// readingText writes what a message with a form says, and what others and its
// author said of it since: beside it, never instead. FORM-16, FORM-17
func readingText(w io.Writer, v *node.View) {
	if r := v.Reading; r != nil {
		fmt.Fprintf(w, "\n%s\n", printable(r.Title))
		if r.Of != nil {
			of := r.Of.Short
			if of == "" {
				of = r.Of.ID
			}
			fmt.Fprintf(w, "  of %s\n", of)
			if r.Of.Wrong != "" {
				fmt.Fprintf(w, "  WARNING: %s\n", wrongText[r.Of.Wrong])
			}
		}
		if r.Sentence != "" {
			fmt.Fprintf(w, "  [%s] %s\n", r.In, printableText(r.Sentence))
		}
		fieldText(w, "  ", r.Fields)
	}
	for _, t := range v.Translations {
		how := ""
		if t.Machine {
			how = ", by a machine"
		}
		fmt.Fprintf(w, "\ntranslation into %s by %s%s (%s), who answers for it\n", printable(t.Into), t.By, how, t.Short)
		for _, x := range t.Texts {
			title := x.Title
			if title == "" {
				title = x.Field + " (the original has no such field)"
			}
			fmt.Fprintf(w, "  %s: %s\n", printable(title), printableText(x.Text))
		}
		if t.Note != nil {
			fmt.Fprintf(w, "  translator's note: %s\n", printableText(t.Note.Text))
		}
	}
	for _, x := range v.Corrections {
		fmt.Fprintf(w, "\ncorrected by %s (%s); the original stands above\n", x.By, x.Short)
		for _, ch := range x.Changes {
			title := ch.Title
			if title == "" {
				title = ch.Field
			}
			switch {
			case ch.Struck:
				fmt.Fprintf(w, "  %s: struck\n", printable(title))
			case ch.Unfit:
				fmt.Fprintf(w, "  %s: %s (does not fit this field)\n", printable(title), printableText(ch.Now))
			default:
				fmt.Fprintf(w, "  %s: %s\n", printable(title), printableText(ch.Now))
			}
		}
		if x.Why != nil {
			fmt.Fprintf(w, "  reason: %s\n", printableText(x.Why.Text))
		}
	}
}

// wrongText says what is wrong with a translation or a correction.
var wrongText = map[string]string{
	node.WrongNotHeld: "the message that it names is not here",
	node.WrongThread:  "the message that it names stands in another matter",
	node.WrongClosed:  "the message that it names does not open here, so that nobody can compare",
	node.WrongParty:   "it is about a message of another party, and corrects nothing: it is its sender's view",
	node.WrongField:   "it names a field that the message does not have",
}
