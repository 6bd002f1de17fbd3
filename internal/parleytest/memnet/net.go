// Package memnet carries requests between nodes in memory, with faults drawn from a
// seed. It is a network for tests: it decides nothing, and lies only by losing,
// repeating, delaying and cutting what it was given; it never waits for a clock and
// opens no socket. Nothing outside tests and the simulation may import it.
package memnet

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// Fault is one thing that a network does to a request.
type Fault string

// The faults that a Net injects. None of them waits for a clock: a delayed request
// is one that fails for its sender and arrives later, between or after others.
const (
	DropRequest  Fault = "drop-request"  // it never arrives
	DropResponse Fault = "drop-response" // it is done, and nobody says so
	Duplicate    Fault = "duplicate"     // it is done twice
	Delay        Fault = "delay"         // it fails, and is done before a later one
	CutRequest   Fault = "cut-request"   // its body breaks off
	CutResponse  Fault = "cut-response"  // the answer's body breaks off
	Partition    Fault = "partition"     // the two are apart
)

// Random are the faults that SetRate may name; the same list for everybody, not to be changed.
var Random = []Fault{DropRequest, DropResponse, Duplicate, Delay, CutRequest, CutResponse}

// Net carries requests between nodes in memory, without sockets and without
// waiting, with faults drawn from a seed. A handler runs in the goroutine of the
// one who asks. Safe for concurrent use; the same order of requests with the same
// seed meets the same faults.
type Net struct {
	mu     sync.Mutex
	rand   *rand.Rand
	rates  map[Fault]float64
	hosts  map[string]host
	gone   map[string]bool // addresses of nodes that stopped
	apart  map[[2]string]bool
	late   []lateRequest
	counts map[Fault]int
}

// lateRequest is one that was delayed.
type lateRequest struct {
	from string
	do   func()
}

type host struct {
	handler http.Handler
	pin     parley.Hash
}

var errLine = errors.New("the line broke")

// New is a network without faults.
func New(seed uint64) *Net {
	return &Net{rand: rand.New(rand.NewPCG(seed, 0x6e6574)), rates: map[Fault]float64{}, hosts: map[string]host{},
		gone: map[string]bool{}, apart: map[[2]string]bool{}, counts: map[Fault]int{}}
}

// SetRate sets how often a fault comes, from 0 to 1.
func (n *Net) SetRate(f Fault, rate float64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rates[f] = rate
}

// Calm takes all faults away and heals all partitions. Delayed requests stay.
func (n *Net) Calm() {
	n.mu.Lock()
	defer n.mu.Unlock()
	clear(n.rates)
	clear(n.apart)
}

// Counts says how often each fault came.
func (n *Net) Counts() map[Fault]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	c := map[Fault]int{}
	for f, k := range n.counts {
		c[f] = k
	}
	return c
}

// Attach puts a node's server at an address ("borea.example:7433"), in place of
// the one that was there; nil takes it away, as when a node is down.
func (n *Net) Attach(address string, h http.Handler, own tls.Certificate) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if h == nil {
		n.detach(address)
		return
	}
	n.hosts[address] = host{h, peer.Pin(own.Leaf)}
	delete(n.gone, address)
}

// Detach takes a node away, with the requests of its that are still on their way:
// a connection dies with the process that opened it. Nobody gets an answer of a
// request that the node is serving.
func (n *Net) Detach(address string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.detach(address)
}

func (n *Net) detach(address string) {
	delete(n.hosts, address)
	n.gone[address] = true
	n.late = slices.DeleteFunc(n.late, func(l lateRequest) bool { return l.from == address })
}

// Part cuts the line between two addresses in both directions; Heal joins it.
func (n *Net) Part(a, b string) { n.cut(a, b, true) }

// Heal joins what Part cut.
func (n *Net) Heal(a, b string) { n.cut(a, b, false) }

func (n *Net) cut(a, b string, apart bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.apart[[2]string{a, b}], n.apart[[2]string{b, a}] = apart, apart
}

