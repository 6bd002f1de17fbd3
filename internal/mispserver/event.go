package mispserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley/internal/misp"
)

// view answers GET and HEAD /events/view/<id>/...: one event, as the named parameters
// in the path, or the members of a body, want it.
func (q *request) view() error {
	x, e, err := q.addressed()
	if err != nil {
		return err
	}
	if q.r.Method == http.MethodHead { // a peer asks only whether it is there
		q.w.WriteHeader(http.StatusOK)
		return nil
	}
	p := q.at.named
	body, err := q.asked()
	if err != nil {
		return err
	}
	for name, raw := range body {
		p[name] = texts(raw)
	}
	only := deletedOf(p)
	event, err := q.gather(q.ctx(), x, e, wish{deleted: only != present, sightings: !p.on("noSightings")})
	if err != nil {
		return err
	}
	shape(event, p, only)
	number := numbered(event)
	if p.on("metadata") {
		event = outline(event)
	}
	return q.event(event, number)
}

// addressed is the event that the address names, as far as the client sees it.
func (q *request) addressed() (*index, entry, error) {
	x := q.indexOf(q.who)
	e, ok, err := x.find(q.ctx(), q.at.arg(0))
	if err == nil && !ok {
		err = errNoSuchEvent
	}
	return x, e, err
}

// ours is the event that the address names, where the client may change it: only what is
// our own, and whole.
func (q *request) ours(action string) (*index, entry, error) {
	x, e, err := q.addressed()
	if err == nil && !e.ours() {
		err = e.notYours(action)
	}
	return x, e, err
}

// event answers with one event.
func (q *request) event(e *misp.Event, id string) error {
	var b bytes.Buffer
	if err := e.Write(&b); err != nil {
		return err
	}
	q.w.Header().Set("X-Event-Id", id)
	return q.text(kindJSON, b.Bytes())
}

const kindJSON = "application/json; charset=UTF-8"

// Which attributes a call wants: what stands, what was deleted, or both.
const (
	present = iota
	withDeleted
	deleted
)

func deletedOf(p params) int {
	all := p["deleted"]
	switch {
	case slices.Contains(all, "0") && slices.Contains(all, "1"), len(all) == 1 && (all[0] == "1" || all[0] == "true"):
		return withDeleted
	case len(all) == 0, all[0] == "0", all[0] == "false", all[0] == "":
		return present
	}
	return deleted
}

// texts are the values of a JSON member: of a list, of each element.
func texts(raw json.RawMessage) []string {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	all := make([]string, 0, len(list))
	for _, one := range list {
		var s string
		if json.Unmarshal(one, &s) != nil {
			s = strings.TrimSpace(string(one))
		}
		all = append(all, s)
	}
	return all
}

// shape leaves out of an event what a call does not want.
func shape(e *misp.Event, p params, only int) {
	keep := func(gone bool) bool { return only == withDeleted || gone == (only == deleted) }
	attachments := p["includeAttachments"] == nil || p.on("includeAttachments")
	trim := func(list []misp.Attribute) []misp.Attribute {
		out := list[:0]
		for _, a := range list {
			if !keep(a.Deleted) || p.on("toIDS") && a.ToIDs != (p.get("toIDS") == "1") {
				continue
			}
			if !attachments {
				a.Data = ""
			}
			if p.on("excludeGalaxy") {
				a.Galaxies = nil
			}
			if p.on("excludeLocalTags") {
				a.Tags = slices.DeleteFunc(a.Tags, func(t misp.Tag) bool { return t.Local })
			}
			if p.on("noShadowAttributes") {
				a.Proposals = nil
			}
			out = append(out, a)
		}
		return out
	}
	e.Attributes = trim(e.Attributes)
	objects := e.Objects[:0]
	for _, o := range e.Objects {
		had := len(o.Attributes)
		if o.Attributes = trim(o.Attributes); keep(o.Deleted) || len(o.Attributes) > 0 && had > 0 {
			objects = append(objects, o)
		}
	}
	e.Objects = objects
	if p.on("excludeGalaxy") {
		clusterTags(e)
	}
	if p.on("excludeLocalTags") {
		e.Tags = slices.DeleteFunc(e.Tags, func(t misp.Tag) bool { return t.Local })
	}
	if p.on("noEventReports") {
		e.Reports = nil
	}
	if p.on("noShadowAttributes") {
		e.Proposals = nil
	}
}

// clusterTags says by tags alone which clusters are attached: a peer that asks for no
// galaxies reads those, and knows the clusters itself.
func clusterTags(e *misp.Event) {
	for _, g := range e.Galaxies {
		for _, c := range g.Clusters {
			name := c.Tag()
			if !slices.ContainsFunc(e.Tags, func(t misp.Tag) bool { return t.Name == name }) {
				e.Tags = append(e.Tags, misp.Tag{Name: name, Colour: "#0088cc"})
			}
		}
	}
	e.Galaxies = nil
}

// numbered gives the event and its parts the numbers that MISP's tools want to see.
func numbered(e *misp.Event) string {
	id := number(e.UUID)
	set(&e.Extra, "id", id)
	set(&e.Extra, "org_id", orgID)
	set(&e.Extra, "orgc_id", number(e.Orgc.UUID))
	for i := range e.Attributes {
		numberAttribute(&e.Attributes[i], id, "0")
	}
	for i := range e.Objects {
		o := &e.Objects[i]
		set(&o.Extra, "id", number(o.UUID))
		set(&o.Extra, "event_id", id)
		for j := range o.Attributes {
			numberAttribute(&o.Attributes[j], id, number(o.UUID))
		}
	}
	return id
}

func numberAttribute(a *misp.Attribute, event, object string) {
	set(&a.Extra, "id", number(a.UUID))
	set(&a.Extra, "event_id", event)
	set(&a.Extra, "object_id", object)
}

func set(to *map[string]json.RawMessage, name, text string) {
	if *to == nil {
		*to = map[string]json.RawMessage{}
	}
	(*to)[name] = json.RawMessage(strconv.Quote(text))
}

// outline is an event without its parts.
func outline(e *misp.Event) *misp.Event {
	o := *e
	o.Attributes, o.Objects, o.Reports, o.Proposals, o.Sightings = nil, nil, nil, nil, nil
	return &o
}

// downgraded takes one step off each distribution, as an instance does with what it
// passes on: who takes a feed in does not do it.
func downgraded(e *misp.Event) {
	e.Distribution, _ = e.Distribution.Downgraded()
	for i := range e.Attributes {
		e.Attributes[i].Distribution = down(e.Attributes[i].Distribution)
	}
	for i := range e.Objects {
		e.Objects[i].Distribution = down(e.Objects[i].Distribution)
		for j := range e.Objects[i].Attributes {
			e.Objects[i].Attributes[j].Distribution = down(e.Objects[i].Attributes[j].Distribution)
		}
	}
	for i := range e.Reports {
		e.Reports[i].Distribution = down(e.Reports[i].Distribution)
	}
}

func down(d misp.Distribution) misp.Distribution {
	if d == misp.Unstated {
		return misp.Inherit
	}
	d, _ = d.Downgraded()
	return d
}
