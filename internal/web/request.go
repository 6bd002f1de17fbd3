package web

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Requesting is what the pages about requests need of a node.
type Requesting interface {
	// Requests is a page of one side: node.SideMine or node.SideTheirs.
	Requests(ctx context.Context, by officer.Officer, q node.RequestQuery) (node.RequestList, error)
	// Request is one request with its thread, in the first of the languages that a form has.
	Request(ctx context.Context, by officer.Officer, id string, languages []string) (node.RequestView, error)
	// Text is the agreement that a message or, by its identifier, an agreement stands under.
	Text(ctx context.Context, by officer.Officer, agreement string) (*agreement.Agreement, error)
}

// FormDraft is a message with a form as an officer wrote it. Text, where Draft has
// one, is not used.
type FormDraft struct {
	Draft
	Kind   parley.Kind
	Step   string
	Fields map[string]any
	Beside map[string]string // what the page asks for beside the fields, by name; a name that is not there is refused
	More   bool              // nothing is sent yet: more fields are wanted
}

// maxForm bounds a form with fields, without its files, in octets.
const maxForm = 256 << 10

func (h *Handler) requestRoutes() []route {
	return []route{
		{"GET /requests", false, 0, quick, h.requests},
		{"GET /requests/new", false, 0, quick, h.askPage},
		{"POST /requests/new", false, parley.MaxBlobs*parley.MaxBlob + maxForm, slow, h.ask},
		{"GET /request/{id}", false, 0, quick, h.request},
		{"POST /request/{id}/{step}", false, parley.MaxBlobs*parley.MaxBlob + maxForm, slow, h.respond},
	}
}

// RequestsPage is the request register: what is asked of us, and what we ask.
type RequestsPage struct {
	Frame
	Theirs, Mine RequestSide
	Open         bool // only open ones are shown
	May          bool // the officer may ask
}

// RequestSide is one of the two lists.
type RequestSide struct {
	Rows  []node.RequestRow
	Next  string // the address of the next page; empty: none
	First bool
}

