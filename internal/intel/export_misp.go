package intel

import (
	"fmt"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
)

// maxMISP bounds the octets of objects that one export to MISP maps: events are made of
// many objects, so that all of them are held.
const maxMISP = 256 << 20

// mispExporter maps all objects at its end.
type mispExporter struct {
	w    io.Writer
	now  time.Time
	raw  [][]byte
	size int
}

func (e *mispExporter) add(h Held, r *Report) error {
	if e.size += len(h.Raw); e.size > maxMISP {
		return parley.E(parley.Invalid, "more than %d MiB of objects for one export to MISP", maxMISP>>20).WithHint("narrow the query, or export stix")
	}
	e.raw = append(e.raw, h.Raw)
	return nil
}

func (e *mispExporter) close(r *Report) error {
	if len(e.raw) == 0 {
		_, err := io.WriteString(e.w, "{\"response\":[]}\n")
		return err
	}
	events, changes, err := misp.FromSTIX(e.raw, misp.FromOptions{Now: e.now})
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
