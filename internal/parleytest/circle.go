package parleytest

import (
	"context"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Clock is a clock that a test moves. Safe for concurrent use.
type Clock struct {
	mu  sync.Mutex
	now time.Time // guarded by mu
}

// NewClock begins on a fixed day.
func NewClock() *Clock { return &Clock{now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)} }

// Now is the time on the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Advance moves the clock; a negative step moves it back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// Circle is real nodes of one agreement on an in-memory network, each with a home
// of its own on disk. Nothing moves unless the test says so.
type Circle struct {
	World *World
	Net   *Net
	Clock *Clock
	Nodes map[string]*Member // by party, and the archive by its name
	Order []string
	// Forkers wrote two histories on purpose: Check expects no single one of them.
	Forkers map[parley.Party]bool
	dir     string
	rand    *rand.Rand // spreads retries
}

// Member is one node of a circle. Node is nil while it is down.
type Member struct {
	Name     string
	Address  string
	Home     node.Home
	Skew     time.Duration                   // its clock minus the circle's
	Mute     bool                            // it calls nobody; others call it
	Full     int                             // percentage of its disk in use
	Wrap     func(http.Handler) http.Handler // what its server says goes through it; nil: as it is
	Wakes    bool                            // from its next start on, its node raises alerts; no channel carries them
	Alerts   *alert.Alerts                   // nil unless it wakes
	DB       *sqldb.DB
	Register *register.Register
	Node     *node.Node
	circle   *Circle
	lost     bool // the end of its journal is nowhere any more: only a succession goes on
	crashed  atomic.Bool
}

// NewCircle makes a circle, and ends it with the test. archive may be "".
func NewCircle(t testing.TB, seed uint64, archive string, parties ...parley.Party) *Circle {
	t.Helper()
	c, err := MakeCircle(t.TempDir(), seed, DefaultTemplate, archive, parties...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(c.Check(context.Background()), c.Close()); err != nil {
			t.Error(err)
		}
	})
	return c
}

