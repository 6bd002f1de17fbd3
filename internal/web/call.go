package web

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"time"

	"parley.example/parley"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Calling is what the pages about calls, checks of routes and the watch need of a
// node. The officer sees and does what concerns the bodies that they act for.
type Calling interface {
	Calls(ctx context.Context, by officer.Officer, p Page) (node.CallList, error)
	// SendCall puts a call on record, or confirms or denies one: d.Step says which.
	SendCall(ctx context.Context, by officer.Officer, d FormDraft) error
	// Words shows the call words of a pair; NewWords, SayWords and HearWords use them.
	Words(ctx context.Context, by officer.Officer, r node.WordsRequest) (node.CallWords, error)
	NewWords(ctx context.Context, by officer.Officer, r node.WordsRequest) error
	SayWords(ctx context.Context, by officer.Officer, r node.WordsRequest) (callwords.Exchange, error)
	HearWords(ctx context.Context, by officer.Officer, r node.WordsRequest) (callwords.Exchange, error)

	Checks(ctx context.Context, by officer.Officer, q node.RouteHistoryRequest) (Checks, error)
	PingRoute(ctx context.Context, by officer.Officer, r node.PingRequest) error
	// FollowCheck replies to a test, or says what became of one of ours.
	FollowCheck(ctx context.Context, by officer.Officer, r node.RouteReply, tried bool) error

	// Attendance is what desks have said of their watch; Attend says it of ours.
	Attendance(ctx context.Context, by officer.Officer) ([]node.Attendance, error)
	Attend(ctx context.Context, by officer.Officer, r node.AttendRequest, ended bool) error
}

func (h *Handler) callRoutes() []route {
	return []route{
		{"GET /calls", false, 0, quick, h.calls},
		{"POST /calls/record", false, maxForm, quick, h.recordCall},
		{"POST /calls/{id}/{act}", false, form, quick, h.answerCall},
		{"GET /words", false, 0, quick, h.words},
		{"POST /words/{act}", false, form, quick, h.useWords},
	}
}

// CallsPage is the register of calls.
type CallsPage struct {
	Frame
	Calls  []node.Call
	Next   string
	First  bool
	May    bool // the officer may put a call on record
	Record StepForm
	To     []parley.Body
	Mine   []parley.Body
	Asked  parley.Body // of theirs: chosen in the form
	Wrong  string
	Hint   string
}

// Answerable reports whether the officer can confirm or deny a call.
func (p CallsPage) Answerable(c node.Call) bool {
	return p.May && c.Waits && p.Officer.ActsForAny(c.To)
}

// At is when a call began; zero where its record cannot be read.
func (p CallsPage) At(c node.Call) time.Time {
	t, err := time.Parse(time.RFC3339, c.Call.At)
	if err != nil {
		return time.Time{}
	}
	return t
}

func (h *Handler) calls(w http.ResponseWriter, r *request) error {
	return h.showCalls(w, r, http.StatusOK, FormDraft{}, nil)
}

func (h *Handler) showCalls(w http.ResponseWriter, r *request, status int, d FormDraft, wrong error) error {
	f, err := h.frame(r, "calls", r.text("calls.title"))
	if err != nil {
		return err
	}
	after := r.URL.Query().Get("after")
	list, err := h.Desk.Calls(r.Context(), r.session.Officer, Page{After: after, Limit: perPage})
	if err != nil {
		return err
	}
	f.Live = false // a record is written on this page
	p := CallsPage{Frame: f, Calls: list.Calls, Next: list.Next, First: after == "", May: r.session.Officer.May(officer.Send)}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	var law string
	if p.To, p.Mine, law, err = h.bodiesOf(r); err != nil {
		return err
	}
	if p.May = p.May && law != ""; p.May {
		a, err := h.Desk.Text(r.Context(), r.session.Officer, law)
		if err != nil {
			return err
		}
		languages := r.reading()
		kf, _ := kindform.Find(parley.KindCall, parley.CallRecord, 1)
		p.Record = StepForm{Step: "record", Title: kindform.Pick(kf.Title, languages...), Help: kindform.Pick(kf.Help, languages...), Languages: working(a),
			Chosen: d.Language, Open: wrong != nil, Inputs: inputs(kf, a, "record", d.Fields, wrong, languages), Nonce: d.Nonce}
		if p.Record.Nonce.IsZero() {
			rand.Read(p.Record.Nonce[:])
		}
		if len(d.To) > 0 {
			p.Asked = d.To[0]
		}
	}
	return r.views.render(w, status, "calls", p)
}

