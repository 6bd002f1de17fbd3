package mispserver

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
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
