package ctl

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"parley.example/parley"
)

// Serve answers calls on l until ctx ends, then waits for the calls that are
// under way, at most five seconds, and closes l. It returns nil after ctx ended.
// A call's own context ends when its caller goes away.
func Serve(ctx context.Context, l net.Listener, t Table, log *slog.Logger) error {
	s := &http.Server{
		Handler:           &server{table: t, log: log, slots: make(chan struct{}, maxCalls)},
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second, // of the request; a reply may take as long as --wait does
		IdleTimeout:       30 * time.Second,
		MaxHeaderBytes:    8 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan struct{}) // closed by the goroutine below, which Serve waits for
	go func() {
		defer close(stopped)
		<-ctx.Done()
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if s.Shutdown(grace) != nil {
			s.Close()
		}
	}()
	err := s.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		<-stopped
		return nil
	}
	return err
}

type server struct {
	table Table
	log   *slog.Logger
	slots chan struct{} // one per call under way
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	default:
		s.fail(w, "", parley.E(parley.Unavailable, "the node is answering %d calls already", maxCalls).WithHint("try again"))
		return
	}
	name, ok := strings.CutPrefix(r.URL.Path, pathPrefix)
	if !ok || r.Method != http.MethodPost {
		s.fail(w, name, parley.E(parley.Invalid, "want POST %sNAME", pathPrefix))
		return
	}
	h, ok := s.table[name]
	if !ok {
		s.fail(w, name, unknown(name))
		return
	}
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		s.fail(w, name, parley.E(parley.Invalid, "the request is longer than %d bytes or was cut off", maxRequest))
		return
	}
	reply, err := h(r.Context(), raw)
	if err != nil {
		s.fail(w, name, err)
		return
	}
	if len(reply) > maxReply {
		s.fail(w, name, parley.E(parley.Unavailable, "the answer is longer than %d bytes", maxReply).
			WithHint("ask for less at once, or stop the node and run the command again: it then reads the home itself"))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(reply)
}

// fail answers with the error; the status only tells it from an answer.
func (s *server) fail(w http.ResponseWriter, name string, err error) {
	f, id := newFailure(err)
	if id != "" {
		s.log.Error("a call failed", "event", "ctl.internal", "call", name, "id", id, "err", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusUnprocessableEntity)
	json.NewEncoder(w).Encode(f)
}
