package web

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Contacting is what the pages about contacts need of a node.
type Contacting interface {
	// Contacts is a page of the contact points of the officer's agreements, ours too.
	Contacts(ctx context.Context, by officer.Officer, q node.ContactQuery) (node.ContactList, error)
	// Contact is one point with what was said of it.
	Contact(ctx context.Context, by officer.Officer, key string) (node.ContactShown, error)
	// OwnContact is what was said last of a point of ours, to be changed.
	OwnContact(ctx context.Context, by officer.Officer, key string) (OwnContact, error)
	// PublishContact says what a point of ours is, whole, to all other parties.
	PublishContact(ctx context.Context, by officer.Officer, d ContactDraft) error
	// ConfirmContact says that a point of ours still holds, EndContact that it is no more.
	ConfirmContact(ctx context.Context, by officer.Officer, key string, nonce parley.Nonce) error
	EndContact(ctx context.Context, by officer.Officer, key, why string, nonce parley.Nonce) error
	// Whose splits values by whose they are.
	Whose(ctx context.Context, by officer.Officer, values []string) ([]node.Whose, error)
	// Conflicts are values that two parties claim.
	Conflicts(ctx context.Context, by officer.Officer) (list []node.Whose, more bool, err error)
}

// OwnContact is a contact point of ours as a page asks for it.
type OwnContact struct {
	Agreement string
	Body      parley.Body
	Language  string         // of its free text
	Fields    map[string]any // as typed
}

// contactRouteNames is the closed list of routes.
var contactRouteNames = []string{parley.RouteNode, parley.RouteTelephone, parley.RouteEmergency, parley.RouteMail, parley.RouteFax, parley.RouteRadio, parley.RouteOther}

// maxWhose bounds the values of one question on the desk: longer lists are for the
// command line.
const maxWhose = 2000

func (h *Handler) contactRoutes() []route {
	return []route{
		{"GET /contacts", false, 0, quick, h.contacts},
		{"GET /contact/{key...}", false, 0, quick, h.contact},
		{"GET /contacts/publish", false, 0, quick, h.publishPage},
		{"POST /contacts/publish", false, maxForm, quick, h.publish},
		{"POST /contacts/act/{act}", false, form, quick, h.contactAct},
		{"GET /whose", false, 0, quick, h.whosePage},
		{"POST /whose", false, form, quick, h.whose},
	}
}

// ContactsPage is the directory.
type ContactsPage struct {
	Frame
	List      node.ContactList
	Of        string // a party or a body
	Track     string
	Open      bool
	First     bool
	Next      string // the address of the next page; empty: none
	Conflicts []node.Whose
	More      bool // of those
	May       bool // the officer may publish
	Awake     int  // routes of others that are open, on this page
	Told           // what desks say of their watch
}

// shownConflicts bounds the conflicts on the directory's page; the box has all.
const shownConflicts = 20

func (h *Handler) contacts(w http.ResponseWriter, r *request) error {
	f, err := h.frame(r, "contacts", r.text("contacts.title"))
	if err != nil {
		return err
	}
	f.Refresh = true
	q := r.URL.Query()
	p := ContactsPage{Frame: f, Of: q.Get("of"), Track: q.Get("track"), Open: q.Get("open") != "", First: q.Get("after") == "", May: r.session.Officer.May(officer.Send)}
	p.List, err = h.Desk.Contacts(r.Context(), r.session.Officer, node.ContactQuery{Of: p.Of, Track: p.Track, Open: p.Open, Ours: true, After: q.Get("after"), Limit: perPage})
	if err != nil {
		return err
	}
	if p.Told, err = h.told(r); err != nil {
		return err
	}
	for _, v := range p.List.Points {
		for i := range v.Routes {
			if v.Routes[i].Open && !v.Ours {
				p.Awake++
			}
		}
	}
	if p.List.Next != "" {
		q.Set("after", p.List.Next)
		p.Next = "?" + q.Encode()
	}
	if p.First {
		if p.Conflicts, p.More, err = h.Desk.Conflicts(r.Context(), r.session.Officer); err != nil {
			return err
		}
		if len(p.Conflicts) > shownConflicts {
			p.Conflicts, p.More = p.Conflicts[:shownConflicts], true
		}
	}
	return r.views.render(w, http.StatusOK, "contacts", p)
}

// ContactPage is one contact point.
type ContactPage struct {
	Frame
	Point   node.ContactShown
	Role    string // in the reader's language
	History []ContactSaid
	Nonce   parley.Nonce // of a button
	Told                 // what desks say of their watch
}

// ContactSaid is one record or end of a point.
type ContactSaid struct {
	Short string
	Ref   string
	Step  string
	At    time.Time
}

func (h *Handler) contact(w http.ResponseWriter, r *request) error {
	v, err := h.Desk.Contact(r.Context(), r.session.Officer, r.PathValue("key"))
	if err != nil {
		return err
	}
	f, err := h.frame(r, "contacts", v.Key)
	if err != nil {
		return err
	}
	f.Refresh = true
	p := ContactPage{Frame: f, Point: v, Role: v.Named(r.reading()...), Nonce: newNonce()}
	if p.Told, err = h.told(r); err != nil {
		return err
	}
	for _, s := range v.History {
		p.History = append(p.History, ContactSaid{s.Short, s.Ref, s.Step, s.Time})
	}
	return r.views.render(w, http.StatusOK, "contact", p)
}

// WhosePage is the box "whose is this?" and its answers.
type WhosePage struct {
	Frame
	Asked   string
	Answers []node.Whose
	Wrong   string
	Hint    string
}

func (h *Handler) whosePage(w http.ResponseWriter, r *request) error {
	return h.showWhose(w, r, http.StatusOK, "", nil, nil)
}

// whose answers what was posted: affected addresses do not belong into the address
// of a page, which browsers and proxies keep.
func (h *Handler) whose(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	asked := r.PostForm.Get("values")
	values, err := listed(asked)
	if err != nil {
		return h.showWhose(w, r, http.StatusBadRequest, asked, nil, err)
	}
	answers, err := h.Desk.Whose(r.Context(), r.session.Officer, values)
	if err != nil {
		return err
	}
	return h.showWhose(w, r, http.StatusOK, asked, answers, nil)
}

// listed are the values of a list: one on each line, or with commas or spaces between.
func listed(text string) ([]string, error) {
	var values []string
	s := bufio.NewScanner(strings.NewReader(text))
	s.Buffer(nil, form)
	for s.Scan() {
		line, _, _ := strings.Cut(s.Text(), "#")
		for v := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == ';' || r == ' ' || r == '\t' }) {
			if values = append(values, v); len(values) > maxWhose {
				return nil, parley.E(parley.Invalid, "more than %d values; want fewer at a time", maxWhose).WithHint("`parley contact whose --file` takes a file of any length")
			}
		}
	}
	if len(values) == 0 {
		return nil, parley.E(parley.Invalid, "nothing to look for; want addresses, prefixes, AS numbers or domains")
	}
	return values, nil
}

func (h *Handler) showWhose(w http.ResponseWriter, r *request, status int, asked string, answers []node.Whose, wrong error) error {
	f, err := h.frame(r, "contacts", r.text("whose.title"))
	if err != nil {
		return err
	}
	f.Live = false // what is being written is never exchanged
	p := WhosePage{Frame: f, Asked: asked, Answers: answers}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	return r.views.render(w, status, "whose", p)
}

// contactPath is the address of a point's page: its agreement's beginning and its key.
func contactPath(agreement parley.Hash, key string) string {
	parts := strings.Split(key, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return "/contact/" + agreement.String()[:16] + "/" + strings.Join(parts, "/")
}
