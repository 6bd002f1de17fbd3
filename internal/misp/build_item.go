package misp

import (
	"slices"
	"strings"
)

// attribute reads one attribute; nil where it says nothing that could be taken.
func (b *builder) attribute(path string, raw []byte) *Attribute {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	a := b.attributeOf(path, f)
	if a == nil {
		return nil
	}
	a.Extra = f.rest()
	b.odd(path, a.UUID, f)
	return b.once(path, a)
}

// once keeps UUIDs apart: of two attributes that say the same the first is
// enough, and one that says something else gets a UUID of its own.
func (b *builder) once(path string, a *Attribute) *Attribute {
	if b.known == nil {
		b.known = map[string]string{}
	}
	says := strings.Join([]string{a.Relation, a.Type, a.Category, a.Value}, "\x00")
	switch had, twice := b.known[a.UUID]; {
	case !twice:
		b.known[a.UUID] = says
	case had == says:
		b.fault(path, a.UUID, true, "stands in the event already")
		return nil
	default:
		old := a.UUID
		a.UUID = made(old, says)
		b.fault(path, a.UUID, false, "has the UUID %s of another attribute: one was made of what it says", old)
	}
	return a
}

func (b *builder) attributeOf(path string, f *fields) *Attribute {
	a := &Attribute{NoCorrelation: f.flag("disable_correlation"), Relation: f.text("object_relation")}
	a.Type, a.Category, a.Value = f.text("type"), f.text("category"), f.text("value")
	if a.Value == "" {
		a.Value = strings.TrimSuffix(f.text("value1")+"|"+f.text("value2"), "|")
	}
	uuid := f.text("uuid")
	switch {
	case a.Type == "":
		b.fault(path, uuid, true, "has no type: want one such as ip-dst")
		return nil
	case a.Value == "" || a.Value == "|":
		b.fault(path, uuid, true, "the %.40s has no value", a.Type)
		return nil
	}
	a.UUID = b.uuid(path, uuid, "attribute", a.Relation, a.Type, a.Category, a.Value)
	a.Comment = f.text("comment")
	a.ToIDs = f.flag("to_ids")
	a.Timestamp, a.FirstSeen, a.LastSeen = f.when("timestamp"), f.when("first_seen"), f.when("last_seen")
	a.Distribution = f.distribution()
	a.SharingGroup = b.sharingGroup(path+".SharingGroup", f.take("SharingGroup"))
	a.Deleted = f.flag("deleted")
	a.Data = f.text("data")
	for i, raw := range f.list("Tag") {
		add(&a.Tags, b.tag(at(path+".Tag", i), raw))
	}
	for i, raw := range f.list("Galaxy") {
		add(&a.Galaxies, b.galaxy(at(path+".Galaxy", i), raw))
	}
	for i, raw := range f.list("Sighting") {
		add(&a.Sightings, b.sighting(at(path+".Sighting", i), raw))
	}
	for i, raw := range f.list("ShadowAttribute") {
		if p := b.proposal(at(path+".ShadowAttribute", i), raw); p != nil {
			if p.Of == "" {
				p.Of = a.UUID
			}
			a.Proposals = append(a.Proposals, *p)
		}
	}
	return a
}

// uuid is the UUID of an item, or one made of what it says.
func (b *builder) uuid(path, uuid string, parts ...string) string {
	if u, ok := parseUUID(uuid); ok {
		return u
	}
	u := made(append([]string{b.eventUUID()}, parts...)...)
	switch {
	case uuid == "":
		b.fault(path, u, false, "has no UUID: one was made of what it says")
	default:
		b.fault(path, u, false, "%.60q is no UUID: one was made of what it says", uuid)
		b.aliases[uuid] = u
	}
	return u
}

// eventUUID is the event's as far as it is known: MISP writes it before the lists.
func (b *builder) eventUUID() string {
	s, _ := scalar(b.extra.members["uuid"])
	return s
}

func (b *builder) object(path string, raw []byte) *Object {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	o := &Object{
		Name: f.text("name"), MetaCategory: f.text("meta-category"), Description: f.text("description"),
		Template: f.text("template_uuid"), TemplateVersion: f.text("template_version"), Comment: f.text("comment"),
		Timestamp: f.when("timestamp"), FirstSeen: f.when("first_seen"), LastSeen: f.when("last_seen"),
		Distribution: f.distribution(), SharingGroup: b.sharingGroup(path+".SharingGroup", f.take("SharingGroup")),
		Deleted: f.flag("deleted"),
	}
	uuid := f.text("uuid")
	if o.Name == "" {
		b.fault(path, uuid, true, "the object has no name: want that of its template, such as file")
		return nil
	}
	for i, raw := range f.list("Attribute") {
		add(&o.Attributes, b.attribute(at(path+".Attribute", i), raw))
	}
	parts := []string{"object", o.Name}
	for _, a := range o.Attributes {
		parts = append(parts, a.Relation, a.Value)
	}
	o.UUID = b.uuid(path, uuid, parts...)
	for i, raw := range f.list("Tag") {
		add(&o.Tags, b.tag(at(path+".Tag", i), raw))
	}
	for i, raw := range f.list("ObjectReference") {
		add(&o.References, b.reference(at(path+".ObjectReference", i), o.UUID, raw))
	}
	o.Extra = f.rest()
	b.odd(path, o.UUID, f)
	return o
}

