package node

import (
	"context"
	"sync"

	"parley.example/parley"
)

// Event says that something changed, never what it says: a listener looks it up.
type Event struct {
	What      string      `json:"what"` // "message", "line", "alarm", "alert", "watch"
	Agreement parley.Hash `json:"agreement"`
	Ref       string      `json:"ref,omitempty"`
}

// events passes changes to listeners. A listener that does not keep up loses
// events, not its place: it looks at the registers again.
type events struct {
	mu  sync.Mutex // guards all
	all map[chan Event]struct{}
}

// Subscribe yields events until ctx ends; then the channel is closed.
func (n *Node) Subscribe(ctx context.Context) <-chan Event {
	c := make(chan Event, 16)
	n.events.mu.Lock()
	if n.events.all == nil {
		n.events.all = map[chan Event]struct{}{}
	}
	n.events.all[c] = struct{}{}
	n.events.mu.Unlock()
	context.AfterFunc(ctx, func() { // the only closer
		n.events.mu.Lock()
		defer n.events.mu.Unlock()
		delete(n.events.all, c)
		close(c)
	})
	return c
}

func (n *Node) publish(e Event) {
	n.events.mu.Lock()
	defer n.events.mu.Unlock()
	for c := range n.events.all {
		select {
		case c <- e:
		default:
		}
	}
}
