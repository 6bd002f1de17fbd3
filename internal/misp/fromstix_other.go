package misp

import (
	"cmp"
	"slices"
	"strings"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// kinds are the attributes for values of patterns and observables that no
// converter of MISP labelled.
var kinds = map[string]struct{ Type, Category string }{
	"autonomous-system":    {"AS", "Network activity"},
	"domain-name":          {"domain", "Network activity"},
	"email-addr":           {"email", "Social network"},
	"file-name":            {"filename", "Payload delivery"},
	"ipv4-addr":            {"ip-dst", "Network activity"},
	"ipv6-addr":            {"ip-dst", "Network activity"},
	"mac-addr":             {"mac-address", "Network activity"},
	"md5":                  {"md5", "Payload delivery"},
	"mutex":                {"mutex", "Artifacts dropped"},
	"sha1":                 {"sha1", "Payload delivery"},
	"sha224":               {"sha224", "Payload delivery"},
	"sha256":               {"sha256", "Payload delivery"},
	"sha384":               {"sha384", "Payload delivery"},
	"sha512":               {"sha512", "Payload delivery"},
	"ssdeep":               {"ssdeep", "Payload delivery"},
	"tlsh":                 {"tlsh", "Payload delivery"},
	"url":                  {"url", "Network activity"},
	"user-agent":           {"user-agent", "Network activity"},
	"windows-registry-key": {"regkey", "Persistence mechanism"},
	"x509-md5":             {"x509-fingerprint-md5", "Network activity"},
	"x509-sha1":            {"x509-fingerprint-sha1", "Network activity"},
	"x509-sha256":          {"x509-fingerprint-sha256", "Network activity"},
}

// rules are the pattern types that MISP has attributes for.
var rules = map[string]struct{ Type, Category string }{
	"stix":     {"stix2-pattern", "Payload installation"},
	"yara":     {"yara", "Payload installation"},
	"sigma":    {"sigma", "Payload installation"},
	"snort":    {"snort", "Network activity"},
	"suricata": {"snort", "Network activity"},
}

// indicator reads an indicator of somebody else: its values where it is an OR of
// equalities, an object where it is an AND that a template of MISP has words for,
// else the pattern itself.
func (b *reading) indicator(n *node) {
	n.taken = true
	a := b.base(n)
	a.ToIDs = true
	a.Comment = comment(n)
	from, until := n.when("valid_from"), n.when("valid_until")
	if !until.IsZero() || !from.Equal(a.Timestamp) {
		a.FirstSeen, a.LastSeen = from, until
	}
	if n.object.PatternType == "stix" {
		if b.values(n, a) || b.template(n, a) {
			return
		}
	}
	rule, ok := rules[n.object.PatternType]
	if !ok {
		b.lost(n.id, "pattern", "MISP has no attribute for patterns of type "+n.object.PatternType)
		return
	}
	a.Type, a.Category, a.Value = rule.Type, rule.Category, n.object.Pattern
	b.add(a)
}

// comment is what an object calls itself, in a line.
func comment(n *node) string {
	name, description := n.object.Name, n.text("description")
	if name == "" || description == "" || strings.HasPrefix(description, name) {
		return cmp.Or(description, name)
	}
	return name + ": " + description
}

// values adds an attribute for each value of a pattern that is an OR of
// equalities; false where it is another one, or MISP lacks a type.
func (b *reading) values(n *node, a Attribute) bool {
	p, err := indicator.ParsePattern(n.object.Pattern)
	if err != nil {
		return false
	}
	all, exact := p.Values()
	if !exact || len(all) == 0 {
		return false
	}
	for _, v := range all {
		if kinds[string(v.Kind)].Type == "" {
			return false
		}
	}
	for i, v := range all {
		one := a
		one.Type, one.Category, one.Value = kinds[string(v.Kind)].Type, kinds[string(v.Kind)].Category, v.Text
		if v.Kind == "autonomous-system" && !strings.HasPrefix(v.Text, "AS") {
			one.Value = "AS" + v.Text
		}
		if i > 0 {
			one.UUID = made(n.id, string(v.Kind), v.Text)
		}
		b.add(one)
	}
	return true
}

// template adds an object for a pattern that compares properties of one thing.
func (b *reading) template(n *node, a Attribute) bool {
	terms, ok := parseFlat(n.object.Pattern)
	if !ok {
		return false
	}
	for _, name := range []string{"file", "email", "registry-key", "x509", "process", "user-account", "network-connection", "domain-ip"} {
		row := table().objects[name]
		v := newValues()
		if !v.unifyPattern(row.Pattern, terms, true) || len(v.text) != len(terms) {
			continue
		}
		o := b.newObject(row, a)
		for _, relation := range sorted(v.text) {
			o.Attributes = append(o.Attributes, row.attribute(a, o.UUID, relation, v.text[relation]))
		}
		b.addObject(o)
		return true
	}
	return false
}

func sorted(m map[string]string) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// newObject is an empty object of a template that stands for what a says.
func (b *reading) newObject(row *objectRow, a Attribute) Object {
	return Object{
		UUID: a.UUID, Name: row.Name, MetaCategory: row.Meta, Template: row.Template, TemplateVersion: row.Version, Comment: a.Comment,
		Timestamp: a.Timestamp, FirstSeen: a.FirstSeen, LastSeen: a.LastSeen, Distribution: a.Distribution, SharingGroup: a.SharingGroup, Deleted: a.Deleted, Tags: a.Tags,
	}
}

// attribute is one attribute of an object that is read.
func (row *objectRow) attribute(a Attribute, object, relation, value string) Attribute {
	kind := row.Types[relation]
	if kind == "" {
		kind = relation
	}
	if kind == "AS" && !strings.HasPrefix(value, "AS") {
		value = "AS" + value
	}
	return Attribute{
		UUID: made(object, relation, value), Type: kind, Category: CategoryOf(kind), Value: value, Relation: relation, ToIDs: a.ToIDs,
		Timestamp: a.Timestamp, Distribution: Inherit, Tags: a.Tags,
	}
}

func (b *reading) addObject(o Object) {
	b.event.Objects = append(b.event.Objects, o)
	b.place[o.UUID] = &place{object: len(b.event.Objects)}
}

// observed reads an observed-data of somebody else: each observable by itself.
func (b *reading) observed(n *node) {
	n.taken = true
	found := false
	for _, id := range n.list("object_refs") {
		if o := b.byID[id]; o != nil && o.object.Class == stix.SCO && !o.taken {
			b.observable(o, n)
			found = true
		}
	}
	if !found && n.m["objects"] == nil {
		b.lost(n.id, n.kind, "none of what it holds is among the objects")
	}
}

// observable reads an observable, with the observed-data that holds it, if any.
func (b *reading) observable(n, in *node) {
	n.taken = true
	a := b.base(n)
	a.Timestamp = cmp.Or(a.Timestamp, b.options.Now, b.event.Timestamp)
	if in != nil {
		a.Timestamp = in.modified()
		a.Comment = cmp.Or(a.Comment, "Observed Data ID: "+in.id)
		tags, d := b.limit(in, a.Tags, b.light)
		a.Tags, a.Distribution = tags, a.Distribution.tighter(d)
		if first, last := in.when("first_observed"), in.when("last_observed"); !first.Equal(last) {
			a.FirstSeen, a.LastSeen = first, last
		}
	}
	if k, ok := kinds[n.kind]; ok && n.kind != "windows-registry-key" {
		a.Type, a.Category, a.Value = k.Type, k.Category, cmp.Or(n.text("value"), n.text("name"), n.text("number"))
		if n.kind == "autonomous-system" {
			a.Value = "AS" + n.text("number")
		}
		b.add(a)
		return
	}
	for _, name := range []string{"file", "email", "registry-key", "x509", "process", "user-account", "network-connection"} {
		row := table().objects[name]
		if row.Objects[0].Object["type"] == n.kind && b.observableObject(n, a, row) {
			return
		}
	}
	if n.kind == "artifact" && n.text("payload_bin") != "" {
		a.Type, a.Category, a.Value, a.Data = "attachment", "Artifacts dropped", n.id, n.text("payload_bin")
		b.add(a)
		return
	}
	b.lost(n.id, n.kind, "MISP has no attribute and no object for it")
}

// observableObject reads an observable by an object's template.
func (b *reading) observableObject(n *node, a Attribute, row *objectRow) bool {
	v := newValues()
	if !v.unify(row.Objects[0].Object, n.m, true) {
		return false
	}
	o := b.newObject(row, a)
	for _, relation := range sorted(v.text) {
		o.Attributes = append(o.Attributes, row.attribute(a, o.UUID, relation, v.text[relation]))
	}
	for names, ids := range v.ids {
		for _, id := range ids {
			b.referred(&o, row, a, names, id)
		}
	}
	if len(o.Attributes) == 0 {
		return false
	}
	b.addObject(o)
	return true
}

// referred adds what an observable names by a reference: an address, a domain.
func (b *reading) referred(o *Object, row *objectRow, a Attribute, names, id string) {
	n := b.byID[id]
	if n == nil {
		b.lost(o.UUID, names, "names "+id+", which is not among the objects")
		return
	}
	for _, t := range row.Objects[1:] {
		kind, _ := t.Object["type"].(string)
		if !slices.Contains(strings.Split(names, "|"), t.Each) || kind != n.kind && !(t.Addr && strings.HasPrefix(n.kind, "ipv")) {
			continue
		}
		n.taken = true
		o.Attributes = append(o.Attributes, row.attribute(a, o.UUID, t.Each, n.text("value")))
		return
	}
}
