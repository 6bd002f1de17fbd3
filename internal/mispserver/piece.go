package mispserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/misp"
)

// addAttribute answers POST /attributes/add/<event>: one attribute, or a list of them.
func (q *request) addAttribute() error {
	x, e, part, err := q.piece("Attribute")
	if err != nil {
		return err
	}
	if len(part.Attributes) == 0 {
		return &unsaved{"add to", e.UUID, whyNot(part, "Attribute could not be saved.")}
	}
	for i := range part.Attributes {
		if part.Attributes[i].Timestamp.IsZero() {
			part.Attributes[i].Timestamp = part.Timestamp
		}
	}
	categorise(part)
	if err := q.revise(x, e, part, false); err != nil {
		return err
	}
	numbered(part)
	raws := make([]json.RawMessage, len(part.Attributes))
	for i, a := range part.Attributes {
		raws[i] = a.JSON()
	}
	if len(raws) == 1 {
		return q.json(map[string]any{"Attribute": raws[0]})
	}
	return q.json(map[string]any{"Attribute": raws})
}

// describeReports answers GET /eventReports/add: what the call takes. A peer pushes
// the reports of an event only where this answer has a description.
func (q *request) describeReports() error {
	return q.json(map[string]any{"name": "/event_reports/add API description", "description": "POST a report in JSON: it is added to the event that the address names.",
		"mandatory_fields": []string{"name"}, "optional_fields": []string{"distribution", "content"}, "url": q.r.URL.Path})
}

// addReport answers POST /eventReports/add/<event>: a text that belongs to an event.
func (q *request) addReport() error {
	x, e, part, err := q.piece("EventReport")
	if err != nil {
		return err
	}
	if len(part.Reports) == 0 || part.Reports[0].Name == "" {
		return &unsaved{"add to", e.UUID, whyNot(part, "a report needs a name")}
	}
	for i := range part.Reports {
		if part.Reports[i].Timestamp.IsZero() {
			part.Reports[i].Timestamp = part.Timestamp
		}
	}
	if err := q.revise(x, e, part, false); err != nil {
		return err
	}
	return q.json(map[string]any{"EventReport": part.Reports[0].JSON()})
}

// piece reads the items of a body, one or a list, as parts of the event of our own that
// the address names.
func (q *request) piece(name string) (*index, entry, *misp.Event, error) {
	x, e, err := q.ours("add to")
	if err != nil {
		return nil, e, nil, err
	}
	raw, err := q.whole(q.MaxBody)
	if err != nil {
		return nil, e, nil, err
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(raw, &m) == nil && m[name] != nil {
		raw = m[name]
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil {
		list = []json.RawMessage{raw}
	}
	now := q.Now().UTC().Truncate(time.Second)
	whole, err := json.Marshal(map[string]any{"Event": map[string]any{"uuid": e.UUID, "info": e.Info, "timestamp": unix(now), "published": isReport(e.id), "distribution": "5", name: list}})
	if err != nil {
		return nil, e, nil, parley.E(parley.Invalid, "the body is not JSON: %w", err)
	}
	for part, err := range misp.Events(bytes.NewReader(whole), misp.Limits{}) {
		if err != nil {
			return nil, e, nil, err
		}
		part.Orgc, part.Tags = e.Orgc, nil
		return x, e, part, nil
	}
	return nil, e, nil, gateway.Refuse(http.StatusBadRequest, "the body has nothing that an event could hold")
}

// whyNot is what was wrong with the first item that was refused.
func whyNot(e *misp.Event, other string) string {
	for _, f := range e.Faults {
		if f.Refused {
			return f.Reason
		}
	}
	return other
}

func isReport(id string) bool { return strings.HasPrefix(id, "report--") }
