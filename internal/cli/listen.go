package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// door is an address of this node, and what answers there.
type door struct {
	whom      string // it is for, as an error says it: "tools"
	address   string
	all, each int         // connections at once, and from one address; 0: without a bound
	tls       *tls.Config // nil: plain, or the server brings its own
	server    *http.Server
}

// open listens, and serves until ctx ends; requests under way get a few seconds then.
func (d door) open(ctx context.Context, start func(func() error)) error {
	l, err := net.Listen("tcp", d.address)
	if err != nil {
		return parley.E(parley.Unavailable, "listen for %s on %s: %w", d.whom, d.address, err)
	}
	if d.all > 0 {
		l = peer.LimitConns(l, d.all, d.each)
	}
	if d.tls != nil {
		l = tls.NewListener(l, d.tls)
	}
	start(func() error {
		if d.server.TLSConfig != nil {
			return closed(d.server.ServeTLS(l, "", ""))
		}
		return closed(d.server.Serve(l))
	})
	start(func() error { return shutdownWith(ctx, d.server) })
	return nil
}

// doorTLS reads a certificate; nil where there is none, and what stands there speaks plain
// HTTP on loopback.
func doorTLS(what, certFile, keyFile string, least uint16) (*tls.Config, error) {
	if certFile == "" {
		return nil, nil
	}
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, parley.E(parley.Invalid, "the %s's certificate: %w", what, err)
	}
	return &tls.Config{MinVersion: least, Certificates: []tls.Certificate{cert}}, nil
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

// doorURL is where people and tools reach what listens there: url as it is set, or made of
// the address.
func doorURL(url, certFile, address string) string {
	switch {
	case url != "":
		return url
	case certFile != "":
		return "https://" + address
	}
	return "http://" + address
}
