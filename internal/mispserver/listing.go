package mispserver

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
)

// eventIndex answers GET and POST /events/index: the events that a client can see, the
// oldest first. With minimal, what a peer needs to know which it lacks; its tag lets
// one that has it all be told so in a line.
func (q *request) eventIndex() error {
	body, err := q.asked()
	if err != nil {
		return err
	}
	f, err := q.parseFilter(body)
	if err != nil {
		return err
	}
	if len(f.tags.any)+len(f.tags.not)+len(f.tags.all) > 0 { // here tags are those of events
		f.eventTags, f.tags = f.tags, choice{}
	}
	if f.flags["email"] != nil { // of a zone, in a search; here it would be who entered an event
		return errNoFilter("email")
	}
	f.kind = choice{} // a peer sends its rules of types, and keeps them itself
	entries, err := q.listed(f)
	if err != nil {
		return err
	}
	if err := f.sort(entries); err != nil {
		return err
	}
	minimal := f.flags.on("minimal") || f.flags.on("searchminimal")
	if minimal && f.publishedOnly != nil && *f.publishedOnly {
		entries = slices.DeleteFunc(entries, func(e entry) bool { return e.hollow })
	}
	q.w.Header().Set("X-Result-Count", strconv.Itoa(len(entries)))
	if f.limit > 0 {
		from := min(max(f.page-1, 0)*f.limit, len(entries))
		entries = entries[from:min(from+f.limit, len(entries))]
	}
	list := make([]any, len(entries))
	for i := range entries {
		if minimal {
			list[i] = minimalOf(&entries[i])
		} else {
			list[i] = q.indexed(&entries[i])
		}
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return q.writeTagged(q.w, q.r, kindJSON, raw)
}

// listed are the events that fit; what they hold is made where it is asked for.
func (q *request) listed(f *filter) (entries []entry, err error) {
	x := q.indexOf(q.who)
	if !f.narrow() {
		return x.list(q.ctx(), func(e *entry) bool { return f.event(e, false) })
	}
	all, err := q.candidates(q.ctx(), x, f, false)
	if err == nil {
		err = q.walk(x, all, f, false, func(_ *misp.Event, hits []hit) (bool, error) {
			entries = append(entries, *hits[0].entry)
			return true, nil
		})
	}
	return entries, err
}

// sort orders a list as it is asked for: the oldest first where nobody says.
func (f *filter) sort(entries []entry) error {
	by := map[string]func(a, b *entry) int{
		"":                  func(a, b *entry) int { return 0 },
		"id":                func(a, b *entry) int { return cmp.Compare(numeric(a.UUID), numeric(b.UUID)) },
		"uuid":              func(a, b *entry) int { return cmp.Compare(a.UUID, b.UUID) },
		"info":              func(a, b *entry) int { return cmp.Compare(a.Info, b.Info) },
		"date":              func(a, b *entry) int { return cmp.Compare(a.Date, b.Date) },
		"timestamp":         func(a, b *entry) int { return a.Timestamp.Compare(b.Timestamp) },
		"publish_timestamp": func(a, b *entry) int { return a.Timestamp.Compare(b.Timestamp) },
		"analysis":          func(a, b *entry) int { return cmp.Compare(a.Analysis, b.Analysis) },
		"threat_level_id":   func(a, b *entry) int { return cmp.Compare(threatOf(a), threatOf(b)) },
		"distribution":      func(a, b *entry) int { return cmp.Compare(a.distribution, b.distribution) },
		"orgc":              func(a, b *entry) int { return cmp.Compare(a.Orgc.Name, b.Orgc.Name) },
		"published": func(a, b *entry) int {
			return cmp.Compare(strconv.FormatBool(a.published), strconv.FormatBool(b.published))
		},
	}
	less := by[strings.TrimPrefix(f.flags.get("sort"), "Event.")]
	if less == nil {
		return parley.E(parley.Invalid, "sort %.40q: want one of %s", f.flags.get("sort"), strings.Join(slices.Sorted(maps.Keys(by))[1:], ", "))
	}
	slices.SortStableFunc(entries, func(a, b entry) int {
		if strings.EqualFold(f.flags.get("direction"), "desc") || f.flags.on("desc") {
			return less(&b, &a)
		}
		return less(&a, &b)
	})
	return nil
}

func minimalOf(e *entry) any {
	return struct {
		ID        string `json:"id"`
		Timestamp string `json:"timestamp"`
		Sighting  string `json:"sighting_timestamp"`
		Published bool   `json:"published"`
		UUID      string `json:"uuid"`
		Orgc      string `json:"orgc_uuid"`
	}{number(e.UUID), unix(e.Timestamp), unix(e.sighted), e.published, e.UUID, e.Orgc.UUID}
}

type named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	UUID string `json:"uuid"`
}

