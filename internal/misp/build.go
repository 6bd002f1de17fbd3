package misp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// builder fills an event, member by member.
type builder struct {
	event   *Event
	limits  Limits
	extra   *fields
	aliases map[string]string // what stood where a UUID should, to the one that was made
	take    map[string]func(path string, raw []byte)
	known   map[string]string // UUID of an attribute to what it says
}

func newEvent() *Event { return &Event{Analysis: -1, Distribution: Unstated} }

func (b *builder) fault(path, uuid string, refused bool, format string, args ...any) {
	b.event.Faults = append(b.event.Faults, Fault{Path: path, UUID: uuid, Reason: fmt.Sprintf(format, args...), Refused: refused})
}

// odd reports the members of an item that did not read, which was taken without them.
func (b *builder) odd(path, uuid string, f *fields) {
	for _, reason := range f.odd {
		b.fault(path, uuid, false, "%s", reason)
	}
}

// parse reads the members of an item, or reports why it cannot be taken.
func (b *builder) parse(path string, raw []byte) *fields {
	f, err := parseFields(raw)
	if err != nil {
		b.fault(path, "", true, "%s", err)
		return nil
	}
	return f
}

// lists are the members of an event that are read element by element.
func (b *builder) lists() map[string]func(path string, raw []byte) {
	if b.take == nil {
		e := b.event
		b.take = map[string]func(string, []byte){
			"Attribute":       func(p string, raw []byte) { add(&e.Attributes, b.attribute(p, raw)) },
			"Object":          func(p string, raw []byte) { add(&e.Objects, b.object(p, raw)) },
			"ShadowAttribute": func(p string, raw []byte) { add(&e.Proposals, b.proposal(p, raw)) },
			"Tag":             func(p string, raw []byte) { add(&e.Tags, b.tag(p, raw)) },
			"EventTag":        func(p string, raw []byte) { add(&e.Tags, b.eventTag(p, raw)) },
			"Galaxy":          func(p string, raw []byte) { add(&e.Galaxies, b.galaxy(p, raw)) },
			"EventReport":     func(p string, raw []byte) { add(&e.Reports, b.report(p, raw)) },
			"Sighting":        func(p string, raw []byte) { add(&e.Sightings, b.sighting(p, raw)) },
		}
	}
	return b.take
}

func add[T any](all *[]T, one *T) {
	if one != nil {
		*all = append(*all, *one)
	}
}

func (b *builder) empty() bool {
	e := b.event
	return len(e.Attributes)+len(e.Objects)+len(e.Tags)+len(e.Proposals)+len(e.Galaxies)+len(e.Reports)+len(e.Sightings) == 0
}

// scalar keeps a member of the event that is no list until all are there.
func (b *builder) scalar(name string, raw json.RawMessage) {
	if first, twice := b.extra.members[name]; twice {
		if name == "distribution" && !bytes.Equal(first, raw) {
			b.fault(name, "", false, "stands twice and says two things: the event stays in the organisation")
			b.extra.members[name] = json.RawMessage("0")
			return
		}
		b.fault(name, "", false, "stands twice: the first is taken")
		return
	}
	b.extra.members[name] = raw
}

// finish reads the members that are no lists. It returns why this is no event,
// or "".
func (b *builder) finish() string {
	e, f := b.event, b.extra
	if b.empty() && f.members["info"] == nil && f.members["Orgc"] == nil {
		return notEvent(f)
	}
	uuid := f.text("uuid")
	if u, ok := parseUUID(uuid); ok {
		e.UUID = u
	} else if uuid != "" {
		b.fault("uuid", "", false, "%.60q is no UUID: the event is taken without one", uuid)
	}
	e.Info = f.text("info")
	e.Date = f.text("date")
	if _, err := time.Parse(time.DateOnly, e.Date); err != nil && e.Date != "" {
		b.fault("date", e.UUID, false, "%.40q is no day: want 2026-11-22", e.Date)
		e.Date = ""
	}
	e.ThreatLevel = f.number("threat_level_id", 0, 4, 0)
	e.Analysis = f.number("analysis", 0, 2, -1)
	e.Published = f.flag("published")
	e.Timestamp = f.when("timestamp")
	e.PublishedAt = f.when("publish_timestamp")
	e.Distribution = f.distribution()
	e.SharingGroup = b.sharingGroup("SharingGroup", f.take("SharingGroup"))
	if e.Extends = f.text("extends_uuid"); e.Extends != "" {
		if u, ok := parseUUID(e.Extends); ok {
			e.Extends = u
		} else {
			b.fault("extends_uuid", e.UUID, false, "%.60q is no UUID: left out", e.Extends)
			e.Extends = ""
		}
	}
	e.Org = b.org("Org", f.take("Org"))
	e.Orgc = b.org("Orgc", f.take("Orgc"))
	f.take("org")
	f.take("orgc")
	e.Extra = f.rest()
	b.odd("", e.UUID, f)
	b.resolve()
	b.shared()
	return ""
}

// notEvent says what a JSON object is, that is no event.
func notEvent(f *fields) string {
	const want = ": want an event, which has an info and an Orgc, or attributes"
	switch {
	case len(f.members) == 0:
		return "an empty object is no MISP event" + want
	case f.members["objects"] != nil || f.members["spec_version"] != nil:
		return "this is STIX, not a MISP event: import it as STIX"
	case f.members["requiredOneOf"] != nil || f.members["meta-category"] != nil:
		return "this is an object template, not a MISP event" + want
	case f.members["SharingGroupOrg"] != nil:
		return "this is a sharing group, not a MISP event" + want
	case f.members["list"] != nil:
		return "this is a warninglist, not a MISP event" + want
	}
	name := slices.Min(slices.Collect(maps.Keys(f.members)))
	if _, ok := parseUUID(name); ok && strings.Contains(string(f.members[name]), `"info"`) {
		return "this is the manifest of a feed, not a MISP event: import the events that it names"
	}
	return fmt.Sprintf("an object with %.40q is no MISP event", name) + want
}