func (b *builder) reference(path, object string, raw []byte) *Reference {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	r := &Reference{Type: f.text("relationship_type"), Comment: f.text("comment"), Timestamp: f.when("timestamp"), Deleted: f.flag("deleted")}
	target := f.text("referenced_uuid")
	uuid := f.text("uuid")
	var ok bool
	if r.Target, ok = parseUUID(target); !ok {
		r.Target = target // perhaps an item that got a UUID here: see resolve
	}
	if r.Type == "" {
		r.Type = "related-to"
	}
	if r.UUID, ok = parseUUID(uuid); !ok {
		r.UUID = made(object, r.Type, r.Target)
	}
	return r
}

// resolve leads references to items whose UUID was none to the one that was made.
func (b *builder) resolve() {
	for i := range b.event.Objects {
		o := &b.event.Objects[i]
		o.References = slices.DeleteFunc(o.References, func(r Reference) bool {
			_, ok := parseUUID(r.Target)
			if !ok && b.aliases[r.Target] == "" {
				b.fault(at("Object", i)+".ObjectReference", r.UUID, true, "leads to %.60q, which is no UUID", r.Target)
			}
			return !ok && b.aliases[r.Target] == ""
		})
		for j, r := range o.References {
			if u := b.aliases[r.Target]; u != "" {
				o.References[j].Target = u
			}
		}
	}
}

func (b *builder) tag(path string, raw []byte) *Tag {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	t := &Tag{Name: strings.TrimSpace(f.text("name")), Colour: f.text("colour"), Local: f.flag("local")}
	if t.Name == "" {
		b.fault(path, "", true, "the tag has no name")
		return nil
	}
	return t
}

// eventTag reads a tag as the index of events has it, one level deeper.
func (b *builder) eventTag(path string, raw []byte) *Tag {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	return b.tag(path+".Tag", f.take("Tag"))
}

func (b *builder) org(path string, raw []byte) Org {
	if len(raw) == 0 {
		return Org{}
	}
	f := b.parse(path, raw)
	if f == nil {
		return Org{}
	}
	o := Org{Name: f.text("name")}
	o.UUID, _ = parseUUID(f.text("uuid"))
	return o
}

func (b *builder) sharingGroup(path string, raw []byte) *SharingGroup {
	if len(raw) == 0 || string(raw) == "[]" || string(raw) == "{}" {
		return nil
	}
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	g := &SharingGroup{Name: f.text("name"), Releasability: f.text("releasability"), Raw: slices.Clone(raw)}
	g.UUID, _ = parseUUID(f.text("uuid"))
	return g
}

func (b *builder) sighting(path string, raw []byte) *Sighting {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	s := &Sighting{Kind: f.number("type", 0, 2, 0), At: f.when("date_sighting"), Source: f.text("source"), Value: f.text("value")}
	if s.At.IsZero() {
		s.At = f.when("timestamp")
	}
	s.Attribute, _ = parseUUID(f.text("attribute_uuid"))
	s.Org = b.org(path+".Organisation", f.take("Organisation"))
	if s.Org == (Org{}) {
		s.Org = b.org(path+".Org", f.take("Org"))
	}
	uuid := f.text("uuid")
	var ok bool
	if s.UUID, ok = parseUUID(uuid); !ok {
		s.UUID = made("sighting", s.Attribute, s.Value, s.Org.UUID, s.Source, s.At.String())
	}
	b.odd(path, s.UUID, f)
	return s
}

func (b *builder) proposal(path string, raw []byte) *Proposal {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	p := &Proposal{ToDelete: f.flag("proposal_to_delete"), By: b.org(path+".Org", f.take("Org"))}
	p.Of, _ = parseUUID(f.text("old_uuid"))
	if p.Of == "" {
		p.Of, _ = parseUUID(f.text("event_attribute_uuid"))
	}
	a := b.attributeOf(path, f)
	if a == nil {
		return nil
	}
	p.Attribute = *a
	p.Extra = f.rest()
	b.odd(path, a.UUID, f)
	return p
}

func (b *builder) report(path string, raw []byte) *Report {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	r := &Report{Name: f.text("name"), Content: f.text("content"), Timestamp: f.when("timestamp"), Distribution: f.distribution(), Deleted: f.flag("deleted")}
	if r.Name == "" && r.Content == "" {
		b.fault(path, f.text("uuid"), true, "the report has no name and no content")
		return nil
	}
	r.UUID = b.uuid(path, f.text("uuid"), "report", r.Name, r.Content)
	return r
}
