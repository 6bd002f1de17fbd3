package peer

import (
	"context"
	"net"
	"testing"
	"time"
)

// A connection tells when its other end goes away, once, and not when we close it.
func TestWatched(t *testing.T) {
	for name, tc := range map[string]struct {
		end  func(ours, theirs net.Conn)
		want int
	}{
		"they are gone": {func(_, theirs net.Conn) { theirs.Close() }, 1},
		"we closed it":  {func(ours, _ net.Conn) { ours.Close() }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			told := make(chan struct{}, 8)
			ours, err := watching((&net.Dialer{}).DialContext, func() { told <- struct{}{} })(context.Background(), "tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer ours.Close()
			theirs, err := l.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer theirs.Close()
			done := make(chan struct{})
			go func() {
				defer close(done)
				var b [1]byte
				for range 2 {
					ours.Read(b[:])
				}
			}()
			tc.end(ours, theirs)
			select {
			case <-done:
			case <-time.After(10 * time.Second):
				t.Fatal("still reading")
			}
			if n := len(told); n != tc.want {
				t.Errorf("told %d times, want %d", n, tc.want)
			}
		})
	}
}
