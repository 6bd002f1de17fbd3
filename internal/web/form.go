package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Forming is what the pages of forms need of a node.
type Forming interface {
	// SendForm queues a message of any kind with a form, by the use case of its kind.
	SendForm(ctx context.Context, by officer.Officer, d FormDraft) (Sent, error)
}

func (h *Handler) formRoutes() []route {
	const body = parley.MaxBlobs*parley.MaxBlob + maxForm
	return []route{
		{"GET /form", false, 0, quick, h.forms},
		{"GET /form/{kind}", false, 0, quick, h.formPage},
		{"GET /form/{kind}/{step}", false, 0, quick, h.formPage},
		{"POST /form/{kind}", false, body, slow, h.sendForm},
		{"POST /form/{kind}/{step}", false, body, slow, h.sendForm},
	}
}

// FormsPage lists the forms that can be filled in.
type FormsPage struct {
	Frame
	Answers *View // what is to be answered; nil: forms that open a matter
	Rows    []FormRow
}

// FormRow is one of them.
type FormRow struct {
	Path, Title, Help string
}

func (h *Handler) forms(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "compose", r.text("form.title"))
	if err != nil {
		return err
	}
	p := FormsPage{Frame: f}
	q := url.Values{}
	if id := r.URL.Query().Get("answers"); id != "" {
		v, err := h.Desk.Message(r.Context(), r.session.Officer, id, r.reading()...)
		if err != nil {
			return err
		}
		p.Answers = &v
		q.Set("answers", v.ID)
	}
	for _, x := range kindform.All() {
		if fillable(x, p.Answers) {
			row := FormRow{formPath(x.Kind, x.Step), kindform.Pick(x.Title, r.reading()...), kindform.Pick(x.Help, r.reading()...)}
			if len(q) > 0 {
				row.Path += "?" + q.Encode()
			}
			p.Rows = append(p.Rows, row)
		}
	}
	return r.views.render(w, http.StatusOK, "forms", p)
}

func formPath(kind parley.Kind, step string) string {
	if step == "" {
		return "/form/" + url.PathEscape(string(kind))
	}
	return "/form/" + url.PathEscape(string(kind)) + "/" + url.PathEscape(step)
}

// fillable reports whether a form makes sense as an answer to a message, or as the
// beginning of a matter where there is none. The node decides; this is what is offered.
func fillable(f *kindform.Form, answers *View) bool {
	if node.Bare(f.Kind) || f.Place.Fits(answers != nil) != nil {
		return false
	}
	if answers == nil {
		return true
	}
	switch f.Kind {
	case parley.KindResponse, parley.KindContest:
		return answers.Kind == parley.KindRequest && !answers.Ours
	case parley.KindWithdraw:
		return answers.Kind == parley.KindRequest && answers.Ours
	case parley.KindCorrect:
		return answers.Ours
	case parley.KindIncident, parley.KindNotice, parley.KindVulnerability:
		return answers.Kind == f.Kind
	}
	return true
}

// FormPage is one form to be filled in.
type FormPage struct {
	Frame
	Path    string
	Title   string
	Help    string
	Inputs  []Input
	Tongues []string // languages in which free text may be written
	Again   bool     // its fields depend on one that is chosen first
	All     []Addressees
	Chosen  *Addressees // nil where nothing can be sent
	Draft   Draft
	Levels  []Level
	Answers *View
	Wrong   string
	Hint    string
}

// HasTo reports whether the draft goes to the body.
func (p FormPage) HasTo(b parley.Body) bool { return slices.Contains(p.Draft.To, b) }

func (h *Handler) formPage(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	d := FormDraft{Kind: parley.Kind(r.PathValue("kind")), Step: r.PathValue("step")}
	d.Agreement, d.Answers, d.Precedence = q.Get("agreement"), q.Get("answers"), parley.Routine
	return h.showForm(w, r, http.StatusOK, d, nil)
}

