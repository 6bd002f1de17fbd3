package misp

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"time"
)

// object maps one object of the event. Whatever of it STIX says in its own words,
// x_misp_attributes has all of its attributes, so that MISP gets back what it gave.
func (c *converter) object(o Object) {
	l := c.limit.limited(o.Tags, o.Distribution, o.SharingGroup)
	for _, a := range o.Attributes {
		l = l.limited(a.Tags, a.Distribution, a.SharingGroup) // the object goes as a whole
	}
	when := cmp.Or(o.Timestamp, c.time)
	main := c.objectObjects(o, l, when)
	c.targets[o.UUID] = main
	for _, a := range o.Attributes {
		c.belongings(a, main, l, when)
	}
	for _, name := range slices.Sorted(maps.Keys(o.Extra)) {
		c.change(o.UUID, name, true, "STIX has no place for this member of an object")
	}
}

// objectObjects gives out what the table makes of the object, and returns the
// identifier that stands for it.
func (c *converter) objectObjects(o Object, l limit, when time.Time) string {
	row := table().objects[o.Name]
	if row == nil {
		return c.customObject(o, l, when)
	}
	live := slices.DeleteFunc(slices.Clone(o.Attributes), func(a Attribute) bool { return a.Deleted && !o.Deleted })
	v := relations(live)
	var all []map[string]any
	var observed, indicator map[string]any
	switch {
	case row.SDO != nil:
		if filled, ok := v.fill(row.SDO); ok {
			m := c.head(row.SDO["type"].(string), o.UUID, when, l, o.Tags)
			maps.Copy(m, filled.(map[string]any))
			all, observed = append(all, m), m
		}
	case row.Rule != "":
		if rule, ok := v.text[row.Of]; ok {
			indicator = c.objectIndicator(o, row.Rule, rule, l, when)
			all = append(all, indicator)
		}
	default:
		observables := c.observables(o, row, v, live, l)
		if len(observables) > 0 {
			observed = c.observed(o.UUID, observables, o.FirstSeen, o.LastSeen, l, when, o.Tags)
			all = append(append(all, observed), observables...)
		}
		flagged := slices.DeleteFunc(slices.Clone(live), func(a Attribute) bool { return !a.ToIDs })
		if pattern, ok := relations(flagged).patternText(row.Pattern); ok && observed != nil {
			indicator = c.objectIndicator(o, "stix", pattern, l, when)
			all = append(all, indicator)
		}
	}
	main := cmp.Or(idOf(observed), idOf(indicator))
	if main == "" {
		return c.customObject(o, l, when)
	}
	for _, m := range []map[string]any{observed, indicator} {
		if m != nil {
			c.describeObject(m, o, m["id"] == main)
		}
	}
	list, why, ok := sound(all...)
	if !ok {
		c.change(o.UUID, "Object "+o.Name, false, "became an x-misp-object: "+why)
		return c.customObject(o, l, when)
	}
	for _, o := range list {
		c.put(o)
	}
	if observed != nil && indicator != nil {
		c.relate(idOf(indicator), "based-on", main, when, l, "")
	}
	return main
}

func idOf(m map[string]any) string {
	s, _ := m["id"].(string)
	return s
}

// relations binds each relation to the first attribute that has it.
func relations(attributes []Attribute) *values {
	v := &values{text: map[string]string{}, ids: map[string][]string{}, used: map[string]bool{}}
	for _, a := range attributes {
		if _, twice := v.text[a.Relation]; twice || a.Relation == "" {
			continue
		}
		value := a.Value
		if a.Type == "AS" {
			if rest, ok := cutFold(value, "AS"); ok {
				value = rest
			}
		}
		v.text[a.Relation] = value
	}
	return v
}

