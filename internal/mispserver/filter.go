package mispserver

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/misp"
)

// filter is what a search wants: events and attributes that fit all that is set.
type filter struct {
	format string

	uuid, eventid, org, tags, eventTags, info, threat, analysis choice // of the event; uuid and tags of an attribute too
	value, part, kind, category                                 choice // of an attribute; part is of its value
	distribution                                                choice
	any                                                         choice // in any text
	date, changed, eventChanged, published                      span
	publishedOnly, toIDs                                        *bool

	noWarned bool // nothing that a warninglist names

	limit, page int // 0: all of them
	deleted     int
	flags       params // what the answer shall have
}

// maxLimit bounds one page of a search.
const maxLimit = 100_000

// Members of a search that say how the answer shall look, or that a server without
// correlations and decaying models has nothing to say of.
var cosmetic = []string{
	"metadata", "withattachments", "includeeventuuid", "includeeventtags", "includecontext", "headerless", "includesightings", "includecorrelations",
	"sgreferenceonly", "includewarninglisthits", "includeattachments", "includefullmodel", "includegalaxy", "excludegalaxy", "excludelocaltags",
	"includeproposals", "includedecayscore", "decayingmodel", "modeloverrides", "allow_proposal_blocking", "requested_attributes",
	"order", "desc", "policy", "walled_garden", "ns", "ns_alt", "email", "serial", "refresh", "retry", "expiry", "minimum_ttl", "ttl", "limit", "page", "flatten", "contain", "minimal", "searchminimal",
	"includeserver_correlations", "includeeventcorrelations", "includeanalystdata", "extended", "extendedevents", "extended_view", "uuidonly", "includeuuid", "key", "sort", "direction", "all_results", "context",
}

// parseFilter reads the members of a search's body, with the named parameters of its
// address. A member that narrows, and that is not known, is refused: what was asked for
// silently would be too much.
func (q *request) parseFilter(body map[string]json.RawMessage) (*filter, error) {
	for _, wrap := range []string{"request"} {
		if inner := body[wrap]; inner != nil {
			body = nil
			if err := json.Unmarshal(inner, &body); err != nil {
				return nil, parley.E(parley.Invalid, "%s: %w", wrap, plainly(err))
			}
		}
	}
	all := map[string]json.RawMessage{}
	for name, list := range q.at.named {
		all[strings.ToLower(name)], _ = json.Marshal(list)
	}
	for name, raw := range body {
		all[strings.ToLower(name)] = raw
	}
	f := &filter{format: "json", flags: params{}}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if raw := all[name]; string(raw) != "null" {
			if err := f.member(name, raw, q); err != nil {
				return nil, err
			}
		}
	}
	return f, nil
}

func (f *filter) member(name string, raw json.RawMessage, q *request) (err error) {
	choose := func(c *choice) error {
		got, err := parseChoice(name, raw)
		c.any, c.all, c.not = append(c.any, got.any...), append(c.all, got.all...), append(c.not, got.not...)
		return err
	}
	when := func(s *span) (err error) { *s, err = parseSpan(name, raw, q.Now()); return err }
	word := ""
	if all := texts(raw); len(all) > 0 {
		word = all[0]
	}
	switch strings.TrimPrefix(name, "search") {
	case "returnformat":
		f.format = strings.ToLower(word)
	case "uuid", "event_uuid":
		return choose(&f.uuid)
	case "eventid", "event_id":
		return choose(&f.eventid)
	case "org", "org_id", "orgc":
		return choose(&f.org)
	case "tag", "tags":
		return choose(&f.tags)
	case "event_tags":
		return choose(&f.eventTags)
	case "eventinfo", "info":
		return choose(&f.info)
	case "threat_level_id", "threatlevel":
		return choose(&f.threat)
	case "analysis":
		return choose(&f.analysis)
	case "value":
		return choose(&f.value)
	case "type", "type_attribute":
		return choose(&f.kind)
	case "category":
		return choose(&f.category)
	case "attribute":
		return choose(&f.part)
	case "distribution":
		return choose(&f.distribution)
	case "type_object", "type_objects": // a peer sends its rules, and keeps them itself
	case "excludedecayed": // tools say that they do not want it
		if word != "0" && word != "false" && word != "" {
			return errNoFilter(name)
		}
	case "enforcewarninglist":
		f.noWarned = word != "0" && word != "false" && word != ""
	case "all", "quickfilter":
		if word != "0" && word != "false" && word != "1" && word != "true" {
			return choose(&f.any)
		}
	case "from", "datefrom", "date_from":
		f.date.from, err = parseWhen(name, word, q.Now())
	case "to", "until", "dateuntil", "date_to":
		f.date.until, err = parseWhen(name, word, q.Now())
	case "date":
		return when(&f.date)
	case "timestamp", "attribute_timestamp":
		return when(&f.changed)
	case "event_timestamp":
		return when(&f.eventChanged)
	case "last", "publish_timestamp", "publishtimestamp":
		return when(&f.published)
	case "published":
		if on := word != "0" && word != "false"; len(texts(raw)) == 1 {
			f.publishedOnly = &on
		}
	case "to_ids":
		if all := texts(raw); len(all) == 1 {
			on := !slices.Contains([]string{"0", "false", "exclude"}, word)
			f.toIDs = &on
		}
	case "limit":
		f.limit, err = whole(name, word, maxLimit)
	case "page":
		f.page, err = whole(name, word, 1<<30)
	case "deleted":
		f.deleted = deletedOf(params{"deleted": texts(raw)})
	default:
		if !slices.Contains(cosmetic, name) && !slices.Contains(cosmetic, strings.TrimPrefix(name, "search")) {
			return errNoFilter(name)
		}
		f.flags[name] = texts(raw)
	}
	return err
}

