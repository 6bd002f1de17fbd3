package mispserver

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// Pages of a fold: reports are read whole, of the rest only what stands beside them.
const (
	reportsPage = 200
	loosePage   = intel.MaxPage
)

// pages calls f for each page of a query, and keeps the place behind it.
func (x *index) pages(ctx context.Context, q intel.Query, after *intel.Cursor, f func([]intel.Held) error) error {
	q.Clearance, q.Sources = x.clearance, x.numbers
	for {
		q.After = *after
		p, err := x.server.Store.Find(ctx, q)
		if err != nil {
			return err
		}
		if err := f(p.Objects); err != nil {
			return err
		}
		*after = p.Next
		if !p.More {
			return nil
		}
	}
}

// foldReports takes the reports and groupings that are new, and what each holds.
func (x *index) foldReports(ctx context.Context) error {
	q := intel.Query{Types: []string{"report", "grouping"}, WithRevoked: true, Limit: reportsPage}
	return x.pages(ctx, q, &x.after.reports, func(page []intel.Held) error {
		authors := map[string]bool{}
		parsed := make([]*stix.Object, len(page))
		for i, h := range page {
			if parsed[i], _ = stix.Parse(h.Raw, stix.Limits{}); parsed[i] != nil && parsed[i].CreatedBy != "" {
				authors[parsed[i].CreatedBy] = true
			}
		}
		if err := x.learn(ctx, authors); err != nil {
			return err
		}
		for i, h := range page {
			if parsed[i] != nil {
				x.report(h, parsed[i])
			}
		}
		return nil
	})
}

// learn finds the names of authors.
func (x *index) learn(ctx context.Context, authors map[string]bool) error {
	var ids []string
	for id := range authors {
		if _, known := x.orgNames[id]; !known {
			ids = append(ids, id)
			x.orgNames[id] = ""
		}
	}
	if len(ids) == 0 {
		return nil
	}
	p, err := x.server.Store.Find(ctx, intel.Query{Clearance: x.clearance, Sources: x.numbers, IDs: ids, Limit: intel.MaxPage})
	for _, h := range p.Objects {
		if o, err := stix.Parse(h.Raw, stix.Limits{}); err == nil {
			x.orgNames[h.ID] = o.Name
		}
	}
	return err
}

func (x *index) report(h intel.Held, o *stix.Object) {
	e := &entry{id: h.ID, n: h.N, source: h.Source}
	raw, ok := reduced(h, o, "object_refs")
	if !ok {
		return
	}
	all, _, err := misp.FromSTIX([][]byte{raw}, misp.FromOptions{Now: h.Added, Org: x.server.orgFor(h), Unmarked: misp.ForTLP(h.Marking)})
	if err != nil || len(all) == 0 {
		return
	}
	e.Entry, e.distribution = all[0].Entry(), all[0].Distribution
	if name := x.orgNames[o.CreatedBy]; name != "" {
		e.Orgc.Name = name
	}
	e.published = all[0].Published || h.Source.Direction == intel.In
	i, known := x.place[e.UUID]
	if known && x.events[i] != nil {
		old := x.events[i]
		if old.id != "" && old.n < h.N && old.Timestamp.After(e.Timestamp) {
			return // an older version from elsewhere
		}
		e.sighted = old.sighted
	}
	if !known {
		i = len(x.events)
		x.events = append(x.events, nil)
		x.place[e.UUID] = i
	}
	if h.Revoked {
		x.events[i] = nil
		return
	}
	x.events[i] = e
	// Reports are folded before what they hold. Where one comes later than that, the part
	// that its object stood in has it no more when it is made.
	for _, r := range o.Refs {
		if r.Property == "object_refs" {
			x.members[hash(r.Target)] = uint32(i)
		}
	}
}

// attributable are the types that can become an attribute or an object of MISP.
var attributable = map[string]bool{
	"indicator": true, "observed-data": true, "vulnerability": true, "x-misp-attribute": true, "x-misp-object": true,
	"artifact": true, "autonomous-system": true, "domain-name": true, "email-addr": true, "email-message": true, "file": true,
	"ipv4-addr": true, "ipv6-addr": true, "mac-addr": true, "mutex": true, "network-traffic": true, "process": true, "url": true,
	"user-account": true, "windows-registry-key": true, "x509-certificate": true,
}

