package web

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/officer"
)

// PublishPage writes a contact point of ours: a new one, or what was said of one.
type PublishPage struct {
	Frame
	Point  string // the key of the one that is changed; empty: a new one
	Inputs []Input
	All    []Addressees
	Chosen *Addressees // nil where nothing can be sent
	Draft  ContactDraft
	Langs  []string // in which free text may be written
	Wrong  string
	Hint   string
}

// ContactDraft is a contact point of ours as an officer wrote it. Its addressees are all
// other parties' bodies.
type ContactDraft struct {
	FormDraft
	IANA  string // a zone such as Europe/Vienna: the node lists its offsets; empty: as Fields say
	Valid string // a length; empty: the agreement's
}

func (h *Handler) publishPage(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	d := ContactDraft{}
	d.Agreement = q.Get("agreement")
	point := q.Get("point")
	if point != "" {
		v, err := h.Desk.OwnContact(r.Context(), r.session.Officer, point)
		if err != nil {
			return err
		}
		d.Fields, d.From, d.Agreement = v.Fields, v.Body, v.Agreement
		d.Language = v.Language
	}
	return h.showPublish(w, r, http.StatusOK, point, d, nil)
}

func (h *Handler) showPublish(w http.ResponseWriter, r *request, status int, point string, d ContactDraft, wrong error) error {
	f, err := h.frame(r, "contacts", r.text("publish.title"))
	if err != nil {
		return err
	}
	f.Live = false // what is being written is never exchanged
	p := PublishPage{Frame: f, Point: point, Draft: d}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
		if len(kindform.FaultsOf(wrong)) > 0 {
			p.Wrong, p.Hint = r.text("form.wrong"), "" // each stands beside its field
		}
	}
	if p.All, err = h.Desk.Addressees(r.Context(), r.session.Officer); err != nil {
		return err
	}
	for i := range p.All {
		if p.Chosen == nil || p.All[i].Agreement == d.Agreement {
			p.Chosen = &p.All[i]
		}
	}
	var a *agreement.Agreement
	if p.Chosen != nil {
		p.Draft.Agreement = p.Chosen.Agreement
		if a, err = h.Desk.Text(r.Context(), r.session.Officer, p.Chosen.Agreement); err != nil {
			return err
		}
		p.Langs = working(a)
	}
	p.Inputs = inputs(recordForm(), a, "contact", d.Fields, wrong, r.reading())
	for i := range p.Inputs {
		if p.Inputs[i].Name == "title" { // one role; in other languages it stays as it was
			p.Inputs[i].Widget = WidgetLine
		}
	}
	if p.Draft.Nonce.IsZero() {
		rand.Read(p.Draft.Nonce[:])
	}
	return r.views.render(w, status, "publish", p)
}

// recordForm is the form of a contact point without what the node fills in: since when
// and how long each fact holds. To publish is to confirm all of it. CONTACT-8
func recordForm() *kindform.Form {
	f, _ := kindform.Find(parley.KindContact, parley.ContactRecord, 1)
	out := *f
	out.Fields = without(f.Fields, "confirmed", "until", "list")
	return &out
}

func without(fields []kindform.Field, names ...string) []kindform.Field {
	var left []kindform.Field
	for _, x := range fields {
		if !slices.Contains(names, x.Name) {
			x.Fields = without(x.Fields, names...)
			left = append(left, x)
		}
	}
	return left
}

func (h *Handler) publish(w http.ResponseWriter, r *request) error {
	d := ContactDraft{FormDraft: FormDraft{Kind: parley.KindContact, Step: parley.ContactRecord, Beside: map[string]string{"iana": "", "valid": ""}}}
	err := readFormDraft(r.Request, &d.FormDraft)
	drain(r.Request)
	d.Step = parley.ContactRecord
	d.IANA, d.Valid = d.Beside["iana"], d.Beside["valid"]
	point := r.URL.Query().Get("point")
	if err == nil && d.More {
		return h.showPublish(w, r, http.StatusOK, point, d, nil)
	}
	if err == nil {
		if err = h.Desk.PublishContact(r.Context(), r.session.Officer, d); err == nil {
			http.Redirect(w, r.Request, "/contacts?done=published", http.StatusSeeOther)
			return nil
		}
	}
	return h.showPublish(w, r, statusOf(err), point, d, tooLarge(err))
}

// contactAct says that a point of ours still holds, or that it is no more.
func (h *Handler) contactAct(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	key := r.PostForm.Get("point")
	nonce, err := parley.ParseNonce(r.PostForm.Get("nonce"))
	if err != nil {
		return parley.E(parley.Invalid, "the form is not one of this desk")
	}
	switch act := r.PathValue("act"); act {
	case "confirm":
		err = h.Desk.ConfirmContact(r.Context(), r.session.Officer, key, nonce)
	case "end":
		err = h.Desk.EndContact(r.Context(), r.session.Officer, key, r.PostForm.Get("why"), nonce)
	default:
		err = parley.E(parley.NotFound, "there is no such button")
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/contacts?done=published", http.StatusSeeOther)
	return nil
}

// MayPublish reports whether the officer may change this point.
func (p ContactPage) MayPublish() bool {
	return p.Point.Ours && p.Point.Unread == "" && p.Officer.May(officer.Send) && p.Officer.ActsFor(p.Point.Body)
}

// ChangePath is the page that changes this point.
func (p ContactPage) ChangePath() string {
	return "/contacts/publish?" + url.Values{"point": {p.PathKey()}}.Encode()
}

// PathKey names this point with its agreement, as pages do.
func (p ContactPage) PathKey() string { return p.Point.Agreement.String()[:16] + "/" + p.Point.Key }
