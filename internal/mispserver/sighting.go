package mispserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// seen is a sighting as MISP's tools send it.
type seen struct {
	UUID      string          `json:"uuid"`
	ID        json.RawMessage `json:"id"`
	Attribute string          `json:"attribute_uuid"`
	Value     string          `json:"value"`
	Values    []string        `json:"values"`
	Type      json.RawMessage `json:"type"`
	Source    string          `json:"source"`
	When      json.RawMessage `json:"timestamp"`
	Sighted   json.RawMessage `json:"date_sighting"`
	Date      string          `json:"date"`
	Time      string          `json:"time"`
	By        *struct {
		UUID string `json:"uuid"`
		Name string `json:"name"`
	} `json:"Organisation"`
}

// kind is 0 seen, 1 a false positive, 2 expires.
func (s *seen) kind() (int, error) {
	t := strings.Trim(string(s.Type), `"`)
	if t == "" || t == "null" {
		return 0, nil
	}
	n, err := strconv.Atoi(t)
	if err != nil || n < 0 || n > 2 {
		return 0, parley.E(parley.Invalid, "type is %.20q: want 0 for seen, 1 for a false positive, 2 for expired", t)
	}
	return n, nil
}

func (s *seen) at(now time.Time) (time.Time, error) {
	if s.Date != "" && s.Time != "" {
		t, err := time.Parse(time.DateTime, s.Date+" "+s.Time)
		if err != nil {
			return t, parley.E(parley.Invalid, "date and time: want 2026-11-22 and 12:30:00")
		}
		return t, nil
	}
	for _, raw := range []json.RawMessage{s.Sighted, s.When} {
		if len(raw) > 0 && string(raw) != "null" {
			w, err := parseSpan("timestamp", raw, now)
			if err == nil && w.from.IsZero() {
				return now, nil
			}
			return w.from, err
		}
	}
	return now, nil
}

// addSighting answers POST /sightings/add and /sightings/add/<attribute>: what was seen
// becomes a sighting of our own, of each object that the client sees and that has the
// value.
func (q *request) addSighting() error {
	var body struct {
		seen
		Sighting *seen
		Request  *seen `json:"request"`
	}
	if err := q.question(&body); err != nil {
		return err
	}
	s := body.seen
	for _, inner := range []*seen{body.Sighting, body.Request} {
		if inner != nil {
			s = *inner
		}
	}
	if s.Value != "" {
		s.Values = append(s.Values, s.Value)
	}
	id := q.at.arg(0)
	if id == "" && len(s.Values) == 0 {
		if id = s.UUID; id == "" {
			id = strings.Trim(string(s.ID), `"`)
		}
		s.UUID = ""
	}
	targets, err := q.targets(id, s.Values)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return parley.E(parley.NotFound, "Could not add the Sighting. Reason: No valid attributes found.")
	}
	made, last, err := q.sighted(targets, &s)
	if err != nil {
		return err
	}
	report, err := q.take(q.ctx(), made)
	if err != nil {
		return err
	}
	if report.Taken+report.Changed+report.Known == 0 {
		return parley.E(parley.Invalid, "Could not add the Sighting. Reason: %s", reason(report))
	}
	q.Log.Info("a client wrote sightings", "event", "misp.sighting", "client", q.who.Name, "taken", report.Taken)
	return q.json(map[string]any{"Sighting": last})
}

func reason(r intel.Report) string {
	for _, l := range r.Lines {
		return l.Reason
	}
	return "nothing of it was taken"
}

// maxSighted bounds the objects that one call says were seen.
const maxSighted = 1000

// targets are the objects that a sighting is of: those of an attribute, or all that
// have one of some values.
func (q *request) targets(id string, values []string) ([]intel.Held, error) {
	var held []intel.Held
	switch {
	case id != "" && id != "0":
		if len(id) != 36 {
			return nil, parley.E(parley.Invalid, "attribute %.60q: want its UUID", id)
		}
		list, err := q.objectsByUUID(q.ctx(), []string{id})
		if err != nil {
			return nil, err
		}
		held = list
	default:
		for _, word := range values {
			if len(valuesOf(word)) == 0 {
				continue
			}
			p, err := q.Store.Find(q.ctx(), intel.Query{Clearance: q.who.Clearance, Values: valuesOf(word), Limit: maxSighted, NoRaw: true})
			if err != nil {
				return nil, err
			}
			held = append(held, p.Objects...)
		}
		var uuids []string // of observables: what observed them has their UUID
		for _, h := range held {
			if _, uuid, _ := strings.Cut(h.ID, "--"); !sightable(h.ID) {
				uuids = append(uuids, uuid)
			}
		}
		more, err := q.objectsByUUID(q.ctx(), uuids)
		if err != nil {
			return nil, err
		}
		held = append(held, more...)
	}
	held = slices.DeleteFunc(held, func(h intel.Held) bool { return !sightable(h.ID) || h.Source.Direction == intel.Out })
	return best(held), nil
}