// bodiesOf are the bodies that this officer can reach and speak for, and an
// agreement under which they do.
func (h *Handler) bodiesOf(r *request) (to, mine []parley.Body, law string, err error) {
	all, err := h.Desk.Addressees(r.Context(), r.session.Officer)
	for _, a := range all {
		to, mine = append(to, a.To...), append(mine, a.From...)
		if law == "" {
			law = a.Agreement
		}
	}
	return to, mine, law, err
}

func (h *Handler) recordCall(w http.ResponseWriter, r *request) error {
	d := FormDraft{Kind: parley.KindCall, Step: parley.CallRecord}
	err := readFormDraft(r.Request, &d)
	if d.Step = parley.CallRecord; err == nil {
		err = h.Desk.SendCall(r.Context(), r.session.Officer, d)
	}
	if err != nil {
		drain(r.Request)
		return h.showCalls(w, r, statusOf(err), d, tooLarge(err))
	}
	http.Redirect(w, r.Request, "/calls?done=sent", http.StatusSeeOther)
	return nil
}

func (h *Handler) answerCall(w http.ResponseWriter, r *request) error {
	act := r.PathValue("act")
	if act != parley.CallConfirm && act != parley.CallDeny {
		return parley.E(parley.NotFound, "there is no such button")
	}
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	d := FormDraft{Kind: parley.KindCall, Step: act, Fields: map[string]any{}}
	d.Answers = r.PathValue("id")
	rand.Read(d.Nonce[:])
	for _, name := range []string{"role", "reason", "note"} {
		if v := r.PostForm.Get(name); v != "" {
			d.Fields[name] = v
		}
	}
	if err := h.Desk.SendCall(r.Context(), r.session.Officer, d); err != nil {
		return err
	}
	http.Redirect(w, r.Request, "/calls?done=sent", http.StatusSeeOther)
	return nil
}

// WordsPage is the words that tell whose voice it is.
type WordsPage struct {
	Frame
	To, Mine []parley.Body
	Theirs   parley.Body // chosen
	Ours     parley.Body
	Words    *node.CallWords     // nil where no pair is chosen
	Used     *callwords.Exchange // what was just said or heard
	Heard    bool                // Used was heard, else said
	May      bool
	Wrong    string
	Hint     string
}

func (h *Handler) words(w http.ResponseWriter, r *request) error {
	return h.showWords(w, r, http.StatusOK, r.URL.Query(), nil, false, nil)
}

func (h *Handler) showWords(w http.ResponseWriter, r *request, status int, q url.Values, used *callwords.Exchange, heard bool, wrong error) error {
	f, err := h.frame(r, "calls", r.text("words.title"))
	if err != nil {
		return err
	}
	f.Live = false // words are read aloud from this page
	p := WordsPage{Frame: f, Theirs: parley.Body(q.Get("theirs")), Ours: parley.Body(q.Get("ours")), Used: used, Heard: heard, May: r.session.Officer.May(officer.Send)}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	if p.To, p.Mine, _, err = h.bodiesOf(r); err != nil {
		return err
	}
	if p.Theirs == "" && len(p.To) > 0 {
		p.Theirs = p.To[0]
	}
	if p.Ours == "" && len(p.Mine) > 0 {
		p.Ours = p.Mine[0]
	}
	if p.Theirs != "" && p.Ours != "" {
		words, err := h.Desk.Words(r.Context(), r.session.Officer, node.WordsRequest{Ours: string(p.Ours), Theirs: string(p.Theirs)})
		if err != nil {
			return err
		}
		p.Words = &words
	}
	return r.views.render(w, status, "words", p)
}

func (h *Handler) useWords(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	q := r.PostForm
	in := node.WordsRequest{Ours: q.Get("ours"), Theirs: q.Get("theirs"), Heard: q.Get("heard")}
	var used callwords.Exchange
	var err error
	switch r.PathValue("act") {
	case "new":
		if err = h.Desk.NewWords(r.Context(), r.session.Officer, in); err == nil {
			http.Redirect(w, r.Request, "/words?done=sent&"+url.Values{"ours": {in.Ours}, "theirs": {in.Theirs}}.Encode(), http.StatusSeeOther)
			return nil
		}
	case "say":
		used, err = h.Desk.SayWords(r.Context(), r.session.Officer, in)
	case "heard":
		used, err = h.Desk.HearWords(r.Context(), r.session.Officer, in)
	default:
		return parley.E(parley.NotFound, "there is no such button")
	}
	if err != nil {
		return h.showWords(w, r, statusOf(err), q, nil, false, err)
	}
	return h.showWords(w, r, http.StatusOK, q, &used, r.PathValue("act") == "heard", nil) // not by an address: words stand in no history of a browser
}
