package peer

import (
	"net"
	"sync"
)

// ConnLimit refuses connections above a number in all and for each address, so
// that strangers cannot use up our sockets. Each accepted one is counted until it
// is closed. WIRE-8
type ConnLimit struct {
	net.Listener
	all, each int

	mu    sync.Mutex
	total int            // guarded by mu
	from  map[string]int // guarded by mu
}

// LimitConns wraps a listener.
func LimitConns(l net.Listener, all, each int) *ConnLimit {
	return &ConnLimit{Listener: l, all: all, each: each, from: map[string]int{}}
}

// Accept closes what is above the limits and waits for the next one.
func (l *ConnLimit) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		host, _, _ := net.SplitHostPort(c.RemoteAddr().String())
		if l.take(host) {
			return &limitedConn{Conn: c, done: func() { l.give(host) }}, nil
		}
		c.Close()
	}
}

func (l *ConnLimit) take(host string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.total >= l.all || l.from[host] >= l.each {
		return false
	}
	l.total++
	l.from[host]++
	return true
}

func (l *ConnLimit) give(host string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total--
	if l.from[host]--; l.from[host] == 0 {
		delete(l.from, host)
	}
}

type limitedConn struct {
	net.Conn
	once sync.Once
	done func()
}

func (c *limitedConn) Close() error {
	c.once.Do(c.done)
	return c.Conn.Close()
}
