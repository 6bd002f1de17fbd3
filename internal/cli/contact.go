package cli

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// contactCmd is about contact points: ours, those of the other parties, and what
// files say of others.
type contactCmd struct {
	List    contactList    `cmd:"" help:"List contact points: of all, of a party, of a body; or the address book."`
	Show    contactShow    `cmd:"" help:"Show one contact point: routes, hours, keys, constituency, age, and every record of it."`
	Reach   contactReach   `cmd:"" help:"Whom can I reach now? Route by route, in both local times; where nobody is awake, who is next."`
	Whose   contactWhose   `cmd:"" help:"Whose is this? Addresses, prefixes, AS numbers and domains, by longest match, with every conflict."`
	Publish contactPublish `cmd:"" help:"Say what a contact point of ours is, whole; it takes the place of what was said before."`
	Confirm contactConfirm `cmd:"" help:"Say that a contact point of ours still holds: all of it, or the facts named."`
	End     contactEnd     `cmd:"" help:"Say that a contact point of ours is no more."`
	Import  contactImport  `cmd:"" help:"Read a file of contacts into the address book, where nothing is signed; or with --draft make records of ours to publish."`
	Export  contactExport  `cmd:"" help:"Write contact points, or the address book, as a file that others read."`
	Forget  contactForget  `cmd:"" help:"Remove a source from the address book."`
}

// forms adds the flags of the form.
func (p *contactCmd) forms() {
	p.Publish.setForm(parley.KindContact, parley.ContactRecord, "confirmed", "until")
}

// atFlag is an instant that a question is about.
type atFlag struct {
	At string `placeholder:"TIME" help:"At another time than now, such as 2027-03-28T01:30:00Z, or with another zone's difference."`
}

func (a *atFlag) time() (time.Time, error) { return instant("--at", a.At) }

type contactList struct {
	Of        string `arg:"" optional:"" help:"A party, a body, or a contact point such as aster.example/cert/duty."`
	Track     string `placeholder:"WORD" help:"Only of this track: technical, diplomatic, law-enforcement, leadership, ..."`
	Open      bool   `help:"Only those with a route that is open."`
	Ours      bool   `help:"Ours too."`
	Agreement string `placeholder:"ID" help:"Only of this agreement."`
	Book      bool   `help:"The address book: what files say of others. Nobody signed it."`
	After     string `placeholder:"MARK" help:"The page after the one that ended with this mark."`
	Limit     int    `short:"n" default:"0" placeholder:"ROWS" help:"At most so many; 0 is all contact points, or 50 rows of the address book."`
	atFlag
}

func (l *contactList) query() (node.ContactQuery, error) {
	at, err := l.time()
	return node.ContactQuery{Of: l.Of, Track: l.Track, Open: l.Open, Ours: l.Ours, Agreement: l.Agreement, After: l.After, Limit: l.Limit, At: at}, err
}

func (l *contactList) Run(c *Context) error {
	if l.Book {
		return l.book(c)
	}
	q, err := l.query()
	if err != nil {
		return err
	}
	var list node.ContactList
	if err := c.Call("contact.list", q, &list); err != nil {
		return err
	}
	c.more(list.Next)
	return c.Data(list.Points, func(w io.Writer) {
		rows := make([][]string, 0, len(list.Points))
		for _, p := range list.Points {
			open := "shut"
			if p.Open {
				open = "open"
			}
			rows = append(rows, []string{p.Key, p.Named(c.reader()...), p.Track, open, p.There, contactAge(p), p.Short})
		}
		columns(w, []string{"CONTACT POINT", "ROLE", "TRACK", "DESK", "THERE", "CONFIRMED", "RECORD"}, rows)
	})
}

// contactAge says when a point was last confirmed, and whether that is too long ago.
func contactAge(p *node.ContactView) string {
	day, _, _ := strings.Cut(p.Confirmed, "T")
	switch {
	case p.Unread != "":
		return "does not open here"
	case p.Unconfirmed:
		return "UNCONFIRMED since " + p.Since.Format(form.DateLayout)
	}
	return day
}

