package mispserver

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// outputFor is what writes a format.
func (q *request) outputFor(f *filter, attributes bool) (output, string, error) {
	switch f.format {
	case "json", "":
		if attributes {
			return &attributeJSON{filter: f}, kindJSON, nil
		}
		return &eventJSON{}, kindJSON, nil
	case "csv":
		return &csvOutput{filter: f}, "text/csv; charset=UTF-8", nil
	case "text":
		return &textOutput{request: q, protective: q.protective()}, "text/plain; charset=UTF-8", nil
	case "rpz":
		o, err := q.newRPZ(f)
		return o, "text/plain; charset=UTF-8", err
	case "suricata":
		return &suricataOutput{protective: q.protective()}, "text/plain; charset=UTF-8", nil
	case "stix2":
		return &stixOutput{request: q}, "application/json; charset=UTF-8", nil
	case "hashes":
		return &hashOutput{both: true, event: true}, "text/plain; charset=UTF-8", nil
	case "cache":
		return &hashOutput{event: f.flags.on("includeeventuuid")}, "text/plain; charset=UTF-8", nil
	case "count":
		return &countOutput{events: !attributes}, "text/plain; charset=UTF-8", nil
	case "hosts":
		return &hostsOutput{protective: q.protective()}, "text/plain; charset=UTF-8", nil
	}
	if d, ok := datasets[f.format]; ok {
		d.protective = q.protective()
		return &d, "text/plain; charset=UTF-8", nil
	}
	return nil, "", parley.E(parley.Invalid, "returnFormat %.40q: want json, csv, text, hosts, rpz, suricata, suricata-domains, suricata-urls, suricata-ips, suricata-md5, suricata-sha256, stix2, hashes, cache or count", f.format)
}

// eventJSON is what /events/restSearch answers.
type eventJSON struct{ some bool }

func (o *eventJSON) open(w io.Writer) error { return put(w, `{"response":[`) }

func (o *eventJSON) add(w io.Writer, e *misp.Event, _ []hit) error {
	if o.some {
		if err := put(w, ","); err != nil {
			return err
		}
	}
	o.some = true
	return e.Write(w)
}

func (o *eventJSON) close(w io.Writer) error { return put(w, "]}") }

func put(w io.Writer, s string) error {
	_, err := io.WriteString(w, s)
	return err
}

// attributeJSON is what /attributes/restSearch answers: each with what its event is
// called.
type attributeJSON struct {
	filter *filter
	some   bool
}

func (o *attributeJSON) open(w io.Writer) error { return put(w, `{"response":{"Attribute":[`) }

func (o *attributeJSON) add(w io.Writer, e *misp.Event, hits []hit) error {
	var b bytes.Buffer
	event, err := json.Marshal(map[string]any{"id": number(e.UUID), "uuid": e.UUID, "info": e.Info, "org_id": orgID, "orgc_id": number(e.Orgc.UUID),
		"distribution": strconv.Itoa(int(e.Distribution)), "publish_timestamp": unix(e.PublishedAt), "timestamp": unix(e.Timestamp), "date": e.Date, "published": e.Published,
		"Orgc": map[string]string{"id": number(e.Orgc.UUID), "name": e.Orgc.Name, "uuid": e.Orgc.UUID}})
	if err != nil {
		return err
	}
	for _, h := range hits {
		if o.some {
			b.WriteByte(',')
		}
		o.some = true
		a := *h.Attribute
		if !o.filter.flags.on("withattachments") {
			a.Data = ""
		}
		if o.filter.flags.on("includeeventtags") {
			a.Tags = append(append([]misp.Tag(nil), a.Tags...), e.Tags...)
		}
		raw := a.JSON()
		b.Write(bytes.TrimSuffix(raw, []byte("}")))
		b.WriteString(`,"Event":`)
		b.Write(event)
		if h.object != nil {
			object, err := json.Marshal(map[string]string{"id": number(h.object.UUID), "uuid": h.object.UUID, "name": h.object.Name, "meta-category": h.object.MetaCategory, "distribution": strconv.Itoa(int(h.object.Distribution))})
			if err != nil {
				return err
			}
			b.WriteString(`,"Object":`)
			b.Write(object)
		}
		b.WriteByte('}')
	}
	_, err = w.Write(b.Bytes())
	return err
}