// Flush lets every delayed request arrive, in random order. Their answers go nowhere.
func (n *Net) Flush() {
	n.mu.Lock()
	late := n.late
	n.late = nil
	n.rand.Shuffle(len(late), func(i, j int) { late[i], late[j] = late[j], late[i] })
	n.mu.Unlock()
	for _, f := range late {
		f.do()
	}
}

// Dial is the transport of the node at an address, with both keys pinned as on
// the real wire.
func (n *Net) Dial(from string, own tls.Certificate, pins func() []parley.Hash) http.RoundTripper {
	return &dialer{n, from, own, pins}
}

type dialer struct {
	net  *Net
	from string
	own  tls.Certificate
	pins func() []parley.Hash
}

// draw picks the fault of one request: at most one.
func (n *Net) draw() Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	x := n.rand.Float64()
	for _, f := range Random {
		if x < n.rates[f] {
			n.counts[f]++
			return f
		}
		x -= n.rates[f]
	}
	return ""
}

func (n *Net) up(address string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, ok := n.hosts[address]
	return ok
}

func (n *Net) upTo(max int) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.rand.IntN(max + 1)
}

func (n *Net) find(from, to string) (host, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	h, ok := n.hosts[to]
	if n.gone[from] {
		return h, errLine
	}
	if n.apart[[2]string{from, to}] {
		n.counts[Partition]++
		return h, errLine
	}
	if !ok {
		return h, errors.New("nobody listens at " + to)
	}
	return h, nil
}

// RoundTrip implements http.RoundTripper.
func (d *dialer) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		body, err = io.ReadAll(r.Body)
		r.Body.Close()
		if err != nil {
			return nil, err
		}
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	h, err := d.net.find(d.from, r.URL.Host)
	if err != nil {
		return nil, err
	}
	if err := peer.CheckPin(h.pin, d.pins()); err != nil {
		return nil, err
	}
	fault := d.net.draw()
	d.arriveLate()
	do := func(b io.Reader) *http.Response { return d.do(r.Context(), h.handler, r, b, len(body)) }
	switch fault {
	case DropRequest:
		return nil, errLine
	case Delay:
		d.net.mu.Lock()
		d.net.late = append(d.net.late, lateRequest{d.from, func() {
			if h, err := d.net.find(d.from, r.URL.Host); err == nil {
				d.do(context.Background(), h.handler, r, bytes.NewReader(body), len(body))
			}
		}})
		d.net.mu.Unlock()
		return nil, errLine
	case CutRequest:
		do(io.MultiReader(bytes.NewReader(body[:d.net.upTo(len(body))]), brokenReader{}))
		return nil, errLine
	case DropResponse:
		do(bytes.NewReader(body))
		return nil, errLine
	case Duplicate:
		do(bytes.NewReader(body))
	}
	res := do(bytes.NewReader(body))
	if !d.net.up(r.URL.Host) {
		return nil, errLine // it stopped while it answered
	}
	if fault == CutResponse {
		all, _ := io.ReadAll(res.Body)
		res.Body = io.NopCloser(io.MultiReader(bytes.NewReader(all[:d.net.upTo(len(all))]), brokenReader{}))
	}
	return res, nil
}

// arriveLate lets one delayed request in before this one, half of the time.
func (d *dialer) arriveLate() {
	d.net.mu.Lock()
	var f func()
	if k := len(d.net.late); k > 0 && d.net.rand.IntN(2) == 0 {
		i := d.net.rand.IntN(k)
		f = d.net.late[i].do
		d.net.late = append(d.net.late[:i], d.net.late[i+1:]...)
	}
	d.net.mu.Unlock()
	if f != nil {
		f()
	}
}

// do runs the handler as a server would, with the caller's key.
func (d *dialer) do(ctx context.Context, h http.Handler, r *http.Request, body io.Reader, size int) *http.Response {
	return peer.AnswerLocally(ctx, h, r, body, size, d.from, d.own)
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
