package mispserver

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// Bounds of one step of making an event: of one with more objects, the members are
// read in several steps, none is left out.
const (
	stepMembers = 10_000
	stepAsk     = 500     // identifiers in one question to the store
	maxAbout    = 100_000 // relationships, sightings, opinions and notes of one step; what is over is left out, and the log says so
)

// wish says what of an event is wanted.
type wish struct {
	deleted   bool // also what was revoked
	sightings bool
}

// gather makes one event of its objects, as the client may see them now. NotFound where
// it sees none of them any more.
func (s *Server) gather(ctx context.Context, x *index, e entry, w wish) (*misp.Event, error) {
	select {
	case s.making <- struct{}{}:
		defer func() { <-s.making }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	g := &gathering{server: s, index: x, entry: e, wish: w, options: misp.FromOptions{Now: e.Timestamp, UUID: e.UUID, Info: e.Info, Org: e.Orgc, Unmarked: e.distribution}}
	if err := g.run(ctx); err != nil {
		return nil, err
	}
	if g.event == nil {
		x.empty(e)
		return nil, errNoSuchEvent
	}
	g.finish()
	if len(g.event.Attributes)+len(g.event.Objects)+len(g.event.Reports) == 0 {
		x.hollow(e)
	}
	return g.event, nil
}

var errNoSuchEvent = parley.E(parley.NotFound, "Invalid event")

type gathering struct {
	server  *Server
	index   *index
	entry   entry
	wish    wish
	options misp.FromOptions
	event   *misp.Event
	used    map[string]bool // observables that a step before took as part of another object
	made    map[string]bool // UUIDs of attributes and objects of the steps before
}

func (g *gathering) find(ctx context.Context, q intel.Query) (intel.Page, error) {
	q.Clearance, q.WithRevoked = g.index.clearance, g.wish.deleted
	return g.server.Store.Find(ctx, q)
}

func (g *gathering) run(ctx context.Context) error {
	if g.entry.id == "" {
		return g.part(ctx)
	}
	head, members, err := g.head(ctx)
	if err != nil || head == nil {
		return err
	}
	if len(members) > stepMembers {
		g.used, g.made = map[string]bool{}, map[string]bool{}
		together(members)
	}
	for begin := 0; begin == 0 || begin < len(members); begin += stepMembers {
		some := members[begin:min(begin+stepMembers, len(members))]
		held, err := g.byID(ctx, slices.DeleteFunc(some, func(id string) bool { return g.used[id] }))
		if err != nil {
			return err
		}
		if err := g.step(ctx, head, held); err != nil {
			return err
		}
	}
	return nil
}

// together puts what is one attribute or object of MISP side by side: what has one UUID,
// and observables behind what observed them, so that no step makes it a second time.
func together(ids []string) {
	slices.SortFunc(ids, func(a, b string) int {
		akind, auuid, _ := strings.Cut(a, "--")
		bkind, buuid, _ := strings.Cut(b, "--")
		return cmp.Or(cmp.Compare(last(akind), last(bkind)), cmp.Compare(auuid, buuid), cmp.Compare(akind, bkind))
	})
}

func last(kind string) int {
	switch {
	case sightable(kind + "--"):
		return 0
	case attributable[kind]:
		return 1
	}
	return 2
}

// head reads the report, with its references emptied, and what it refers to.
func (g *gathering) head(ctx context.Context) (head *member, refs []string, err error) {
	held, err := g.byID(ctx, []string{g.entry.id})
	if err != nil || len(held) == 0 || held[0].Revoked {
		return nil, nil, err
	}
	o, err := stix.Parse(held[0].Raw, stix.Limits{})
	if err != nil {
		return nil, nil, nil
	}
	seen := map[string]bool{}
	for _, r := range o.Refs {
		if r.Property == "object_refs" && !seen[r.Target] {
			seen[r.Target] = true
			refs = append(refs, r.Target)
		}
	}
	return &member{held[0], o}, refs, nil
}

// member is one object of an event.
type member struct {
	intel.Held
	object *stix.Object
}

// byID finds the present version of some objects, each once: of the event's own source
// if that has it, else the newest, and not what we sent ourselves.
func (g *gathering) byID(ctx context.Context, ids []string) ([]intel.Held, error) {
	best := make(map[string]intel.Held, len(ids))
	for some := range slices.Chunk(ids, stepAsk) {
		q := intel.Query{IDs: some, Limit: intel.MaxPage}
		for {
			p, err := g.find(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, h := range p.Objects {
				if was, ok := best[h.ID]; !ok || g.better(h, was) {
					best[h.ID] = h
				}
			}
			if !p.More {
				break
			}
			q.After = p.Next
		}
	}
	list := make([]intel.Held, 0, len(best))
	for _, id := range ids {
		if h, ok := best[id]; ok && h.Source.Direction != intel.Out {
			list = append(list, h)
			delete(best, id)
		}
	}
	return list, nil
}

func (g *gathering) better(h, was intel.Held) bool {
	if (h.Source.Direction == intel.Out) != (was.Source.Direction == intel.Out) {
		return was.Source.Direction == intel.Out
	}
	if !h.Version.Equal(was.Version) {
		return h.Version.After(was.Version)
	}
	return h.Source.N == g.entry.source.N && was.Source.N != h.Source.N
}

// part reads a part of what no report holds.
func (g *gathering) part(ctx context.Context) error {
	held, err := g.loose(ctx)
	if err != nil || len(held) == 0 {
		return err
	}
	return g.step(ctx, nil, held)
}

// loose are the objects of a part, as they stand in the store.
func (g *gathering) loose(ctx context.Context) (held []intel.Held, err error) {
	e := g.entry
	q := intel.Query{Sources: []int64{e.window.source}, MinTLP: e.window.tlp, MaxTLP: e.window.tlp, After: intel.Cursor(e.n - 1), Limit: 2000}
	for {
		p, err := g.find(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, h := range p.Objects {
			key := keyOf(h)
			key.part = e.window.part
			if h.N <= e.last && attributable[h.Type] && key == e.window && !g.index.held(h.ID) {
				held = append(held, h)
			}
		}
		if !p.More || uint64(p.Next) >= e.last {
			return held, nil
		}
		q.After = p.Next
	}
}

// objects are all those of an event, as they stand in the store.
func (g *gathering) objects(ctx context.Context) ([]intel.Held, error) {
	if g.entry.id == "" {
		return g.loose(ctx)
	}
	head, members, err := g.head(ctx)
	if err != nil || head == nil {
		return nil, err
	}
	held, err := g.byID(ctx, append([]string{g.entry.id, head.object.CreatedBy}, members...))
	if err != nil {
		return nil, err
	}
	about, err := g.about(ctx, held)
	return append(held, about...), err
}

// step maps some members, with what speaks of them, and adds what comes of it to the event.
func (g *gathering) step(ctx context.Context, head *member, held []intel.Held) error {
	members := map[string]bool{}
	var raws [][]byte
	need := map[string]bool{}
	add := func(h intel.Held) bool {
		o, err := stix.Parse(h.Raw, stix.Limits{})
		if err != nil {
			return false
		}
		raw, ok := reduced(h, o, "")
		if head == nil && h.Marking == g.entry.window.tlp {
			raw, ok = unmarked(h, o) // the event has it
		}
		if !ok {
			return false
		}
		raws = append(raws, raw)
		if o.CreatedBy != "" {
			need[o.CreatedBy] = true
		}
		for _, r := range o.Refs {
			if r.Property != "sighting_of_ref" && r.Property != "source_ref" {
				need[r.Target] = true
				if o.Type != "relationship" && g.used != nil {
					g.used[r.Target] = true
				}
			}
		}
		return true
	}
	for _, h := range held {
		members[h.ID] = add(h)
	}
	about, err := g.about(ctx, held)
	if err != nil {
		return err
	}
	for _, h := range about {
		if _, twice := members[h.ID]; !twice {
			members[h.ID] = false
			add(h)
		}
	}
	if head != nil && head.object.CreatedBy != "" {
		need[head.object.CreatedBy] = true
	}
	var more []string
	for id := range need {
		if _, have := members[id]; !have && !strings.HasPrefix(id, "marking-definition--") {
			more = append(more, id)
		}
	}
	slices.Sort(more)
	context, err := g.byID(ctx, more)
	if err != nil {
		return err
	}
	for _, h := range context {
		if o, err := stix.Parse(h.Raw, stix.Limits{}); err == nil && (head != nil || o.Type == "identity") {
			if raw, ok := reduced(h, o, ""); ok {
				raws = append(raws, raw)
			}
		}
	}
	if head != nil {
		raw, ok := listing(head, members)
		if !ok {
			return nil
		}
		raws = append(raws, raw)
	}
	if len(raws) == 0 {
		return nil
	}
	events, _, err := misp.FromSTIX(raws, g.options)
	if err != nil {
		return err
	}
	for _, e := range events {
		if e.UUID == g.entry.UUID {
			g.merge(e)
			return nil
		}
	}
	return nil
}

// about finds what speaks of members: relationships that begin there, sightings,
// opinions and notes.
func (g *gathering) about(ctx context.Context, held []intel.Held) (list []intel.Held, err error) {
	types := []string{"relationship"}
	if g.wish.sightings {
		types = append(types, "sighting", "opinion", "note")
	}
	ids := make([]string, 0, len(held)+1)
	for _, h := range held {
		ids = append(ids, h.ID)
	}
	if g.entry.id != "" {
		ids = append(ids, g.entry.id)
	}
	for some := range slices.Chunk(ids, stepAsk) {
		q := intel.Query{Refs: some, Types: types, Limit: 1000}
		for {
			if len(list) >= maxAbout {
				g.server.Log.Warn("an event goes out without some of its sightings and relationships: there are too many", "event", "misp.left_out", "uuid", g.entry.UUID, "taken", len(list))
				return list, nil
			}
			p, err := g.find(ctx, q)
			if err != nil {
				return nil, err
			}
			for _, h := range p.Objects {
				if h.Source.Direction != intel.Out {
					list = append(list, h)
				}
			}
			if !p.More {
				break
			}
			q.After = p.Next
		}
	}
	return list, nil
}

// merge adds what one step made.
func (g *gathering) merge(e *misp.Event) {
	if g.made != nil {
		e.Attributes = slices.DeleteFunc(e.Attributes, func(a misp.Attribute) bool { return g.again(a.UUID) })
		e.Objects = slices.DeleteFunc(e.Objects, func(o misp.Object) bool { return g.again(o.UUID) })
	}
	if g.event == nil {
		g.event = e
		return
	}
	t := g.event
	t.Attributes = append(t.Attributes, e.Attributes...)
	t.Objects = append(t.Objects, e.Objects...)
	t.Proposals = append(t.Proposals, e.Proposals...)
	t.Sightings = append(t.Sightings, e.Sightings...)
	for _, tag := range e.Tags {
		if !slices.Contains(t.Tags, tag) {
			t.Tags = append(t.Tags, tag)
		}
	}
	for _, galaxy := range e.Galaxies {
		if !slices.ContainsFunc(t.Galaxies, func(have misp.Galaxy) bool { return have.Type == galaxy.Type }) {
			t.Galaxies = append(t.Galaxies, galaxy)
		}
	}
}

func (g *gathering) again(uuid string) bool {
	had := g.made[uuid]
	g.made[uuid] = true
	return had
}

// finish says of the event what its entry does.
func (g *gathering) finish() {
	e := g.event
	e.Timestamp, e.Published = g.entry.Timestamp, g.entry.published
	if e.Published && e.PublishedAt.IsZero() {
		e.PublishedAt = e.Timestamp
	}
	if g.entry.id == "" {
		e.Info, e.Date, e.Analysis, e.ThreatLevel, e.Orgc, e.Tags = g.entry.Info, g.entry.Date, g.entry.Analysis, g.entry.ThreatLevel, g.entry.Orgc, append(e.Tags, g.entry.Tags...)
		e.Distribution = misp.ForTLP(g.entry.window.tlp)
	}
	if e.Orgc == (misp.Org{}) || e.Orgc.Name == "" {
		e.Orgc = g.entry.Orgc
	}
	e.Org = g.server.org()
	if e.Distribution == misp.Group && e.SharingGroup == nil || e.Distribution == misp.Inherit || e.Distribution == misp.Unstated {
		e.Distribution = misp.Organisation
	}
}
