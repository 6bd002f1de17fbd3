package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/ctl"
)

// openTable opens a home under its lock and gives the table of calls that
// `parley serve` would serve. It is Unavailable while another process holds the
// lock. serve.go, where everything is wired, sets it.
var openTable = func(ctx context.Context, home string) (ctl.Table, io.Closer, error) {
	return nil, nil, parley.E(parley.Unavailable, "this build has no node in it")
}

// lockPatience is how long a command waits for another one that has the home open.
const lockPatience = 10 * time.Second

// Call asks the node: the one that serves the home, or the home itself.
func (c *Context) Call(name string, in, out any) error {
	return c.node(func(n ctl.Caller) error { return n.Call(c, name, in, out) })
}

// node calls f with the way to the node, which is closed afterwards: for
// commands that make several calls.
func (c *Context) node(f func(ctl.Caller) error) error {
	settings, err := config.Load(c.Home)
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(lockPatience); ; {
		client, err := ctl.Dial(c, settings.Ctl.Socket)
		if err == nil {
			return f(client)
		}
		if !errors.Is(err, ctl.ErrNotServing) {
			return err
		}
		table, home, err := openTable(c, c.Home)
		if err == nil {
			err, closing := f(table), home.Close()
			if err == nil {
				err = closing
			}
			return err // not joined: its hint is for the reader
		}
		if parley.KindOf(err) != parley.Unavailable || time.Now().After(deadline) {
			return err
		}
		select { // a node that is starting or another command holds the lock
		case <-c.Done():
			return c.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
