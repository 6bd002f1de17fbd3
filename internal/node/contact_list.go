package node

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/form"
	"parley.example/parley/internal/constituency"
	"parley.example/parley/internal/contactfile"
	"parley.example/parley/internal/register"
)

// Bounds of the directory that is kept in memory. CONTACT-2
const (
	maxPoints     = 64     // of one body; more are not read
	maxDirectory  = 20_000 // of all agreements
	directoryPage = 500
)

// listRetry is how long an attached list that is not here is not looked for again.
const listRetry = time.Minute

// directory is the contact points of all agreements, opened. It follows the
// registers: nothing in it is older than the question.
type directory struct {
	mu      sync.Mutex
	records map[parley.Ref]*record              // guarded by mu; what was opened before
	key     string                              // guarded by mu; which points the rest was made of
	points  []*ContactView                      // guarded by mu; never changed, replaced
	index   map[parley.Hash]*constituency.Index // guarded by mu; by agreement
	lists   map[parley.Ref][]constituency.Value // guarded by mu; attached lists that were read
	short   map[parley.Ref]string               // guarded by mu; why a list was not read
	retry   time.Time                           // guarded by mu; when to look for those again
}

type record struct {
	contact *form.Contact
	why     string // why it does not open
}

// ContactView is one contact point, as its last record says, with what is true of
// it at an instant.
type ContactView struct {
	Agreement   parley.Hash        `json:"agreement"`
	Title       string             `json:"agreement_title"`
	Party       parley.Party       `json:"party"`
	Body        parley.Body        `json:"body"`
	Point       string             `json:"point"`
	Key         string             `json:"key"` // aster.example/cert/duty
	Ours        bool               `json:"ours"`
	Ref         string             `json:"ref"`   // the record's entry
	Short       string             `json:"short"` // what to type for it
	Role        []form.TextContent `json:"role"`  // in each language that the record has
	Track       string             `json:"track"`
	Languages   []string           `json:"languages,omitempty"`
	Zone        string             `json:"zone,omitempty"`
	Hours       []string           `json:"hours"` // those that count: of the point, else of its body, else of its party
	HoursOf     string             `json:"hours_of"`
	There       string             `json:"local_time"` // at the point
	Open        bool               `json:"open"`       // of the point's own hours
	Confirmed   string             `json:"confirmed"`
	Until       string             `json:"until"`
	Unconfirmed bool               `json:"unconfirmed"`
	Since       time.Time          `json:"unconfirmed_from"` // when it is, or becomes so
	Routes      []ContactRoute     `json:"routes"`
	Keys        []ContactKey       `json:"keys,omitempty"`
	Held        *form.Constituency `json:"constituency,omitempty"`
	HeldStale   bool               `json:"constituency_unconfirmed,omitempty"`
	Note        *form.TextContent  `json:"note,omitempty"`
	Unread      string             `json:"unreadable_because,omitempty"` // the record does not open here

	record   *form.Contact
	calendar *clock.Calendar // of the point, with its hours
	length   clock.Length
	ref      parley.Ref
}

// ContactRoute is one route, at an instant. CONTACT-10
type ContactRoute struct {
	Route       string            `json:"route"`
	Address     string            `json:"address"`
	Note        *form.TextContent `json:"note,omitempty"`
	Hours       []string          `json:"hours,omitempty"` // of its own
	Open        bool              `json:"open"`
	Closes      time.Time         `json:"closes,omitzero"` // open: when; zero: not within a year
	Opens       time.Time         `json:"opens,omitzero"`  // shut: when; zero: nobody knows
	OpensThere  string            `json:"opens_there,omitempty"`
	OpensHere   string            `json:"opens_here,omitempty"`
	Why         string            `json:"why,omitempty"` // shut: holiday, hours, unlisted
	Confirmed   string            `json:"confirmed"`
	Until       string            `json:"until"`
	Unconfirmed bool              `json:"unconfirmed"`
}

// ContactKey is one key, at an instant. CONTACT-6
type ContactKey struct {
	form.ContactKey
	Expired     bool `json:"expired"`
	Unconfirmed bool `json:"unconfirmed"`
}

// directoryNow brings the directory up to what is folded now.
func (n *Node) directoryNow(ctx context.Context) ([]*ContactView, map[parley.Hash]*constituency.Index, error) {
	var points []register.ContactPoint
	var after *register.ContactPoint
	for {
		page, err := n.register.Contacts(ctx, after, directoryPage)
		if err != nil {
			return nil, nil, err
		}
		points = append(points, page...)
		if len(page) < directoryPage || len(points) >= maxDirectory {
			break
		}
		after = &page[len(page)-1]
	}
	d := &n.contacts
	d.mu.Lock()
	defer d.mu.Unlock()
	key, laws, err := n.directoryKey(points)
	if err != nil {
		return nil, nil, err
	}
	if key == d.key && d.points != nil && (len(d.short) == 0 || n.now().Before(d.retry)) {
		return d.points, d.index, nil
	}
	return n.readDirectory(ctx, d, key, points, laws)
}

