package cli

import (
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"

	"golang.org/x/term"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// compose has the flags of every command that sends a text.
type compose struct {
	Message *string `short:"m" placeholder:"TEXT" help:"The text; without it, standard input."`
	sending
}

// sending has the flags of every command that sends a message.
type sending struct {
	Precedence string `short:"p" default:"routine" enum:"flash,immediate,priority,routine" placeholder:"WORD" help:"flash, immediate, priority or routine."`
	Language   string `placeholder:"TAG" help:"The language of the text, such as en; default: ours."`
	Answers    string `placeholder:"ID" help:"The message that this one answers; it joins that thread."`
	addressing
}

// addressing has the flags that mean the same for a text and for a form.
type addressing struct {
	File []string `type:"existingfile" placeholder:"FILE" sep:"none" help:"Attach a file; may be given more than once."`
	waiting
	Nonce     string `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
	From      string `placeholder:"BODY" help:"The body of ours that speaks; default: the first, or the one that was asked."`
	Agreement string `placeholder:"ID" help:"The agreement, where more than one names the addressee."`
	Marking   string `placeholder:"WORD" help:"How it may be used and passed on, such as TLP:AMBER; default: the agreement's."`
	Exercise  bool   `help:"Mark it as an exercise."`
}

// request reads the text too.
func (f *compose) request(c *Context, to []string) (node.SendRequest, error) {
	r, err := f.sending.request(to)
	if err == nil {
		r.Text, err = f.text(c)
	}
	return r, err
}

// request is the addressing. It makes paths absolute: a running node may have
// another working folder.
func (f *sending) request(to []string) (node.SendRequest, error) {
	r := node.SendRequest{Agreement: f.Agreement, From: f.From, To: to, Precedence: f.Precedence, Marking: f.Marking,
		Language: f.Language, Answers: f.Answers, Exercise: f.Exercise, Nonce: f.Nonce, Now: f.Now}
	for _, b := range to {
		if _, err := parley.ParseBody(b); err != nil {
			return r, usage(err)
		}
	}
	if f.Nonce != "" {
		if _, err := parley.ParseNonce(f.Nonce); err != nil {
			return r, usage(err)
		}
	}
	for _, path := range f.File {
		abs, err := filepath.Abs(path)
		if err != nil {
			return r, err
		}
		r.Files = append(r.Files, node.File{Path: abs})
	}
	return r, nil
}

// maxInput bounds a text from standard input, in octets: what is longer is a file.
const maxInput = 2 << 20

func (f *compose) text(c *Context) (string, error) {
	if f.Message != nil {
		return *f.Message, nil
	}
	if in, ok := c.In.(*os.File); ok && term.IsTerminal(int(in.Fd())) {
		c.Say("type the message; end with an empty line and Ctrl-D")
	}
	b, err := io.ReadAll(io.LimitReader(c.In, maxInput+1))
	switch {
	case err != nil:
		return "", err
	case len(b) > maxInput:
		return "", parley.E(parley.Invalid, "the text has more than %d bytes", maxInput).WithHint("send it as a file: --file")
	case !utf8.Valid(b):
		return "", parley.E(parley.Invalid, "the text on standard input is not UTF-8").WithHint("send it as a file: --file")
	}
	return string(b), nil
}

// send queues the message by the named call, prints its nonce and where it
// stands, and waits where that is asked for.
func (f *compose) send(c *Context, call string, r node.SendRequest) error {
	if r.Text == "" && len(r.Files) == 0 {
		return usage(parley.E(parley.Invalid, "nothing to send: want -m TEXT, a text on standard input, or --file FILE"))
	}
	return f.queue(c, call, r)
}
