package misp

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// Change is one thing that a mapping did not say as the original has it.
type Change struct {
	ID     string `json:"id"`     // of the item: a UUID, or an identifier of STIX
	What   string `json:"what"`   // the member, in the words of the original
	Reason string `json:"reason"` // what became of it, and why
	Lost   bool   `json:"lost"`   // the other format does not say it
}

// Options are what an event does not say.
type Options struct {
	Now     time.Time                                    // for what is not dated
	Org     Org                                          // who created an event that does not say
	Created func(id string) (created time.Time, ok bool) // when an object was first made: STIX forbids to change it; may be nil
}

// ToSTIX maps an event to STIX 2.1 objects, each with octets of its own, none
// twice. The event becomes a report where it was published, else a grouping.
// Every object keeps the rules of STIX; an attribute whose value STIX cannot say
// becomes an x-misp-attribute. The error is parley.Invalid: the event has nothing
// to say.
func ToSTIX(e *Event, o Options) ([]*stix.Object, []Change, error) {
	if e.UUID == "" && e.Info == "" && e.Count() == 0 {
		return nil, nil, parley.E(parley.Invalid, "the event has no UUID, no info and no attributes: there is nothing to map")
	}
	c := &converter{event: e, options: o, seen: map[string]int{}, targets: map[string]string{}, values: map[string]string{}, clusters: map[string]string{}}
	c.uuid = cmp.Or(e.UUID, made("event", e.Info, e.Date, e.Orgc.Name))
	c.time = cmp.Or(e.Timestamp, day(e.Date), o.Now)
	c.limit = limit{}.limited(e.Tags, e.Distribution, e.SharingGroup)
	c.author = c.org(cmp.Or(e.Orgc, e.Org, o.Org))
	c.all()
	if report, ok := c.made(c.report()); ok {
		c.out = slices.Insert(c.out, c.at, report)
	}
	return c.out, c.changes, nil
}

func day(s string) time.Time {
	t, _ := time.Parse(time.DateOnly, s)
	return t
}

// converter holds what a mapping of one event has made so far.
type converter struct {
	event    *Event
	options  Options
	uuid     string
	time     time.Time
	limit    limit
	author   string // identifier of the identity
	out      []*stix.Object
	at       int // where the report goes
	order    []string
	seen     map[string]int    // identifier to its place in out
	targets  map[string]string // UUID of an attribute or object to what stands for it
	values   map[string]string // value to what stands for its attribute
	clusters map[string]string // UUID of a cluster to its identifier
	changes  []Change
}

func (c *converter) change(id, what string, lost bool, reason string) {
	c.changes = append(c.changes, Change{id, what, reason, lost})
}

// all maps everything but the event itself.
func (c *converter) all() {
	e := c.event
	c.at = len(c.out)
	c.galaxies(e.Galaxies, c.time, c.limit)
	for _, a := range e.Attributes {
		c.attribute(a, c.limit)
	}
	for _, ob := range e.Objects {
		c.object(ob)
	}
	for _, ob := range e.Objects {
		for _, r := range ob.References {
			c.reference(ob, r)
		}
	}
	c.clusterRelations(e.Galaxies, c.time, c.limit)
	for _, p := range e.Proposals {
		c.proposal(p, c.limit)
	}
	for _, r := range e.Reports {
		c.note(r)
	}
	for _, s := range e.Sightings {
		c.sighting(s, "", c.limit)
	}
	for name := range e.Extra {
		c.change(c.uuid, name, true, "STIX has no place for this member of an event")
	}
}

// emit gives out one object. The first of two that share an identifier stays.
func (c *converter) emit(m map[string]any) bool {
	o, ok := c.made(m)
	return ok && c.put(o)
}

// put gives out an object that keeps the rules.
func (c *converter) put(o *stix.Object) bool {
	if i, twice := c.seen[o.ID]; twice {
		if !bytes.Equal(c.out[i].Raw, o.Raw) {
			c.change(o.ID, "id", true, "stands twice in the event with different content: the first is kept")
		}
		return false
	}
	c.seen[o.ID] = len(c.out)
	c.out = append(c.out, o)
	if o.Type != "marking-definition" {
		c.order = append(c.order, o.ID)
	}
	return true
}

// made is an object that has no other shape to fall back to.
func (c *converter) made(m map[string]any) (*stix.Object, bool) {
	list, why, ok := sound(m)
	if !ok {
		c.change(idOf(m), "object", true, why)
		return nil, false
	}
	return list[0], true
}

