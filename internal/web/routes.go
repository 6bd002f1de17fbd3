package web

import (
	"context"
	"net/http"
	"slices"
	"time"

	"parley.example/parley"
)

// route is one line of the table.
type route struct {
	pattern string
	open    bool          // for those who are not logged in too
	body    int64         // octets of a request body at most
	time    time.Duration // for the whole request; 0: no limit (the route bounds itself)
	do      func(w http.ResponseWriter, r *request) error
}

const (
	form  = 64 << 10 // octets of an ordinary form
	quick = 30 * time.Second
	slow  = 30 * time.Minute // an upload or a download
)

// routes is every page and every button of the desk.
func (h *Handler) routes() []route {
	return slices.Concat(append(h.nouns(), []route{
		{"GET /{$}", true, 0, quick, h.home},
		{"GET /login", true, 0, quick, h.loginPage},
		{"POST /login", true, form, quick, h.login},
		{"POST /logout", false, form, quick, h.logout},
		{"GET /static/{hash}/{name}", true, 0, quick, h.static},

		{"GET /inbox", false, 0, quick, h.inbox},
		{"GET /hotline", false, 0, quick, h.hotline},
		{"GET /message/{id}", false, 0, quick, h.message},
		{"GET /message/{id}/file/{n}", false, 0, slow, h.file},
		{"GET /thread/{id}", false, 0, quick, h.thread},
		{"GET /compose", false, 0, quick, h.composePage},
		{"POST /compose", false, parley.MaxBlobs*parley.MaxBlob + 2<<20, slow, h.compose},
		{"POST /message/{id}/{act}", false, form, quick, h.act},

		{"GET /lines", false, 0, quick, h.lines},
		{"GET /alarms", false, 0, quick, h.alarms},
		{"POST /alarms/settle", false, form, quick, h.settle},
		{"GET /watch", false, 0, quick, h.watch},
		{"POST /watch/{act}", false, form, quick, h.watchAct},
		{"GET /doctor", false, 0, time.Minute, h.doctor},
		{"GET /events", false, 0, 0, h.events},

		{"/", true, 0, quick, h.nothing},
	})...)
}

// nouns are the pages of the kinds with forms: each stands in its noun's file.
func (h *Handler) nouns() [][]route {
	return [][]route{
		h.contactRoutes(),
		h.requestRoutes(),
		h.formRoutes(),
		h.incidentRoutes(),
		h.callRoutes(),
		h.checkRoutes(),
		h.reviewRoutes(),
		h.intelRoutes(),
	}
}

func (h *Handler) mux() *http.ServeMux {
	m := http.NewServeMux()
	for _, r := range h.routes() {
		m.HandleFunc(r.pattern, h.enter(r))
	}
	return m
}

// enter bounds a request, finds who is asking, and shows what went wrong.
func (h *Handler) enter(rt route) http.HandlerFunc {
	return func(w http.ResponseWriter, raw *http.Request) {
		raw.Body = http.MaxBytesReader(w, raw.Body, rt.body)
		if rt.time > 0 {
			deadline := time.Now().Add(rt.time) // the connection's clock, not the node's
			c := http.NewResponseController(w)
			c.SetReadDeadline(deadline)
			c.SetWriteDeadline(deadline)
			ctx, cancel := context.WithTimeout(raw.Context(), rt.time)
			defer cancel()
			raw = raw.WithContext(ctx)
		}
		r := &request{Request: raw, views: h.pick(raw)}
		err := h.identify(r)
		if err != nil && !rt.open {
			if parley.KindOf(err) == parley.Forbidden {
				h.askToLogIn(w, r)
				return
			}
			h.fail(w, r, err)
			return
		}
		if err := rt.do(w, r); err != nil {
			h.fail(w, r, err)
		}
	}
}

func (h *Handler) home(w http.ResponseWriter, r *request) error {
	http.Redirect(w, r.Request, "/inbox", http.StatusSeeOther)
	return nil
}

func (h *Handler) static(w http.ResponseWriter, r *request) error {
	return h.assets.serve(w, r.Request)
}

func (h *Handler) nothing(http.ResponseWriter, *request) error {
	return parley.E(parley.NotFound, "there is no such page")
}
