package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
	"unicode/utf8"

	"golang.org/x/term"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// compose has the flags of every command that sends a text.
type compose struct {
	Message *string `short:"m" placeholder:"TEXT" help:"The text; without it, standard input."`
	sending
}

// sending has the flags of every command that sends a message.
type sending struct {
	Precedence string        `short:"p" default:"routine" enum:"flash,immediate,priority,routine" placeholder:"WORD" help:"flash, immediate, priority or routine."`
	File       []string      `type:"existingfile" placeholder:"FILE" sep:"none" help:"Attach a file; may be given more than once."`
	Now        bool          `help:"Send at once, without the time in which it can be undone."`
	Wait       bool          `help:"Wait until every addressee's node has signed that it holds the message."`
	Timeout    time.Duration `default:"10m" placeholder:"TIME" help:"With --wait: give up after this time; the message stays on its way."`
	Nonce      string        `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
	From       string        `placeholder:"BODY" help:"The body of ours that speaks; default: the first, or the one that was asked."`
	Agreement  string        `placeholder:"ID" help:"The agreement, where more than one names the addressee."`
	Answers    string        `placeholder:"ID" help:"The message that this one answers; it joins that thread."`
	Marking    string        `placeholder:"WORD" help:"How it may be used and passed on, such as TLP:AMBER; default: the agreement's."`
	Language   string        `placeholder:"TAG" help:"The language of the text, such as en; default: ours."`
	Exercise   bool          `help:"Mark it as an exercise."`
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

// queue hands a request to the named call, prints the nonce and where the message
// stands, and waits where that is asked for.
func (f *sending) queue(c *Context, call string, r any) error {
	return c.node(func(n ctl.Caller) error {
		var h node.Held
		if err := n.Call(c, call, onceOnly{r}, &h); err != nil {
			return err
		}
		if !f.Wait {
			if _, serving := n.(*ctl.Client); !serving {
				c.Hint("no node serves this home: `parley serve` sends what is in the outbox")
			}
			return c.held(h)
		}
		if !c.JSON {
			c.held(h)
		}
		return f.wait(c, n, h)
	})
}

// onceOnly is a request to send a message.
type onceOnly struct{ request any }

func (o onceOnly) MarshalJSON() ([]byte, error) { return json.Marshal(o.request) }

func (onceOnly) Again() string { return "a message with the same --nonce is sent only once" }

// held prints a message that is on its way.
func (c *Context) held(h node.Held) error {
	return c.Data(h, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", h.Nonce, h.State) })
}

// wait prints where a message stands once every addressee's node has signed.
func (f *sending) wait(c *Context, n ctl.Caller, h node.Held) error {
	r, err := f.arrived(c, n, h)
	if err != nil {
		return err
	}
	return c.Data(r, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", r.Short, r.State) })
}

// arrived asks until every addressee's node has signed. It needs a node that
// serves: nobody else moves the message.
func (f *sending) arrived(c *Context, n ctl.Caller, h node.Held) (r node.Row, err error) {
	if _, serving := n.(*ctl.Client); !serving {
		return r, parley.E(parley.Unavailable, "the message is in the outbox; no node serves this home, so nothing moves it").
			WithHint("start `parley serve`, then look at `parley hotline show %s`", h.Nonce)
	}
	ctx, cancel := context.WithTimeout(c, f.Timeout)
	defer cancel()
	err = n.Call(ctx, "hotline.wait", node.WaitRequest{Nonce: h.Nonce}, &r)
	switch {
	case c.Context.Err() != nil:
		return r, c.Context.Err()
	case ctx.Err() != nil:
		return r, parley.E(parley.Unavailable, "not delivered after %s, by our clock", f.Timeout).
			WithHint("it stays on its way; `parley line status` shows the counterpart, `parley hotline show %s` the message", h.Nonce)
	}
	return r, err
}
