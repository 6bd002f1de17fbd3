package web

import (
	"context"
	"net/http"
	"net/url"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/review"
)

// Reviewing is what the page about the review needs of a node. It shows facts of
// messages of all bodies, and of none its text.
type Reviewing interface {
	// ReviewsWith lists the agreements and the other parties that a review can be of.
	ReviewsWith(ctx context.Context, by officer.Officer) ([]ReviewWith, error)
	// Review is the account of commitments with one party, now.
	Review(ctx context.Context, by officer.Officer, w ReviewWith) (*review.Review, error)
	// Remark says beside a row what our side has to say.
	Remark(ctx context.Context, by officer.Officer, r node.RemarkRequest) error
}

// ReviewWith is one agreement and one other party of it.
type ReviewWith struct {
	Agreement string
	Title     string
	With      parley.Party
}

func (h *Handler) reviewRoutes() []route {
	return []route{
		{"GET /review", false, 0, slow, h.review},
		{"POST /review/remark", false, form, quick, h.remark},
	}
}

// ReviewPage is the account of commitments: numbers and rows, no colour, no ranking. REVIEW-12
type ReviewPage struct {
	Frame
	All    []ReviewWith
	Chosen ReviewWith
	Review *review.Review // nil where there is no agreement
	May    bool           // the officer may remark
}

// Cut is the cut on one line, as `parley review --at` takes it.
func (p ReviewPage) Cut() string { return p.Review.Cut.String() }

// One and Two are the parties that it is of.
func (p ReviewPage) One() parley.Party { return p.Review.Parties[0] }

// Two is the other one.
func (p ReviewPage) Two() parley.Party { return p.Review.Parties[1] }

func (h *Handler) review(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "review", r.text("review.title"))
	if err != nil {
		return err
	}
	f.Live = false // a remark is written on this page, and its cut stands still
	p := ReviewPage{Frame: f, May: r.session.Officer.May(officer.Send)}
	if p.All, err = h.Desk.ReviewsWith(r.Context(), r.session.Officer); err != nil {
		return err
	}
	q := r.URL.Query()
	for i, x := range p.All {
		if i == 0 || x.Agreement == q.Get("agreement") && string(x.With) == q.Get("with") {
			p.Chosen = x
		}
	}
	if len(p.All) > 0 {
		if p.Review, err = h.Desk.Review(r.Context(), r.session.Officer, p.Chosen); err != nil {
			return err
		}
	}
	return r.views.render(w, http.StatusOK, "review", p)
}

func (h *Handler) remark(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	q := r.PostForm
	in := node.RemarkRequest{Agreement: q.Get("agreement"), With: parley.Party(q.Get("with")), Row: q.Get("row"), Text: q.Get("text"), Language: q.Get("language")}
	if err := h.Desk.Remark(r.Context(), r.session.Officer, in); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/review?done=sent&"+url.Values{"agreement": {in.Agreement}, "with": {string(in.With)}}.Encode(), http.StatusSeeOther)
	return nil
}
