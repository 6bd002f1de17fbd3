package web

import (
	"crypto/rand"
	"encoding/hex"
	"net/http"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
)

var officerList officer.ListRequest

// Frame is what surrounds every page.
type Frame struct {
	Lang     string
	Title    string
	Current  string // the entry of the navigation that this page belongs to
	Party    parley.Party
	Officer  *officer.Officer
	Overview Overview
	Watch    []officer.Turn
	Now      time.Time
	Done     string // what a button has just done: a word of the family done
	Live     bool   // the whole page is exchanged when something changes, not only what surrounds it
	Beat     int    // seconds between signs of life
	Refresh  bool   // without JavaScript, ask again by itself
}

// Attended reports whether the officer of the turn is expected at the desk now.
func (f Frame) Attended(t officer.Turn) bool { return t.Attended(f.Now) }

// frame asks the node for what surrounds a page.
func (h *Handler) frame(r *request, current, title string) (Frame, error) {
	o, err := h.Desk.Overview(r.Context(), r.session.Officer)
	if err != nil {
		return Frame{}, err
	}
	w, err := h.Watch.Status(r.Context(), officer.StatusRequest{})
	if err != nil {
		return Frame{}, err
	}
	return Frame{Lang: r.lang(), Party: h.Party(), Title: title, Current: current, Officer: &r.session.Officer, Overview: o, Watch: w.Turns, Now: h.Now().UTC(),
		Done: r.URL.Query().Get("done"), Live: true, Beat: int(h.Beat / time.Second)}, nil
}

// ErrorPage says what went wrong.
type ErrorPage struct {
	Frame
	Kind    string // a word of the family error
	Message string
	Hint    string
	Mark    string // of an internal error, to find it in the log
}

// fail shows an error. It must work where everything else does not.
func (h *Handler) fail(w http.ResponseWriter, r *request, err error) {
	kind := parley.KindOf(err)
	p := ErrorPage{Kind: kind.String()}
	p.Message, p.Hint = told(err)
	if kind == parley.Internal {
		p.Mark = mark()
		h.Log.Error("a page of the desk failed", "event", "desk.internal", "id", p.Mark, "route", r.Pattern, "error", err) // never which message
	}
	if r.token != "" {
		p.Frame, _ = h.frame(r, "", "")
	}
	p.Lang, p.Party, p.Title, p.Now = r.lang(), h.Party(), r.text("error.title"), h.Now().UTC()
	p.Live = r.Method == http.MethodGet // what is not there yet may come
	if err := r.views.render(w, statuses[kind], "error", p); err != nil {
		h.Log.Error("an error page of the desk failed", "event", "desk.internal", "route", r.Pattern, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
}

func mark() string {
	var b [4]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
