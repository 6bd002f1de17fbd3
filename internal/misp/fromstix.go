package misp

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// FromOptions are what STIX objects do not say.
type FromOptions struct {
	Now      time.Time
	Org      Org                                  // who writes the event, where the objects name nobody
	Who      func(id string) Org                  // who stands behind an object that names nobody; nil: Org
	UUID     string                               // of the event for objects that no report or grouping holds; made of their identifiers where empty
	Info     string                               // its title
	Unmarked Distribution                         // of what no marking limits: Organisation unless the caller knows better
	Lookup   func(id string) (*stix.Object, bool) // markings that are not among the objects; may be nil
}

// FromSTIX maps STIX 2.1 objects to events: one for each report and grouping, one
// for all objects that none of these holds. Of several versions of an object the
// last counts. No event, attribute or object may travel further than the markings
// of what it says allow. The changes name every object, and every member, that
// MISP does not say. The error is parley.Invalid: nothing of it is an object.
func FromSTIX(objects [][]byte, o FromOptions) ([]*Event, []Change, error) {
	byID, all, changes := newest(objects)
	if len(all) == 0 {
		return nil, changes, parley.E(parley.Invalid, "no STIX object among what was given: want at least one")
	}
	r := &reverter{options: o, byID: byID, changes: changes}
	r.about(all)
	var events []*Event
	for _, n := range all {
		if n.kind == "report" || n.kind == "grouping" {
			n.taken = true
			events = append(events, r.event(n))
		}
	}
	if e := r.rest(all); e != nil {
		events = append(events, e)
	}
	for _, n := range all {
		switch {
		case n.taken, n.kind == "marking-definition", n.kind == "identity":
		default:
			r.lost(n.id, n.kind, "MISP has no place for it")
		}
	}
	return events, r.changes, nil
}

// reverter holds what a mapping to events knows of all objects.
type reverter struct {
	options FromOptions
	byID    map[string]*node
	onto    map[string][]*node // identifier to what speaks of it: sightings, opinions, notes
	from    map[string][]*node // identifier to the relationships that start at it
	changes []Change
}

func (r *reverter) lost(id, what, reason string) {
	r.changes = append(r.changes, Change{id, what, reason, true})
}

// about finds what speaks of what.
func (r *reverter) about(all []*node) {
	r.onto, r.from = map[string][]*node{}, map[string][]*node{}
	for _, n := range all {
		switch n.kind {
		case "sighting":
			id := n.text("sighting_of_ref")
			r.onto[id] = append(r.onto[id], n)
		case "opinion", "note":
			for _, id := range n.list("object_refs") {
				r.onto[id] = append(r.onto[id], n)
			}
		case "relationship":
			id := n.text("source_ref")
			r.from[id] = append(r.from[id], n)
		}
	}
}

// event maps a report or a grouping and what it holds.
func (r *reverter) event(n *node) *Event {
	_, tags := n.labels()
	e := newEvent()
	e.UUID, e.Info = r.uuid(n), cmp.Or(n.text("name"), n.id)
	e.Timestamp, e.Published = n.modified(), n.kind == "report"
	e.PublishedAt = cmp.Or(n.when("published"), n.when("x_misp_publish_timestamp"))
	e.Date = cmp.Or(n.text("x_misp_date"), day10(cmp.Or(n.object.Created, e.Timestamp)))
	e.ThreatLevel = int(n.digit("x_misp_threat_level_id", 4))
	e.Analysis = int(n.digit("x_misp_analysis", 2))
	e.Extends, _ = parseUUID(n.text("x_misp_extends_uuid"))
	e.SharingGroup = n.group()
	e.Orgc = r.author(n)
	b := &reading{reverter: r, event: e, light: r.marking(n)}
	e.Tags, e.Distribution = b.limit(n, tags, stix.Unmarked)
	if e.Distribution == Inherit {
		e.Distribution = r.options.Unmarked
	}
	if s := n.text("description"); s != "" {
		e.Reports = append(e.Reports, Report{UUID: made(n.id, "description"), Name: "Description", Content: s, Timestamp: e.Timestamp, Distribution: Inherit})
	}
	for _, on := range r.onto[n.id] {
		b.speaks(on, "")
	}
	var members []*node
	for _, id := range n.list("object_refs") {
		if m := r.byID[id]; m != nil {
			members = append(members, m)
		} else {
			r.lost(n.id, "object_refs", "names "+id+", which is not among the objects")
		}
	}
	b.members(members)
	return e
}

func day10(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// digit is a small number, or -1 (0 for a threat level) where there is none.
func (n *node) digit(name string, high int) int {
	if s := n.text(name); len(s) == 1 && s[0] >= '0' && int(s[0]-'0') <= high {
		return int(s[0] - '0')
	}
	if high == 4 {
		return 0
	}
	return -1
}

// uuid is the object's, or one made of its identifier.
func (r *reverter) uuid(n *node) string {
	if u, ok := parseUUID(n.uuid); ok {
		return u
	}
	return made(n.id)
}

// org is the organisation that an identifier stands for; empty where it is none.
func (r *reverter) org(id string) Org {
	o := Org{}
	if n := r.byID[id]; n != nil {
		o.Name = n.text("name")
		n.taken = true
	}
	if _, uuid, ok := strings.Cut(id, "--"); ok {
		o.UUID, _ = parseUUID(uuid)
	}
	if o.Name == "" && o.UUID != "" {
		o = orgUnnamed(o.UUID)
	}
	return o
}

// author is who wrote an object, as far as it, or whoever brought it, says.
func (r *reverter) author(n *node) Org {
	if o := r.org(n.object.CreatedBy); o != (Org{}) || r.options.Who == nil {
		return cmp.Or(o, r.options.Org)
	}
	return cmp.Or(r.options.Who(n.id), r.options.Org)
}

// marking is the strictest traffic light of the object and its parts.
func (r *reverter) marking(n *node) stix.TLP {
	m, err := stix.Resolve(n.object, func(id string) (*stix.Object, bool) {
		if n := r.byID[id]; n != nil {
			return n.object, true
		}
		if r.options.Lookup != nil {
			return r.options.Lookup(id)
		}
		return nil, false
	})
	if err != nil {
		return stix.Red
	}
	return m.Strictest()
}

// rest maps what no report holds.
func (r *reverter) rest(all []*node) *Event {
	var members []*node
	var ids []string
	for _, n := range all {
		switch n.kind {
		case "identity":
			if n.text("identity_class") != "class" {
				continue
			}
		case "relationship", "marking-definition", "sighting", "opinion", "note", "language-content", "extension-definition":
			continue
		}
		if !n.taken {
			members, ids = append(members, n), append(ids, n.id)
		}
	}
	if len(members) == 0 {
		return nil
	}
	slices.Sort(ids)
	e := newEvent()
	e.UUID = cmp.Or(r.options.UUID, made(ids...))
	e.Info = cmp.Or(r.options.Info, "STIX objects")
	e.Analysis = 2
	e.Distribution = r.options.Unmarked
	for _, n := range members {
		if n.modified().After(e.Timestamp) {
			e.Timestamp = n.modified()
		}
	}
	e.Timestamp = cmp.Or(e.Timestamp, r.options.Now)
	e.Date, e.Published, e.PublishedAt = day10(e.Timestamp), true, e.Timestamp
	b := &reading{reverter: r, event: e}
	b.members(members)
	if len(e.Attributes)+len(e.Objects)+len(e.Galaxies) == 0 {
		return nil
	}
	if e.Orgc = r.options.Org; e.Orgc == (Org{}) {
		e.Orgc = r.author(members[0])
	}
	return e
}
