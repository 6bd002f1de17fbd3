package web

import (
	"net/http"
	"net/url"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Checks is what the page of checks shows.
type Checks struct {
	Due     []node.DueCheck  // overdue ones first
	Open    []node.RouteTest // those that wait for a reply of ours first
	History node.RouteHistory
}

func (h *Handler) checkRoutes() []route {
	return []route{
		{"GET /checks", false, 0, quick, h.checksPage},
		{"POST /checks/ping", false, form, quick, h.pingRoute},
		{"POST /checks/{id}/{act}", false, form, quick, h.followCheck},
	}
}

// ChecksPage is the checks that the agreements promise, those that wait, and what
// came of each.
type ChecksPage struct {
	Frame
	Checks
	Body   string // the history is of this body, and of this route
	Route  string
	Next   string // the address of the next page; empty: none
	First  bool
	May    bool
	To     []parley.Body
	Routes []string
	Nonce  parley.Nonce
}

// Replies reports whether the officer can reply to a test.
func (p ChecksPage) Replies(t node.RouteTest) bool {
	return p.May && !t.Ours && p.Officer.ActsFor(t.Body)
}

// Tries reports whether the officer can say what became of a test of ours.
func (p ChecksPage) Tries(t node.RouteTest) bool {
	return p.May && t.Ours && t.Route != agreement.RouteLine && p.Officer.ActsFor(t.From)
}

// checkedRoutes are the routes that an agreement can name. AGREEMENT-20
var checkedRoutes = []string{"line", "telephone", "e-mail", "fax", "pouch", "radio", "in-person"}

func (h *Handler) checksPage(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "checks", r.text("checks.title"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := ChecksPage{Frame: f, Body: q.Get("body"), Route: q.Get("route"), First: q.Get("after") == "", May: r.session.Officer.May(officer.Send), Routes: checkedRoutes, Nonce: newNonce()}
	if p.Body == "" {
		p.Route = ""
	}
	if p.Checks, err = h.Desk.Checks(r.Context(), r.session.Officer, node.RouteHistoryRequest{Body: p.Body, Route: p.Route, After: q.Get("after"), Limit: perPage}); err != nil {
		return err
	}
	if p.Checks.History.Next != "" {
		next := url.Values{"after": {p.Checks.History.Next}}
		if p.Body != "" {
			next.Set("body", p.Body)
		}
		if p.Route != "" {
			next.Set("route", p.Route)
		}
		p.Next = "?" + next.Encode()
	}
	if p.To, _, _, err = h.bodiesOf(r); err != nil {
		return err
	}
	f.Refresh = len(p.Open) == 0
	p.Frame.Live, p.Frame.Refresh = !p.May || len(p.Open) == 0, f.Refresh // a reply that is being written is never exchanged
	return r.views.render(w, http.StatusOK, "checks", p)
}

func (h *Handler) pingRoute(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	in := node.PingRequest{To: r.PostForm.Get("to"), Route: r.PostForm.Get("route"), Note: r.PostForm.Get("note"), Nonce: r.PostForm.Get("nonce"),
		Exercise: r.PostForm.Get("exercise") != ""}
	if err := h.Desk.PingRoute(r.Context(), r.session.Officer, in); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/checks?done=sent", http.StatusSeeOther)
	return nil
}

func (h *Handler) followCheck(w http.ResponseWriter, r *request) error {
	act := r.PathValue("act")
	if act != "reply" && act != "tried" {
		return parley.E(parley.NotFound, "there is no such button")
	}
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	in := node.RouteReply{Ping: r.PathValue("id"), Result: r.PostForm.Get("result"), Code: r.PostForm.Get("code"), Role: r.PostForm.Get("role"),
		Note: r.PostForm.Get("note"), From: r.PostForm.Get("from")}
	if err := h.Desk.FollowCheck(r.Context(), r.session.Officer, in, act == "tried"); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/checks?done=sent", http.StatusSeeOther)
	return nil
}