// observables fills the row's templates: those with "each" once for each
// attribute of the relation, under its UUID, the others under the object's.
func (c *converter) observables(o Object, row *objectRow, v *values, attributes []Attribute, l limit) []map[string]any {
	type one struct {
		template map[string]any
		id       string
		values   *values
	}
	var all []one
	for _, t := range row.Objects {
		kind, _ := t.Object["type"].(string)
		if t.Each == "" {
			all = append(all, one{t.Object, kind + "--" + o.UUID, v})
			continue
		}
		for _, a := range attributes {
			if a.Relation != t.Each {
				continue
			}
			single := &values{text: maps.Clone(v.text), ids: v.ids, used: v.used}
			single.text[t.Each] = a.Value
			if t.Addr {
				if kind = addressType(a.Value); kind == "" {
					continue
				}
				single.text["addr"] = kind
			}
			id := kind + "--" + a.UUID
			v.ids[t.Each] = append(v.ids[t.Each], id)
			all = append(all, one{t.Object, id, single})
		}
	}
	var out []map[string]any
	for _, t := range all {
		filled, ok := t.values.fill(t.template)
		if !ok {
			continue
		}
		m := filled.(map[string]any)
		m["id"], m["spec_version"] = t.id, "2.1"
		c.marked(m, l)
		out = append(out, m)
	}
	return out
}

func (c *converter) objectIndicator(o Object, language, pattern string, l limit, when time.Time) map[string]any {
	m := c.head("indicator", o.UUID, when, l, o.Tags)
	m["pattern"], m["pattern_type"] = pattern, language
	if language == "stix" {
		m["pattern_version"] = "2.1"
	}
	c.validity(m, o.FirstSeen, o.LastSeen, when)
	set(m, "description", o.Comment)
	if o.MetaCategory != "" {
		m["kill_chain_phases"] = []any{map[string]any{"kill_chain_name": "misp-category", "phase_name": o.MetaCategory}}
	}
	return m
}

// describeObject adds what tells MISP which object this was; main holds all of it.
func (c *converter) describeObject(m map[string]any, o Object, main bool) {
	label(m, machine("name", o.Name))
	if o.MetaCategory != "" {
		label(m, machine("meta-category", o.MetaCategory))
	}
	if o.Deleted {
		m["revoked"] = true
	}
	if !main {
		return
	}
	set(m, "x_misp_comment", o.Comment)
	set(m, "x_misp_description", o.Description)
	set(m, "x_misp_template_uuid", o.Template)
	set(m, "x_misp_template_version", o.TemplateVersion)
	set(m, "x_misp_distribution", o.Distribution)
	set(m, "x_misp_sharing_group", o.SharingGroup)
	set(m, "x_misp_first_seen", o.FirstSeen)
	set(m, "x_misp_last_seen", o.LastSeen)
	if len(o.Attributes) > 0 {
		m["x_misp_attributes"] = each(o.Attributes, func(a Attribute) any { return a.carried() })
	}
}

// customObject is an object that STIX has no words for.
func (c *converter) customObject(o Object, l limit, when time.Time) string {
	m := c.head("x-misp-object", o.UUID, when, l, o.Tags)
	c.describeObject(m, o, true)
	m["x_misp_name"] = o.Name
	set(m, "x_misp_meta_category", o.MetaCategory)
	c.emit(m)
	return m["id"].(string)
}

// carried is an attribute inside x_misp_attributes: as MISP has it, without what
// says nothing.
func (a Attribute) carried() any {
	m := map[string]any{"uuid": a.UUID, "type": a.Type, "value": a.Value}
	set(m, "category", a.Category)
	set(m, "object_relation", a.Relation)
	set(m, "comment", a.Comment)
	set(m, "to_ids", a.ToIDs)
	set(m, "deleted", a.Deleted)
	set(m, "disable_correlation", a.NoCorrelation)
	set(m, "data", a.Data)
	set(m, "first_seen", a.FirstSeen)
	set(m, "last_seen", a.LastSeen)
	set(m, "distribution", a.Distribution)
	set(m, "sharing_group", a.SharingGroup)
	if !a.Timestamp.IsZero() {
		m["timestamp"] = strconv.FormatInt(a.Timestamp.Unix(), 10)
	}
	for _, t := range a.Tags {
		if !t.Local {
			all, _ := m["tags"].([]string)
			m["tags"] = append(all, t.Name)
		}
	}
	return m
}

// reference maps what leads from an object to another item.
func (c *converter) reference(o Object, r Reference) {
	from, to := c.targets[o.UUID], c.targets[r.Target]
	switch {
	case r.Deleted:
		return
	case to == "":
		c.change(r.UUID, "ObjectReference", true, "leads to "+r.Target+", which the event does not hold")
		return
	}
	c.relateAs(from, r.Type, to, r.Comment, cmp.Or(r.Timestamp, o.Timestamp, c.time), c.limit, r.UUID)
}
