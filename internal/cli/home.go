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
	var home io.Closer // nil where a node is serving
	caller, err := patiently(c, func() (ctl.Caller, error) {
		client, err := ctl.Dial(c, settings.Ctl.Socket)
		if err == nil {
			return client, nil
		}
		if !errors.Is(err, ctl.ErrNotServing) {
			return nil, err
		}
		table, opened, err := openTable(c, c.Home)
		if err != nil {
			return nil, err
		}
		home = opened
		return table, nil
	})
	if err != nil {
		return err
	}
	err = f(caller)
	if home != nil {
		if closing := home.Close(); err == nil { // not joined: a joined error loses its hint
			err = closing
		}
	}
	return err
}

// patiently tries again while f is Unavailable, as it is while another process
// holds the lock of the home, until its patience or ctx ends.
func patiently[T any](ctx context.Context, f func() (T, error)) (T, error) {
	for deadline := time.Now().Add(lockPatience); ; {
		v, err := f()
		if err == nil || parley.KindOf(err) != parley.Unavailable || time.Now().After(deadline) {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
}
