package misp

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley/indicator"
)

// attribute maps one attribute of the event.
func (c *converter) attribute(a Attribute, whole limit) {
	l := whole.limited(a.Tags, a.Distribution, a.SharingGroup)
	when := cmp.Or(a.Timestamp, c.time)
	main := c.attributeObjects(a, l, when)
	c.belongings(a, main, l, when)
}

// belongings maps what hangs on an attribute; main is the identifier that stands for it,
// or for the object that holds it.
func (c *converter) belongings(a Attribute, main string, l limit, when time.Time) {
	c.targets[a.UUID], c.values[a.Value] = main, main
	for _, id := range c.galaxies(a.Galaxies, when, l) {
		c.relate(main, relationTo(id), id, when, l, "")
	}
	for _, s := range a.Sightings {
		c.sighting(s, main, l)
	}
	for _, p := range a.Proposals {
		c.proposal(p, l)
	}
	for _, name := range slices.Sorted(maps.Keys(a.Extra)) {
		c.change(a.UUID, name, true, "STIX has no place for this member of an attribute")
	}
}

// attributeObjects gives out what an attribute says, by the first row of its type
// that fits, and returns the identifier that stands for it.
func (c *converter) attributeObjects(a Attribute, l limit, when time.Time) string {
	why := ""
	for _, row := range table().attributes[a.Type] {
		v := partsOf(row, a)
		if v == nil {
			why = cmp.Or(why, "the value has not the form of its type")
			continue
		}
		id, reason, ok := c.row(row, v, a, l, when)
		if ok {
			return id
		}
		why = cmp.Or(why, reason)
	}
	if why != "" {
		c.change(a.UUID, "value", false, "the "+a.Type+" became an x-misp-attribute: "+why)
	}
	return c.custom(a, l, when)
}

// partsOf binds the parts of a value; nil where the row needs an address and
// there is none.
func partsOf(row attributeRow, a Attribute) *values {
	v := &values{text: map[string]string{}, ids: map[string][]string{}, used: map[string]bool{}}
	value := a.Value
	if row.Prefix != "" {
		if rest, ok := cutFold(value, row.Prefix); ok {
			value = rest
		}
	}
	parts := []string{value}
	if strings.Contains(a.Type, "|") || a.Type == "malware-sample" {
		parts = strings.SplitN(value, "|", 2)
		if a.Type == "filename|"+strings.TrimPrefix(a.Type, "filename|") || a.Type == "malware-sample" {
			if i := strings.LastIndexByte(value, '|'); i >= 0 { // a name may hold the sign, a hash may not
				parts = []string{value[:i], value[i+1:]}
			}
		}
		if len(parts) < 2 || parts[0] == "" || parts[1] == "" {
			return nil
		}
	}
	if row.Domain {
		if _, err := indicator.Parse(indicator.Domain, value); err != nil {
			return nil
		}
	}
	if row.Hive {
		parts[0] = hive(parts[0])
	}
	for i, p := range parts {
		v.text[strconv.Itoa(i+1)] = p
	}
	if a.Data != "" {
		v.text["data"] = a.Data
	}
	if cve, ok := cutFold(value, "CVE-"); ok && cve != "" {
		v.text["cve"] = value
	}
	if row.IP > 0 {
		if row.IP > len(parts) {
			return nil
		}
		if v.text["ip"] = addressType(parts[row.IP-1]); v.text["ip"] == "" {
			return nil
		}
	}
	return v
}