// best keeps one object of each attribute: the indicator where there is one, else what
// was observed.
func best(held []intel.Held) []intel.Held {
	rank := func(h intel.Held) int {
		return slices.Index([]string{"", "observed-data", "indicator"}, h.Type)
	}
	by := map[string]intel.Held{}
	var order []string
	for _, h := range held {
		_, uuid, _ := strings.Cut(h.ID, "--")
		was, ok := by[uuid]
		if !ok {
			order = append(order, uuid)
		}
		if !ok || rank(h) > rank(was) {
			by[uuid] = h
		}
	}
	if len(order) > maxSighted {
		order = order[:maxSighted]
	}
	list := make([]intel.Held, len(order))
	for i, uuid := range order {
		list[i] = by[uuid]
	}
	return list
}

// sighted makes the objects that say so, marked as what was seen is, and the last of
// them as MISP shows it.
func (q *request) sighted(targets []intel.Held, s *seen) (objects [][]byte, last map[string]any, err error) {
	kind, err := s.kind()
	if err != nil {
		return nil, nil, err
	}
	when, err := s.at(q.Now())
	if err != nil {
		return nil, nil, err
	}
	by := q.org()
	if s.By != nil && len(s.By.UUID) == 36 {
		by = misp.Org{Name: s.By.Name, UUID: lower(s.By.UUID)}
	}
	author := "identity--" + by.UUID
	const epoch = "1970-01-01T00:00:00.000Z"
	raw, err := json.Marshal(map[string]any{"type": "identity", "spec_version": "2.1", "id": author, "created": epoch, "modified": epoch, "name": by.Name, "identity_class": "organization"})
	if err != nil {
		return nil, nil, err
	}
	objects = append(objects, raw)
	at := when.UTC().Format("2006-01-02T15:04:05.000Z")
	for _, h := range targets {
		uuid := lower(s.UUID)
		if len(uuid) != 36 || len(targets) > 1 {
			uuid = random()
		}
		m := map[string]any{"spec_version": "2.1", "created": at, "modified": at, "created_by_ref": author, "object_marking_refs": []string{stix.MarkingID(h.Marking)}}
		if s.Source != "" {
			m["x_misp_source"] = s.Source
		}
		switch kind {
		case 0:
			m["type"], m["sighting_of_ref"], m["count"], m["first_seen"], m["last_seen"], m["where_sighted_refs"] = "sighting", h.ID, 1, at, at, []string{author}
		case 1:
			m["type"], m["opinion"], m["explanation"], m["object_refs"], m["labels"] = "opinion", "strongly-disagree", "MISP false positive", []string{h.ID}, []string{`misp:sighting="false-positive"`}
		case 2:
			m["type"], m["content"], m["object_refs"], m["labels"] = "note", "expires at "+when.UTC().Format(time.RFC3339), []string{h.ID}, []string{`misp:sighting="expiration"`}
		}
		m["id"] = m["type"].(string) + "--" + uuid
		if raw, err = json.Marshal(m); err != nil {
			return nil, nil, err
		}
		objects = append(objects, raw)
		_, attribute, _ := strings.Cut(h.ID, "--")
		last = map[string]any{"id": number(uuid), "uuid": uuid, "attribute_id": number(attribute), "attribute_uuid": attribute, "event_id": "0", "org_id": orgID,
			"date_sighting": unix(when), "source": s.Source, "type": strconv.Itoa(kind)}
	}
	return objects, last, nil
}

// sightable says whether STIX lets an object be sighted: domain objects only. OASIS STIX 2.1 §5.2
func sightable(id string) bool {
	kind, _, _ := strings.Cut(id, "--")
	switch kind {
	case "indicator", "observed-data", "vulnerability":
		return true
	}
	return strings.HasPrefix(kind, "x-misp-")
}

