package misp

import (
	"cmp"
	"slices"
	"strings"

	"parley.example/parley/internal/stix"
)

// reading fills one event from the objects that it holds.
type reading struct {
	*reverter
	event *Event
	light stix.TLP          // of the event
	place map[string]*place // UUID to the attribute or object that it became
}

// place is where an item stands in the event; the numbers count from 1.
type place struct{ attribute, object int }

// limit adds to tags what an object's markings say, and tells how far it may
// travel: Inherit where that is what holds for the whole.
func (b *reading) limit(n *node, tags []Tag, whole stix.TLP) ([]Tag, Distribution) {
	light := b.marking(n)
	said := stix.Unmarked
	for _, t := range tags {
		if tlp, ok := lightOf(t); ok {
			said = max(said, tlp)
		}
	}
	if light > said && light > whole {
		tags = slices.DeleteFunc(slices.Clone(tags), func(t Tag) bool { _, is := lightOf(t); return is })
		tags = append(tags, Tag{Name: strings.ToLower(light.String())})
	}
	light = max(light, said)
	d := n.distribution()
	if d == Group && n.group() == nil {
		d = Organisation
	}
	switch {
	case light != stix.Unmarked:
		d = d.tighter(ForTLP(light))
	case d == Unstated && whole == stix.Unmarked:
		return tags, Inherit
	}
	if whole != stix.Unmarked && light <= whole && n.distribution() == Unstated {
		return tags, Inherit
	}
	return tags, d
}

func lightOf(t Tag) (stix.TLP, bool) { return light(t.Name) }

// members sorts the objects: what MISP's converters wrote by their labels, the
// rest by type.
func (b *reading) members(all []*node) {
	b.place = map[string]*place{}
	var clusters []*node
	for _, n := range all {
		about, _ := n.labels()
		switch {
		case n.taken && n.object.Class == stix.SCO:
		case about["galaxy-type"] != "" || n.kind == "x-misp-galaxy-cluster":
			clusters = append(clusters, n)
		case about["name"] != "" || n.kind == "x-misp-object":
			b.object(n, cmp.Or(about["name"], n.text("x_misp_name")), about)
		case about["type"] != "" || strings.HasPrefix(n.kind, "x-misp-attribute") || strings.HasPrefix(n.kind, "x-misp-object-"):
			b.attribute(n, about)
		case n.kind == "indicator":
			b.indicator(n)
		case n.kind == "observed-data":
			b.observed(n)
		case table().galaxies.Icons[n.kind] != "" && n.kind != "identity":
			clusters = append(clusters, n)
		case n.kind == "identity" && n.text("identity_class") == "class":
			clusters = append(clusters, n)
		}
	}
	for _, n := range all { // what an observed-data did not take
		if n.object.Class == stix.SCO && !n.taken {
			b.observable(n, nil)
		}
	}
	b.clusters(clusters)
	for _, n := range all {
		for _, rel := range b.from[n.id] {
			b.relationship(n, rel)
		}
		for _, on := range b.onto[n.id] {
			b.speaks(on, n.id)
		}
	}
}

// add puts an attribute into the event, or into the one that has its UUID
// already: an indicator and the observation that it is based on are one.
func (b *reading) add(a Attribute) {
	if p := b.place[a.UUID]; p != nil && p.attribute > 0 {
		had := &b.event.Attributes[p.attribute-1]
		had.ToIDs = had.ToIDs || a.ToIDs
		had.Comment = cmp.Or(had.Comment, a.Comment)
		had.Data = cmp.Or(had.Data, a.Data)
		had.Deleted = had.Deleted || a.Deleted
		had.FirstSeen, had.LastSeen = cmp.Or(had.FirstSeen, a.FirstSeen), cmp.Or(had.LastSeen, a.LastSeen)
		had.Distribution = had.Distribution.tighter(a.Distribution)
		if a.Timestamp.After(had.Timestamp) {
			had.Timestamp = a.Timestamp
		}
		for _, t := range a.Tags {
			if !slices.Contains(had.Tags, t) {
				had.Tags = append(had.Tags, t)
			}
		}
		return
	}
	b.event.Attributes = append(b.event.Attributes, a)
	b.place[a.UUID] = &place{attribute: len(b.event.Attributes)}
}

// base is an attribute with what every kind of object says the same way.
func (b *reading) base(n *node) Attribute {
	_, tags := n.labels()
	a := Attribute{
		UUID: b.uuid(n), Timestamp: n.modified(), Deleted: n.object.Revoked, NoCorrelation: n.flag("x_misp_disable_correlation"),
		Relation: n.text("x_misp_object_relation"), SharingGroup: n.group(), Comment: n.text("x_misp_comment"),
	}
	a.Tags, a.Distribution = b.limit(n, tags, b.light)
	return a
}