func (h *Handler) showForm(w http.ResponseWriter, r *request, status int, d FormDraft, wrong error) error {
	x, ok := kindform.Find(d.Kind, d.Step, 1)
	if !ok || node.Bare(d.Kind) {
		return parley.E(parley.NotFound, "there is no such form to fill in")
	}
	languages := r.reading()
	f, err := h.frame(r, "compose", kindform.Pick(x.Title, languages...))
	if err != nil {
		return err
	}
	f.Live = false // what is being written is never exchanged
	p := FormPage{Frame: f, Path: formPath(d.Kind, d.Step), Title: f.Title, Help: kindform.Pick(x.Help, languages...), Draft: d.Draft, Again: d.Kind == parley.KindPhrase}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
		if len(kindform.FaultsOf(wrong)) > 0 {
			p.Wrong, p.Hint = r.text("form.wrong"), "" // each stands beside its field
		}
	}
	if err := h.answering(r, &p, &d, wrong == nil && d.Fields == nil); err != nil {
		return err
	}
	if p.All, err = h.Desk.Addressees(r.Context(), r.session.Officer); err != nil {
		return err
	}
	p.choose(d.Agreement)
	var a *agreement.Agreement
	if p.Chosen != nil {
		if a, err = h.Desk.Text(r.Context(), r.session.Officer, p.Chosen.Agreement); err != nil {
			return err
		}
		p.Tongues = working(a)
		for _, level := range []parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine} {
			owed, mayFollow := a.NeedsRelease(d.Kind, level)
			p.Levels = append(p.Levels, Level{level, owed && !mayFollow})
		}
	}
	p.Inputs = inputs(x, a, "form", d.Fields, wrong, languages)
	if p.Draft.Nonce.IsZero() {
		rand.Read(p.Draft.Nonce[:])
	}
	return r.views.render(w, status, "form", p)
}

// answering shows what the form answers, and begins the form with what follows from that.
func (h *Handler) answering(r *request, p *FormPage, d *FormDraft, fresh bool) error {
	if d.Answers == "" {
		return nil
	}
	v, err := h.Desk.Message(r.Context(), r.session.Officer, d.Answers, r.reading()...)
	if err != nil {
		return err
	}
	p.Answers = &v
	if !fresh {
		return nil
	}
	p.Draft.Precedence, p.Draft.To = v.Precedence, []parley.Body{v.From}
	if v.Ours {
		p.Draft.To = v.To
	}
	if d.Kind == parley.KindTranslation {
		d.Fields = map[string]any{"texts": texts(&v)}
	}
	return nil
}

// texts are the free texts of a message, for whoever translates it.
func texts(v *View) []any {
	if v.Said == nil {
		return []any{map[string]any{"field": "text"}}
	}
	var list []any
	var walk func(rows []kindform.Row)
	walk = func(rows []kindform.Row) {
		for _, row := range rows {
			if row.Type == kindform.Text && len(row.Values) == 1 {
				list = append(list, map[string]any{"field": row.Path})
			}
			for _, g := range row.Groups {
				walk(g)
			}
		}
	}
	walk(v.Said.Fields)
	return list
}

// choose picks the agreement that the form is for: the one named, or that of the
// message that it answers, or the first.
func (p *FormPage) choose(id string) {
	for i := range p.All {
		if a := &p.All[i]; a.Agreement == id || id == "" && p.Chosen == nil && (p.Answers == nil || p.Answers.Agreement == a.Title) {
			p.Chosen = a
		}
	}
	if p.Chosen == nil && len(p.All) > 0 {
		p.Chosen = &p.All[0]
	}
	if p.Chosen != nil {
		p.Draft.Agreement = p.Chosen.Agreement
		if len(p.Chosen.To) == 1 && len(p.Draft.To) == 0 {
			p.Draft.To = p.Chosen.To
		}
	}
}

func (h *Handler) sendForm(w http.ResponseWriter, r *request) error {
	d := FormDraft{Kind: parley.Kind(r.PathValue("kind")), Step: r.PathValue("step")}
	step := d.Step
	err := readFormDraft(r.Request, &d)
	d.Step = step // the address says which form it is
	if err == nil && d.More {
		drain(r.Request)
		return h.showForm(w, r, http.StatusOK, d, nil)
	}
	if err == nil && len(d.To) == 0 && d.Answers == "" {
		err = parley.E(parley.Invalid, "nobody is addressed").WithHint("choose at least one body")
	}
	if err == nil {
		var sent Sent
		if sent, err = h.Desk.SendForm(r.Context(), r.session.Officer, d); err == nil {
			drain(r.Request)
			http.Redirect(w, r.Request, "/message/"+url.PathEscape(sent.ID)+"?done=sent", http.StatusSeeOther)
			return nil
		}
	}
	drain(r.Request)
	return h.showForm(w, r, statusOf(err), d, tooLarge(err))
}
