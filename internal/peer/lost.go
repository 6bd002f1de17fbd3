package peer

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
)

// watched is a connection that tells once when its other end is gone. HTTP/2 reads
// all the time, so that a node that dies is noticed when its connection breaks, and
// not only when it is asked again.
type watched struct {
	net.Conn
	lost func()
	once sync.Once
}

// Read implements net.Conn.
func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
		w.once.Do(w.lost)
	}
	return n, err
}

// watching makes a dialer's connections tell lost when they break.
func watching(dial func(context.Context, string, string) (net.Conn, error), lost func()) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		c, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watched{Conn: c, lost: lost}, nil
	}
}
