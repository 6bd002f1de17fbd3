package misp

import (
	"cmp"
	"encoding/json"
	"strconv"
)

func (a Attribute) json() any { return a.members() }

func (a Attribute) members() ordered {
	o := ordered{
		{"uuid", a.UUID}, {"type", a.Type}, {"category", cmp.Or(a.Category, CategoryOf(a.Type))}, {"value", a.Value}, {"to_ids", a.ToIDs},
		{"comment", a.Comment}, {"timestamp", seconds(a.Timestamp)}, {"distribution", a.Distribution.text(Inherit)},
		{"sharing_group_id", "0"}, {"deleted", a.Deleted}, {"disable_correlation", a.NoCorrelation},
		{"object_relation", text(a.Relation)}, {"first_seen", seen(a.FirstSeen)}, {"last_seen", seen(a.LastSeen)},
	}
	if a.Data != "" {
		o = append(o, member{"data", a.Data})
	}
	o = append(o, sharing(a.SharingGroup)...)
	o = append(o, member{"Galaxy", each(a.Galaxies, Galaxy.json)}, member{"ShadowAttribute", each(a.Proposals, Proposal.json)})
	if len(a.Sightings) > 0 {
		o = append(o, member{"Sighting", each(a.Sightings, Sighting.json)})
	}
	if len(a.Tags) > 0 {
		o = append(o, member{"Tag", each(a.Tags, Tag.json)})
	}
	return o.with(a.Extra)
}

func sharing(g *SharingGroup) ordered {
	if g == nil {
		return nil
	}
	return ordered{{"SharingGroup", g.Raw}}
}

// whole is the object with what an instance demands of each: it drops one that says
// no name, category, description or template, and says so only in its own log.
func (o Object) whole() Object {
	o.Name = cmp.Or(o.Name, "unknown")
	o.MetaCategory = cmp.Or(o.MetaCategory, "misc")
	o.Description = cmp.Or(o.Description, o.Name)
	o.Template = cmp.Or(o.Template, made("template", o.Name))
	if n, err := strconv.Atoi(o.TemplateVersion); err != nil || n < 1 {
		o.TemplateVersion = "1"
	}
	return o
}

func (o Object) json() any {
	o = o.whole()
	m := ordered{
		{"uuid", o.UUID}, {"name", o.Name}, {"meta-category", o.MetaCategory}, {"description", o.Description},
		{"template_uuid", o.Template}, {"template_version", o.TemplateVersion}, {"timestamp", seconds(o.Timestamp)},
		{"distribution", o.Distribution.text(Inherit)}, {"sharing_group_id", "0"}, {"comment", o.Comment}, {"deleted", o.Deleted},
		{"first_seen", seen(o.FirstSeen)}, {"last_seen", seen(o.LastSeen)},
	}
	m = append(m, sharing(o.SharingGroup)...)
	m = append(m, member{"ObjectReference", each(o.References, func(r Reference) any { return r.json(o.UUID) })}, member{"Attribute", each(o.Attributes, Attribute.json)})
	if len(o.Tags) > 0 {
		m = append(m, member{"Tag", each(o.Tags, Tag.json)})
	}
	return m.with(o.Extra)
}

func (r Reference) json(object string) any {
	return ordered{
		{"uuid", r.UUID}, {"object_uuid", object}, {"referenced_uuid", r.Target}, {"relationship_type", r.Type},
		{"comment", r.Comment}, {"timestamp", seconds(r.Timestamp)}, {"deleted", r.Deleted},
	}
}

func (p Proposal) json() any {
	m := p.members()
	if p.Of != "" {
		m = append(m, member{"old_uuid", p.Of})
	}
	m = append(m, member{"proposal_to_delete", p.ToDelete})
	if p.By != (Org{}) {
		m = append(m, member{"Org", p.By.json()})
	}
	return m
}

// json gives a report a name where it has none: an instance drops one without.
func (r Report) json() any {
	return ordered{
		{"uuid", r.UUID}, {"name", cmp.Or(r.Name, "Note")}, {"content", r.Content}, {"timestamp", seconds(r.Timestamp)},
		{"distribution", r.Distribution.text(Inherit)}, {"sharing_group_id", nil}, {"deleted", r.Deleted},
	}
}

func (s Sighting) json() any {
	m := ordered{
		{"uuid", s.UUID}, {"type", number(s.Kind, 0)}, {"date_sighting", seconds(s.At)}, {"source", s.Source}, {"attribute_uuid", text(s.Attribute)},
	}
	if s.Value != "" {
		m = append(m, member{"value", s.Value})
	}
	if s.Org != (Org{}) {
		m = append(m, member{"Organisation", s.Org.json()})
	}
	return m
}

func (g Galaxy) json() any {
	return ordered{
		{"uuid", g.UUID}, {"name", g.Name}, {"type", g.Type}, {"description", g.Description}, {"version", g.Version},
		{"icon", g.Icon}, {"namespace", g.Namespace}, {"GalaxyCluster", each(g.Clusters, Cluster.json)},
	}
}

func (c Cluster) json() any {
	meta := map[string]any{}
	for key, all := range c.Meta {
		meta[key] = all
		if c.Single[key] && len(all) == 1 {
			meta[key] = all[0]
		}
	}
	m := ordered{
		{"uuid", c.UUID}, {"type", c.Type}, {"value", c.Value}, {"tag_name", c.Tag()}, {"description", c.Description},
		{"source", c.Source}, {"version", c.Version}, {"meta", meta}, {"local", c.Local},
	}
	if len(c.Relations) > 0 {
		m = append(m, member{"GalaxyClusterRelation", each(c.Relations, func(r ClusterRelation) any {
			return ordered{{"galaxy_cluster_uuid", c.UUID}, {"referenced_galaxy_cluster_uuid", r.Target}, {"referenced_galaxy_cluster_type", r.Type}}
		})})
	}
	if len(c.Authors) > 0 {
		m = append(m, member{"authors", c.Authors})
	}
	return m
}

// Tag is the machine tag that attaches the cluster.
func (c Cluster) Tag() string {
	if c.TagName != "" {
		return c.TagName
	}
	return "misp-galaxy:" + c.Type + `="` + c.Value + `"`
}

// JSON is the attribute alone, as it stands in an event.
func (a Attribute) JSON() json.RawMessage { return appendJSON(nil, a.members()) }

// JSON is the report alone, as it stands in an event.
func (r Report) JSON() json.RawMessage { return appendJSON(nil, r.json()) }
