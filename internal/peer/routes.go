package peer

import (
	"context"
	"net/http"
	"strings"
	"time"

	"parley.example/parley"
)

// visit is who asks and what it may use of us, for the length of one request.
type visit struct {
	Caller
	gate *gate
}

type visitKey struct{}

func withVisit(ctx context.Context, v visit) context.Context {
	return context.WithValue(ctx, visitKey{}, v)
}

func visitOf(r *http.Request) visit { return r.Context().Value(visitKey{}).(visit) }

// routes is the one table of the wire. WIRE-3
func (s *Server) routes() {
	s.handle("POST /add-checkpoint", s.addCheckpoint) // c2sp.org/tlog-witness, tlog-mirror
	s.handle("POST /add-entries", s.addEntries)       // c2sp.org/tlog-mirror
	s.handle("POST /push", s.push)
	s.handle("GET /{origin}/status", s.status)
	s.handle("GET /{origin}/checkpoint", s.checkpoint) // c2sp.org/tlog-tiles
	s.handle("GET /{origin}/tile/{rest...}", s.tile)   // c2sp.org/tlog-tiles
	s.handle("POST /{origin}/cosignatures", s.cosignatures)
	s.handle("GET /{origin}/cosignatures", s.cosigned)
	s.handle("POST /{origin}/succession", s.succession)
	s.handle("GET /{origin}/sealed/{hash}", s.getPart)
	s.handle("PUT /{origin}/sealed/{hash}", s.putPart)
	s.handle("GET /{origin}/blob/{hash}", s.getBlob) // and HEAD
	s.handle("PUT /{origin}/blob/{hash}", s.putBlob)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { refuse(w, errStranger, "") })
}

func (s *Server) handle(pattern string, h func(http.ResponseWriter, *http.Request) error) {
	method, path, _ := strings.Cut(pattern, " ")
	s.mux.HandleFunc(method+" "+Prefix+path, func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// room is the journal that the path names, as this caller may use it.
func room(r *http.Request) (Room, error) { return roomOf(r, r.PathValue("origin")) }

func roomOf(r *http.Request, originHash string) (Room, error) {
	if m, ok := visitOf(r).Room(originHash); ok {
		return m, nil
	}
	return Room{}, errStranger
}

// reader is the room of a read, for the part of it that reads.
func reader(r *http.Request) (Reader, error) {
	m, err := room(r)
	if err == nil && m.Reads == nil {
		err = errStranger
	}
	return m.Reads, err
}

// body takes the request body with a bound, or refuses one that announces more.
func (s *Server) body(w http.ResponseWriter, r *http.Request, what string, most int64) (*body, error) {
	if r.ContentLength > most {
		return nil, tooLarge(what, most)
	}
	return &body{
		r: r.Body, control: http.NewResponseController(w), pace: s.pace, gate: visitOf(r).gate,
		now: s.now, began: time.Now(), what: what, most: most,
	}, nil
}

// whole reads a body that must fit in memory and must not be encoded.
func (s *Server) whole(w http.ResponseWriter, r *http.Request, what string, most int64) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, &statusError{http.StatusUnsupportedMediaType, parley.E(parley.Invalid, "%s: want no Content-Encoding", what)}
	}
	b, err := s.body(w, r, what, most)
	if err != nil {
		return nil, err
	}
	return b.all()
}
