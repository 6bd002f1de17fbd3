package cli

import (
	"context"
	"io"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/peer"
)

func init() {
	openTable = func(ctx context.Context, home string) (ctl.Table, io.Closer, error) {
		h, err := openHouse(ctx, home, io.Discard, false)
		if err != nil {
			return nil, nil, err
		}
		return h.table(), h, nil
	}
}

// serveCmd runs the node.
type serveCmd struct{}

// Run serves until the context ends.
func (serveCmd) Run(c *Context) error {
	settings, err := config.Load(c.Home)
	if err != nil {
		return err
	}
	h, err := patiently(c, func() (*house, error) {
		if _, err := ctl.Dial(c, settings.Ctl.Socket); err == nil { // a command that has the home open is waited for, a node is not
			return nil, parley.E(parley.Conflict, "a node serves %s already", c.Home).WithHint("`parley line status` asks it; one home is served once")
		}
		return openHouse(c, c.Home, c.Voice, true)
	})
	if err != nil {
		return err
	}
	defer h.Close()
	return h.serve(c)
}

// serve opens the listeners and runs the loops until ctx ends.
func (h *house) serve(c *Context) error {
	h.serving = true
	ctx, stop := context.WithCancel(c)
	defer stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	failed := make(chan error, 8)
	start := func(f func() error) {
		wg.Go(func() {
			if err := f(); err != nil && ctx.Err() == nil {
				failed <- err
				stop()
			}
		})
	}
	socket, err := ctl.Listen(h.settings.Ctl.Socket)
	if err != nil {
		return err
	}
	start(func() error { return ctl.Serve(ctx, socket, h.table(), h.log) })
	for _, open := range []func(context.Context, func(func() error)) error{h.servePeers, h.serveDesk, h.serveGateway} {
		if err := open(ctx, start); err != nil {
			stop()
			return err
		}
	}
	start(func() error { h.node.Run(ctx); return nil })
	start(func() error {
		return loop(ctx, h.log, "alert", h.node.Subscribe(ctx), func(ctx context.Context) (time.Time, error) { return h.alerts.Step(ctx, time.Now()) })
	})
	start(func() error {
		defer h.poller.Wait()
		return loop(ctx, h.log, "feed", h.poller.Changed(), h.poller.Step)
	})
	h.log.Info("node serves", "event", "node.up", "version", version(), "peer", h.settings.Peer.Listen, "desk", h.settings.Desk.Listen, "gateway", h.settings.Gateway.Listen)
	<-ctx.Done()
	h.log.Info("node stops", "event", "node.down")
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// servePeers opens the listener for counterparts, if there is one.
func (h *house) servePeers(ctx context.Context, start func(func() error)) error {
	if h.settings.Peer.Listen == "" {
		return nil
	}
	own, _, err := h.home.TLS()
	if err != nil {
		return err
	}
	s := peer.NewServer(h.node, "parley/"+version(), time.Now, peer.WithEvents(h.log)).HTTP(own)
	return door{whom: "counterparts", address: h.settings.Peer.Listen, all: 512, each: 64, server: s}.open(ctx, start)
}