// sound writes objects, and names the first rule of STIX that one of them breaks.
func sound(objects ...map[string]any) (list []*stix.Object, why string, ok bool) {
	for _, m := range objects {
		o, err := stix.Parse(appendJSON(nil, m), stix.Limits{})
		if err != nil {
			return nil, err.Error(), false
		}
		if faults := stix.Check(o); len(faults) > 0 {
			return nil, faults[0].Error(), false
		}
		list = append(list, o)
	}
	return list, "", true
}

// org gives out an organisation as an identity.
func (c *converter) org(o Org) string {
	if o.UUID == "" && o.Name == "" {
		return ""
	}
	id := "identity--" + cmp.Or(o.UUID, made("organisation", o.Name))
	if _, known := c.seen[id]; !known {
		c.emit(map[string]any{
			"type": "identity", "spec_version": "2.1", "id": id, "created": epoch, "modified": epoch,
			"name": cmp.Or(o.Name, o.UUID), "identity_class": "organization",
		})
	}
	return id
}

// head are the members that every domain object of the event has.
func (c *converter) head(kind, uuid string, when time.Time, l limit, tags []Tag) map[string]any {
	id := kind + "--" + uuid
	when = cmp.Or(when, c.time)
	m := map[string]any{"type": kind, "spec_version": "2.1", "id": id, "created": c.created(id, when), "modified": stamp(when)}
	if c.author != "" {
		m["created_by_ref"] = c.author
	}
	c.marked(m, l)
	c.labels(m, tags)
	return m
}

// created is when an object was first made, as far as anybody knows: STIX 2.1
// §3.6 forbids a later version to change it, and MISP does not keep it.
func (c *converter) created(id string, when time.Time) string {
	if c.options.Created != nil {
		if t, ok := c.options.Created(id); ok && !t.After(when) {
			return stamp(t)
		}
	}
	return stamp(when)
}

func (c *converter) marked(m map[string]any, l limit) {
	if refs := c.refs(l); len(refs) > 0 {
		m["object_marking_refs"] = refs
	}
}

// labels adds the tags that may be passed on.
func (c *converter) labels(m map[string]any, tags []Tag) {
	for _, t := range tags {
		if t.Local {
			c.change(m["id"].(string), "Tag "+t.Name, true, "a local tag is not passed on")
			continue
		}
		label(m, t.Name)
	}
}

func label(m map[string]any, s string) {
	all, _ := m["labels"].([]string)
	if !slices.Contains(all, s) {
		m["labels"] = append(all, s)
	}
}

// machine is a tag of three parts.
func machine(predicate, value string) string {
	return "misp:" + predicate + `="` + strings.ReplaceAll(value, `"`, `\"`) + `"`
}

// set adds a member that MISP has and STIX does not, unless it says nothing.
func set(m map[string]any, name string, v any) {
	switch v := v.(type) {
	case string:
		if v == "" {
			return
		}
	case bool:
		if !v {
			return
		}
	case Distribution:
		if v != Unstated && v != Inherit {
			m[name] = int(v)
		}
		return
	case *SharingGroup:
		if v != nil {
			g := map[string]any{}
			set(g, "uuid", v.UUID)
			set(g, "name", v.Name)
			set(g, "releasability", v.Releasability)
			if len(g) > 0 {
				m[name] = g
			}
		}
		return
	case time.Time:
		if !v.IsZero() {
			m[name] = instant(v)
		}
		return
	}
	m[name] = v
}

// report is the event itself.
func (c *converter) report() map[string]any {
	e := c.event
	kind := "grouping"
	if e.Published {
		kind = "report"
	}
	m := c.head(kind, c.uuid, c.time, c.limit, e.Tags)
	m["name"] = cmp.Or(e.Info, "MISP event "+c.uuid)
	if e.Published {
		m["published"] = instant(cmp.Or(e.PublishedAt, c.time))
	} else {
		m["context"] = "suspicious-activity"
		set(m, "x_misp_publish_timestamp", e.PublishedAt)
	}
	refs := slices.DeleteFunc(slices.Clone(c.order), func(id string) bool { return id == c.author })
	if len(refs) == 0 {
		if c.author == "" {
			c.author = c.org(Org{Name: "unknown"})
		}
		refs = []string{c.author} // a report must hold something
	}
	m["object_refs"] = refs
	set(m, "x_misp_date", e.Date)
	set(m, "x_misp_distribution", e.Distribution)
	set(m, "x_misp_sharing_group", e.SharingGroup)
	set(m, "x_misp_extends_uuid", e.Extends)
	if e.ThreatLevel > 0 {
		m["x_misp_threat_level_id"] = e.ThreatLevel
	}
	if e.Analysis >= 0 {
		m["x_misp_analysis"] = e.Analysis
	}
	if e.Org != e.Orgc && e.Org != (Org{}) {
		c.change(c.uuid, "Org", true, "who held the event last is left out: the report names who created it")
	}
	return m
}
