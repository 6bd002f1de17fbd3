package mispserver

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

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
