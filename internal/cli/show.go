package cli

import (
	"fmt"
	"io"

	"parley.example/parley/internal/node"
	"parley.example/parley/seal"
)

type showCmd struct {
	ID string `arg:"" help:"The message: aster/118, its id or the beginning of it, or the nonce that send printed."`
	tongue
}

func (s *showCmd) Run(c *Context) error {
	languages, err := s.languages(c)
	if err != nil {
		return err
	}
	var v node.View
	if err := c.Call("hotline.show", shownIn{s.ID, languages}, &v); err != nil {
		return err
	}
	return c.Data(v, func(w io.Writer) { viewText(w, &v) })
}

// inboxCmd is what came in.
type inboxCmd struct {
	page
}

func (i *inboxCmd) Run(c *Context) error { return i.print(c, "inbox.list", nil) }

// threadCmd is a matter from its first message on.
type threadCmd struct {
	Show threadShow `cmd:"" help:"Show every message of the thread that a message stands in."`
}

type threadShow struct {
	ID string `arg:"" help:"Any message of the thread."`
	tongue
}

func (t *threadShow) Run(c *Context) error {
	languages, err := t.languages(c)
	if err != nil {
		return err
	}
	var views []node.View
	if err := c.Call("thread.show", shownIn{t.ID, languages}, &views); err != nil {
		return err
	}
	return c.Data(views, func(w io.Writer) {
		for i := range views {
			viewText(w, &views[i])
			fmt.Fprintln(w)
		}
	})
}

// sentCmd is what went out, and what waits in the outbox.
type sentCmd struct {
	page
}

func (s *sentCmd) Run(c *Context) error { return s.print(c, "sent.list", nil) }

// viewText writes one message for people: its head, its text, and each step
// with what proves it.
func viewText(w io.Writer, v *node.View) {
	line := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%-11s %s\n", name, printable(value))
		}
	}
	line("message", firstWord(v.Short, v.ID))
	line("id", v.ID)
	line("state", v.State)
	line("why", v.Why)
	line("kind", string(v.Kind))
	line("precedence", string(v.Precedence))
	line("from", string(v.From))
	line("to", bodies(v.To))
	if !v.Said.IsZero() {
		line("said", stamp(v.Said)+" UTC, by its author's clock")
	}
	line("stored", stamp(v.Stored)+" UTC, by ours")
	if !v.Held.IsZero() {
		line("held until", stamp(v.Held)+" UTC; `parley hotline undo "+v.Nonce+"` takes it back")
	}
	line("due", v.Due)
	line("answers", v.Answers)
	line("marking", v.Marking)
	if v.Exercise {
		line("exercise", "this is an exercise")
	}
	for i, f := range v.Attached {
		line(fmt.Sprintf("file %d", i+1), fmt.Sprintf("%s (%d bytes, sha256 %s)", f.Name, f.Size, f.Hash))
	}
	line("subject", v.Subject)
	switch {
	case v.Reading != nil:
	case v.Readable:
		fmt.Fprintf(w, "\n%s\n", printableText(v.Text))
	case v.Unread != "":
		fmt.Fprintf(w, "\n(not readable here: %s)\n", printable(v.Unread))
	}
	readingText(w, v)
	if len(v.With)+len(v.Steps) > 0 {
		fmt.Fprintln(w)
	}
	for _, a := range v.With {
		proof := "no more than the entry itself"
		switch {
		case a.Ref != "":
			proof = "entry " + a.Ref
		case a.Cosigner != "":
			proof = fmt.Sprintf("cosignature of %s at size %d", a.Cosigner, a.Size)
		}
		fmt.Fprintf(w, "%s: %s; proof: %s\n", a.Party, a.State, printable(proof))
	}
	for _, s := range v.Steps {
		fmt.Fprintf(w, "%s %s by %s (%s)", stamp(s.Said), s.Says, s.From, s.Ref)
		if s.Why != "" {
			fmt.Fprintf(w, ": %s", printable(s.Why))
		}
		if s.Says == string(seal.SaysAcknowledged) {
			fmt.Fprint(w, " (an acknowledgement admits nothing)")
		}
		fmt.Fprintln(w)
	}
}

func firstWord(words ...string) string {
	for _, w := range words {
		if w != "" {
			return w
		}
	}
	return ""
}