// MakeCircle makes the homes, starts the nodes, and lets each accept the agreement.
func MakeCircle(dir string, seed uint64, template, archive string, parties ...parley.Party) (*Circle, error) {
	w, err := MakeWorld(seed, template, archive, parties...)
	if err != nil {
		return nil, err
	}
	c := &Circle{World: w, Net: NewNet(seed), Clock: NewClock(), Nodes: map[string]*Member{}, dir: dir, Forkers: map[parley.Party]bool{},
		rand: rand.New(rand.NewPCG(seed, 0x6a6974))}
	for i := range w.Agreement().Parties {
		p := &w.Agreement().Parties[i]
		if err := c.add(string(p.Name), p.Address, w.Parties[p.Name].write); err != nil {
			return nil, err
		}
	}
	if w.Archive != nil {
		a, _ := w.Agreement().Archive(w.Archive.Name)
		if err := c.add(a.Name, a.Address, w.Archive.write); err != nil {
			return nil, err
		}
	}
	for _, name := range c.Order {
		if _, err := c.Nodes[name].Node.Accept(context.Background(), w.Signed.Note()); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (c *Circle) add(name, address string, write func(node.Home) error) error {
	m := &Member{Name: name, Address: address, Home: node.Home{Dir: filepath.Join(c.dir, strings.ReplaceAll(name, "/", "-"))}, circle: c}
	if err := write(m.Home); err != nil {
		return err
	}
	if err := sqldb.WriteEmpty(m.Home.Path("parley.db")); err != nil {
		return err
	}
	c.Nodes[name] = m
	c.Order = append(c.Order, name)
	return m.Start()
}

// Start opens the home and puts the node on the network.
func (m *Member) Start() error {
	ctx := context.Background()
	db, err := sqldb.OpenVolatile(ctx, m.Home.Path("parley.db"))
	if err != nil {
		return err
	}
	m.DB = db
	if err := m.start(ctx); err != nil {
		db.Close()
		m.DB = nil
		return err
	}
	return nil
}

func (m *Member) start(ctx context.Context) error {
	blobs, err := blobfile.Open(m.Home.Path("blobs"))
	if err != nil {
		return err
	}
	if m.Register, err = register.New(m.DB); err != nil {
		return err
	}
	own, _, err := m.Home.TLS()
	if err != nil {
		return err
	}
	var wakes node.Alerter
	if m.Wakes {
		if m.Alerts, err = alert.New(m.DB, config.Alert{}); err != nil {
			return err
		}
		wakes = &node.Alarms{Queue: m.Alerts, Desk: "http://127.0.0.1:7480", Now: m.Now}
	}
	n, err := node.Open(ctx, node.Options{Home: m.Home, Alerts: wakes, DB: m.DB, Register: m.Register, Blobs: blobs, Now: m.Now,
		Log: slog.New(slog.DiscardHandler),
		Dial: func(_, address string, pins func() []parley.Hash) (peer.Node, error) {
			if m.Mute {
				return nil, parley.E(parley.Unavailable, "%s reaches nobody", m.Name)
			}
			return peer.NewClient(address, m.circle.Net.Dial(m.Address, own, pins)), nil
		},
		Disk: func() (int, error) { return m.Full, nil }, Refuse: node.Watermarks{Blobs: 90, Text: 97},
		Jitter: m.circle.rand.Float64, AtOnce: 1, BackupWarn: 7 * 24 * time.Hour})
	if err != nil {
		return err
	}
	m.Node = n
	m.crashed.Store(false)
	m.attach()
	return nil
}

// attach puts the running node on the network.
func (m *Member) attach() {
	own, _, err := m.Home.TLS()
	if err != nil || m.Node == nil {
		return
	}
	var h http.Handler = peer.NewServer(m.Node, "parley/test", m.Now)
	if m.Wrap != nil {
		h = m.Wrap(h)
	}
	m.circle.Net.Attach(m.Address, h, own)
}

// Now is the time on this node's clock.
func (m *Member) Now() time.Time { return m.circle.Clock.Now().Add(m.Skew) }

// Stop takes the node off the network and closes its home; nothing is flushed
// that was not durable before.
func (m *Member) Stop() error {
	if m.DB == nil {
		return nil
	}
	m.circle.Net.Detach(m.Address)
	err := m.DB.Close()
	m.DB, m.Node, m.Register = nil, nil, nil
	return err
}

// Step lets one node do what is due: its own work, then one visit to each target.
func (m *Member) Step(ctx context.Context) error {
	if m.Node == nil {
		return nil
	}
	return m.Node.Round(ctx)
}

// Settle steps all nodes and moves the clock until everything that can come to
// rest has: enough for any message, its receipts and theirs.
func (c *Circle) Settle(ctx context.Context) error {
	for range 12 {
		c.Clock.Advance(15 * time.Second)
		for _, name := range c.Order {
			if err := c.Nodes[name].Step(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// cosigners are those who mirror everybody's journal, by name.
func (c *Circle) cosigners(except map[string]bool) []string {
	var list []string
	for _, name := range c.Order {
		if !except[name] {
			list = append(list, name)
		}
	}
	return list
}

// cosignerKey is the Ed25519 mirror key of a party or the archive.
func (c *Circle) cosignerKey(name string) proof.Key {
	if p := c.World.Parties[parley.Party(name)]; p != nil {
		return p.Mirror[0].Key()
	}
	return c.World.Archive.Mirror[0].Key()
}

// Close stops all nodes.
func (c *Circle) Close() error {
	for _, name := range c.Order {
		if err := c.Nodes[name].Stop(); err != nil {
			return err
		}
	}
	return nil
}

// write makes a home with the party's keys, laid out as `parley init` does.
func (p *Party) write(h node.Home) error {
	f := files{h: h}
	f.keys("keys/identity.key", p.Identity)
	f.common(p.TLS.PrivateKey)
	for name, b := range p.Bodies {
		f.keys("keys/body/"+name.Name()+".signing.key", b.Signing)
		f.keys("keys/body/"+name.Name()+".release.key", b.Release)
		f.text("keys/body/"+name.Name()+".age.key", b.Age.String()+"\n")
	}
	_, digits, _ := strings.Cut(string(p.Origin), "/")
	f.keys("keys/journal/"+digits+".log.key", p.Journal...)
	f.keys("keys/journal/"+digits+".mirror.key", p.Mirror...)
	return f.err
}

func (t *Third) write(h node.Home) error {
	f := files{h: h}
	f.keys("keys/identity.key", t.Identity)
	f.common(t.TLS.PrivateKey)
	f.keys("keys/mirror.key", t.Mirror...)
	return f.err
}

// files writes a home and remembers the first error.
type files struct {
	h   node.Home
	err error
}

func (f *files) text(name, text string) {
	if f.err == nil {
		f.err = os.MkdirAll(filepath.Dir(f.h.Path(name)), 0o700)
	}
	if f.err == nil {
		f.err = os.WriteFile(f.h.Path(name), []byte(text), 0o600)
	}
}

func (f *files) keys(name string, list ...proof.Signer) {
	var b strings.Builder
	for _, s := range list {
		b.WriteString(s.Text() + "\n")
	}
	f.text(name, b.String())
}

func (f *files) common(tlsKey any) {
	der, err := x509.MarshalPKCS8PrivateKey(tlsKey)
	if f.err == nil {
		f.err = err
	}
	f.text("keys/tls.key", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
	vault := parley.Sum(der)
	f.text("keys/vault.key", hex.EncodeToString(vault[:])+"\n")
}
