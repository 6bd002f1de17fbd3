package bench_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// pair is two nodes of one agreement in this process, each with its files on disk
// and its server on loopback, as `parley serve` runs them: TLS, fsync, real time.
type pair struct {
	world  *parleytest.World
	nodes  map[string]*served
	wire   atomic.Int64 // octets both ways, above TLS
	cancel context.CancelFunc
	wg     sync.WaitGroup
}

type served struct {
	home     node.Home
	db       *sqldb.DB
	register *register.Register
	node     *node.Node
	lists    *node.Lists
}

const template = parleytest.DefaultTemplate

// newPair brings the agreement into force in memory, then serves the homes.
func newPair(t *testing.T, dir string, loops bool) *pair {
	t.Helper()
	return newPairUnder(t, template, dir, loops)
}

func newPairUnder(t *testing.T, template, dir string, loops bool) *pair {
	t.Helper()
	c, err := parleytest.MakeCircle(dir, 7, template, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	p := &pair{world: c.World, nodes: map[string]*served{}}
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	t.Cleanup(p.close)
	ports := map[string]string{}
	listeners := map[string]net.Listener{}
	for _, name := range c.Order {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ports[c.Nodes[name].Address], listeners[name] = l.Addr().String(), counted{l, &p.wire}
	}
	for _, name := range c.Order {
		s := p.open(t, c.Nodes[name].Home, ports)
		p.nodes[name] = s
		own, _, err := s.home.TLS()
		if err != nil {
			t.Fatal(err)
		}
		server := peer.NewServer(s.node, "parley/bench", time.Now).HTTP(own)
		p.wg.Go(func() { server.ServeTLS(listeners[name], "", "") })
		context.AfterFunc(ctx, func() { server.Close() })
	}
	for _, s := range p.nodes {
		if loops {
			p.wg.Go(func() { s.node.Run(ctx) })
		}
	}
	p.ready(t)
	return p
}

func (p *pair) open(t *testing.T, home node.Home, ports map[string]string) *served {
	t.Helper()
	s := &served{home: home}
	var err error
	if s.db, err = sqldb.Open(t.Context(), home.Path("parley.db")); err != nil {
		t.Fatal(err)
	}
	blobs, err := blobfile.Open(home.Path("blobs"))
	if err != nil {
		t.Fatal(err)
	}
	if s.register, err = register.New(s.db); err != nil {
		t.Fatal(err)
	}
	own, _, err := home.TLS()
	if err != nil {
		t.Fatal(err)
	}
	s.node, err = node.Open(t.Context(), node.Options{Home: home, DB: s.db, Register: s.register, Blobs: blobs, Now: time.Now,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
		Dial: func(_, address string, pins func() []parley.Hash) (peer.Node, error) {
			return peer.NewClient(ports[address], peer.Transport(own, pins)), nil
		},
		Disk: func() (int, error) { return 0, nil }, Refuse: node.Watermarks{Blobs: 90, Text: 97}})
	if err != nil {
		t.Fatal(err)
	}
	s.lists = node.NewLists(s.node, s.register)
	return s
}

// ready waits until both journals may speak.
func (p *pair) ready(t *testing.T) {
	t.Helper()
	for range 600 {
		all := true
		for _, s := range p.nodes {
			for _, l := range s.node.Lines() {
				if l.ReadOnly() != "" {
					all = false
					for _, target := range l.Targets() {
						l.Serve(t.Context(), target)
					}
				}
			}
		}
		if all {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the nodes did not come up")
}

func (p *pair) close() {
	p.cancel()
	p.wg.Wait()
	for _, s := range p.nodes {
		s.db.Close()
	}
}

// counted counts what passes through accepted connections.
type counted struct {
	net.Listener
	octets *atomic.Int64
}

func (c counted) Accept() (net.Conn, error) {
	conn, err := c.Listener.Accept()
	return countedConn{conn, c.octets}, err
}

type countedConn struct {
	net.Conn
	octets *atomic.Int64
}

func (c countedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.octets.Add(int64(n))
	return n, err
}

func (c countedConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	c.octets.Add(int64(n))
	return n, err
}