func namedOrg(id string, o misp.Org) named { return named{id, o.Name, o.UUID} }

func (q *request) indexed(e *entry) any {
	type tag struct {
		Name   string `json:"name"`
		Colour string `json:"colour"`
	}
	type eventTag struct {
		Local bool `json:"local"`
		Tag   tag  `json:"Tag"`
	}
	tags := make([]eventTag, 0, len(e.Tags))
	for _, t := range e.Tags {
		colour := t.Colour
		if colour == "" {
			colour = "#ffffff"
		}
		tags = append(tags, eventTag{t.Local, tag{t.Name, colour}})
	}
	published := "0"
	if e.published {
		published = unix(e.Timestamp)
	}
	return struct {
		ID        string     `json:"id"`
		UUID      string     `json:"uuid"`
		Info      string     `json:"info"`
		Date      string     `json:"date"`
		Org       string     `json:"org_id"`
		Orgc      string     `json:"orgc_id"`
		Published bool       `json:"published"`
		Analysis  string     `json:"analysis"`
		Threat    string     `json:"threat_level_id"`
		Timestamp string     `json:"timestamp"`
		When      string     `json:"publish_timestamp"`
		Sighting  string     `json:"sighting_timestamp"`
		OrgOf     named      `json:"Org"`
		OrgcOf    named      `json:"Orgc"`
		Tags      []eventTag `json:"EventTag"`
	}{number(e.UUID), e.UUID, e.Info, e.Date, orgID, number(e.Orgc.UUID), e.published, strconv.Itoa(max(e.Analysis, 0)), strconv.Itoa(threatOf(e)), unix(e.Timestamp), published, unix(e.sighted),
		namedOrg(orgID, q.org()), namedOrg(number(e.Orgc.UUID), e.Orgc), tags}
}

// threatOf is the threat level, 4 where nobody says one.
func threatOf(e *entry) int {
	if e.ThreatLevel == 0 {
		return 4
	}
	return e.ThreatLevel
}

// filterForPush answers POST /events/filterEventIdsForPush: of the events that a peer
// would push, those that would be news here. What a party sent us, only that party
// changes: it is never asked for.
func (q *request) filterForPush() error {
	var body []struct {
		Event struct {
			UUID      string          `json:"uuid"`
			Timestamp json.RawMessage `json:"timestamp"`
		}
	}
	if err := q.questionOf(&body, maxList); err != nil {
		return err
	}
	x := q.indexOf(q.who)
	wanted := []string{}
	for _, one := range body {
		e, ok, err := x.find(q.ctx(), one.Event.UUID)
		if err != nil {
			return err
		}
		if ok && !e.ours() {
			continue
		}
		if ok {
			at, err := parseSpan("timestamp", one.Event.Timestamp, q.Now())
			if err != nil || at.from.Unix() <= e.Timestamp.Unix() {
				continue
			}
		}
		wanted = append(wanted, one.Event.UUID)
	}
	return q.json(wanted)
}

// maxList bounds a body that lists all events of an instance: a million.
const maxList = 256 << 20
