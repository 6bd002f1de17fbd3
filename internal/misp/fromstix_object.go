package misp

import (
	"cmp"
	"slices"
	"strings"

	"parley.example/parley/internal/stix"
)

// object reads what says which object of MISP it was: an observed-data, an
// indicator, an x-misp-object, a vulnerability.
func (b *reading) object(n *node, name string, about map[string]string) {
	n.taken = true
	for _, id := range n.list("object_refs") {
		if held := b.byID[id]; held != nil && held.object.Class == stix.SCO {
			held.taken = true
		}
	}
	carried, _ := n.m["x_misp_attributes"].([]any)
	if p := b.place[b.uuid(n)]; p != nil && p.object > 0 {
		o := &b.event.Objects[p.object-1]
		if len(o.Attributes) == 0 || n.kind != "indicator" {
			b.fillObject(o, n, carried)
		}
		if n.kind == "indicator" {
			b.flag(o, n)
		}
		return
	}
	a := b.base(n)
	o := Object{
		UUID: a.UUID, Name: name, MetaCategory: cmp.Or(about["meta-category"], n.text("x_misp_meta_category")), Description: n.text("x_misp_description"),
		Template: n.text("x_misp_template_uuid"), TemplateVersion: n.text("x_misp_template_version"), Comment: cmp.Or(n.text("x_misp_comment"), a.Comment),
		Timestamp: a.Timestamp, FirstSeen: n.when("x_misp_first_seen"), LastSeen: n.when("x_misp_last_seen"),
		Distribution: a.Distribution, SharingGroup: a.SharingGroup, Deleted: a.Deleted, Tags: a.Tags,
	}
	if row := table().objects[name]; row != nil && o.Template == "" {
		o.Template, o.TemplateVersion = row.Template, row.Version
	}
	if o.Comment == "" && n.kind == "indicator" {
		o.Comment = n.text("description")
	}
	b.fillObject(&o, n, carried)
	if n.kind == "indicator" && carried == nil {
		b.flag(&o, n)
	}
	b.addObject(o)
	for i := range o.Attributes {
		b.place[o.Attributes[i].UUID] = &place{object: len(b.event.Objects), attribute: -i - 1}
	}
}

// fillObject adds the attributes: those that MISP gave, or what the table reads
// from observables or a pattern.
func (b *reading) fillObject(o *Object, n *node, carried []any) {
	if carried != nil {
		o.Attributes = nil
		for _, v := range carried {
			if m, ok := v.(map[string]any); ok {
				o.Attributes = append(o.Attributes, carriedAttribute(m, o))
			}
		}
		return
	}
	row := table().objects[o.Name]
	if row == nil {
		b.lost(n.id, o.Name, "the object does not say its attributes")
		return
	}
	base := Attribute{Timestamp: o.Timestamp}
	v := newValues()
	switch {
	case n.kind == "indicator":
		base.ToIDs = true
		if row.Rule != "" {
			o.Attributes = append(o.Attributes, row.attribute(base, o.UUID, row.Of, n.object.Pattern))
			return
		}
		if terms, ok := parseFlat(n.object.Pattern); ok {
			v.unifyPattern(row.Pattern, terms, true)
		}
	case row.SDO != nil:
		v.unify(row.SDO, n.m, true)
	default:
		for _, id := range n.list("object_refs") {
			held := b.byID[id]
			if held == nil {
				continue
			}
			for name := range held.m { // what the reference converter puts beside
				if relation, ok := strings.CutPrefix(name, "x_misp_"); ok && !slices.Contains(reserved, relation) {
					for _, value := range held.list(name) {
						o.Attributes = append(o.Attributes, row.attribute(base, o.UUID, strings.ReplaceAll(relation, "-", "_"), value))
					}
				}
			}
			for _, t := range row.Objects {
				if t.Object["type"] == held.kind || t.Addr && addressType(held.text("value")) == held.kind {
					one := newValues()
					if one.unify(t.Object, held.m, true) {
						for relation, value := range one.text {
							if relation != "addr" && value != "" {
								o.Attributes = append(o.Attributes, row.attribute(base, o.UUID, relation, value))
							}
						}
						break
					}
				}
			}
		}
	}
	for _, relation := range sorted(v.text) {
		o.Attributes = append(o.Attributes, row.attribute(base, o.UUID, relation, v.text[relation]))
	}
	slices.SortFunc(o.Attributes, func(a, b Attribute) int {
		return cmp.Or(cmp.Compare(a.Relation, b.Relation), cmp.Compare(a.Value, b.Value))
	})
}

// reserved are names of x_misp_ members that say something of the item itself.
var reserved = []string{"attributes", "comment", "data", "description", "disable_correlation", "distribution", "first_seen", "last_seen", "name", "object_relation", "sharing_group", "template_uuid", "template_version", "value"}

// flag marks the attributes that an indicator's pattern names.
func (b *reading) flag(o *Object, n *node) {
	if n.m["x_misp_attributes"] != nil || len(o.Attributes) > 0 && slices.ContainsFunc(o.Attributes, func(a Attribute) bool { return a.ToIDs }) {
		return
	}
	terms, _ := parseFlat(n.object.Pattern)
	for i := range o.Attributes {
		for _, t := range terms {
			if o.Attributes[i].Value == t.value {
				o.Attributes[i].ToIDs = true
			}
		}
	}
	o.Comment = cmp.Or(o.Comment, n.text("description"))
}

// carriedAttribute reads an attribute of x_misp_attributes.
func carriedAttribute(m map[string]any, o *Object) Attribute {
	n := &node{m: m}
	a := Attribute{
		Type: n.text("type"), Category: n.text("category"), Value: n.text("value"), Relation: n.text("object_relation"), Comment: n.text("comment"),
		ToIDs: n.flag("to_ids"), Deleted: n.flag("deleted"), NoCorrelation: n.flag("disable_correlation"), Data: n.text("data"),
		FirstSeen: n.when("first_seen"), LastSeen: n.when("last_seen"), SharingGroup: groupOf(m["sharing_group"]),
		Timestamp: cmp.Or(n.when("timestamp"), o.Timestamp), Distribution: Inherit,
	}
	switch s := n.text("distribution"); s {
	case "0", "1", "2", "3":
		a.Distribution = Distribution(s[0] - '0').tighter(o.Distribution)
	case "4":
		a.Distribution = Organisation
		if a.SharingGroup != nil {
			a.Distribution = Group
		}
	}
	var ok bool
	if a.UUID, ok = parseUUID(n.text("uuid")); !ok {
		a.UUID = made(o.UUID, a.Relation, a.Value)
	}
	for _, name := range n.list("tags") {
		a.Tags = append(a.Tags, Tag{Name: name})
	}
	return a
}
