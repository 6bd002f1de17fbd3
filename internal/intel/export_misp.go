package intel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// maxMISP bounds the octets of objects that one export to MISP maps: events are made of
// many objects, so that all of them are held.
const maxMISP = 256 << 20

// mispExporter maps all objects at its end.
type mispExporter struct {
	w    io.Writer
	now  time.Time
	us   string // whose node this is
	raw  [][]byte
	from map[string]string // identifier to the party that brought it
	size int
}

func (e *mispExporter) add(h Held, r *Report) error {
	if e.size += len(h.Raw); e.size > maxMISP {
		return parley.E(parley.Invalid, "more than %d MiB of objects for one export to MISP", maxMISP>>20).WithHint("narrow the query, or export stix")
	}
	o, err := stix.Parse(h.Raw, stix.Limits{})
	if err != nil {
		return parley.E(parley.Internal, "%s: %w", h.ID, err)
	}
	raw, ok := h.Marked(o)
	if !ok {
		return parley.E(parley.Internal, "%s cannot be marked", h.ID)
	}
	e.raw = append(e.raw, raw)
	if h.Source.Direction == In {
		e.from[h.ID] = string(h.Source.Party)
	}
	return nil
}

// who stands behind an object that names nobody: the party that brought it, else this
// organisation.
func (e *mispExporter) who(id string) misp.Org {
	name := cmp.Or(e.from[id], e.us, "parley")
	return misp.Org{Name: name, UUID: OrganisationUUID(name)}
}

// Marked is an object as a mapping to a format without markings shall read it: with the
// traffic light that the store holds it by and with no other marking, so that what brought
// the object counts, and a marking that the other format has no word for is the light that
// it was resolved to. ok is false where it is no object.
func (h Held) Marked(o *stix.Object) (raw []byte, ok bool) {
	light := stix.MarkingID(said(h.Marking))
	if len(o.Granular) == 0 && slices.Equal(o.MarkingRefs, []string{light}) {
		return h.Raw, true
	}
	m := map[string]json.RawMessage{}
	if json.Unmarshal(h.Raw, &m) != nil {
		return nil, false
	}
	delete(m, "granular_markings")
	if h.Type != "marking-definition" {
		m["object_marking_refs"], _ = json.Marshal([]string{light})
	}
	raw, err := json.Marshal(m)
	return raw, err == nil
}

func (e *mispExporter) close(r *Report) error {
	if len(e.raw) == 0 {
		_, err := io.WriteString(e.w, "{\"response\":[]}\n")
		return err
	}
	events, changes, err := misp.FromSTIX(e.raw, misp.FromOptions{Now: e.now, Who: e.who, Unmarked: misp.Community})
	for _, ev := range events {
		ev.Org = e.who("")
	}
	if err != nil {
		return err
	}
	lost := map[string]bool{}
	for _, c := range changes {
		if c.Lost {
			lost[c.ID] = true
		}
		if len(r.Lines) < MaxLines {
			r.Lines = append(r.Lines, Line{ID: c.ID, What: Lost, Rule: c.What, Reason: c.Reason})
		} else {
			r.More++
		}
	}
	r.Taken = r.Objects
	if len(lost) > 0 {
		r.Lost = append(r.Lost, fmt.Sprintf("something of %d objects", len(lost)))
	}
	if _, err := io.WriteString(e.w, "{\"response\":["); err != nil {
		return err
	}
	for i, ev := range events {
		if i > 0 {
			io.WriteString(e.w, ",")
		}
		if err := ev.Write(e.w); err != nil { // with its {"Event":
			return err
		}
	}
	_, err = io.WriteString(e.w, "]}\n")
	return err
}
