package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/internal/wholefile"
	"parley.example/parley/seal"
)

type verifyCmd struct {
	File  string `arg:"" help:"The evidence file; - is standard input."`
	Trust string `placeholder:"FINGERPRINT|FILE" help:"The agreement that you believe in: its fingerprint, or a file with its text."`
	Parts string `placeholder:"DIR" help:"Write the pieces as files too, for other tools: docs/without-parley.md."`
}

// Run verifies an evidence file; it needs no home, no node and no network. EVIDENCE-16
func (v verifyCmd) Run(c *Context) error {
	raw, err := readBounded(c, v.File, evidence.MaxFile)
	if err != nil {
		return err
	}
	trust, err := v.trust(c)
	if err != nil {
		return err
	}
	report, err := evidence.Verify(raw, trust)
	if err != nil {
		return parley.E(parley.Untrusted, "%s proves nothing: %w", v.File, err)
	}
	if v.Parts != "" {
		if err := writePieces(v.Parts, raw); err != nil {
			return err
		}
	}
	out := struct {
		Proven bool `json:"proven"`
		*evidence.Report
		Messages []shownMessage `json:"messages"`
	}{report.Proven(), report, shown(report)}
	if err := c.Data(out, func(w io.Writer) { reportText(w, report) }); err != nil {
		return err
	}
	switch {
	case report.Proven():
		return nil
	case report.Tied:
		return parley.E(parley.Untrusted, "%s does not prove what it was made to show", v.File)
	case v.Trust != "":
		return parley.E(parley.Untrusted, "consistent in itself; not of the agreement that you trust")
	}
	return parley.E(parley.Untrusted, "consistent in itself; tied to nobody you named").
		WithHint("--trust with the agreement's fingerprint, or with a file that holds its text")
}

// shownMessage is a message of an evidence file, for --json.
type shownMessage struct {
	ID      parley.MessageID `json:"id"`
	Ref     string           `json:"ref"`
	From    parley.Body      `json:"from"`
	To      []parley.Body    `json:"to"`
	Time    time.Time        `json:"time"` // as its author says
	Kind    parley.Kind      `json:"kind,omitempty"`
	Thread  string           `json:"thread,omitempty"`
	Content json.RawMessage  `json:"content,omitempty"`
}

func shown(r *evidence.Report) []shownMessage {
	out := []shownMessage{}
	for _, m := range r.Messages {
		s := shownMessage{ID: m.ID, Ref: m.Ref.String(), From: m.Envelope.From, To: m.Envelope.To, Time: m.Envelope.Time}
		if m.Facts != nil {
			s.Kind = m.Facts.Kind
			if !m.Facts.Thread.IsZero() {
				s.Thread = m.Facts.Thread.String()
			}
		}
		if m.Opened != nil {
			s.Content = m.Opened.Content
		}
		out = append(out, s)
	}
	return out
}

func (v verifyCmd) trust(c *Context) (evidence.Trust, error) {
	if v.Trust == "" {
		return evidence.Trust{}, nil
	}
	if t, err := evidence.ParseTrust([]byte(v.Trust)); err == nil {
		return t, nil
	}
	if strings.Trim(v.Trust, "0123456789 -") == "" {
		return evidence.Trust{}, usage(parley.E(parley.Invalid, "--trust %q: a fingerprint has eight groups of five digits", v.Trust))
	}
	raw, err := readBounded(c, v.Trust, evidence.MaxFile)
	if err != nil {
		return evidence.Trust{}, err
	}
	t, err := evidence.ParseTrust(raw)
	if err != nil {
		e := parley.E(parley.Untrusted, "%s: %w", v.Trust, err)
		return t, e.WithHint("%s", parley.HintOf(err))
	}
	return t, nil
}

// reportText writes a report for people, one statement a line.
func reportText(w io.Writer, r *evidence.Report) {
	tied := "tied to nobody you named"
	if r.Tied {
		tied = "the agreement that you trust"
	}
	fmt.Fprintf(w, "agreement %s (%s)\n", r.Fingerprint, tied)
	for _, s := range r.Statements {
		word := "not shown"
		if s.Proven {
			word = "proven"
		} else if s.Holds {
			word = "says"
		}
		line := fmt.Sprintf("%-9s  %s", word, s.Text)
		if len(s.Against) > 0 && s.Proven {
			line += "\n           against " + strings.Join(s.Against, ", ")
		}
		fmt.Fprintln(w, printableText(line))
	}
	for _, m := range r.Messages {
		if m.Opened != nil {
			fmt.Fprintf(w, "text of %s: %s\n", m.Ref.Short(), printableText(contentText(m)))
		}
	}
}

// contentText is what a message says, for people; JSON where there are no words for it.
func contentText(m evidence.Message) string {
	content, err := seal.ParseContent(m.Facts.Kind, m.Facts.Version, m.Opened.Content)
	if err != nil {
		return string(m.Opened.Content)
	}
	switch x := content.(type) {
	case *seal.Hotline:
		return x.Text
	case *seal.Memo:
		return x.Subject + "\n" + x.Text
	case *seal.Receipt:
		return strings.TrimSuffix(string(x.Says)+": "+x.Why, ": ")
	}
	return string(m.Opened.Content)
}

// writePieces writes the notes and proofs of a file as they are, one file each.
func writePieces(dir string, raw []byte) error {
	pieces, err := evidence.Pieces(raw)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return parley.E(parley.Unavailable, "make the folder for the pieces: %w", err)
	}
	for _, p := range pieces {
		if err := wholefile.Write(filepath.Join(dir, p.Name), 0o600, p.Bytes); err != nil {
			return err
		}
	}
	return nil
}