// hive spells a registry key's hive out. OASIS STIX 2.1 §6.17
func hive(key string) string {
	name, rest, ok := strings.Cut(key, `\`)
	long := map[string]string{
		"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKCR": "HKEY_CLASSES_ROOT", "HKU": "HKEY_USERS", "HKCC": "HKEY_CURRENT_CONFIG",
	}[strings.ToUpper(strings.TrimSuffix(name, ":"))]
	if long == "" {
		return key
	}
	if !ok {
		return long
	}
	return long + `\` + rest
}

// row gives out what one row makes of an attribute.
func (c *converter) row(row attributeRow, v *values, a Attribute, l limit, when time.Time) (id, why string, ok bool) {
	switch {
	case row.SDO != nil:
		return c.rowSDO(row, v, a, l, when)
	case row.Rule != "":
		if !a.ToIDs {
			return "", "", false
		}
		m := c.indicator(a.UUID, row.Rule, a.Value, a, l, when)
		list, why, ok := sound(m)
		if !ok {
			return "", why, false
		}
		c.put(list[0])
		return m["id"].(string), "", true
	}
	for i, template := range row.Objects {
		kind, _ := v.fillText(template["type"].(string))
		if s, ok := kind.(string); ok {
			v.ids[strconv.Itoa(i)] = []string{s + "--" + a.UUID}
		}
	}
	var observables []map[string]any
	for i, template := range row.Objects {
		filled, full := v.fillAll(template)
		if !full {
			return "", "", false
		}
		filled["id"], filled["spec_version"] = v.ids[strconv.Itoa(i)][0], "2.1"
		c.marked(filled, l)
		observables = append(observables, filled)
	}
	pattern, complete := v.patternText(row.Pattern)
	if a.ToIDs && (!complete || len(row.Pattern) == 0) {
		return "", "the value does not fit a pattern of STIX", false
	}
	if len(observables) == 0 && !a.ToIDs {
		return "", "", false
	}
	var all []map[string]any
	var observed, sign map[string]any
	if len(observables) > 0 {
		observed = c.observed(a.UUID, observables, a.FirstSeen, a.LastSeen, l, when, a.Tags)
		c.describe(observed, a, !a.ToIDs)
		all = append(append(all, observed), observables...)
	}
	if a.ToIDs {
		sign = c.indicator(a.UUID, "stix", pattern, a, l, when)
		all = append(all, sign)
	}
	for _, m := range []map[string]any{observed, sign} {
		if m != nil && row.Hive && hive(a.Value) != a.Value {
			m["x_misp_value"] = a.Value
		}
		if m != nil && a.Data != "" && !v.used["data"] {
			m["x_misp_data"] = a.Data
			break
		}
	}
	list, why, ok := sound(all...)
	if !ok {
		return "", why, false
	}
	for _, o := range list {
		c.put(o)
	}
	if sign != nil && observed != nil {
		c.relate(idOf(sign), "based-on", idOf(observed), when, l, "")
	}
	return cmp.Or(idOf(sign), idOf(observed)), "", true
}

// fillAll fills a template, every member of which must stand for something.
func (v *values) fillAll(template map[string]any) (map[string]any, bool) {
	made, ok := v.fill(template)
	m, _ := made.(map[string]any)
	return m, ok && len(m) == len(template)
}

func (c *converter) rowSDO(row attributeRow, v *values, a Attribute, l limit, when time.Time) (id, why string, ok bool) {
	filled, full := v.fillAll(row.SDO)
	if !full {
		return "", "", false
	}
	m := c.head(filled["type"].(string), a.UUID, when, l, a.Tags)
	maps.Copy(m, filled)
	c.describe(m, a, false)
	if a.ToIDs {
		label(m, machine("to_ids", "True"))
	}
	set(m, "description", a.Comment)
	list, why, ok := sound(m)
	if !ok {
		return "", why, false
	}
	c.put(list[0])
	return m["id"].(string), "", true
}

// observed is the observed-data that holds observables.
func (c *converter) observed(uuid string, observables []map[string]any, from, to time.Time, l limit, when time.Time, tags []Tag) map[string]any {
	m := c.head("observed-data", uuid, when, l, tags)
	from, to = cmp.Or(from, to, when), cmp.Or(to, from, when)
	if to.Before(from) {
		c.change(m["id"].(string), "last_seen", true, "lies before first_seen: STIX 2.1 §4.14 forbids it, so first_seen is taken for both")
		to = from
	}
	m["first_observed"], m["last_observed"], m["number_observed"] = instant(from), instant(to), 1
	refs := make([]string, len(observables))
	for i, o := range observables {
		refs[i] = o["id"].(string)
	}
	m["object_refs"] = refs
	return m
}

func (c *converter) indicator(uuid, language, pattern string, a Attribute, l limit, when time.Time) map[string]any {
	m := c.head("indicator", uuid, when, l, a.Tags)
	m["pattern"], m["pattern_type"] = pattern, language
	if language == "stix" {
		m["pattern_version"] = "2.1"
	}
	c.validity(m, a.FirstSeen, a.LastSeen, when)
	set(m, "description", a.Comment)
	if a.Category != "" {
		m["kill_chain_phases"] = []any{map[string]any{"kill_chain_name": "misp-category", "phase_name": a.Category}}
	}
	c.describe(m, a, false)
	return m
}

// validity sets valid_from and, where it lies after it, valid_until.
// OASIS STIX 2.1 §4.7.1
func (c *converter) validity(m map[string]any, from, to, when time.Time) {
	from = cmp.Or(from, when)
	m["valid_from"] = instant(from)
	switch {
	case to.After(from):
		m["valid_until"] = instant(to)
	case !to.IsZero():
		m["x_misp_last_seen"] = instant(to)
	}
}

// describe adds what tells MISP which attribute this was, and what STIX has no
// member for.
func (c *converter) describe(m map[string]any, a Attribute, comment bool) {
	label(m, machine("type", a.Type))
	if a.Category != "" {
		label(m, machine("category", a.Category))
	}
	if comment {
		set(m, "x_misp_comment", a.Comment)
	}
	if a.Deleted {
		m["revoked"] = true
	}
	if a.FirstSeen.IsZero() != a.LastSeen.IsZero() {
		set(m, "x_misp_first_seen", a.FirstSeen)
		set(m, "x_misp_last_seen", a.LastSeen)
	}
	set(m, "x_misp_distribution", a.Distribution)
	set(m, "x_misp_sharing_group", a.SharingGroup)
	set(m, "x_misp_disable_correlation", a.NoCorrelation)
	set(m, "x_misp_object_relation", a.Relation)
}

// custom is an attribute that STIX has no words for.
func (c *converter) custom(a Attribute, l limit, when time.Time) string {
	m := c.head("x-misp-attribute", a.UUID, when, l, a.Tags)
	c.describe(m, a, true)
	if a.ToIDs {
		label(m, machine("to_ids", "True"))
	}
	m["x_misp_type"], m["x_misp_value"] = a.Type, a.Value
	set(m, "x_misp_category", a.Category)
	set(m, "x_misp_data", a.Data)
	set(m, "x_misp_first_seen", a.FirstSeen)
	set(m, "x_misp_last_seen", a.LastSeen)
	c.emit(m)
	return m["id"].(string)
}

// relate gives out a relationship.
func (c *converter) relate(from, kind, to string, when time.Time, l limit, uuid string) {
	c.relateAs(from, kind, to, "", when, l, uuid)
}

func (c *converter) relateAs(from, kind, to, description string, when time.Time, l limit, uuid string) {
	id := "relationship--" + cmp.Or(uuid, made(from, kind, to))
	m := map[string]any{
		"type": "relationship", "spec_version": "2.1", "id": id, "created": c.created(id, when), "modified": stamp(when),
		"relationship_type": kind, "source_ref": from, "target_ref": to,
	}
	set(m, "description", description)
	c.marked(m, l)
	if word := relationWord(kind); word != kind {
		m["relationship_type"], m["x_misp_relationship_type"] = word, kind
	}
	c.emit(m)
}

// relationWord makes a relationship_type of what MISP lets people write: STIX 2.1
// §5.1 allows a to z, 0 to 9 and the hyphen.
func relationWord(s string) string {
	word := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, s)
	return cmp.Or(strings.Trim(word, "-"), "related-to")
}

// relationTo is how an indicator or an observation relates to a cluster.
func relationTo(id string) string {
	switch kind, _, _ := strings.Cut(id, "--"); kind {
	case "attack-pattern", "campaign", "infrastructure", "intrusion-set", "malware", "threat-actor", "tool":
		return "indicates"
	}
	return "related-to"
}