// attribute reads an object that says which attribute it was.
func (b *reading) attribute(n *node, about map[string]string) {
	n.taken = true
	a := b.base(n)
	a.Type, a.Category = about["type"], about["category"]
	a.ToIDs = about["to_ids"] == "True"
	a.FirstSeen, a.LastSeen = n.when("x_misp_first_seen"), n.when("x_misp_last_seen")
	switch {
	case n.kind == "indicator":
		b.fromPattern(n, &a)
	case n.kind == "observed-data":
		b.fromObservables(n, &a)
	case strings.HasPrefix(n.kind, "x-misp-"):
		a.Type = cmp.Or(n.text("x_misp_type"), a.Type, strings.TrimPrefix(n.kind, "x-misp-object-"))
		a.Value, a.Category, a.Data = n.text("x_misp_value"), cmp.Or(n.text("x_misp_category"), a.Category), n.text("x_misp_data")
	default: // a vulnerability, a campaign
		for _, row := range table().attributes[a.Type] {
			v := newValues()
			if row.SDO != nil && v.unify(row.SDO, n.m, true) && v.text["1"] != "" {
				a.Value, a.Comment = v.text["1"], n.text("description")
				break
			}
		}
	}
	a.Value, a.Data = cmp.Or(n.text("x_misp_value"), a.Value), cmp.Or(a.Data, n.text("x_misp_data"))
	if a.Value == "" {
		b.lost(n.id, a.Type, "the object does not say the value that its labels promise")
		return
	}
	b.add(a)
}

func newValues() *values {
	return &values{text: map[string]string{}, ids: map[string][]string{}, used: map[string]bool{}}
}

// fromPattern reads an indicator that says which attribute it was.
func (b *reading) fromPattern(n *node, a *Attribute) {
	a.ToIDs, a.Comment = true, cmp.Or(n.text("description"), a.Comment)
	if n.when("valid_until") != n.when("valid_from") && n.m["valid_until"] != nil {
		a.FirstSeen, a.LastSeen = n.when("valid_from"), n.when("valid_until")
	} else if from := n.when("valid_from"); !from.Equal(a.Timestamp) && a.FirstSeen.IsZero() && a.LastSeen.IsZero() {
		a.FirstSeen = from
	}
	terms, flat := parseFlat(n.object.Pattern)
	for _, row := range table().attributes[a.Type] {
		v := newValues()
		switch {
		case row.Rule != "":
			a.Value = n.object.Pattern
			if strings.HasPrefix(a.Value, "[") && strings.HasSuffix(a.Value, "]") && row.Rule != "stix" {
				a.Value = a.Value[1 : len(a.Value)-1] // as one converter writes it
			}
			return
		case flat && v.unifyPattern(row.Pattern, terms, false):
			a.Value, a.Data = v.join(row), v.text["data"]
			return
		}
	}
	if flat && len(terms) == 1 { // an older spelling of the path: the label says the type
		a.Value = terms[0].value
		return
	}
	if flat && strings.Contains(a.Type, "|") && len(terms) == 2 {
		a.Value = terms[0].value + "|" + strings.TrimPrefix(terms[1].value, `\`)
	}
}

// join is the value of a row whose parts are bound.
func (v *values) join(row attributeRow) string {
	s := v.text["1"]
	if second, ok := v.text["2"]; ok {
		s += "|" + second
	}
	if _, has := cutFold(s, row.Prefix); row.Prefix != "" && !has {
		s = row.Prefix + s
	}
	return s
}

// fromObservables reads an observed-data that says which attribute it was.
func (b *reading) fromObservables(n *node, a *Attribute) {
	if first, last := n.when("first_observed"), n.when("last_observed"); a.FirstSeen.IsZero() && a.LastSeen.IsZero() && (!first.Equal(last) || !first.Equal(a.Timestamp)) {
		a.FirstSeen, a.LastSeen = first, last
	}
	var held []*node
	for _, id := range n.list("object_refs") {
		if o := b.byID[id]; o != nil {
			o.taken = true
			held = append(held, o)
		}
	}
	for _, row := range table().attributes[a.Type] {
		if len(row.Objects) == 0 {
			continue
		}
		v := newValues()
		all := true
		for _, template := range row.Objects {
			all = all && slices.ContainsFunc(held, func(o *node) bool {
				kind, _ := template["type"].(string)
				if kind != "$ip" && kind != o.kind || kind == "$ip" && !strings.HasPrefix(o.kind, "ipv") {
					return false
				}
				return v.unify(template, o.m, false)
			})
		}
		if all && v.text["1"] != "" {
			a.Value, a.Data = v.join(row), v.text["data"]
			return
		}
	}
}
