package cli

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// quietWorld is two parties and an archive in this process, under a clock that
// moves when the story says so. Nothing runs by itself: nodes do what is due when
// they are told to. Used in one goroutine.
type quietWorld struct {
	dir       string
	trust     string
	agreement *agreement.Signed
	now       time.Time
	nodes     map[string]*quietNode
	order     []string
}

// quietNode is one of them.
type quietNode struct {
	home    node.Home
	address string
	db      *sqldb.DB
	node    *node.Node
	ask     *node.Requests
	server  http.Handler
	pin     parley.Hash
	apart   bool // its line to everybody is cut
}

// newQuietWorld makes the homes, signs the agreement, opens the nodes, and brings it
// into force on the first Monday of the next year.
func newQuietWorld(ctx context.Context, dir string) (*quietWorld, error) {
	first := time.Date(time.Now().UTC().Year()+1, 1, 1, 8, 0, 0, 0, time.UTC)
	for first.Weekday() != time.Monday {
		first = first.AddDate(0, 0, 1)
	}
	template, err := agreements.Template("bilateral")
	if err != nil {
		return nil, err
	}
	made, err := makeDemoWorld(dir, template)
	if err != nil {
		return nil, err
	}
	w := &quietWorld{dir: dir, trust: made.trust, agreement: made.agreement, order: made.order, now: first, nodes: map[string]*quietNode{}}
	for _, name := range w.order {
		w.nodes[name] = &quietNode{home: made.nodes[name].home}
	}
	for _, name := range w.order {
		if err := w.open(ctx, name); err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	for range 6 {
		if err := w.step(ctx); err != nil {
			return nil, errors.Join(err, w.close())
		}
	}
	return w, nil
}

// open opens the node of a home. Its database does not wait for the disk: what the
// story loses with a power cut is a story.
func (w *quietWorld) open(ctx context.Context, name string) error {
	n, a := w.nodes[name], w.agreement.Agreement
	if p, ok := a.Party(parley.Party(name)); ok {
		n.address = p.Address
	} else if x, ok := a.Archive(name); ok {
		n.address = x.Address
	}
	var err error
	if n.db, err = sqldb.OpenVolatile(ctx, n.home.Path("parley.db")); err != nil {
		return err
	}
	blobs, err := blobfile.Open(n.home.Path("blobs"))
	if err != nil {
		return err
	}
	registers, err := register.New(n.db)
	if err != nil {
		return err
	}
	own, pin, err := n.home.TLS()
	if err != nil {
		return err
	}
	now := func() time.Time { return w.now }
	n.pin = pin
	n.node, err = node.Open(ctx, node.Options{Home: n.home, DB: n.db, Register: registers, Blobs: blobs, Now: now, Log: slog.New(slog.DiscardHandler),
		Dial: func(_, address string, pins func() []parley.Hash) (peer.Node, error) {
			return peer.NewClient(address, &peer.Local{Find: func(address string) (http.Handler, parley.Hash) { return w.find(n, address) },
				From: n.address, Own: own, Pins: pins}), nil
		},
		Disk: func() (int, error) { return 0, nil }, Refuse: node.Watermarks{Blobs: 90, Text: 97}, Jitter: func() float64 { return 0 }})
	if err != nil {
		return err
	}
	n.ask = node.NewRequests(n.node, registers)
	n.server = peer.NewServer(n.node, "parley/demo", now)
	_, err = n.node.Accept(ctx, w.agreement.Note())
	return err
}

// find is the server at an address, unless the line of one of the two is cut.
func (w *quietWorld) find(from *quietNode, address string) (http.Handler, parley.Hash) {
	for _, n := range w.nodes {
		if n.address == address && !n.apart && !from.apart && n.server != nil {
			return n.server, n.pin
		}
	}
	return nil, parley.Hash{}
}

// step moves the clock by as long as a node waits, and lets each do what is due.
func (w *quietWorld) step(ctx context.Context) error {
	w.now = w.now.Add(21 * time.Second)
	for _, name := range w.order {
		if err := w.nodes[name].node.Round(ctx); err != nil {
			return err
		}
	}
	return nil
}

// until moves the clock to an instant.
func (w *quietWorld) until(at time.Time) {
	if at.After(w.now) {
		w.now = at
	}
}

func (w *quietWorld) close() error {
	var errs []error
	for _, n := range w.nodes {
		if n.db != nil {
			errs = append(errs, n.db.Close())
		}
	}
	return errors.Join(errs...)
}
