package node

import (
	"context"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/contactfile"
)

// ContactQuery says which points are meant. What is empty means all.
type ContactQuery struct {
	Of        string    `json:"of,omitempty"` // a party, a body, or a point: aster.example/cert/duty
	Track     string    `json:"track,omitempty"`
	Agreement string    `json:"agreement,omitempty"`
	Open      bool      `json:"open,omitempty"`
	Ours      bool      `json:"ours,omitempty"` // ours too; without it, those of the others, unless Of names ours
	At        time.Time `json:"at,omitzero"`    // zero: now
	After     string    `json:"after,omitempty"`
	Limit     int       `json:"limit,omitempty"` // 0: all, at most 1,000
}

// ContactList is a page of points.
type ContactList struct {
	At     time.Time      `json:"at"`
	Here   string         `json:"local_time"` // ours
	Points []*ContactView `json:"points"`
	Next   string         `json:"next,omitempty"`
}

// Contacts lists contact points by party, body and word.
func (n *Node) Contacts(ctx context.Context, q ContactQuery) (ContactList, error) {
	at, err := n.instant(q.At)
	if err != nil {
		return ContactList{}, err
	}
	if q.Limit == 0 || q.Limit > 1000 {
		q.Limit = 1000
	}
	views, _, err := n.directoryNow(ctx)
	if err != nil {
		return ContactList{}, err
	}
	var line parley.Hash
	if q.Agreement != "" {
		l, err := n.Line(q.Agreement)
		if err != nil {
			return ContactList{}, err
		}
		line = l.id
	}
	list := ContactList{At: at, Points: []*ContactView{}}
	past := q.After == ""
	for _, v := range views {
		id := v.Agreement.String()[:16] + "/" + v.Key
		if !past {
			past = id == q.After
			continue
		}
		if !line.IsZero() && v.Agreement != line || !q.fits(v) {
			continue
		}
		here, err := n.ownCalendar(v.Agreement)
		if err != nil {
			return ContactList{}, err
		}
		if list.Here == "" {
			list.Here = localTime(here, at)
		}
		o := v.at(at, here)
		if q.Open && !slices.ContainsFunc(o.Routes, func(r ContactRoute) bool { return r.Open }) {
			continue
		}
		if len(list.Points) == q.Limit {
			last := list.Points[q.Limit-1]
			list.Next = last.Agreement.String()[:16] + "/" + last.Key
			break
		}
		list.Points = append(list.Points, o)
	}
	if len(list.Points) == 0 && q.Of != "" && !slices.ContainsFunc(views, func(v *ContactView) bool { return v.Key == q.Of }) {
		if err := n.knows(q.Of); err != nil {
			return ContactList{}, err
		}
	}
	if !past {
		return ContactList{}, parley.E(parley.Invalid, "page %.80q: want the mark of a page before it", q.After)
	}
	return list, nil
}

// knows is NotFound for what no agreement here names as a party or a body: an empty
// list of it would read as "nobody is there".
func (n *Node) knows(name string) error {
	for _, l := range n.Lines() {
		a, err := l.text()
		if err != nil {
			return err
		}
		_, party := a.Party(parley.Party(name))
		if _, body := a.Body(parley.Body(name)); party || body {
			return nil
		}
	}
	return parley.E(parley.NotFound, "no agreement here names %.80q", name).WithHint("want a party such as borea.example or a body such as borea.example/cert: `parley line status` lists the lines")
}

// ContactEntries are contact points as files of others describe teams: with the
// hours and the calendar that count, and their party's name.
func (n *Node) ContactEntries(ctx context.Context, q ContactQuery) ([]contactfile.Entry, error) {
	list, err := n.Contacts(ctx, q)
	if err != nil {
		return nil, err
	}
	entries := make([]contactfile.Entry, 0, len(list.Points))
	for _, v := range list.Points {
		if v.record == nil {
			continue
		}
		c := *v.record
		c.Hours = v.Hours
		if c.Calendar == nil {
			c.Calendar = &form.ContactCalendar{From: v.party.From, To: v.party.To, Holidays: v.party.Holidays}
			for _, o := range v.party.Offsets {
				c.Calendar.Offsets = append(c.Calendar.Offsets, form.ContactOffset{From: o.From, UTC: o.UTC})
			}
		}
		entries = append(entries, contactfile.Entry{Name: v.Key, Full: v.Named("en"), Host: string(v.Party), Party: string(v.Party), Body: string(v.Body), Contact: c})
	}
	return entries, nil
}

