package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/node"
)

//go:embed card.html
var cardHTML string

//go:embed card.txt
var cardText string

// words of the templates, for both.
var cardWords = map[string]any{
	"utc":   func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
	"day":   func(s string) string { d, _, _ := strings.Cut(s, "T"); return d },
	"four":  func(s string) string { return grouped(s, 4) },
	"join":  func(list []string) string { return strings.Join(list, "; ") },
	"named": func(p *node.ContactView) string { return p.Named("en") },
	"hours": cardHours,
	"note":  func(t *form.TextContent) string { return strings.Join(strings.Fields(plain(t.Text)), " ") },
	"inc":   func(i int) int { return i + 1 },
}

var (
	cardPage  = template.Must(template.New("card").Funcs(cardWords).Parse(cardHTML))
	cardPlain = texttemplate.Must(texttemplate.New("card").Funcs(cardWords).Funcs(texttemplate.FuncMap{"plain": plain}).Parse(cardText))
)

// EmergencyCard writes the card as one HTML page that prints on one sheet, without
// scripts and without anything from elsewhere.
func EmergencyCard(w io.Writer, c *node.EmergencyCard) error {
	if err := cardPage.Execute(w, c); err != nil {
		return parley.E(parley.Internal, "print the card: %w", err)
	}
	return nil
}

// EmergencyCardText writes the card as plain text, for a printer that knows no more.
func EmergencyCardText(w io.Writer, c *node.EmergencyCard) error {
	if err := cardPlain.Execute(w, c); err != nil {
		return parley.E(parley.Internal, "print the card: %w", err)
	}
	return nil
}

// cardHours are a route's hours, or those of its point.
func cardHours(p *node.ContactView, r node.ContactRoute) string {
	list := r.Hours
	if len(list) == 0 {
		list = p.Hours
	}
	if len(list) == 1 && list[0] == form.Always {
		return "always"
	}
	return strings.Join(list, "; ")
}

func grouped(s string, n int) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%n == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// plain is foreign text for a printer: no control characters, no marks that turn
// the direction of writing.
func plain(v any) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			return unicode.ReplacementChar
		}
		return r
	}, fmt.Sprint(v))
}
