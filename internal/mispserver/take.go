package mispserver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// What a peer expects to read where an event is no news: it takes it for normal.
const notNewer = "Event could not be saved: Event in the request not newer than the local copy."

// addEvent answers POST /events/add: an event becomes objects of our own, in the
// source of the client that wrote it. One that is there already is to be edited:
// the address where stands in the answer.
func (q *request) addEvent() error {
	e, err := q.readEvent()
	if err != nil {
		return err
	}
	if e.UUID == "" {
		e.UUID = made("event", e.Info, q.who.Name, q.Now().String())
	}
	if _, ok, err := q.indexOf(q.who).find(q.ctx(), e.UUID); err != nil {
		return err
	} else if ok {
		q.w.Header().Set("Location", "/events/"+e.UUID)
		return parley.E(parley.NotFound, "Event already exists, if you would like to edit it, use the url in the location header.")
	}
	return q.takeEvent(e, "add")
}

// editEvent answers POST /events/edit/<uuid>: a newer version of an event of our own.
func (q *request) editEvent() error {
	e, err := q.readEvent()
	if err != nil {
		return err
	}
	_, have, err := q.ours("edit")
	if err != nil {
		return err
	}
	if e.UUID != "" && e.UUID != have.UUID {
		return parley.E(parley.Invalid, "the body is event %s and the address is that of %s", e.UUID, have.UUID)
	}
	e.UUID = have.UUID
	if e.Timestamp.IsZero() { // a tool leaves it to us
		if e.Timestamp = q.Now().UTC().Truncate(time.Second); !e.Timestamp.After(have.Timestamp) {
			e.Timestamp = have.Timestamp.Truncate(time.Second).Add(time.Second)
		}
	}
	if e.Timestamp.Unix() <= have.Timestamp.Unix() {
		return &unsaved{"edit", have.UUID, notNewer}
	}
	return q.takeEvent(e, "edit")
}

// readEvent reads the one event of a body, in every wrapper that MISP writes.
func (q *request) readEvent() (*misp.Event, error) {
	in, err := q.body(q.MaxBody)
	if err != nil {
		return nil, err
	}
	guard := &guard{Reader: in, found: q.r.Header.Get("X-Pgp-Signature") != ""}
	var e *misp.Event
	for one, err := range misp.Events(guard, misp.Limits{}) {
		var none *misp.NotEvent
		if errors.As(err, &none) {
			return nil, parley.E(parley.Invalid, "%s", none.Error())
		}
		if err != nil {
			return nil, gateway.BodyError(err, "")
		}
		if e != nil {
			return nil, parley.E(parley.Invalid, "the body has more than one event: send each by itself")
		}
		e = one
	}
	if e == nil {
		return nil, parley.E(parley.Invalid, "No valid event data received.")
	}
	if e.Truncated {
		return nil, parley.E(parley.Invalid, "the body ends, or stops being JSON, inside the event: nothing of it is taken")
	}
	if guard.found {
		return nil, parley.E(parley.Forbidden, "Protected event failed signature validation: this gateway holds no keys of MISP, and takes no event that only some may change")
	}
	return e, nil
}

// guard looks in passing for an event that says it is protected: one that others than
// the holders of some keys may not change. What is in the text of an attribute stands
// with its quotes escaped there, and is not taken for it.
type guard struct {
	io.Reader
	tail  []byte
	found bool
}

var protected = regexp.MustCompile(`[^\\\\]"protected"\s*:\s*(true|1|"1"|"true")`)

func (g *guard) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	window := append(g.tail, p[:n]...)
	g.found = g.found || protected.Match(window)
	g.tail = append([]byte(nil), window[max(0, len(window)-64):]...)
	return n, err
}

// takeEvent takes an event in and answers with it.
func (q *request) takeEvent(e *misp.Event, action string) error {
	if e.Orgc == (misp.Org{}) {
		e.Orgc = q.org()
	}
	if e.Timestamp.IsZero() {
		e.Timestamp = q.Now().UTC().Truncate(time.Second)
	}
	if e.Date == "" {
		e.Date = e.Timestamp.UTC().Format(time.DateOnly)
	}
	if e.Distribution == misp.Unstated {
		e.Distribution = misp.Organisation
	}
	categorise(e)
	objects, changes, err := misp.ToSTIX(e, misp.Options{Now: e.Timestamp, Org: q.org(), Created: q.created(e)})
	if err != nil {
		return err
	}
	report, err := q.take(q.ctx(), stix.Octets(objects))
	if err != nil {
		return err
	}
	var lost []string
	for _, f := range e.Faults {
		if f.Refused {
			lost = append(lost, f.Path+": "+f.Reason)
		}
	}
	for _, l := range report.Lines {
		lost = append(lost, l.ID+": "+l.Reason)
	}
	q.Log.Info("a client wrote an event", "event", "misp.event", "how", action, "client", q.who.Name, "uuid", e.UUID, "taken", report.Taken+report.Changed, "known", report.Known,
		"refused", report.Quarantined+report.Refused, "changes", len(changes))
	if report.Taken+report.Changed == 0 && report.Known == 0 {
		return &unsaved{action, e.UUID, lost}
	}
	id := numbered(e)
	e.Org, e.Faults = q.org(), nil
	if q.at.named.on("metadata") {
		e = outline(e)
	}
	if len(lost) > 0 {
		raw, err := json.Marshal(lost)
		if err != nil {
			return err
		}
		e.Extra["errors"] = raw
	}
	return q.event(e, id)
}

