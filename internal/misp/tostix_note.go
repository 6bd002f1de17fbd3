package misp

import (
	"cmp"
	"fmt"
	"time"
)

// note maps an event report: a note on the event.
func (c *converter) note(r Report) {
	l := c.limit.limited(nil, r.Distribution, nil)
	m := c.head("note", r.UUID, cmp.Or(r.Timestamp, c.time), l, nil)
	label(m, machine("report", "event-report"))
	set(m, "abstract", r.Name)
	m["content"] = cmp.Or(r.Content, r.Name)
	m["object_refs"] = []string{c.eventID()}
	set(m, "x_misp_distribution", r.Distribution)
	if r.Deleted {
		m["revoked"] = true
	}
	c.emit(m)
}

func (c *converter) eventID() string {
	if c.event.Published {
		return "report--" + c.uuid
	}
	return "grouping--" + c.uuid
}

// proposal maps what another organisation would change: a note on what it would
// change, whose text people can read and whose members MISP gets back.
func (c *converter) proposal(p Proposal, whole limit) {
	l := whole.limited(p.Tags, p.Distribution, p.SharingGroup)
	m := c.head("note", made("proposal", p.UUID, p.Of), cmp.Or(p.Timestamp, c.time), l, nil)
	verb := "add"
	switch {
	case p.ToDelete:
		verb = "delete"
	case p.Of != "":
		verb = "change to"
	}
	label(m, machine("proposal", verb))
	m["content"] = fmt.Sprintf("%s proposes to %s %s %s", cmp.Or(p.By.Name, "somebody"), verb, p.Type, p.Value)
	m["object_refs"] = []string{cmp.Or(c.targets[p.Of], c.eventID())}
	by := map[string]any{"attribute": p.Attribute.carried()}
	set(by, "of", p.Of)
	set(by, "to_delete", p.ToDelete)
	set(by, "org_uuid", p.By.UUID)
	set(by, "org_name", p.By.Name)
	m["x_misp_proposal"] = by
	if p.By != (Org{}) {
		m["created_by_ref"] = c.org(p.By)
	}
	c.emit(m)
}

// sighting maps a sighting: of what the attribute became. That it was a false
// positive is an opinion; that it expires, the word of a note.
func (c *converter) sighting(s Sighting, of string, l limit) {
	of = cmp.Or(of, c.targets[s.Attribute], c.values[s.Value])
	if of == "" {
		c.change(s.UUID, "Sighting", true, "is of an attribute that the event does not hold")
		return
	}
	when := cmp.Or(s.At, c.time)
	kind := [...]string{"sighting", "opinion", "note"}[s.Kind]
	m := c.head(kind, s.UUID, when, l, nil)
	who := ""
	if s.Org != (Org{}) {
		who = c.org(s.Org)
		m["created_by_ref"] = who
	}
	set(m, "x_misp_source", s.Source)
	switch s.Kind {
	case 0:
		m["sighting_of_ref"], m["count"] = of, 1
		m["first_seen"], m["last_seen"] = instant(when), instant(when)
		if who != "" {
			m["where_sighted_refs"] = []string{who}
		}
	case 1:
		m["opinion"], m["explanation"], m["object_refs"] = "strongly-disagree", "MISP false positive", []string{of}
		label(m, machine("sighting", "false-positive"))
	case 2:
		m["content"], m["object_refs"] = "expires at "+when.UTC().Format(time.RFC3339), []string{of}
		label(m, machine("sighting", "expiration"))
	}
	c.emit(m)
}
