package node

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strings"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
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
	marking string
	why     string // why it does not open
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
			Ref: p.Ref.String(), Short: n.Name(p.Ref), Track: p.Track, Unread: r.why, Marking: r.marking, record: r.contact, ref: p.Ref, length: ContactLength(a)}
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
	r := &record{why: m.Why, marking: m.Marking}
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