// created says when what an event holds was first made: STIX forbids a later version to
// change it.
func (q *request) created(e *misp.Event) func(string) (time.Time, bool) {
	known := map[string]time.Time{}
	var ids []string
	for _, u := range uuidsOf(e) {
		for kind := range attributable {
			ids = append(ids, kind+"--"+u)
		}
	}
	ids = append(ids, "report--"+e.UUID, "grouping--"+e.UUID)
	asked := false
	return func(id string) (time.Time, bool) {
		if !asked {
			asked = true
			q.lookup(ids, func(h intel.Held) {
				if o, err := stix.Parse(h.Raw, stix.Limits{}); err == nil {
					known[h.ID] = o.Created
				}
			})
		}
		t, ok := known[id]
		return t, ok
	}
}

// lookup calls f with the objects of our own that have an identifier; what it cannot
// find is as if it were not there.
func (q *request) lookup(ids []string, f func(intel.Held)) {
	c := q.who.Clearance
	for begin := 0; begin < len(ids); begin += stepAsk {
		p, err := q.Store.Find(q.ctx(), intel.Query{Clearance: c, IDs: ids[begin:min(begin+stepAsk, len(ids))], WithRevoked: true, Limit: intel.MaxPage})
		if err != nil {
			return
		}
		for _, h := range p.Objects {
			if h.Source.Direction == intel.Own {
				f(h)
			}
		}
	}
}

func uuidsOf(e *misp.Event) []string {
	var all []string
	for _, a := range e.Attributes {
		all = append(all, a.UUID)
	}
	for _, o := range e.Objects {
		all = append(all, o.UUID)
	}
	return all
}

// take imports objects into the client's own source; what becomes of each is in the
// report.
func (q *request) take(ctx context.Context, objects [][]byte) (intel.Report, error) {
	select {
	case q.writes <- struct{}{}:
		defer func() { <-q.writes }()
	default:
		return intel.Report{}, parley.E(parley.Unavailable, "%d events are being taken already", maxWrites).WithHint("send it again in some seconds")
	}
	source, err := q.Store.SourceFor(ctx, intel.Source{Direction: intel.Own, Name: q.who.Name})
	if err != nil {
		return intel.Report{}, err
	}
	r, w := io.Pipe()
	go func() { // ends when the import has read it, or gives up and closes r
		b := stix.NewBundle(w, "")
		var err error
		for _, raw := range objects {
			if err = b.Add(raw); err != nil {
				break
			}
		}
		if err == nil {
			err = b.Close()
		}
		w.CloseWithError(err)
	}()
	defer r.Close()
	return q.Store.Import(ctx, r, intel.ImportOptions{Format: intel.STIX, Name: "MISP client " + q.who.Name, Source: source})
}

// publish answers POST /events/publish/<id>: an event of our own that was a draft
// becomes a report.
func (q *request) publish() error {
	x, e, err := q.ours("publish")
	if err != nil {
		return err
	}
	if !e.published {
		if err := q.revise(x, e, nil, true); err != nil {
			return err
		}
	}
	return q.json(map[string]any{"saved": true, "success": true, "name": "Job queued", "message": "Job queued", "url": q.r.URL.Path, "id": number(e.UUID)})
}

// revise writes a newer version of an event: with more attributes, or published. The
// event's own object is changed as little as that needs.
func (q *request) revise(x *index, e entry, more *misp.Event, publish bool) error {
	g := &gathering{server: q.Server, index: x, entry: e}
	head, _, err := g.head(q.ctx())
	if err != nil {
		return err
	}
	if head == nil {
		return errNoSuchEvent
	}
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(head.Raw, &m); err != nil {
		return parley.E(parley.Internal, "%s: %w", head.ID, err)
	}
	now := q.Now().UTC().Truncate(time.Millisecond)
	if !now.After(head.Version) {
		now = head.Version.Add(time.Millisecond)
	}
	put := func(name string, v any) { m[name], _ = json.Marshal(v) }
	stamp := now.Format("2006-01-02T15:04:05.000Z")
	put("modified", stamp)
	if publish {
		put("type", "report")
		put("id", "report--"+e.UUID)
		put("published", stamp)
		delete(m, "context")
	}
	var objects [][]byte
	if more != nil {
		made, _, err := misp.ToSTIX(more, misp.Options{Now: now, Org: q.org()})
		if err != nil {
			return err
		}
		refs := []string{}
		json.Unmarshal(m["object_refs"], &refs)
		for _, o := range made {
			if o.Type == "grouping" || o.Type == "report" {
				continue
			}
			raw := o.Raw
			if o.Type != "marking-definition" && o.Type != "identity" {
				refs = append(refs, o.ID)
				if raw, err = as(raw, m, head.Marking); err != nil {
					return err
				}
			}
			objects = append(objects, raw)
		}
		put("object_refs", refs)
	}
	raw, err := json.Marshal(m)
	if err != nil {
		return err
	}
	report, err := q.take(q.ctx(), append(objects, raw))
	if err == nil && report.Taken+report.Changed == 0 {
		return parley.E(parley.Conflict, "nothing of it was taken")
	}
	return err
}

// as marks an object as its event is, where that is stricter than what it says itself.
func as(raw []byte, event map[string]json.RawMessage, tlp stix.TLP) ([]byte, error) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil || o.Marking.Strictest() >= tlp {
		return raw, err
	}
	m := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, err
	}
	m["object_marking_refs"], _ = json.Marshal([]string{stix.MarkingID(tlp)})
	if refs := event["object_marking_refs"]; refs != nil {
		m["object_marking_refs"] = refs
	}
	return json.Marshal(m)
}

func (q *request) notHere() error {
	return &unsaved{"add to", "", "This gateway takes events, what belongs to them, and sightings."}
}
