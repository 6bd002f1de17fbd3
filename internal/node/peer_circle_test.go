package node_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// A counterpart that says it holds more of our journal than we wrote, and does not
// show our signature, stops nothing but its own line. JOURNAL-24
func TestBoastfulCounterpart(t *testing.T) {
	c := parleytest.NewCircle(t, 30, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
	a, b, third := c.Nodes[aster], c.Nodes[borea], c.Nodes["corvia.example"]
	settle(t, c)
	boasts := true
	b.Wrap = func(honest http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if boasts && strings.HasSuffix(r.URL.Path, "/status") {
				fmt.Fprintln(w, `{"software":"parley/boast","time":"2026-11-22T09:00:00Z","size":1,"pending":5000,"next":5000}`)
				return
			}
			honest.ServeHTTP(w, r)
		})
	}
	restart(t, b)
	restart(t, a)
	settle(t, c)
	h := flash(t, a, "corvia.example", "to the third")
	settle(t, c)
	if m := arrived(t, a, h, third); m.Text != "to the third" {
		t.Fatalf("%+v", m)
	}
	list, err := a.Node.LineStatus(t.Context())
	if err != nil || list[0].Name != borea || list[0].State == "up" || !strings.Contains(list[0].Why, "does not show") {
		t.Fatalf("%+v, %v", list, err)
	}
	boasts = false
	settle(t, c)
	settle(t, c)
	whole(t, c)
}

// The same nonce is one message, wherever the first one stands by now. ENTRY-7
func TestSameNonce(t *testing.T) {
	c := parleytest.NewCircle(t, 31, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	settle(t, c)
	r := node.SendRequest{To: []string{"borea.example/cert"}, Text: "once", Nonce: strings.Repeat("ab", 16)}
	for range 3 {
		if _, err := a.Node.SendHotline(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
	}
	nonce, err := parley.ParseNonce(r.Nonce)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Node.Undo(t.Context(), nonce); parley.KindOf(err) != parley.Conflict {
		t.Fatalf("%v: want that it has left the outbox", err)
	}
	if list, err := b.Register.Inbox(t.Context(), "", 10); err != nil || len(list.Messages) != 1 {
		t.Fatalf("%d messages, %v", len(list.Messages), err)
	}
}

// A clock that is put back by hours stops neither visits nor what is held back.
func TestClockPutBack(t *testing.T) {
	c := parleytest.NewCircle(t, 32, "")
	a, b := c.Nodes[aster], c.Nodes[borea]
	a.Skew = 6 * time.Hour
	settle(t, c)
	h, err := a.Node.SendHotline(t.Context(), node.SendRequest{To: []string{"borea.example/cert"}, Text: "from the future"})
	if err != nil || h.State != node.StateHeldBack {
		t.Fatalf("%+v, %v", h, err)
	}
	a.Skew = 0
	settle(t, c)
	if m := arrived(t, a, h, b); m.Text != "from the future" {
		t.Fatalf("%+v", m)
	}
	whole(t, c)
}
