package misp

import (
	"bufio"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
)

// Entry is what the manifest of a feed says of one event.
type Entry struct {
	UUID        string
	Info        string
	Date        string
	Timestamp   time.Time
	Analysis    int
	ThreatLevel int
	Orgc        Org
	Tags        []Tag
}

// Entry is the event's line in a manifest.
func (e *Event) Entry() Entry {
	return Entry{e.UUID, e.Info, e.Date, e.Timestamp, e.Analysis, e.ThreatLevel, e.Orgc, e.Tags}
}

// maxManifest bounds the manifest of a feed: a hundred thousand events of it fit.
const maxManifest = 64 << 20

// ParseManifest reads the manifest.json of a feed, in order of its UUIDs. What
// is no UUID, or says nothing, stands among the faults and is left out.
func ParseManifest(r io.Reader) ([]Entry, []Fault, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxManifest+1))
	if err != nil {
		return nil, nil, err
	}
	if len(raw) > maxManifest {
		return nil, nil, parley.E(parley.Invalid, "the manifest is larger than %d octets", maxManifest)
	}
	f, err := parseFields(raw)
	if err != nil {
		return nil, nil, parley.E(parley.Invalid, "the manifest %s: want an object with a member for each event", err)
	}
	b := &builder{event: newEvent(), extra: f, aliases: map[string]string{}}
	var all []Entry
	for _, name := range slices.Sorted(maps.Keys(f.members)) {
		uuid, ok := parseUUID(name)
		if !ok {
			b.fault(name, "", true, "%.60q is no UUID of an event", name)
			continue
		}
		m := b.parse(name, f.members[name])
		if m == nil {
			continue
		}
		e := Entry{
			UUID: uuid, Info: m.text("info"), Date: m.text("date"), Timestamp: m.when("timestamp"), Analysis: m.number("analysis", 0, 2, -1),
			ThreatLevel: m.number("threat_level_id", 0, 4, 0), Orgc: b.org(name+".Orgc", m.take("Orgc")),
		}
		for i, raw := range m.list("Tag") {
			add(&e.Tags, b.tag(at(name+".Tag", i), raw))
		}
		b.odd(name, uuid, m)
		all = append(all, e)
	}
	return all, b.event.Faults, nil
}

// WriteManifest writes a manifest.json.
func WriteManifest(w io.Writer, entries []Entry) error {
	b := &writer{Writer: bufio.NewWriter(w)}
	b.raw("{")
	for i, e := range entries {
		if i > 0 {
			b.raw(",\n")
		}
		b.value(e.UUID)
		b.raw(":")
		b.value(ordered{
			{"Orgc", e.Orgc.json()}, {"Tag", each(e.Tags, Tag.json)}, {"info", e.Info}, {"date", e.Date},
			{"analysis", number(e.Analysis, 0)}, {"threat_level_id", number(e.ThreatLevel, 4)}, {"timestamp", seconds(e.Timestamp)},
		})
	}
	b.raw("}\n")
	return b.Flush()
}

// WriteHashes writes the event's lines of hashes.csv: `md5,uuid` of each value
// that is not deleted, of both halves where the type is composite.
func (e *Event) WriteHashes(w io.Writer) error {
	for a := range e.each() {
		for _, v := range a.Halves() {
			sum := md5.Sum([]byte(v))
			if _, err := fmt.Fprintf(w, "%s,%s\n", hex.EncodeToString(sum[:]), e.UUID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Halves are the parts of a composite value, else the value.
func (a *Attribute) Halves() []string {
	if strings.Contains(a.Type, "|") || a.Type == "malware-sample" {
		return strings.SplitN(a.Value, "|", 2)
	}
	return []string{a.Value}
}

// each gives the attributes that are not deleted, those of objects after the others.
func (e *Event) each() func(func(*Attribute) bool) {
	return func(yield func(*Attribute) bool) {
		for i := range e.Attributes {
			if !e.Attributes[i].Deleted && !yield(&e.Attributes[i]) {
				return
			}
		}
		for i := range e.Objects {
			for j := range e.Objects[i].Attributes {
				if a := &e.Objects[i].Attributes[j]; !e.Objects[i].Deleted && !a.Deleted && !yield(a) {
					return
				}
			}
		}
	}
}
