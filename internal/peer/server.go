package peer

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"parley.example/parley"
)

// Prefix is the submission and the monitoring prefix of every node. WIRE-3
const Prefix = "/peer/v1"

// Server answers counterparts. It is an http.Handler; Listen makes it a whole
// server. All fields are set before the first request and not changed.
type Server struct {
	directory Directory
	software  string
	now       func() time.Time
	pace      Pace
	events    *slog.Logger
	mux       *http.ServeMux

	mu    sync.Mutex
	gates map[parley.Hash]*gate // guarded by mu; only pins that the directory knows
}

// ServerOption changes a Server that is being made.
type ServerOption func(*Server)

// WithPace sets how slow a body may be; the default is DefaultPace.
func WithPace(p Pace) ServerOption { return func(s *Server) { s.pace = p } }

// WithEvents sets where Internal errors are told, by id; the default is nowhere.
func WithEvents(l *slog.Logger) ServerOption { return func(s *Server) { s.events = l } }

// NewServer makes a server for the callers of the directory. software is what
// Status says, such as "parley/1.0.0"; now is the node's clock.
func NewServer(d Directory, software string, now func() time.Time, options ...ServerOption) *Server {
	s := &Server{
		directory: d, software: software, now: now, pace: DefaultPace,
		events: slog.New(slog.DiscardHandler), mux: http.NewServeMux(), gates: map[parley.Hash]*gate{},
	}
	for _, o := range options {
		o(s)
	}
	s.routes()
	return s
}

// HTTP is a server for a listener, with the timeouts and frame sizes of the wire.
// The caller calls ServeTLS(listener, "", "") and Shutdown. WIRE-5, WIRE-7
func (s *Server) HTTP(own tls.Certificate) *http.Server {
	return &http.Server{
		Handler:           s,
		TLSConfig:         ServerTLS(own),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    MaxHeader,
		ErrorLog:          slog.NewLogLogger(s.events.Handler(), slog.LevelDebug),
		HTTP2: &http.HTTP2Config{
			MaxConcurrentStreams:          32,
			MaxReceiveBufferPerStream:     256 << 10,
			MaxReceiveBufferPerConnection: 1 << 20,
			SendPingTimeout:               time.Minute,
			PingTimeout:                   30 * time.Second,
			WriteByteTimeout:              time.Minute,
		},
	}
}

// ServeHTTP decides first who asks: a stranger gets 404 for everything. WIRE-2
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	pin, caller, ok := s.caller(r)
	if !ok {
		w.Header().Set("Connection", "close")
		refuse(w, errStranger, "")
		return
	}
	g := s.gate(pin, caller.Limits().orDefault())
	if err := g.enter(s.now()); err != nil {
		refuse(w, err, "")
		return
	}
	defer g.leave()
	http.NewResponseController(w).SetWriteDeadline(time.Now().Add(s.pace.Longest))
	out := &served{ResponseWriter: w}
	defer func() { g.charge(s.now(), int(out.octets/servedShare)) }()
	s.mux.ServeHTTP(out, r.WithContext(withVisit(r.Context(), visit{caller, g})))
}

// errStranger is the whole answer to an unknown key and to an unknown journal, so
// that nobody can tell which of the two it was.
var errStranger = parley.E(parley.NotFound, "not found")

func (s *Server) caller(r *http.Request) (parley.Hash, Caller, bool) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return parley.Hash{}, nil, false
	}
	pin := Pin(r.TLS.PeerCertificates[0])
	c, ok := s.directory.Caller(pin)
	return pin, c, ok
}

func (s *Server) gate(pin parley.Hash, l Limits) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.gates[pin]
	if g == nil || g.limits != l { // an amendment changed them
		g = newGate(l)
		s.gates[pin] = g
	}
	return g
}

// fail answers with an error and tells our own faults to the log under an id.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	id := ""
	if parley.KindOf(err) == parley.Internal {
		if r.Context().Err() != nil { // the caller has gone; not our fault
			return
		}
		var b [4]byte
		rand.Read(b[:])
		id = hex.EncodeToString(b[:])
		s.events.Error("peer request failed", "event", "peer.internal", "id", id, "route", r.Pattern, "error", err)
	}
	refuse(w, err, id)
}
