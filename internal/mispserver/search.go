package mispserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// hit is one attribute that a search found.
type hit struct {
	entry  *entry
	event  *misp.Event
	object *misp.Object // nil outside of one
	*misp.Attribute
}

// searchEvents answers POST /events/restSearch.
func (q *request) searchEvents() error { return q.search(false) }

// searchAttributes answers POST /attributes/restSearch.
func (q *request) searchAttributes() error { return q.search(true) }

// output writes what a search finds, in one format. open is called before the first.
type output interface {
	open(w io.Writer) error
	add(w io.Writer, e *misp.Event, hits []hit) error
	close(w io.Writer) error
}

func (q *request) search(attributes bool) error {
	var body map[string]json.RawMessage
	if err := q.question(&body); err != nil {
		return err
	}
	f, err := q.parseFilter(body)
	if err != nil {
		return err
	}
	out, kind, err := q.outputFor(f, attributes)
	if err != nil {
		return err
	}
	x := q.indexOf(q.who)
	entries, err := q.candidates(q.ctx(), x, f, attributes)
	if err != nil {
		return err
	}
	// Octets go out as they come: a failure in the middle breaks the connection off, so
	// that nobody takes a part for the whole.
	var w io.WriteCloser
	lazily := func() io.Writer {
		if w == nil {
			w = gateway.Stream(q.w, q.r, http.StatusOK, kind, -1, 0)
		}
		return w
	}
	begun := false
	begin := func() error {
		if begun {
			return nil
		}
		begun = true
		return out.open(lazily())
	}
	from, until := 0, -1
	if f.limit > 0 {
		from = max(f.page-1, 0) * f.limit
		until = from + f.limit
	}
	count := 0
	err = q.walk(x, entries, f, attributes, func(e *misp.Event, hits []hit) (more bool, err error) {
		if attributes {
			low, high := max(from-count, 0), len(hits)
			if until >= 0 {
				high = min(high, until-count)
			}
			count += len(hits)
			if low >= len(hits) || high <= low {
				return until < 0 || count < until, nil
			}
			hits = hits[low:high]
		} else if count++; count <= from {
			return true, nil
		}
		if err := begin(); err != nil {
			return false, err
		}
		return until < 0 || count < until, out.add(lazily(), e, hits)
	})
	if err != nil && w == nil {
		return err
	}
	if err == nil {
		if err = begin(); err == nil {
			err = out.close(lazily())
		}
	}
	if err != nil {
		q.Log.Warn("a search broke off", "event", "misp.search", "client", q.who.Name, "err", err)
		panic(http.ErrAbortHandler)
	}
	return w.Close()
}

// walk makes one event after the other and calls each with those that fit, until the
// client goes away or nothing was found for longer than Options.Patience.
func (q *request) walk(x *index, entries []entry, f *filter, attributes bool, each func(*misp.Event, []hit) (bool, error)) error {
	ctx, rest, work, end := q.patient()
	defer end()
	return why(ctx, q.pass(ctx, x, entries, f, attributes, func(e *misp.Event, hits []hit) (bool, error) {
		rest()
		defer work()
		return each(e, hits)
	}))
}

func (q *request) pass(ctx context.Context, x *index, entries []entry, f *filter, attributes bool, each func(*misp.Event, []hit) (bool, error)) error {
	w := wish{deleted: f.deleted != present, sightings: f.flags.on("includesightings") || !attributes}
	for i := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		e := &entries[i]
		if f.flags.on("metadata") && !f.narrow() && f.tags.empty() && !attributes {
			if more, err := each(sketch(e, q.org()), nil); err != nil || !more {
				return err
			}
			continue
		}
		event, err := q.gather(ctx, x, *e, w)
		if parley.KindOf(err) == parley.NotFound && err != nil {
			continue // recalled meanwhile
		}
		if err != nil {
			return err
		}
		if f.noWarned {
			q.protective().strip(event)
		}
		numbered(event)
		hits := f.hits(e, event, attributes)
		switch {
		case attributes && len(hits) == 0:
			continue
		case !attributes && (f.narrow() && len(hits) == 0 || !f.tags.empty() && len(hits) == 0 && !f.tags.fits(tagNames(event.Tags)...)):
			continue
		}
		if !attributes {
			shape(event, params{"includeAttachments": f.flags["withattachments"]}, f.deleted)
			if f.flags.on("metadata") {
				event = outline(event)
			}
		}
		if more, err := each(event, hits); err != nil || !more {
			return err
		}
	}
	return nil
}

// sketch is an event as far as the index knows it.
func sketch(e *entry, org misp.Org) *misp.Event {
	ev := &misp.Event{UUID: e.UUID, Info: e.Info, Date: e.Date, ThreatLevel: e.ThreatLevel, Analysis: e.Analysis, Published: e.published, Timestamp: e.Timestamp,
		Distribution: e.distribution, Orgc: e.Orgc, Org: org, Tags: e.Tags}
	if e.published {
		ev.PublishedAt = e.Timestamp
	}
	numbered(ev)
	return ev
}