// directoryKey names what the directory is made of: records and texts in force.
func (n *Node) directoryKey(points []register.ContactPoint) (string, map[parley.Hash]*agreement.Agreement, error) {
	laws := map[parley.Hash]*agreement.Agreement{}
	var b strings.Builder
	for _, l := range n.Lines() {
		a, err := l.text()
		if err != nil {
			return "", nil, err
		}
		laws[l.id] = a
		b.WriteString(a.Hash().String())
	}
	for i := range points {
		b.WriteString(points[i].Ref.String())
		b.WriteByte(' ')
	}
	return b.String(), laws, nil
}

// readDirectory opens the records that are new; the caller holds d.mu.
func (n *Node) readDirectory(ctx context.Context, d *directory, key string, points []register.ContactPoint, laws map[parley.Hash]*agreement.Agreement) ([]*ContactView, map[parley.Hash]*constituency.Index, error) {
	if d.records == nil {
		d.records, d.lists = map[parley.Ref]*record{}, map[parley.Ref][]constituency.Value{}
	}
	d.short, d.retry = map[parley.Ref]string{}, n.now().Add(listRetry)
	builders := map[parley.Hash]*constituency.Builder{}
	var views []*ContactView
	seen, count := map[parley.Ref]bool{}, map[parley.Body]int{}
	for i := range points {
		p := &points[i]
		a := laws[p.Agreement]
		if a == nil {
			continue
		}
		body, ok := a.Body(p.Body)
		if count[p.Body]++; !ok || count[p.Body] > maxPoints { // an amendment has ended the body
			continue
		}
		seen[p.Ref] = true
		r, err := n.openRecord(ctx, d, p.Ref)
		if err != nil {
			return nil, nil, err
		}
		v := &ContactView{Agreement: p.Agreement, Title: a.Title.In("en"), Party: p.Party, Body: p.Body, Point: p.Point, Key: p.Key(), Ours: p.Ours,
			Ref: p.Ref.String(), Short: n.Name(p.Ref), Track: p.Track, Unread: r.why, record: r.contact, ref: p.Ref, length: ContactLength(a)}
		views = append(views, v)
		if r.contact == nil {
			continue
		}
		party, _ := a.Party(p.Party)
		if err := v.read(r.contact, party, body); err != nil {
			v.Unread = err.Error()
			continue
		}
		b := builders[p.Agreement]
		if b == nil {
			b = &constituency.Builder{}
			builders[p.Agreement] = b
		}
		h := b.Holder(constituency.Holder{Party: string(p.Party), Body: string(p.Body), Point: p.Point, Note: v})
		contactfile.Claims(r.contact.Constituency, func(value constituency.Value) { b.Add(h, value) })
		list, err := n.attachedList(ctx, d, v)
		if err != nil {
			return nil, nil, err
		}
		for _, value := range list {
			b.Add(h, value)
		}
	}
	for ref := range d.records {
		if !seen[ref] {
			delete(d.records, ref)
			delete(d.lists, ref)
		}
	}
	d.index = map[parley.Hash]*constituency.Index{}
	for id, b := range builders {
		d.index[id] = b.Build()
	}
	d.key, d.points = key, views
	return d.points, d.index, nil
}

func (n *Node) openRecord(ctx context.Context, d *directory, ref parley.Ref) (*record, error) {
	if r := d.records[ref]; r != nil {
		return r, nil
	}
	m, err := n.MessageAt(ctx, ref)
	if err != nil {
		return nil, err
	}
	r := &record{why: m.Why}
	if m.Readable {
		c := new(form.Contact)
		if err := json.Unmarshal(m.Content, c); err != nil {
			r.why = "it is no record"
		} else {
			r.contact = c
		}
	}
	d.records[ref] = r
	return r, nil
}

// attachedList reads the values that a record attaches: a broken line is left out,
// and a list that has not arrived yet is asked for again. CONTACT-7
func (n *Node) attachedList(ctx context.Context, d *directory, v *ContactView) ([]constituency.Value, error) {
	k := v.record.Constituency
	if k == nil || k.List == 0 {
		return nil, nil
	}
	if list, ok := d.lists[v.ref]; ok {
		return list, nil
	}
	_, r, err := n.File(ctx, v.ref.String(), k.List-1)
	if err != nil {
		d.short[v.ref] = err.Error()
		return nil, ctx.Err()
	}
	defer r.Close()
	list, err := readList(r)
	if err != nil {
		d.short[v.ref] = err.Error()
		return nil, ctx.Err()
	}
	d.lists[v.ref] = list
	return list, nil
}

