package mispserver

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
)

// MaxBody is how many octets a body has at most, also after decompression, where
// Options say nothing: an event with samples in base64 is large.
const MaxBody = 256 << 20

// Intel is what the server needs of the store; *intel.Store is one.
type Intel interface {
	Sources(ctx context.Context, c intel.Clearance) ([]intel.Source, error)
	SourceFor(ctx context.Context, want intel.Source) (intel.Source, error)
	Find(ctx context.Context, q intel.Query) (intel.Page, error)
	Import(ctx context.Context, r io.Reader, o intel.ImportOptions) (intel.Report, error)
}

// Options are what a server is made of. Clients, Store, Now and Log are needed.
type Options struct {
	Clients *gateway.Clients
	Store   Intel
	Party   func() string // whose gateway it is, "aster.example"; may be nil
	Now     func() time.Time
	Log     *slog.Logger

	Warnings Warnings // what warninglists name; nil: none are known
	MaxBody  int64    // 0: MaxBody

	Patience time.Duration // how long a search goes on without finding anything; 0: half a minute
}

// Server speaks as a MISP 2.5 does. Safe for concurrent use.
type Server struct {
	Options
	calls   map[string]call
	writes  chan struct{} // one for each import under way
	making  chan struct{} // one for each event that is made just now
	indexes indexes
}

// maxWrites is how many bodies are imported at once; there is one writer below.
const maxWrites = 4

// maxMaking is how many events are made of their objects at once: one of a hundred
// thousand attributes takes some hundred MiB while it is written.
const maxMaking = 4

// New makes a server.
func New(o Options) *Server {
	o.MaxBody, o.Patience = cmp.Or(o.MaxBody, MaxBody), cmp.Or(o.Patience, patience)
	s := &Server{Options: o, writes: make(chan struct{}, maxWrites), making: make(chan struct{}, maxMaking), indexes: indexes{by: map[string]*index{}}}
	s.calls = s.table()
	return s
}

// ServeHTTP asks first who it is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	who, err := s.Clients.Guard(w, r)
	if err != nil {
		s.refuseStranger(w, r, err)
		return
	}
	a, err := parseAddress(r.URL.EscapedPath())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	c, method := s.find(&a, r.Method)
	if c.serve == nil {
		s.fail(w, r, errNoSuchCall)
		return
	}
	f := c.serve[method]
	if f == nil {
		w.Header().Set("Allow", c.allow())
		s.fail(w, r, errNoSuchMethod)
		return
	}
	if c.writes && method != http.MethodGet && !who.Clearance.Write {
		s.fail(w, r, errMayNotWrite)
		return
	}
	if err := f(&request{Server: s, w: w, r: r, who: who, at: a}); err != nil {
		s.fail(w, r, err)
	}
}

// request is one call under way.
type request struct {
	*Server
	w   http.ResponseWriter
	r   *http.Request
	who gateway.Client
	at  address
}

func (q *request) ctx() context.Context { return q.r.Context() }