// fits: a party, a body and a point are each a beginning of the next.
func (q *ContactQuery) fits(v *ContactView) bool {
	of := q.Of == "" || string(v.Party) == q.Of || string(v.Body) == q.Of || v.Key == q.Of
	if q.Of == "" && v.Ours && !q.Ours {
		return false
	}
	return of && (q.Track == "" || v.Track == q.Track)
}

// instant is when a question is about; a calendar lists nothing far from now.
func (n *Node) instant(t time.Time) (time.Time, error) {
	if t.IsZero() {
		t = n.now()
	}
	if y := t.Year(); y < 1970 || y > 2200 {
		return t, parley.E(parley.Invalid, "the year %d: want an instant from 1970 to 2200", y)
	}
	return t.UTC().Truncate(time.Second), nil
}

// ownCalendar is our party's under an agreement: the clock on our own wall.
func (n *Node) ownCalendar(id parley.Hash) (*clock.Calendar, error) {
	l, err := n.Line(id.String())
	if err != nil {
		return nil, err
	}
	a, err := l.text()
	if err != nil {
		return nil, err
	}
	if p, ok := a.Party(l.us); ok {
		return p.WorkingTime(), nil
	}
	return clock.UTC(), nil // an archive
}

// ContactShown is one point with what was said of it before.
type ContactShown struct {
	ContactView
	Here    string          `json:"our_local_time"`
	History []ContactRecord `json:"history"`
}

// ContactRecord is one record or end of a point.
type ContactRecord struct {
	Short string    `json:"short"`
	Ref   string    `json:"ref"`
	Step  string    `json:"step"`
	Time  time.Time `json:"time"` // as its author says
}

// maxHistory bounds the records of a point that are shown.
const maxHistory = 20

// Contact is one point by its key, or by its word where that is enough.
func (n *Node) Contact(ctx context.Context, key string, at time.Time) (ContactShown, error) {
	at, err := n.instant(at)
	if err != nil {
		return ContactShown{}, err
	}
	v, err := n.findContact(ctx, "", key, false)
	if err != nil {
		return ContactShown{}, err
	}
	here, err := n.ownCalendar(v.Agreement)
	if err != nil {
		return ContactShown{}, err
	}
	shown := ContactShown{ContactView: *v.at(at, here), Here: localTime(here, at)}
	history, err := n.register.ContactHistory(ctx, v.Agreement, v.Body, v.Point, maxHistory)
	if err != nil {
		return ContactShown{}, err
	}
	for i := range history {
		h := &history[i]
		m, err := n.MessageAt(ctx, h.Ref)
		if err != nil {
			return ContactShown{}, err
		}
		step := parley.ContactRecord
		if h.Track == "" {
			step = parley.ContactEnd
		}
		shown.History = append(shown.History, ContactRecord{Short: m.Short, Ref: m.Ref, Step: step, Time: m.Time})
	}
	return shown, nil
}

func (n *Node) ownContact(ctx context.Context, agreement, key string) (*ContactView, error) {
	v, err := n.findContact(ctx, agreement, key, true)
	if err == nil && v.record == nil {
		err = parley.E(parley.Conflict, "%s does not open here: %s", v.Key, v.Unread)
	}
	return v, err
}

// OwnContact is the last record of a contact point of ours, with its body and its
// agreement. NotFound where there is none, Conflict where it does not open here.
func (n *Node) OwnContact(ctx context.Context, key string) (*form.Contact, parley.Body, parley.Hash, error) {
	v, err := n.ownContact(ctx, "", key)
	if err != nil {
		return nil, "", parley.Hash{}, err
	}
	return v.record, v.Body, v.Agreement, nil
}

func (n *Node) findContact(ctx context.Context, agreement, key string, ours bool) (*ContactView, error) {
	views, _, err := n.directoryNow(ctx)
	if err != nil {
		return nil, err
	}
	if id, rest, ok := strings.Cut(key, "/"); ok && len(id) == 16 && !strings.Contains(id, ".") { // as a page names it
		agreement, key = id, rest
	}
	var found *ContactView
	for _, v := range views {
		if v.Key != key && v.Point != key || ours && !v.Ours || !strings.HasPrefix(v.Agreement.String(), agreement) {
			continue
		}
		if found != nil {
			return nil, parley.E(parley.Invalid, "more than one contact point fits %.80q: %s and %s", key, found.Key, v.Key).
				WithHint("name it with its body, and the agreement where more than one has it")
		}
		found = v
	}
	if found == nil {
		whose := ""
		if ours {
			whose = " of ours"
		}
		return nil, parley.E(parley.NotFound, "no contact point %.80q%s here", key, whose).WithHint("`parley contact list --ours` lists them")
	}
	return found, nil
}