func (o *attributeJSON) close(w io.Writer) error { return put(w, "]}}") }

// csvOutput writes the columns that MISP writes.
type csvOutput struct{ filter *filter }

var (
	csvColumns  = []string{"uuid", "event_id", "category", "type", "value", "comment", "to_ids", "date", "object_relation", "attribute_tag", "object_uuid", "object_name", "object_meta_category"}
	csvOfEvents = []string{"event_info", "event_member_org", "event_source_org", "event_distribution", "event_threat_level_id", "event_analysis", "event_date", "event_tag"}
)

func (o *csvOutput) columns() []string {
	if wanted := o.filter.flags["requested_attributes"]; len(wanted) > 0 {
		return wanted
	}
	if o.filter.flags.on("includecontext") {
		return append(append([]string(nil), csvColumns...), csvOfEvents...)
	}
	return csvColumns
}

func (o *csvOutput) open(w io.Writer) error {
	if o.filter.flags.on("headerless") {
		return nil
	}
	return put(w, strings.Join(o.columns(), ",")+"\n")
}

func (o *csvOutput) add(w io.Writer, e *misp.Event, hits []hit) error {
	c := csv.NewWriter(w)
	for _, h := range hits {
		var line []string
		for _, name := range o.columns() {
			line = append(line, h.column(name))
		}
		c.Write(line)
	}
	c.Flush()
	return c.Error()
}

func (o *csvOutput) close(io.Writer) error { return nil }

func (h hit) column(name string) string {
	switch name {
	case "uuid":
		return h.UUID
	case "event_id":
		return number(h.event.UUID)
	case "event_uuid":
		return h.event.UUID
	case "category":
		return h.Category
	case "type":
		return h.Type
	case "value":
		return h.Value
	case "comment":
		return h.Comment
	case "to_ids":
		return map[bool]string{false: "0", true: "1"}[h.ToIDs]
	case "date", "timestamp":
		return unix(h.Timestamp)
	case "object_relation":
		return h.Relation
	case "attribute_tag":
		return strings.Join(tagNames(h.Tags), ",")
	case "event_info":
		return h.event.Info
	case "event_member_org":
		return h.event.Org.Name
	case "event_source_org":
		return h.event.Orgc.Name
	case "event_distribution":
		return strconv.Itoa(int(h.event.Distribution))
	case "event_threat_level_id":
		return strconv.Itoa(h.event.ThreatLevel)
	case "event_analysis":
		return strconv.Itoa(h.event.Analysis)
	case "event_date":
		return h.event.Date
	case "event_tag":
		return strings.Join(tagNames(h.event.Tags), ",")
	case "event_timestamp":
		return unix(h.event.Timestamp)
	}
	if h.object != nil {
		switch name {
		case "object_uuid":
			return h.object.UUID
		case "object_name":
			return h.object.Name
		case "object_meta_category":
			return h.object.MetaCategory
		}
	}
	return ""
}

// stixOutput writes the objects themselves, octet for octet as the store has them: all
// that the events which were found hold.
type stixOutput struct {
	*request
	bundle *stix.BundleWriter
	seen   map[uint64]bool
}

func (o *stixOutput) open(w io.Writer) error {
	o.bundle, o.seen = stix.NewBundle(w, ""), map[uint64]bool{}
	return nil
}

func (o *stixOutput) add(w io.Writer, e *misp.Event, _ []hit) error {
	held, err := o.objects(o.ctx(), e.UUID)
	if err != nil {
		return err
	}
	for _, h := range held {
		if key := hash(h.ID); !o.seen[key] {
			o.seen[key] = true
			if err := o.bundle.Add(h.Raw); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *stixOutput) close(io.Writer) error { return o.bundle.Close() }

// objects are those of an event, with who wrote them.
func (q *request) objects(ctx context.Context, uuid string) ([]intel.Held, error) {
	x := q.indexOf(q.who)
	e, ok, err := x.find(ctx, uuid)
	if err != nil || !ok {
		return nil, err
	}
	g := &gathering{server: q.Server, index: x, entry: e}
	return g.objects(ctx)
}
