package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"parley.example/parley"
)

// streamsPerSession bounds live pages: a browser opens six connections to a
// host at most, and the last two must stay free for clicks.
const streamsPerSession = 4

// Why a stream was ended by us; the page says so.
const (
	endSession = "session" // logged out, or the session's time is over
	endMoved   = "moved"   // too many pages are open: an older one stops being live
	endStopped = "stopped" // the node stops
)

// stream is one live page. It belongs to its request; events is never closed.
type stream struct {
	events chan Event
	ctx    context.Context
	cancel context.CancelCauseFunc
}

type ended string

func (e ended) Error() string { return string(e) }

// streams are the live pages by session token.
type streams struct {
	mu sync.Mutex
	by map[string][]*stream // guarded by mu; oldest first
}

func newStreams() *streams { return &streams{by: map[string][]*stream{}} }

func (s *streams) open(ctx context.Context, token string) *stream {
	st := &stream{events: make(chan Event, 4)}
	st.ctx, st.cancel = context.WithCancelCause(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	list := append(s.by[token], st)
	if len(list) > streamsPerSession {
		list[0].cancel(ended(endMoved))
		list = list[1:]
	}
	s.by[token] = list
	return st
}

func (s *streams) close(token string, st *stream) {
	st.cancel(nil)
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.by[token]
	for i := range list {
		if list[i] == st {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if s.by[token] = list; len(list) == 0 {
		delete(s.by, token)
	}
}

// end ends all streams of a session.
func (s *streams) end(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, st := range s.by[token] {
		st.cancel(ended(endSession))
	}
}

// tell passes a change that the desk itself made; a full stream will ask anyway.
func (s *streams) tell(e Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.by {
		for _, st := range list {
			select {
			case st.events <- e:
			default:
			}
		}
	}
}

// events keeps a page live: "change" when something changed, "beat" as a sign
// of life, "end" with the reason when it will not go on. It carries no message.
func (h *Handler) events(w http.ResponseWriter, r *request) error {
	st := h.streams.open(r.Context(), r.token)
	defer h.streams.close(r.token, st)
	defer context.AfterFunc(h.shutdown, func() { st.cancel(ended(endStopped)) })()
	changes, err := h.Desk.Subscribe(st.ctx)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must not collect
	out := sse{w, http.NewResponseController(w), h.Beat}
	if out.send("hello", nil) != nil {
		return nil
	}
	beat := time.NewTicker(h.Beat)
	defer beat.Stop()
	for {
		select {
		case e, ok := <-changes:
			if !ok {
				st.cancel(ended(endStopped)) // no effect where it was ended otherwise
				continue
			}
			err = out.send("change", e)
		case e := <-st.events:
			err = out.send("change", e)
		case <-beat.C:
			if _, e := h.Officers.FindSession(st.ctx, r.token); e != nil && parley.KindOf(e) == parley.Forbidden {
				st.cancel(ended(endSession))
				continue
			}
			err = out.send("beat", nil)
		case <-st.ctx.Done():
			if why, ok := context.Cause(st.ctx).(ended); ok {
				out.send("end", string(why))
			}
			return nil
		}
		if err != nil {
			return nil // the browser has gone
		}
	}
}

// sse writes server-sent events, each within a bound of time.
type sse struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	limit time.Duration
}

func (s sse) send(event string, data any) error {
	raw, err := json.Marshal(data)
	if err != nil {
		return err
	}
	s.c.SetWriteDeadline(time.Now().Add(max(s.limit, 10*time.Second))) // the connection's clock
	if _, err := fmt.Fprintf(s.w, "event: %s\ndata: %s\n\n", event, raw); err != nil {
		return err
	}
	return s.c.Flush()
}