// random is a UUID of version 4. RFC 9562 §5.4
func random() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	x := hex.EncodeToString(u[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}

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

// searchSightings answers POST /sightings/restSearch/<event|attribute>: the sightings of
// some events or attributes.
func (q *request) searchSightings() error {
	var body map[string]json.RawMessage
	if err := q.question(&body); err != nil {
		return err
	}
	ids := append(listed(body["uuid"]), listed(body["id"])...)
	kinds := listed(body["type"])
	var window span
	for name, to := range map[string]*time.Time{"from": &window.from, "to": &window.until} {
		if all := listed(body[name]); len(all) > 0 {
			t, err := parseWhen(name, all[0], q.Now())
			if err != nil {
				return err
			}
			*to = t
		}
	}
	if raw := body["last"]; raw != nil {
		w, err := parseSpan("last", raw, q.Now())
		if err != nil {
			return err
		}
		if !w.from.IsZero() {
			window = w
		}
	}
	scope := strings.ToLower(q.at.arg(0))
	if scope != "" && scope != "event" && scope != "attribute" {
		return parley.E(parley.Invalid, "sightings of a %.20q: want event or attribute", scope)
	}
	x := q.indexOf(q.who)
	entries, err := q.sightedEvents(x, scope, ids)
	if err != nil {
		return err
	}
	out := []any{}
	for _, e := range entries {
		list, err := q.sightingsOf(q.ctx(), x, e)
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range list {
			if !window.fits(s.At) || len(kinds) > 0 && !slices.Contains(kinds, strconv.Itoa(s.Kind)) {
				continue
			}
			if scope == "attribute" && len(ids) > 0 && (s.attribute == nil || !slices.Contains(ids, s.attribute.UUID) && !slices.Contains(ids, number(s.attribute.UUID))) {
				continue
			}
			one := s.json()
			if params(texted(body)).on("includeEvent") {
				one["Event"] = map[string]any{"id": number(s.event.UUID), "uuid": s.event.UUID, "info": s.event.Info, "orgc_id": number(s.event.Orgc.UUID)}
			}
			if params(texted(body)).on("includeAttribute") && s.attribute != nil {
				one["Attribute"] = s.attribute.JSON()
			}
			out = append(out, map[string]any{"Sighting": one})
		}
	}
	return q.json(map[string]any{"response": out})
}

func texted(body map[string]json.RawMessage) map[string][]string {
	m := map[string][]string{}
	for name, raw := range body {
		m[name] = listed(raw)
	}
	return m
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
	var body map[string]json.RawMessage
	if q.r.Method == http.MethodPost {
		if err := q.question(&body); err != nil {
			return err
		}
	}
	ids := listed(body["id"])
	scope := "event"
	if id := q.at.arg(0); id != "" {
		ids = append(ids, id)
	}
	if strings.HasSuffix(q.at.call, "listsightings") {
		scope = "attribute"
		if all := listed(body["context"]); len(all) > 0 {
			scope = all[0]
		}
	}
	x := q.indexOf(q.who)
	entries, err := q.sightedEvents(x, scope, ids)
	if err != nil {
		return err
	}
	out := []any{}
	for _, e := range entries {
		list, err := q.sightingsOf(q.ctx(), x, e)
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		for _, s := range list {
			if scope == "attribute" && len(ids) > 0 && (s.attribute == nil || !slices.Contains(ids, s.attribute.UUID) && !slices.Contains(ids, number(s.attribute.UUID))) {
				continue
			}
			out = append(out, s.json())
		}
	}
	return q.json(out)
}

// filterSightings answers POST /sightings/filterSightingUuidsForPush/<event>: of the
// sightings that a peer would push, those that are here.
func (q *request) filterSightings() error {
	var uuids []string
	if err := q.questionOf(&uuids, maxList); err != nil {
		return err
	}
	x := q.indexOf(q.who)
	if _, ok, err := x.find(q.ctx(), q.at.arg(0)); err != nil || !ok {
		return orNone(err)
	}
	have := []string{}
	for some := range slices.Chunk(uuids, stepAsk/3) {
		var ids []string
		for _, u := range some {
			for _, kind := range []string{"sighting--", "opinion--", "note--"} {
				ids = append(ids, kind+lower(u))
			}
		}
		p, err := q.Store.Find(q.ctx(), intel.Query{Clearance: q.who.Clearance, IDs: ids, NoRaw: true, Limit: intel.MaxPage, WithRevoked: true})
		if err != nil {
			return err
		}
		for _, h := range p.Objects {
			_, uuid, _ := strings.Cut(h.ID, "--")
			if !slices.Contains(have, uuid) {
				have = append(have, uuid)
			}
		}
	}
	return q.json(have)
}

// saveSightings answers POST /sightings/bulkSaveSightings/<event>: what a peer pushes.
// Those of attributes that the event does not have are left out.
func (q *request) saveSightings() error {
	raw, err := q.whole(maxList)
	if err != nil {
		return err
	}
	var list []seen
	var wrapped struct{ Sighting []seen }
	if json.Unmarshal(raw, &list) != nil {
		if err := json.Unmarshal(raw, &wrapped); err != nil {
			return parley.E(parley.Invalid, "the body is no list of sightings: %w", plainly(err))
		}
		list = wrapped.Sighting
	}
	x := q.indexOf(q.who)
	e, ok, err := x.find(q.ctx(), q.at.arg(0))
	if err != nil {
		return err
	}
	if !ok {
		return gateway.Refuse(http.StatusMethodNotAllowed, "Event not found or not accessible by this user.")
	}
	event, err := q.gather(q.ctx(), x, e, wish{})
	if err != nil {
		return err
	}
	objects, err := q.sightedIn(event, list)
	if err != nil {
		return err
	}
	saved := 0
	if len(objects) > 0 {
		report, err := q.take(q.ctx(), objects)
		if err != nil {
			return err
		}
		saved = report.Taken + report.Changed
	}
	if saved == 0 {
		return q.json(map[string]any{"saved": false, "success": "No sightings added."})
	}
	return q.json(map[string]any{"saved": true, "success": strconv.Itoa(saved) + " sightings added."})
}

// sightedIn makes the objects for sightings of attributes of one event. An attribute
// inside an object of MISP has no object of its own here: the object's is meant.
func (q *request) sightedIn(event *misp.Event, list []seen) (objects [][]byte, err error) {
	holder := map[string]string{}
	for _, a := range event.Attributes {
		holder[a.UUID] = a.UUID
	}
	for _, o := range event.Objects {
		for _, a := range o.Attributes {
			holder[a.UUID] = o.UUID
		}
	}
	var uuids []string
	for _, s := range list {
		if u := holder[lower(s.Attribute)]; u != "" && !slices.Contains(uuids, u) {
			uuids = append(uuids, u)
		}
	}
	held, err := q.objectsByUUID(q.ctx(), uuids)
	if err != nil {
		return nil, err
	}
	by := map[string]intel.Held{}
	for _, h := range best(held) {
		_, uuid, _ := strings.Cut(h.ID, "--")
		by[uuid] = h
	}
	done := map[string]bool{}
	for i := range list {
		h, ok := by[holder[lower(list[i].Attribute)]]
		if !ok || !sightable(h.ID) {
			continue
		}
		made, _, err := q.sighted([]intel.Held{h}, &list[i])
		if err != nil {
			return nil, err
		}
		for _, raw := range made {
			if key := string(raw); !done[key] {
				done[key] = true
				objects = append(objects, raw)
			}
		}
	}
	return objects, nil
}

// viewAttribute answers GET and HEAD /attributes/view/<uuid>.
func (q *request) viewAttribute() error {
	id := lower(q.at.arg(0))
	x := q.indexOf(q.who)
	found, err := q.byUUID(q.ctx(), x, []string{id})
	if err != nil {
		return err
	}
	entries, err := x.list(q.ctx(), func(e *entry) bool { return found[e.UUID] && e.UUID != id })
	if err != nil {
		return err
	}
	f := &filter{uuid: choice{any: []string{id}}, deleted: withDeleted}
	for _, e := range entries {
		event, err := q.gather(q.ctx(), x, e, wish{deleted: true, sightings: true})
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		numbered(event)
		for _, h := range f.hits(&e, event, true) {
			if h.UUID == id {
				return q.json(map[string]any{"Attribute": h.JSON()})
			}
		}
	}
	return parley.E(parley.NotFound, "Invalid attribute")
}
