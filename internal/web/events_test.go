package web

import (
	"bufio"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
)

// stream reads the events of one live page.
type reading struct {
	t    *testing.T
	body *http.Response
	in   *bufio.Scanner
}

func (b *browser) live() *reading {
	b.h.t.Helper()
	resp, err := b.Get(b.h.url + "/events")
	if err != nil {
		b.h.t.Fatal(err)
	}
	b.h.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		b.h.t.Fatalf("events: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	r := &reading{b.h.t, resp, bufio.NewScanner(resp.Body)}
	r.want("hello", "null")
	return r
}

// want reads on to an event; signs of life may come before it.
func (r *reading) want(event, data string) {
	r.t.Helper()
	var name string
	deadline := time.Now().Add(15 * time.Second)
	for r.in.Scan() && time.Now().Before(deadline) {
		line := r.in.Text()
		if s, ok := strings.CutPrefix(line, "event: "); ok {
			name = s
		}
		if s, ok := strings.CutPrefix(line, "data: "); ok && name == event {
			if !strings.Contains(s, data) {
				r.t.Errorf("%s with %s, want %s", event, s, data)
			}
			return
		} else if ok && name != "beat" {
			r.t.Fatalf("%s %s came before %s", name, s, event)
		}
	}
	r.t.Fatalf("the stream ended before %s: %v", event, r.in.Err())
}

func TestEvents(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	r := b.live()
	r.want("beat", "null")
	h.arrive(9, parley.Flash, "secret words")
	r.want("change", `"flash":true`)
	if strings.Contains(r.in.Text(), "secret") {
		t.Error("an event carries content")
	}
	b.post("/watch/take", "hours", "1").want(t, 303)
	r.want("change", `"topic":"watch"`)
	b.post("/logout").want(t, 303)
	r.want("end", "session")
}

func TestEventsEndWithTheSession(t *testing.T) {
	h := newHouse(t)
	r := h.as("anna").live()
	h.advance(13 * time.Hour)
	r.want("end", "session")
}

func TestEventsAreBoundedPerSession(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	first := b.live()
	for range streamsPerSession {
		b.live()
	}
	first.want("end", "moved")
	h.as("boris").live() // another session is not touched
}

func TestEventsEndWhenTheNodeStops(t *testing.T) {
	h := newHouse(t)
	r := h.as("anna").live()
	h.handler.Close()
	r.want("end", "stopped")
}