// hits are the attributes of an event that fit.
func (f *filter) hits(entry *entry, e *misp.Event, attributes bool) (list []hit) {
	for i := range e.Attributes {
		if a := &e.Attributes[i]; f.attribute(e, nil, a, attributes) {
			list = append(list, hit{entry, e, nil, a})
		}
	}
	for i := range e.Objects {
		o := &e.Objects[i]
		for j := range o.Attributes {
			if a := &o.Attributes[j]; f.attribute(e, o, a, attributes) {
				list = append(list, hit{entry, e, o, a})
			}
		}
	}
	return list
}

// candidates are the events in which something can be found: by values, by UUIDs and by
// tags the store's index says which; else all that fit as far as the index knows them.
func (q *request) candidates(ctx context.Context, x *index, f *filter, attributes bool) ([]entry, error) {
	fits := func(e *entry) bool { return f.event(e, attributes) }
	var only map[string]bool
	if len(f.value.any) > 0 && !slices.ContainsFunc(f.value.any, func(w string) bool { return strings.Contains(w, "%") }) {
		found, err := q.byValue(ctx, x, f.value.any)
		if err != nil {
			return nil, err
		}
		only = found
	}
	if attributes && len(f.uuid.any) > 0 && only == nil {
		found, err := q.byUUID(ctx, x, f.uuid.any)
		if err != nil {
			return nil, err
		}
		only = found
	}
	if only == nil {
		if found, ok, err := q.tagged(ctx, x, f); err != nil {
			return nil, err
		} else if ok {
			only = found
		}
	}
	if only != nil {
		return x.list(ctx, func(e *entry) bool { return only[e.UUID] && fits(e) })
	}
	return x.list(ctx, fits)
}

// maxFound bounds the objects that one question by value or UUID leads to.
const maxFound = 100_000

// byValue finds the events that hold values.
func (q *request) byValue(ctx context.Context, x *index, words []string) (map[string]bool, error) {
	values := []indicator.Value{}
	for _, w := range words {
		values = append(values, valuesOf(w)...)
	}
	var held []intel.Held
	add := func(iq intel.Query, keep func(intel.Held) bool) error {
		iq.Clearance, iq.Limit = q.who.Clearance, 1000
		for len(held) < maxFound {
			p, err := q.Store.Find(ctx, iq)
			if err != nil {
				return err
			}
			for _, h := range p.Objects {
				if h.Source.Direction != intel.Out && keep(h) {
					held = append(held, h)
				}
			}
			if iq.After = p.Next; !p.More {
				return nil
			}
		}
		return parley.E(parley.Invalid, "more than %d objects have one of these values: ask for fewer at once", maxFound)
	}
	if len(values) > 0 {
		if err := add(intel.Query{Values: values, NoRaw: true}, func(intel.Held) bool { return true }); err != nil {
			return nil, err
		}
	}
	// What MISP says and STIX has no word for is not indexed by its value.
	says := func(h intel.Held) bool {
		return slices.ContainsFunc(words, func(w string) bool {
			quoted, err := json.Marshal(w)
			return err == nil && bytes.Contains(bytes.ToLower(h.Raw), bytes.ToLower(quoted[1:len(quoted)-1]))
		})
	}
	if err := add(intel.Query{Types: []string{"x-misp-attribute", "x-misp-object"}}, says); err != nil {
		return nil, err
	}
	return eventsOf(ctx, x, held)
}

func eventsOf(ctx context.Context, x *index, held []intel.Held) (map[string]bool, error) {
	entries, err := x.holding(ctx, held)
	found := map[string]bool{}
	for _, e := range entries {
		found[e.UUID] = true
	}
	return found, err
}

// valuesOf are the ways in which the index may know a word.
func valuesOf(word string) (list []indicator.Value) {
	if v, err := indicator.Recognise(word); err == nil {
		list = append(list, v)
	}
	for _, k := range []indicator.Kind{"file-name", "mutex", "windows-registry-key", "user-agent", "domain-name", "url", "email-addr", "autonomous-system", "ssdeep", "tlsh"} {
		if v, err := indicator.Parse(k, word); err == nil && !slices.Contains(list, v) {
			list = append(list, v)
		}
	}
	return list
}

// byUUID finds the events that have a UUID, or hold an attribute or object that has.
func (q *request) byUUID(ctx context.Context, x *index, uuids []string) (map[string]bool, error) {
	held, err := q.objectsByUUID(ctx, uuids)
	if err != nil {
		return nil, err
	}
	found, err := eventsOf(ctx, x, held)
	for _, u := range uuids {
		found[lower(u)] = true
	}
	return found, err
}

// objectsByUUID finds the objects that attributes or objects of MISP with these UUIDs
// stand for.
func (q *request) objectsByUUID(ctx context.Context, uuids []string) (held []intel.Held, err error) {
	var ids []string
	for _, u := range uuids {
		for kind := range attributable {
			ids = append(ids, kind+"--"+lower(u))
		}
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, stepAsk) {
		p, err := q.Store.Find(ctx, intel.Query{Clearance: q.who.Clearance, IDs: some, NoRaw: true, Limit: intel.MaxPage, WithRevoked: true})
		if err != nil {
			return nil, err
		}
		for _, h := range p.Objects {
			if h.Source.Direction != intel.Out {
				held = append(held, h)
			}
		}
	}
	return held, nil
}