func readList(r io.Reader) (list []constituency.Value, err error) {
	s := bufio.NewScanner(r)
	for s.Scan() && len(list) < maxListLines {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		v, err := constituency.ParseValue(line)
		if err != nil {
			continue
		}
		if v.Sort == constituency.Address || v.Sort == constituency.Prefix {
			if what, _ := form.Claimable(v.Prefix); what != "" {
				continue
			}
		}
		list = append(list, v)
	}
	return list, s.Err()
}

// read fills in what the record says, whatever the time.
func (v *ContactView) read(c *form.Contact, p *agreement.Party, b *agreement.Body) error {
	v.Role, v.Languages, v.Zone, v.Held, v.Note, v.Confirmed, v.Until = c.Title, c.Languages, c.Zone, c.Constituency, c.Note, c.Confirmed, c.Until
	v.calendar = p.WorkingTime()
	v.Hours, v.HoursOf = p.Calendar.Hours, "party"
	if c.Calendar != nil {
		t := c.Calendar.Table()
		own, err := t.Calendar()
		if err != nil {
			return err // the form would have refused it
		}
		v.calendar = own
	}
	if len(b.Hours) > 0 {
		v.Hours, v.HoursOf = b.Hours, "body"
	}
	if len(c.Hours) > 0 {
		v.Hours, v.HoursOf = c.Hours, "point"
	}
	var err error
	v.calendar, err = withHours(v.calendar, v.Hours)
	return err
}

// withHours is a calendar with other hours; around the clock there are no holidays. CONTACT-3
func withHours(c *clock.Calendar, lines []string) (*clock.Calendar, error) {
	h, err := clock.ParseHours(lines)
	if err != nil {
		return nil, parley.E(parley.Invalid, "hours: %w", err)
	}
	if c = c.WithHours(h); h.Always() {
		c = c.WithoutHolidays()
	}
	return c, nil
}

// at is the view at an instant, with local times of ours. CONTACT-9, CONTACT-10
func (v *ContactView) at(now time.Time, here *clock.Calendar) *ContactView {
	o := *v
	if v.calendar == nil {
		return &o
	}
	c := v.record
	o.There = localTime(v.calendar, now)
	o.Open, _ = v.calendar.Open(now)
	o.Since = form.Stale(c.Confirmed, c.Until, v.length)
	o.Unconfirmed = !now.Before(o.Since)
	for i := range c.Routes {
		o.Routes = append(o.Routes, v.route(&c.Routes[i], now, here))
	}
	for i := range c.Keys {
		k := &c.Keys[i]
		o.Keys = append(o.Keys, ContactKey{ContactKey: *k, Expired: k.Expires != "" && now.Format(form.DateLayout) >= k.Expires,
			Unconfirmed: v.stale(k.Confirmed, k.Until, now)})
	}
	if k := c.Constituency; k != nil {
		o.HeldStale = v.stale(k.Confirmed, k.Until, now)
	}
	return &o
}

// stale says whether a fact is unconfirmed; what it does not say is the record's.
func (v *ContactView) stale(confirmed, until string, now time.Time) bool {
	if confirmed == "" {
		confirmed = v.record.Confirmed
	}
	if until == "" {
		until = v.record.Until
	}
	return !now.Before(form.Stale(confirmed, until, v.length))
}

func (v *ContactView) route(r *form.ContactRoute, now time.Time, here *clock.Calendar) ContactRoute {
	o := ContactRoute{Route: r.Route, Address: r.Address, Note: r.Note, Hours: r.Hours, Confirmed: r.Confirmed, Until: r.Until,
		Unconfirmed: v.stale(r.Confirmed, r.Until, now)}
	if o.Confirmed == "" {
		o.Confirmed = v.record.Confirmed
	}
	if o.Until == "" {
		o.Until = v.record.Until
	}
	cal := v.calendar
	if len(r.Hours) > 0 {
		var err error
		if cal, err = withHours(cal, r.Hours); err != nil {
			o.Why = "hours"
			return o
		}
	}
	if o.Open, o.Closes = cal.Open(now); o.Open {
		return o
	}
	switch {
	case !cal.Lists(now):
		o.Why = "unlisted"
	case cal.Holiday(now):
		o.Why = "holiday"
	default:
		o.Why = "hours"
	}
	if next, ok := cal.Next(now); ok {
		o.Opens, o.OpensThere, o.OpensHere = next, localTime(cal, next), localTime(here, next)
	}
	return o
}

// localTime is an instant as a clock on a wall shows it, with the difference from UTC.
func localTime(c *clock.Calendar, t time.Time) string {
	return c.Local(t).Format("Mon 2006-01-02 15:04 -07:00")
}

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
	if !past {
		return ContactList{}, parley.E(parley.Invalid, "page %.80q: want the mark of a page before it", q.After)
	}
	return list, nil
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