func (l *contactList) book(c *Context) error {
	var page node.BookPage
	if err := c.Call("contact.book", node.BookQuery{Name: l.Of, After: l.After, Limit: l.Limit}, &page); err != nil {
		return err
	}
	c.more(page.Next)
	return c.Data(page, func(w io.Writer) {
		var rows [][]string
		for _, s := range page.Sources {
			rows = append(rows, []string{s.Name, s.Format, fmt.Sprint(s.Taken), fmt.Sprint(s.Broken), stamp(s.Imported)})
		}
		columns(w, []string{"SOURCE", "FORMAT", "TAKEN", "BROKEN", "IMPORTED (UTC)"}, rows)
		rows = nil
		for _, e := range page.Entries {
			day, _, _ := strings.Cut(e.Entry.Contact.Confirmed, "T")
			if e.Stale {
				day = "UNCONFIRMED since " + day
			}
			route := "-"
			if r := e.Entry.Contact.Routes; len(r) > 0 {
				route = r[0].Address
			}
			rows = append(rows, []string{e.Entry.Name, e.Source, "not signed", day, route})
		}
		columns(w, []string{"NAME", "SOURCE", "", "OF", "FIRST ROUTE"}, rows)
	})
}

type contactShow struct {
	Point string `arg:"" help:"The contact point: aster.example/cert/duty, or duty where that is enough."`
	atFlag
}

// contactAsk is a question about one point at an instant.
type contactAsk struct {
	Point string    `json:"point"`
	At    time.Time `json:"at,omitzero"`
}

func (s *contactShow) Run(c *Context) error {
	at, err := s.time()
	if err != nil {
		return err
	}
	var p node.ContactShown
	if err := c.Call("contact.show", contactAsk{s.Point, at}, &p); err != nil {
		return err
	}
	return c.Data(p, func(w io.Writer) {
		contactText(w, &p.ContactView, c.reader(), true)
		for _, h := range p.History {
			fmt.Fprintf(w, "  %s %s of %s\n", h.Short, h.Step, stamp(h.Time))
		}
	})
}

// contactText writes one point for people.
func contactText(w io.Writer, p *node.ContactView, languages []string, whole bool) {
	fmt.Fprintf(w, "%s  %s (%s)\n", p.Key, printable(p.Named(languages...)), p.Track)
	if p.Unread != "" {
		fmt.Fprintf(w, "  its record does not open here: %s\n", printable(p.Unread))
		return
	}
	fmt.Fprintf(w, "  there %s", p.There)
	if p.Zone != "" {
		fmt.Fprintf(w, " (%s)", printable(p.Zone))
	}
	if len(p.Languages) > 0 {
		fmt.Fprintf(w, "; speaks %s", strings.Join(p.Languages, ", "))
	}
	fmt.Fprintf(w, "\n  hours %s (of the %s)\n", strings.Join(p.Hours, "; "), p.HoursOf)
	rows := make([][]string, 0, len(p.Routes))
	for i := range p.Routes {
		r := &p.Routes[i]
		state := "shut"
		if r.Open {
			state = "OPEN"
		}
		rows = append(rows, []string{"  " + state, r.Route, r.Address, when(r)})
	}
	columns(w, []string{"  NOW", "ROUTE", "ADDRESS", ""}, rows)
	if p.Unconfirmed {
		fmt.Fprintf(w, "  UNCONFIRMED since %s\n", p.Since.Format(form.DateLayout))
	}
	if !whole {
		return
	}
	for _, k := range p.Keys {
		fmt.Fprintf(w, "  key %s %s%s\n", k.Sort, groups(k.Fingerprint), keyAge(&k))
	}
	if k := p.Held; k != nil {
		fmt.Fprintf(w, "  constituency: %s, %s, %s; sectors %s%s\n", count(len(k.ASNs), "system"), count(len(k.Networks), "network"), count(len(k.Domains), "domain"), orDash(strings.Join(k.Sectors, ", ")),
			map[bool]string{true: "; UNCONFIRMED"}[p.HeldStale])
		for _, n := range k.ASNs {
			fmt.Fprintf(w, "    AS%d\n", n)
		}
		for _, list := range [][]string{k.Networks, k.Domains} {
			for _, v := range list {
				fmt.Fprintf(w, "    %s\n", v)
			}
		}
		if k.Note != nil {
			fmt.Fprintf(w, "    %s\n", strings.ReplaceAll(printableText(k.Note.Text), "\n", "\n    "))
		}
	}
	if p.Note != nil {
		fmt.Fprintf(w, "  %s\n", strings.ReplaceAll(printableText(p.Note.Text), "\n", "\n  "))
	}
	fmt.Fprintf(w, "  confirmed %s, valid until %s; %s\n", p.Confirmed, p.Until, p.Marking)
}

