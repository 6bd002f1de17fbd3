package cli

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
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
	if err := h.servePeers(ctx, start); err != nil {
		stop()
		return err
	}
	if err := h.serveDesk(ctx, start); err != nil {
		stop()
		return err
	}
	if err := h.serveGateway(ctx, start); err != nil {
		stop()
		return err
	}
	start(func() error { h.node.Run(ctx); return nil })
	start(func() error { return h.wakePeople(ctx) })
	start(func() error { return h.pollFeeds(ctx) })
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
	l, err := net.Listen("tcp", h.settings.Peer.Listen)
	if err != nil {
		return parley.E(parley.Unavailable, "listen for counterparts on %s: %w", h.settings.Peer.Listen, err)
	}
	s := peer.NewServer(h.node, "parley/"+version(), time.Now, peer.WithEvents(h.log)).HTTP(own)
	start(func() error { return closed(s.ServeTLS(peer.LimitConns(l, 512, 64), "", "")) })
	start(func() error { return shutdownWith(ctx, s) })
	return nil
}

// shutdownWith ends a server when ctx ends; requests under way get a few seconds,
// and it returns when they are over.
func shutdownWith(ctx context.Context, s *http.Server) error {
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if s.Shutdown(end) != nil {
		s.Close()
	}
	return nil
}

func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// wakePeople makes the attempts of alerts that are due.
func (h *house) wakePeople(ctx context.Context) error {
	changed := h.node.Subscribe(ctx)
	for {
		next, err := h.alerts.Step(ctx, time.Now())
		if err != nil && ctx.Err() == nil {
			h.log.Error("alerts failed", "event", "alert.step", "error", err)
		}
		pause := time.Minute
		if !next.IsZero() {
			pause = min(pause, max(time.Until(next), 10*time.Millisecond))
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-changed:
		case <-t.C:
		}
		t.Stop()
	}
}
