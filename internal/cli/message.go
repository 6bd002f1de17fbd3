package cli

import (
	"context"
	"fmt"
	"io"

	"parley.example/parley/internal/node"
	"parley.example/parley/internal/web"
)

// messageCmd is about one message of any kind.
type messageCmd struct {
	Show    showCmd        `cmd:"" help:"Show a message of any kind, every step of it, and what proves each."`
	Release messageRelease `cmd:"" help:"Give the second signature to a message of ours: as another officer than who wrote it."`
}

// messageRelease is the second signature, where the agreement asks for two: on a
// message that waits in the outbox, or after one that has gone on one. AGREEMENT-16
type messageRelease struct {
	ID      string `arg:"" help:"The message: the nonce that send printed, or aster/118 where it has gone on one signature."`
	Officer string `required:"" placeholder:"NAME" help:"Who gives it: an officer with the role release, whose passphrase is asked for."`
	File    string `name:"passphrase-file" type:"existingfile" placeholder:"FILE" help:"Read the passphrase from the first line of a file; default: ask, or the first line of standard input."`
}

type releaseIn struct {
	ID         string `json:"id"`
	Officer    string `json:"officer"`
	Passphrase string `json:"passphrase"`
}

type releaseOut struct {
	ID    string `json:"id"`
	State string `json:"state"` // released, countersigned
}

func (m *messageRelease) Run(c *Context) error {
	secret, err := passphraseFlag{m.File}.ask(c)
	if err != nil {
		return err
	}
	var out releaseOut
	if err := c.Call("message.release", releaseIn{m.ID, m.Officer, secret}, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", out.ID, out.State) })
}

// release does what the desk's button does, under the same checks.
func (h *house) release(ctx context.Context, in releaseIn) (releaseOut, error) {
	by, err := h.officers.Authenticate(ctx, in.Officer, in.Passphrase)
	if err != nil {
		return releaseOut{}, err
	}
	desk := h.onNode()
	v, err := desk.Message(ctx, by, in.ID)
	if err != nil {
		return releaseOut{}, err
	}
	if v.State == web.StateRelease {
		return releaseOut{in.ID, "released"}, desk.Release(ctx, by, in.ID)
	}
	return releaseOut{in.ID, "countersigned"}, desk.Countersign(ctx, by, in.ID)
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