// foldLoose takes what no report holds, and what newer versions say of those.
func (x *index) foldLoose(ctx context.Context) error {
	return x.pages(ctx, intel.Query{NoRaw: true, Limit: loosePage}, &x.after.loose, func(page []intel.Held) error {
		for _, h := range page {
			if !attributable[h.Type] {
				continue
			}
			i, member := x.members[hash(h.ID)]
			if member && x.events[i] != nil && h.Version.After(x.events[i].Timestamp) {
				x.events[i].Timestamp, x.events[i].hollow = h.Version, false
			}
			x.count(h, member)
		}
		return nil
	})
}

// keyOf says in which window an object stands.
func keyOf(h intel.Held) windowKey {
	k := windowKey{source: h.Source.N, from: h.Entry, tlp: h.Marking}
	if k.from == "" {
		k.from = h.From + " " + h.Added.UTC().Format(time.DateOnly)
	}
	return k
}

// count counts an object into its window: those that a report holds too, so that the
// parts are the same whoever asks.
func (x *index) count(h intel.Held, member bool) {
	key := keyOf(h)
	w := x.open[key]
	if w == nil {
		w = &window{}
		x.open[key] = w
	}
	if w.count == windowObjects {
		w.part, w.count = w.part+1, 0
	}
	w.count++
	if member {
		return
	}
	key.part = w.part
	src := h.Source
	agreement := ""
	if src.Direction != intel.Own {
		agreement = src.Agreement.String()
	}
	uuid := made("window", agreement, src.Name, key.from, key.tlp.String(), strconv.Itoa(key.part))
	i, known := x.place[uuid]
	if !known {
		i = len(x.events)
		x.place[uuid] = i
		e := &entry{n: h.N, source: src, window: key, published: true, distribution: misp.ForTLP(key.tlp)}
		e.UUID, e.Info = uuid, title(h, key.part)
		e.Date, e.Analysis, e.ThreatLevel = h.Added.UTC().Format(time.DateOnly), 2, 4
		e.Orgc = x.server.orgFor(h)
		e.Tags = []misp.Tag{{Name: strings.ToLower(h.Marking.String())}}
		x.events = append(x.events, e)
	}
	e := x.events[i]
	e.last = h.N
	e.loose++
	if h.Added.After(e.Timestamp) {
		e.Timestamp = h.Added
	}
}

// title says in a line where objects came from.
func title(h intel.Held, part int) string {
	what := cmp.Or(h.From, "our own")
	s := "From " + what
	if h.Entry != "" {
		s += ", " + h.Entry
	} else {
		s += ", " + h.Added.UTC().Format(time.DateOnly)
	}
	s += ", " + h.Marking.String()
	if part > 0 {
		s += ", part " + strconv.Itoa(part+1)
	}
	return s
}

// foldSightings notes which events have sightings that are new.
func (x *index) foldSightings(ctx context.Context) error {
	q := intel.Query{Types: []string{"sighting", "opinion", "note"}, Limit: 1000}
	return x.pages(ctx, q, &x.after.sightings, func(page []intel.Held) error {
		for _, h := range page {
			o, err := stix.Parse(h.Raw, stix.Limits{})
			if err != nil || h.Type == "note" && !isExpiration(o) {
				continue
			}
			for _, r := range o.Refs {
				if r.Property != "sighting_of_ref" && r.Property != "object_refs" {
					continue
				}
				e, err := x.locate(ctx, r.Target)
				if err != nil {
					return err
				}
				if e != nil && h.Added.After(e.sighted) {
					e.sighted = h.Added
				}
			}
		}
		return nil
	})
}

func isExpiration(o *stix.Object) bool {
	for _, l := range o.Labels {
		if strings.HasPrefix(l, "misp:sighting=") {
			return true
		}
	}
	return false
}

// locate finds the event that holds an object by its identifier alone.
func (x *index) locate(ctx context.Context, id string) (*entry, error) {
	if i, ok := x.members[hash(id)]; ok {
		return x.events[i], nil
	}
	p, err := x.server.Store.Find(ctx, intel.Query{Clearance: x.clearance, Sources: x.numbers, IDs: []string{id}, NoRaw: true, Limit: 10})
	if err != nil {
		return nil, err
	}
	for _, h := range p.Objects {
		if e := x.holder(h.ID, h.Source.N, h.N); e != nil {
			return e, nil
		}
	}
	return nil, nil
}