func keyAge(k *node.ContactKey) string {
	switch {
	case k.Expired:
		return " EXPIRED " + k.Expires
	case k.Expires != "":
		return " expires " + k.Expires
	}
	return ""
}

// groups is a fingerprint as people compare it aloud.
func groups(s string) string {
	var b strings.Builder
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// when says until when a route is open, or when it opens.
func when(r *node.ContactRoute) string {
	var words []string
	switch {
	case r.Open && r.Closes.IsZero():
		words = append(words, "around the clock")
	case r.Open:
		words = append(words, "until "+stamp(r.Closes)+" UTC")
	case r.Why == "unlisted":
		words = append(words, "its calendar does not list this day")
	case r.Opens.IsZero():
		words = append(words, "nobody knows when it opens")
	default:
		words = append(words, "opens "+r.OpensThere+" there, "+r.OpensHere+" here")
	}
	if r.Why == "holiday" {
		words = append(words, "a holiday")
	}
	if r.Unconfirmed {
		words = append(words, "UNCONFIRMED")
	}
	if r.Note != nil {
		words = append(words, printable(r.Note.Text))
	}
	return strings.Join(words, "; ")
}

type contactReach struct {
	Of        string `arg:"" optional:"" help:"A party or a body; default: every other party."`
	Track     string `placeholder:"WORD" help:"Only of this track: technical, diplomatic, law-enforcement, leadership, ..."`
	Agreement string `placeholder:"ID" help:"Only of this agreement."`
	atFlag
}

func (r *contactReach) Run(c *Context) error {
	at, err := r.time()
	if err != nil {
		return err
	}
	var got node.Reached
	if err := c.Call("contact.reach", node.ContactQuery{Of: r.Of, Track: r.Track, Agreement: r.Agreement, At: at}, &got); err != nil {
		return err
	}
	return c.Data(got, func(w io.Writer) {
		if got.Here != "" {
			fmt.Fprintf(w, "Here it is %s.\n", got.Here)
		}
		switch {
		case len(got.Points) == 0:
			fmt.Fprintln(w, "No contact point that fits has been published to us.")
		case got.Awake == 0 && got.Next != nil:
			fmt.Fprintf(w, "Nobody is awake. The next: %s, %s %s, %s there, %s here.\n", got.Next.Key, got.Next.Route, got.Next.Address, got.Next.There, got.Next.Here)
		case got.Awake == 0:
			fmt.Fprintln(w, "Nobody is awake, and no calendar says when somebody will be.")
		default:
			fmt.Fprintf(w, "%d open now.\n", got.Awake)
		}
		for _, d := range got.Desks {
			fmt.Fprintf(w, "%s says that people sit at its desk until %s UTC (%s).\n", d.Body, stamp(d.Until), d.Ref)
		}
		for _, p := range got.Points {
			contactText(w, p, c.reader(), false)
		}
	})
}

type contactPublish struct {
	Draft string   `arg:"" optional:"" help:"A JSON file with the fields, as an import with --draft writes it; - for standard input. A flag takes precedence."`
	To    []string `placeholder:"BODY" help:"Only to these bodies; default: every body of the other parties that accept contacts."`
	Zone  string   `name:"iana-zone" placeholder:"NAME" help:"A zone such as Europe/Vienna: its offsets of the years to come are listed in the record."`
	Years int      `default:"5" placeholder:"N" help:"With --iana-zone: for so many years."`
	Valid string   `placeholder:"LENGTH" help:"Valid for so long, such as 6 months; default: the agreement's length."`
	formFlags
}

func (p *contactPublish) Run(c *Context) error {
	if p.Draft != "" {
		if p.Fields != "" {
			return usage(parley.E(parley.Invalid, "a draft and --fields; want one of both"))
		}
		p.Fields = p.Draft
	}
	r, err := p.request(c, p.To)
	if err != nil {
		return err
	}
	if inner, ok := r.Fields["contact"].(map[string]any); ok { // a draft: flags take precedence over what it holds
		for name, v := range r.Fields {
			switch name {
			case "contact", "name", "full", "host", "country", "website", "party", "body", "left":
			default:
				inner[name] = v
			}
		}
		r.Fields = inner
	}
	return c.contactSent(&p.waiting, "contact.publish", node.ContactRequest{SendRequest: r.SendRequest, Fields: r.Fields, Zone: p.Zone, Years: p.Years, Valid: p.Valid})
}

// contactSent queues, waits where that is asked for, and prints where it stands.
func (c *Context) contactSent(f *waiting, call string, in any) error {
	return c.node(func(n ctl.Caller) error {
		var held []node.Held
		if err := n.Call(c, call, onceOnly{in}, &held); err != nil {
			return err
		}
		if _, serving := n.(*ctl.Client); !serving {
			c.Hint("no node serves this home: `parley serve` sends what is in the outbox")
		}
		if err := f.each(c, n, held); err != nil {
			return err
		}
		return c.Data(held, func(w io.Writer) {
			for _, h := range held {
				fmt.Fprintf(w, "%s %s\n", h.Nonce, h.State)
			}
		})
	})
}

type contactConfirm struct {
	Point     string   `arg:"" help:"The contact point of ours: aster.example/cert/duty, or duty where that is enough."`
	Facts     []string `arg:"" optional:"" help:"Only these facts: addresses, fingerprints, or constituency."`
	Valid     string   `placeholder:"LENGTH" help:"Valid for so long, such as 6 months; default: the agreement's length."`
	Agreement string   `placeholder:"ID" help:"The agreement, where more than one has the point."`
	waiting
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
}

func (p *contactConfirm) Run(c *Context) error {
	return c.contactSent(&p.waiting, "contact.confirm", node.ContactPointRequest{Point: p.Point, Facts: p.Facts, Valid: p.Valid,
		SendRequest: node.SendRequest{Agreement: p.Agreement, Now: p.Now, Nonce: p.Nonce}})
}

type contactEnd struct {
	Point     string `arg:"" help:"The contact point of ours: aster.example/cert/duty, or duty where that is enough."`
	Why       string `short:"m" placeholder:"TEXT" help:"The reason; the others read it."`
	Agreement string `placeholder:"ID" help:"The agreement, where more than one has the point."`
	waiting
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
}

func (e *contactEnd) Run(c *Context) error {
	return c.contactSent(&e.waiting, "contact.end", node.ContactPointRequest{Point: e.Point, Why: e.Why,
		SendRequest: node.SendRequest{Agreement: e.Agreement, Now: e.Now, Nonce: e.Nonce}})
}

type contactForget struct {
	Source string `arg:"" help:"The source, as the import named it."`
}

func (f *contactForget) Run(c *Context) error {
	if err := c.Call("contact.forget", named{f.Source}, nil); err != nil {
		return err
	}
	return c.Data(map[string]string{"source": f.Source, "state": "forgotten"}, func(w io.Writer) { fmt.Fprintf(w, "%s forgotten\n", f.Source) })
}

// contactTable is the calls about contacts.
func (h *house) contactTable() ctl.Table {
	n := h.node
	return ctl.Table{
		"contact.list": ctl.Handle(n.Contacts),
		"contact.show": ctl.Handle(func(ctx context.Context, in contactAsk) (node.ContactShown, error) {
			return n.Contact(ctx, in.Point, in.At)
		}),
		"contact.reach":   ctl.Handle(n.Reach),
		"contact.whose":   ctl.Handle(n.Whose),
		"contact.route":   ctl.Handle(n.Route),
		"contact.publish": ctl.Handle(n.PublishContact),
		"contact.confirm": ctl.Handle(n.ConfirmContact),
		"contact.end":     ctl.Handle(n.EndContact),
		"contact.entries": ctl.Handle(n.ContactEntries),
		"contact.card":    ctl.Handle(n.EmergencyCard),
		"contact.book":    ctl.Handle(n.Book),
		"contact.import":  ctl.Handle(n.ImportContacts),
		"contact.forget": ctl.Handle(func(ctx context.Context, in named) (ctl.None, error) {
			return ctl.None{}, n.ForgetContacts(ctx, in.Name)
		}),
		"contact.conflicts": ctl.Handle(func(ctx context.Context, in named) (conflicts, error) {
			list, more, err := n.Conflicts(ctx, in.Name)
			return conflicts{list, more}, err
		}),
	}
}

type conflicts struct {
	Conflicts []node.Whose `json:"conflicts"`
	More      bool         `json:"more"`
}