func (h *Handler) requests(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "requests", r.text("requests.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	q := r.URL.Query()
	p := RequestsPage{Frame: f, Open: q.Get("open") != "", May: r.session.Officer.May(officer.Send)}
	for _, side := range []struct {
		name string
		to   *RequestSide
	}{{node.SideTheirs, &p.Theirs}, {node.SideMine, &p.Mine}} {
		after := q.Get(side.name)
		list, err := h.Desk.Requests(r.Context(), r.session.Officer, node.RequestQuery{Side: side.name, Open: p.Open, After: after, Limit: perPage})
		if err != nil {
			return err
		}
		side.to.Rows, side.to.First = list.Rows, after == ""
		if list.Next != "" {
			next := url.Values{}
			for _, name := range []string{node.SideTheirs, node.SideMine, "open"} {
				if v := q.Get(name); v != "" {
					next.Set(name, v)
				}
			}
			next.Set(side.name, list.Next)
			side.to.Next = "?" + next.Encode()
		}
	}
	return r.views.render(w, http.StatusOK, "requests", p)
}

// RequestPage is one request with its thread and what can be said to it now.
type RequestPage struct {
	Frame
	View   node.RequestView
	Forms  []StepForm
	Wrong  string // why what was written was not sent
	Hint   string
	Admits bool // a request for mitigation: it does not say who is responsible. REQUEST-2
}

// StepForm is a form for one next step.
type StepForm struct {
	Step      string // response.offer, contest, withdraw
	Title     string
	Help      string
	Inputs    []Input
	Nonce     parley.Nonce
	Languages []string
	Chosen    string // the language of free text
	Open      bool   // it was sent and came back
	Files     bool   // attachments go with it
}

func (h *Handler) request(w http.ResponseWriter, r *request) error {
	return h.showRequest(w, r, http.StatusOK, "", FormDraft{}, nil)
}

// showRequest shows a request; with an error, the form of the step again.
func (h *Handler) showRequest(w http.ResponseWriter, r *request, status int, step string, d FormDraft, wrong error) error {
	languages := r.reading()
	v, err := h.Desk.Request(r.Context(), r.session.Officer, r.PathValue("id"), languages)
	if err != nil {
		return err
	}
	f, err := h.frame(r, "requests", v.Short)
	if err != nil {
		return err
	}
	a, err := h.Desk.Text(r.Context(), r.session.Officer, v.Agreement.String())
	if err != nil {
		return err
	}
	f.Live = wrong == nil && len(v.Next) == 0 // what is being written is never exchanged
	p := RequestPage{Frame: f, View: v, Admits: v.Step == parley.RequestMitigation}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	for _, name := range v.Next {
		kind, s, _ := strings.Cut(name, ".")
		kf, ok := kindform.Find(parley.Kind(kind), s, 1)
		if !ok {
			continue
		}
		one := StepForm{Step: name, Title: kindform.Pick(kf.Title, languages...), Help: kindform.Pick(kf.Help, languages...), Languages: working(a),
			Chosen: d.Language, Open: name == step, Files: s == parley.ResponseResult || s == parley.ResponseProgress}
		if name == step {
			one.Inputs, one.Nonce = inputs(kf, a, name, d.Fields, wrong, languages), d.Nonce
		} else {
			one.Inputs = inputs(kf, a, name, nil, nil, languages)
		}
		if one.Nonce.IsZero() {
			rand.Read(one.Nonce[:])
		}
		p.Forms = append(p.Forms, one)
	}
	return r.views.render(w, status, "request", p)
}

// working are the languages in which free text may be written.
func working(a *agreement.Agreement) []string {
	if len(a.Language.Working) > 0 {
		return a.Language.Working
	}
	return a.Language.Authentic
}

func (h *Handler) respond(w http.ResponseWriter, r *request) error {
	name := r.PathValue("step")
	kind, step, _ := strings.Cut(name, ".")
	d := FormDraft{Kind: parley.Kind(kind), Step: step}
	if _, ok := kindform.Find(d.Kind, step, 1); !ok || !slices.Contains([]parley.Kind{parley.KindResponse, parley.KindContest, parley.KindWithdraw}, d.Kind) {
		return parley.E(parley.NotFound, "there is no such button")
	}
	err := readFormDraft(r.Request, &d)
	d.Answers = r.PathValue("id")
	if err == nil {
		_, err = h.Desk.SendForm(r.Context(), r.session.Officer, d)
	}
	if err != nil {
		drain(r.Request)
		return h.showRequest(w, r, statusOf(err), name, d, tooLarge(err))
	}
	drain(r.Request)
	http.Redirect(w, r.Request, "/request/"+url.PathEscape(r.PathValue("id"))+"?done=sent", http.StatusSeeOther)
	return nil
}

// AskPage writes a request.
type AskPage struct {
	Frame
	Steps  []StepForm // what can be asked for; without inputs
	Step   StepForm
	All    []Addressees
	Chosen *Addressees // nil where nothing can be sent
	Draft  Draft
	Levels []Level
	Wrong  string
	Hint   string
}

// HasTo reports whether the draft goes to the body.
func (p AskPage) HasTo(b parley.Body) bool { return slices.Contains(p.Draft.To, b) }

func (h *Handler) askPage(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	d := FormDraft{Kind: parley.KindRequest, Step: q.Get("for")}
	d.Agreement, d.Precedence = q.Get("agreement"), parley.Routine
	if d.Step == "" {
		d.Step = parley.RequestInformation
	}
	return h.showAsk(w, r, http.StatusOK, d, nil)
}

func (h *Handler) showAsk(w http.ResponseWriter, r *request, status int, d FormDraft, wrong error) error {
	f, err := h.frame(r, "requests", r.text("ask.title"))
	if err != nil {
		return err
	}
	f.Live = false
	languages := r.reading()
	kf, ok := kindform.Find(parley.KindRequest, d.Step, 1)
	if !ok {
		return parley.E(parley.NotFound, "there is no such request")
	}
	p := AskPage{Frame: f, Draft: d.Draft}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	for _, one := range kindform.Of(parley.KindRequest, 1) {
		p.Steps = append(p.Steps, StepForm{Step: one.Step, Title: kindform.Pick(one.Title, languages...), Open: one.Step == d.Step})
	}
	if p.All, err = h.Desk.Addressees(r.Context(), r.session.Officer); err != nil {
		return err
	}
	for i := range p.All {
		if a := &p.All[i]; a.Agreement == d.Agreement || d.Agreement == "" && p.Chosen == nil {
			p.Chosen = a
		}
	}
	if p.Chosen != nil {
		a, err := h.Desk.Text(r.Context(), r.session.Officer, p.Chosen.Agreement)
		if err != nil {
			return err
		}
		p.Draft.Agreement = p.Chosen.Agreement
		if len(p.Chosen.To) == 1 {
			p.Draft.To = p.Chosen.To
		}
		p.Step = StepForm{Step: d.Step, Title: kindform.Pick(kf.Title, languages...), Help: kindform.Pick(kf.Help, languages...), Languages: working(a),
			Chosen: d.Language, Inputs: inputs(kf, a, "ask", d.Fields, wrong, languages)}
		for _, level := range []parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine} {
			owed, mayFollow := a.NeedsRelease(parley.KindRequest, level)
			p.Levels = append(p.Levels, Level{level, owed && !mayFollow})
		}
	}
	if p.Draft.Nonce.IsZero() {
		rand.Read(p.Draft.Nonce[:])
	}
	return r.views.render(w, status, "ask", p)
}

func (h *Handler) ask(w http.ResponseWriter, r *request) error {
	d := FormDraft{Kind: parley.KindRequest}
	err := readFormDraft(r.Request, &d)
	if err == nil && len(d.To) == 0 {
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
	if d.Step == "" {
		return err
	}
	return h.showAsk(w, r, statusOf(err), d, tooLarge(err))
}

func statusOf(err error) int { return statuses[parley.KindOf(tooLarge(err))] }

// tooLarge says of a body that grew too large what it was.
func tooLarge(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return parley.E(parley.Invalid, "the files are larger together than %d bytes", big.Limit)
	}
	return err
}

// drain reads what still comes in to a bound, so that the browser sees the answer.
func drain(r *http.Request) { io.Copy(io.Discard, io.LimitReader(r.Body, 4<<20)) }
