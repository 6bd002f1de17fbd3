package misp

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"time"
)

// Write writes {"Event": …} as MISP 2.5 does; readers that know older versions
// take it too. Members that a file had and this package has no name for are
// written again.
func (e *Event) Write(w io.Writer) error {
	b := bufio.NewWriterSize(w, 64<<10)
	out := &writer{Writer: b}
	out.raw(`{"Event":`)
	out.open(ordered{
		{"uuid", e.UUID}, {"info", e.Info}, {"date", e.Date}, {"threat_level_id", number(max(e.ThreatLevel, 0), 4)},
		{"analysis", number(e.Analysis, 0)}, {"published", e.Published}, {"timestamp", seconds(e.Timestamp)},
		{"publish_timestamp", seconds(e.PublishedAt)}, {"distribution", e.Distribution.text(Organisation)},
		{"attribute_count", strconv.Itoa(e.Count())}, {"extends_uuid", e.Extends}, {"locked", false}, {"proposal_email_lock", false},
		{"disable_correlation", false}, {"protected", nil}, {"sharing_group_id", "0"},
		{"Org", e.Org.json()}, {"Orgc", e.Orgc.json()},
	})
	if g := e.SharingGroup; g != nil {
		out.member("SharingGroup", g.Raw)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Extra)) {
		out.member(name, e.Extra[name])
	}
	writeList(out, "Attribute", e.Attributes, func(a Attribute) any { return a.json() })
	writeList(out, "ShadowAttribute", e.Proposals, func(p Proposal) any { return p.json() })
	out.member("RelatedEvent", []any{})
	writeList(out, "Galaxy", e.Galaxies, func(g Galaxy) any { return g.json() })
	writeList(out, "Object", e.Objects, func(o Object) any { return o.json() })
	writeList(out, "EventReport", e.Reports, func(r Report) any { return r.json() })
	if len(e.Sightings) > 0 {
		writeList(out, "Sighting", e.Sightings, func(s Sighting) any { return s.json() })
	}
	out.member("CryptographicKey", []any{})
	writeList(out, "Tag", e.Tags, func(t Tag) any { return t.json() })
	out.raw("}}")
	return b.Flush()
}

// Count is how many attributes there are, those of objects included.
func (e *Event) Count() int {
	n := len(e.Attributes)
	for _, o := range e.Objects {
		n += len(o.Attributes)
	}
	return n
}

// writer streams an object: what was written before does not stay in memory.
type writer struct {
	*bufio.Writer
	buffer []byte
}

func (w *writer) raw(s string) { w.WriteString(s) }

func (w *writer) value(v any) {
	w.buffer = appendJSON(w.buffer[:0], v)
	w.Write(w.buffer)
}

// open writes the first members of an object that is not closed yet.
func (w *writer) open(o ordered) {
	w.buffer = appendJSON(w.buffer[:0], o)
	w.Write(w.buffer[:len(w.buffer)-1])
}

func (w *writer) member(name string, v any) {
	w.buffer = append(appendText(append(w.buffer[:0], ','), name), ':')
	w.Write(w.buffer)
	w.value(v)
}

func writeList[T any](w *writer, name string, all []T, form func(T) any) {
	w.member(name, json.RawMessage("["))
	for i, one := range all {
		if i > 0 {
			w.raw(",")
		}
		w.value(form(one))
	}
	w.raw("]")
}

// number is a number as MISP writes it, in text; other where it is negative or 0
// stands for nothing.
func number(n, other int) string {
	if n < 0 || n == 0 && other != 0 {
		n = other
	}
	return strconv.Itoa(n)
}

// text is the distribution's number; other where it is unstated.
func (d Distribution) text(other Distribution) string {
	if d == Unstated {
		d = other
	}
	return strconv.Itoa(int(d))
}

// seconds is an instant as MISP writes it; "0" for none.
func seconds(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.Unix(), 10)
}

// seen is first_seen and last_seen as MISP writes it; null for none.
func seen(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000000+00:00")
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (o Org) json() any { return ordered{{"name", o.Name}, {"uuid", o.UUID}} }

func (t Tag) json() any {
	colour := t.Colour
	if colour == "" {
		colour = "#ffffff"
	}
	return ordered{{"name", t.Name}, {"colour", colour}, {"exportable", true}, {"local", t.Local}}
}

func each[T any](all []T, form func(T) any) []any {
	out := make([]any, len(all))
	for i, one := range all {
		out[i] = form(one)
	}
	return out
}

func (o ordered) with(extra map[string]json.RawMessage) ordered {
	for _, name := range slices.Sorted(maps.Keys(extra)) {
		o = append(o, member{name, extra[name]})
	}
	return o
}