func errNoFilter(name string) error {
	return parley.E(parley.Invalid, "this gateway cannot search by %.60q", name).WithHint("docs/misp.md lists what it can search by")
}

func whole(name, text string, most int) (int, error) {
	if text == "" || text == "false" {
		return 0, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, parley.E(parley.Invalid, "%s is %.40q: want a number up to %d", name, text, most)
	}
	return n, nil
}

// event says whether what stands in the index of an event fits. Where it says
// nothing of what only its objects tell, it fits.
func (f *filter) event(e *entry, attributes bool) bool {
	day, _ := parseWhen("", e.Date, e.Timestamp)
	if !attributes && (!f.uuid.fits(e.UUID) || !f.changed.fits(e.Timestamp)) {
		return false
	}
	if !f.eventid.fits(e.UUID, number(e.UUID)) || !f.org.fits(e.Orgc.Name, e.Orgc.UUID, number(e.Orgc.UUID)) {
		return false
	}
	if !f.eventChanged.fits(e.Timestamp) || !f.published.fits(e.Timestamp) || !f.date.fits(day) {
		return false
	}
	if f.publishedOnly != nil && e.published != *f.publishedOnly {
		return false
	}
	if !f.distribution.fits(strconv.Itoa(int(e.distribution))) || !f.threat.fits(strconv.Itoa(e.ThreatLevel)) || !f.analysis.fits(strconv.Itoa(e.Analysis)) {
		return false
	}
	if !f.info.empty() && !f.info.fits(e.Info) && !contains(e.Info, f.info) {
		return false
	}
	return f.eventTags.fits(tagNames(e.Tags)...)
}

// contains is the search in titles: a word of it anywhere.
func contains(text string, c choice) bool {
	for _, w := range c.any {
		if strings.Contains(strings.ToLower(text), strings.ToLower(strings.Trim(w, "%"))) {
			return true
		}
	}
	return false
}

func tagNames(tags []misp.Tag) []string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.Name
	}
	return names
}

// narrow says whether anything is asked of attributes.
func (f *filter) narrow() bool {
	return !f.value.empty() || !f.part.empty() || !f.kind.empty() || !f.category.empty() || !f.any.empty() || f.toIDs != nil
}

// attribute says whether one fits; object is nil outside of one.
func (f *filter) attribute(e *misp.Event, o *misp.Object, a *misp.Attribute, attributes bool) bool {
	if f.deleted == present && (a.Deleted || o != nil && o.Deleted) || f.deleted == deleted && !a.Deleted {
		return false
	}
	if f.toIDs != nil && a.ToIDs != *f.toIDs || !f.kind.fits(a.Type) || !f.category.fits(a.Category) {
		return false
	}
	if !f.value.empty() && !f.value.fits(halves(a)...) || !f.part.empty() && !contains(a.Value, f.part) {
		return false
	}
	if attributes {
		names := []string{a.UUID, e.UUID}
		if o != nil {
			names = append(names, o.UUID)
		}
		if !f.uuid.fits(names...) || !f.changed.fits(a.Timestamp) {
			return false
		}
	}
	if !f.any.empty() && !slices.ContainsFunc(append(f.any.any, f.any.all...), func(w string) bool {
		w = strings.ToLower(strings.Trim(w, "%"))
		return strings.Contains(strings.ToLower(a.Value+"\n"+a.Comment+"\n"+e.Info), w)
	}) {
		return false
	}
	return f.tags.empty() || f.tags.fits(append(tagNames(a.Tags), tagNames(e.Tags)...)...)
}

// halves are what an attribute's value can be found by.
func halves(a *misp.Attribute) []string {
	if !strings.Contains(a.Type, "|") && a.Type != "malware-sample" {
		return []string{a.Value}
	}
	return append(strings.Split(a.Value, "|"), a.Value)
}
