package mispserver

import (
	"parley.example/parley"
)

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
