package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Knowing is what the pages of intelligence need of a node. What is marked TLP:RED is
// for single readers: it is read in the message that brought it, and stands on no page here.
type Knowing interface {
	// Intel finds objects, the last added first.
	Intel(ctx context.Context, by officer.Officer, q node.IntelQuery) (node.IntelPage, error)
	// SeenIntel notes that people have looked at what came, up to a number.
	SeenIntel(ctx context.Context, by officer.Officer, upto uint64) error
	// ReportSighting sends what was seen of an object back to who gave it.
	ReportSighting(ctx context.Context, by officer.Officer, in node.Sighting) error
	// Quarantine is what imports did not take, the newest first, before a number.
	Quarantine(ctx context.Context, by officer.Officer, before int64, limit int) ([]intel.Detained, error)
}

func (h *Handler) intelRoutes() []route {
	return []route{
		{"GET /intel", false, 0, quick, h.intelList},
		{"POST /intel/seen", false, form, quick, h.intelSeen},
		{"GET /intel/quarantine", false, 0, quick, h.quarantine},
		{"GET /intel/object/{id}", false, 0, quick, h.intelObject},
		{"POST /intel/object/{id}/sighting", false, form, quick, h.intelSighting},
	}
}

// IntelsPage is what a search finds, or what is new.
type IntelsPage struct {
	Frame
	Query string // as typed: parley intel search takes the same
	New   bool   // what came since people looked last
	All   bool   // the first page, so that "looked at" means all of it
	Found node.IntelPage
	Next  string // the address of the next page; empty: none
	Upto  uint64 // the newest that is shown
	Why   string // what is wrong with the query
}

func (h *Handler) intelList(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "intel", r.text("intel.title"))
	if err != nil {
		return err
	}
	q := r.URL.Query()
	p := IntelsPage{Frame: f, Query: strings.TrimSpace(q.Get("q")), New: q.Get("new") != "", All: q.Get("after") == ""}
	p.Live = p.Query == ""
	in := node.IntelQuery{Terms: strings.Fields(p.Query), New: p.New, Newest: !p.New, Recalled: true, Limit: perPage}
	if strings.HasPrefix(p.Query, "[") {
		in.Terms = []string{p.Query} // a pattern has spaces
	}
	if after := q.Get("after"); after != "" {
		if in.After, err = strconv.ParseUint(after, 10, 64); err != nil {
			return parley.E(parley.Invalid, "after=%.40q: want the number that a page gave", after)
		}
	}
	p.Found, err = h.Desk.Intel(r.Context(), r.session.Officer, in)
	if parley.KindOf(err) == parley.Invalid && err != nil {
		p.Why, _ = told(err)
		return r.views.render(w, http.StatusBadRequest, "intels", p)
	}
	if err != nil {
		return err
	}
	for _, o := range p.Found.Objects {
		p.Upto = max(p.Upto, o.N)
	}
	if p.Found.Next > 0 {
		next := url.Values{"after": {strconv.FormatUint(p.Found.Next, 10)}}
		if p.Query != "" {
			next.Set("q", p.Query)
		}
		if p.New {
			next.Set("new", "1")
		}
		p.Next = "?" + next.Encode()
	}
	return r.views.render(w, http.StatusOK, "intels", p)
}

func (h *Handler) intelSeen(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	upto, err := strconv.ParseUint(r.PostForm.Get("upto"), 10, 64)
	if err != nil {
		return parley.E(parley.Invalid, "upto: want the number that the page gave")
	}
	if err := h.Desk.SeenIntel(r.Context(), r.session.Officer, upto); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/intel?new=1", http.StatusSeeOther)
	return nil
}

// IntelPage is one object: who gave it and how that is proven, its versions, what
// refers to it, and its octets.
type IntelPage struct {
	Frame
	ID       string
	Versions []IntelVersion     // the last first; one of each source that has it
	Refs     []node.IntelObject // what names it
	Say      SightingForm
}

// IntelVersion is one version of an object from one source.
type IntelVersion struct {
	node.IntelObject
	Newest bool                    // of those that the page shows
	Beside []node.IntelTranslation // into a language that the reader reads
	Lines  string                  // what it says, spread over lines
}

func (h *Handler) intelObject(w http.ResponseWriter, r *request) error {
	return h.showObject(w, r, http.StatusOK, r.PathValue("id"), nil)
}

// showObject shows an object, with what was wrong in a form about it, where there is one.
func (h *Handler) showObject(w http.ResponseWriter, r *request, status int, id string, said *SightingForm) error {
	f, err := h.frame(r, "intel", id)
	if err != nil {
		return err
	}
	p := IntelPage{Frame: f, ID: id}
	found, err := h.Desk.Intel(r.Context(), r.session.Officer, node.IntelQuery{IDs: []string{id}, Versions: []string{intel.AllVersions}, Newest: true,
		Revoked: true, Recalled: true, Contested: true, Limit: 20})
	if err != nil {
		return err
	}
	if len(found.Objects) == 0 {
		return parley.E(parley.NotFound, "there is no object %.100q here that this page may show", id)
	}
	contents, err := h.Desk.Intel(r.Context(), r.session.Officer, node.TranslationQuery(id))
	if err != nil {
		return err
	}
	for i, o := range found.Objects {
		p.Versions = append(p.Versions, IntelVersion{IntelObject: o, Newest: i == 0, Beside: node.Translations(contents.Objects, id, o.Version, r.reading()), Lines: inLines(o.Object)})
	}
	refs, err := h.Desk.Intel(r.Context(), r.session.Officer, node.IntelQuery{Refs: []string{id}, Newest: true, Limit: perPage})
	if err != nil {
		return err
	}
	p.Refs, p.Say = refs.Objects, h.sightingForm(r, p.Versions)
	if said != nil {
		said.To, said.Nonce, said.Seeings = p.Say.To, p.Say.Nonce, p.Say.Seeings
		p.Say = *said
	}
	p.Live = len(p.Say.To) == 0 // what is being written is never exchanged
	return r.views.render(w, status, "intel", p)
}

// QuarantinePage is what imports did not take.
type QuarantinePage struct {
	Frame
	Kept []intel.Detained
	Next string
}

func (h *Handler) quarantine(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "intel", r.text("quarantine.title"))
	if err != nil {
		return err
	}
	before := int64(0)
	if b := r.URL.Query().Get("before"); b != "" {
		if before, err = strconv.ParseInt(b, 10, 64); err != nil || before < 0 {
			return parley.E(parley.Invalid, "before=%.40q: want the number that a page gave", b)
		}
	}
	p := QuarantinePage{Frame: f}
	if p.Kept, err = h.Desk.Quarantine(r.Context(), r.session.Officer, before, perPage); err != nil {
		return err
	}
	if len(p.Kept) == perPage {
		p.Next = "?before=" + strconv.FormatInt(p.Kept[perPage-1].Number, 10)
	}
	return r.views.render(w, http.StatusOK, "quarantine", p)
}
