package mispserver

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
)

// sightingOf is one sighting of an event.
type sightingOf struct {
	misp.Sighting
	event     *misp.Event
	attribute *misp.Attribute
}

// sightingsOf are all sightings of an event.
func (q *request) sightingsOf(ctx context.Context, x *index, e entry) ([]sightingOf, error) {
	event, err := q.gather(ctx, x, e, wish{sightings: true})
	if err != nil {
		return nil, err
	}
	numbered(event)
	var list []sightingOf
	add := func(a *misp.Attribute) {
		for _, s := range a.Sightings {
			list = append(list, sightingOf{s, event, a})
		}
	}
	for i := range event.Attributes {
		add(&event.Attributes[i])
	}
	for i := range event.Objects {
		for j := range event.Objects[i].Attributes {
			add(&event.Objects[i].Attributes[j])
		}
	}
	for _, s := range event.Sightings {
		list = append(list, sightingOf{s, event, nil})
	}
	return list, nil
}

func (s sightingOf) json() map[string]any {
	m := map[string]any{"id": number(s.UUID), "uuid": s.UUID, "event_id": number(s.event.UUID), "event_uuid": s.event.UUID, "org_id": number(s.Org.UUID), "date_sighting": unix(s.At),
		"source": s.Source, "type": strconv.Itoa(s.Kind), "attribute_uuid": s.Attribute}
	if s.attribute != nil {
		m["attribute_uuid"], m["attribute_id"], m["value"] = s.attribute.UUID, number(s.attribute.UUID), s.attribute.Value
	}
	if s.Org != (misp.Org{}) {
		m["Organisation"] = namedOrg(number(s.Org.UUID), s.Org)
	}
	return m
}

// sightingFilter is which sightings are asked for.
type sightingFilter struct {
	scope       string   // event or attribute
	ids         []string // of it: UUIDs or numbers; none: all
	kinds       []string
	org, source choice
	when        span
	flags       params
}

// parseSightings reads the members of a search for sightings. One that it does not know
// is refused: without it more would come than was asked for.
func (q *request) parseSightings(body map[string]json.RawMessage) (f sightingFilter, err error) {
	f.flags = params{}
	for _, name := range slices.Sorted(maps.Keys(body)) {
		raw := body[name]
		all := listed(raw)
		if len(all) == 0 {
			continue
		}
		switch strings.ToLower(name) {
		case "id", "uuid":
			f.ids = append(f.ids, all...)
		case "type":
			f.kinds = all
		case "from":
			f.when.from, err = parseWhen(name, all[0], q.Now())
		case "to":
			f.when.until, err = parseWhen(name, all[0], q.Now())
		case "last":
			var s span
			if s, err = parseSpan(name, raw, q.Now()); !s.from.IsZero() {
				f.when = s
			}
		case "org_id", "org":
			f.org, err = parseChoice(name, raw)
		case "source":
			f.source, err = parseChoice(name, raw)
		case "context":
			f.scope = strings.ToLower(all[0])
		case "includeevent", "includeattribute":
			f.flags[strings.ToLower(name)] = all
		case "returnformat":
			if all[0] != "json" {
				err = parley.E(parley.Invalid, "returnFormat %.40q: sightings come as json", all[0])
			}
		case "includeuuid":
		default:
			err = parley.E(parley.Invalid, "this gateway cannot search sightings by %.60q", name).WithHint("docs/misp.md lists what it can search by")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// fits says whether a sighting is asked for.
func (f *sightingFilter) fits(s *sightingOf) bool {
	if !f.when.fits(s.At) || len(f.kinds) > 0 && !slices.Contains(f.kinds, strconv.Itoa(s.Kind)) {
		return false
	}
	if !f.org.fits(s.Org.Name, s.Org.UUID, number(s.Org.UUID)) || !f.source.fits(s.Source) {
		return false
	}
	return f.scope != "attribute" || len(f.ids) == 0 || s.attribute != nil && (slices.Contains(f.ids, s.attribute.UUID) || slices.Contains(f.ids, number(s.attribute.UUID)))
}

// findSightings calls add with each sighting that is asked for.
func (q *request) findSightings(f *sightingFilter, add func(*sightingOf)) error {
	if !slices.Contains([]string{"", "attribute", "event"}, f.scope) {
		return parley.E(parley.Invalid, "sightings of a %.20q: want event or attribute", f.scope)
	}
	x := q.indexOf(q.who)
	entries, err := q.sightedEvents(x, f.scope, f.ids)
	if err != nil {
		return err
	}
	for _, e := range entries {
		list, err := q.sightingsOf(q.ctx(), x, e)
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		for i := range list {
			if f.fits(&list[i]) {
				add(&list[i])
			}
		}
	}
	return nil
}

// searchSightings answers POST /sightings/restSearch/<event|attribute>: the sightings of
// some events or attributes.
func (q *request) searchSightings() error {
	var body map[string]json.RawMessage
	if err := q.question(&body); err != nil {
		return err
	}
	f, err := q.parseSightings(body)
	if err != nil {
		return err
	}
	f.scope = strings.ToLower(q.at.arg(0))
	out := []any{}
	if err := q.findSightings(&f, func(s *sightingOf) {
		one := s.json()
		if f.flags.on("includeevent") {
			one["Event"] = map[string]any{"id": number(s.event.UUID), "uuid": s.event.UUID, "info": s.event.Info, "orgc_id": number(s.event.Orgc.UUID)}
		}
		if f.flags.on("includeattribute") && s.attribute != nil {
			one["Attribute"] = s.attribute.JSON()
		}
		out = append(out, map[string]any{"Sighting": one})
	}); err != nil {
		return err
	}
	return q.json(map[string]any{"response": out})
}

// listed is texts of what may not be there.
func listed(raw json.RawMessage) []string {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return texts(raw)
}

// sightedEvents are the events whose sightings are asked for; without any, those that
// have some.
func (q *request) sightedEvents(x *index, scope string, ids []string) ([]entry, error) {
	if len(ids) == 0 {
		return x.list(q.ctx(), func(e *entry) bool { return !e.sighted.IsZero() })
	}
	if scope == "attribute" {
		found, err := q.byUUID(q.ctx(), x, ids)
		if err != nil {
			return nil, err
		}
		numbers := slices.ContainsFunc(ids, isNumber)
		return x.list(q.ctx(), func(e *entry) bool { return found[e.UUID] || numbers && !e.sighted.IsZero() })
	}
	var list []entry
	for _, id := range ids {
		e, ok, err := x.find(q.ctx(), id)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, e)
		}
	}
	return list, nil
}

// listSightings answers /sightings/index/<event> and POST /sightings/listSightings.
func (q *request) listSightings() error {
	body, err := q.asked()
	if err != nil {
		return err
	}
	f, err := q.parseSightings(body)
	if err != nil {
		return err
	}
	if id := q.at.arg(0); id != "" {
		f.ids = append(f.ids, id)
	}
	if f.scope == "" && strings.HasSuffix(q.at.call, "listsightings") {
		f.scope = "attribute"
	}
	out := []any{}
	if err := q.findSightings(&f, func(s *sightingOf) { out = append(out, s.json()) }); err != nil {
		return err
	}
	return q.json(out)
}
