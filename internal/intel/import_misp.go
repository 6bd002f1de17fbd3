package intel

import (
	"errors"
	"io"
	"iter"
	"slices"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// readMISP maps events, one at a time, and says what STIX does not say of each.
func readMISP(r io.Reader, o ImportOptions, s *Store, latest lookupLatest) reading {
	next, stop := iter.Pull2(misp.Events(r, misp.Limits{}))
	at := 0
	return reading{close: stop, next: func() (piece, error) {
		e, err, ok := next()
		if !ok {
			return piece{}, io.EOF
		}
		p := piece{path: "event " + strconv.Itoa(at+1)}
		at++
		if err != nil {
			var not *misp.NotEvent
			p.fault = &stix.Fault{Rule: "misp", Message: err.Error()}
			if !errors.As(err, &not) {
				p.last = true
			}
			if e == nil {
				return p, nil
			}
			p.notes = append(p.notes, Line{Path: p.path, What: Refused, Rule: "misp", Reason: err.Error()})
			p.fault = nil
		}
		p.id = e.UUID
		for _, f := range e.Faults {
			l := Line{Path: p.path + " " + f.Path, ID: f.UUID, What: Changed, Rule: "misp", Reason: f.Reason}
			if f.Refused {
				l.What = Refused
			}
			p.notes = append(p.notes, l)
		}
		list, changes, err := mapEvent(e, s.now(), latest)
		if err != nil && parley.KindOf(err) != parley.Invalid {
			return p, err
		}
		if err != nil {
			p.fault = &stix.Fault{Rule: "misp", Message: err.Error()}
			return p, nil
		}
		for _, c := range changes {
			if c.Lost {
				p.notes = append(p.notes, Line{Path: p.path, ID: c.ID, What: Lost, Rule: c.What, Reason: c.Reason})
			}
		}
		p.changed, p.objects = "made STIX 2.1 of MISP", list
		return p, nil
	}}
}

// lookupLatest is Store.latest within one source.
type lookupLatest func(ids []string) (map[string]*stix.Object, error)

// mapEvent maps an event, and where the store has an earlier version of one of its objects
// maps it again with when that was made: STIX forbids to change it.
func mapEvent(e *misp.Event, now time.Time, latest lookupLatest) ([]*stix.Object, []misp.Change, error) {
	list, changes, err := misp.ToSTIX(e, misp.Options{Now: now})
	if err != nil {
		return nil, nil, err
	}
	ids := make([]string, len(list))
	for i, o := range list {
		ids[i] = o.ID
	}
	known, err := latest(ids)
	if err != nil || !slices.ContainsFunc(list, func(o *stix.Object) bool { k := known[o.ID]; return k != nil && !k.Created.Equal(o.Created) }) {
		return list, changes, err
	}
	return misp.ToSTIX(e, misp.Options{Now: now, Created: func(id string) (time.Time, bool) {
		if k := known[id]; k != nil {
			return k.Created, true
		}
		return time.Time{}, false
	}})
}

// mapped parses what a mapping made.
func (p piece) mapped(list [][]byte, l stix.Limits) piece {
	for _, raw := range list {
		o, err := stix.Parse(raw, l)
		if err != nil {
			p.notes = append(p.notes, Line{Path: p.path, What: Refused, Rule: asFault(err).Rule, Reason: asFault(err).Error()})
			continue
		}
		if bad := stix.Check(o); len(bad) > 0 {
			p.notes = append(p.notes, Line{Path: p.path, ID: o.ID, What: Refused, Rule: bad[0].Rule, Reason: bad[0].Error()})
			continue
		}
		p.objects = append(p.objects, o)
	}
	return p
}
