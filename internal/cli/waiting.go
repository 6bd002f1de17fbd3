package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// waiting has the flags of every command that sends something: when it goes, and
// whether the command waits until it is there.
type waiting struct {
	Now     bool          `help:"Send at once, without the time in which it can be undone."`
	Wait    bool          `help:"Wait until every addressee's node has signed that it holds the message."`
	Timeout time.Duration `default:"10m" placeholder:"TIME" help:"With --wait: give up after this time; the message stays on its way."`
}

// queue hands a request to the named call, prints the nonce and where the message
// stands, and waits where that is asked for.
func (f *waiting) queue(c *Context, call string, r any) error {
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

// Again is for ctl.Again.
func (onceOnly) Again() string { return "a message with the same --nonce is sent only once" }

// held prints a message that is on its way.
func (c *Context) held(h node.Held) error {
	return c.Data(h, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", h.Nonce, h.State) })
}

// wait prints where a message stands once every addressee's node has signed.
func (f *waiting) wait(c *Context, n ctl.Caller, h node.Held) error {
	r, err := f.arrived(c, n, h)
	if err != nil {
		return err
	}
	return c.Data(r, func(w io.Writer) { fmt.Fprintf(w, "%s %s\n", r.Short, r.State) })
}

// arrived asks until every addressee's node has signed. It needs a node that
// serves: nobody else moves the message.
func (f *waiting) arrived(c *Context, n ctl.Caller, h node.Held) (r node.Row, err error) {
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

// each waits, where that is asked for, for all of several messages, and notes where
// each stands.
func (f *waiting) each(c *Context, n ctl.Caller, list []node.Held) error {
	if !f.Wait {
		return nil
	}
	for i := range list {
		row, err := f.arrived(c, n, list[i])
		if err != nil {
			return err
		}
		list[i].State = row.State
	}
	return nil
}
