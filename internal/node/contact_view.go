package node

import (
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/form"
)

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
	Marking     string             `json:"marking"`
	Unread      string             `json:"unreadable_because,omitempty"` // the record does not open here

	record   *form.Contact
	calendar *clock.Calendar // of the point, with its hours
	party    clock.Table     // the party's calendar
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

// Named is the role in the first of the languages that the record has, else in
// English, else in any; the point's word where the record does not open.
func (v *ContactView) Named(languages ...string) string {
	for _, l := range append(languages, "en") {
		for _, t := range v.Role {
			if t.Language == l {
				return t.Text
			}
		}
	}
	if len(v.Role) > 0 {
		return v.Role[0].Text
	}
	return v.Point
}

// read fills in what the record says, whatever the time.
func (v *ContactView) read(c *form.Contact, p *agreement.Party, b *agreement.Body) error {
	v.Role, v.Languages, v.Zone, v.Held, v.Note, v.Confirmed, v.Until = c.Title, c.Languages, c.Zone, c.Constituency, c.Note, c.Confirmed, c.Until
	v.calendar, v.party = p.WorkingTime(), p.Calendar
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
