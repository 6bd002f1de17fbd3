package misp

import (
	"cmp"
	"slices"
	"strings"

	"parley.example/parley/internal/stix"
)

// clusters reads what MISP has galaxies for, and attaches each to the attributes
// that say so, else to the event.
func (b *reading) clusters(all []*node) {
	attached := map[string][]*Attribute{}
	kept := map[string]bool{} // back from an attribute, and so from the whole event
	of := make(map[string]*node, len(all))
	for _, n := range all {
		of[n.id] = n
	}
	for id, rels := range b.from {
		_, uuid, _ := strings.Cut(id, "--")
		for _, rel := range rels {
			to := of[rel.text("target_ref")]
			if to == nil {
				continue
			}
			if a := b.carrier(uuid, to); a != nil {
				if b.withheld(rel, b.place[uuid]) || b.withheld(to, b.place[uuid]) {
					kept[to.id] = true
					continue
				}
				attached[to.id] = append(attached[to.id], a)
				rel.taken = true
			}
		}
	}
	for _, n := range all {
		if attached[n.id] == nil && (kept[n.id] || b.light != stix.Unmarked && b.withheld(n, nil)) {
			continue
		}
		n.taken = true
		g := b.cluster(n)
		g.Clusters[0].Relations = b.clusterRelations(n, of)
		if to := attached[n.id]; to != nil {
			for _, a := range to {
				a.Galaxies = join(a.Galaxies, g)
				if tag := (Tag{Name: g.Clusters[0].Tag()}); !slices.Contains(a.Tags, tag) {
					a.Tags = append(a.Tags, tag)
				}
			}
			continue
		}
		b.event.Galaxies = join(b.event.Galaxies, g)
		if tag := (Tag{Name: g.Clusters[0].Tag()}); !slices.Contains(b.event.Tags, tag) {
			b.event.Tags = append(b.event.Tags, tag)
		}
		if b.light == stix.Unmarked { // the light of a cluster is that of what names it
			var d Distribution
			b.event.Tags, d = b.limit(n, b.event.Tags, b.light)
			b.event.Distribution = b.event.Distribution.tighter(d)
		}
	}
}

// clusterRelations are the relationships of a cluster to other clusters.
func (b *reading) clusterRelations(n *node, clusters map[string]*node) []ClusterRelation {
	var out []ClusterRelation
	for _, rel := range b.from[n.id] {
		to := clusters[rel.text("target_ref")]
		if to == nil || rel.taken {
			continue
		}
		rel.taken = true
		out = append(out, ClusterRelation{b.uuid(to), cmp.Or(rel.text("x_misp_relationship_type"), rel.text("relationship_type"))})
		if s := rel.text("description"); s != "" {
			b.lost(rel.id, "description", "MISP has no text on a relation of clusters: left out "+cut(s))
		}
	}
	return out
}

// carrier is the attribute that a cluster hangs on: itself, or of an object the
// one that has the cluster's tag, else the first.
func (b *reading) carrier(uuid string, cluster *node) *Attribute {
	p := b.place[uuid]
	switch {
	case p == nil:
		return nil
	case p.attribute > 0:
		return &b.event.Attributes[p.attribute-1]
	}
	o := &b.event.Objects[p.object-1]
	_, tags := cluster.labels()
	for i := range o.Attributes {
		for _, t := range tags {
			if slices.Contains(o.Attributes[i].Tags, t) {
				return &o.Attributes[i]
			}
		}
	}
	if len(o.Attributes) == 0 {
		return nil
	}
	return &o.Attributes[0]
}

// join adds a galaxy's cluster to those of its type.
func join(all []Galaxy, g Galaxy) []Galaxy {
	for i := range all {
		if all[i].Type == g.Type {
			all[i].Clusters = append(all[i].Clusters, g.Clusters...)
			return all
		}
	}
	return append(all, g)
}

func (b *reading) cluster(n *node) Galaxy {
	t := table().galaxies
	about, tags := n.labels()
	g := Galaxy{Type: about["galaxy-type"], Name: about["galaxy-name"], Namespace: "misp", Icon: t.Icons[n.kind]}
	if g.Type == "" {
		g.Type, g.Namespace = "stix-2.1-"+n.kind, "stix"
		g.Name = "STIX 2.1 " + strings.ReplaceAll(title(strings.ReplaceAll(n.kind, "-", " ")), " Of ", " of ")
		if n.kind == "identity" {
			g.Type, g.Name, g.Namespace = "sector", "Sector", "misp"
		}
	}
	g.UUID = made(g.Name)
	if of, ok := n.m["x_misp_galaxy"].(map[string]any); ok {
		if u, ok := parseUUID(textOf(of["uuid"])); ok {
			g.UUID = u
		}
		g.Description, g.Version = textOf(of["description"]), textOf(of["version"])
		g.Namespace, g.Icon = cmp.Or(textOf(of["namespace"]), g.Namespace), cmp.Or(textOf(of["icon"]), g.Icon)
	}
	c := Cluster{UUID: b.uuid(n), Source: n.text("x_misp_cluster_source"), Version: n.text("x_misp_cluster_version"), Authors: n.list("x_misp_cluster_authors"), Type: g.Type, Value: n.object.Name, Description: n.text("description"), Meta: map[string][]string{}, Single: map[string]bool{}}
	for _, tag := range tags {
		if rest, ok := strings.CutPrefix(tag.Name, "misp-galaxy:"+g.Type+`="`); ok {
			c.TagName = tag.Name
			if rest = strings.TrimSuffix(rest, `"`); rest != c.UUID { // tags of an organisation's own galaxies name the UUID
				c.Value = rest
			}
		}
	}
	b.clusterMeta(n, &c)
	if id := c.Meta["external_id"]; c.TagName == "" && strings.HasPrefix(g.Type, "mitre-") && len(id) == 1 && !strings.HasSuffix(c.Value, " - "+id[0]) {
		c.Value += " - " + id[0]
	}
	if g.Type == "country" || g.Type == "region" {
		b.clusterPlace(n, &g, &c)
	}
	c.Value = cmp.Or(c.Value, n.id)
	g.Clusters = []Cluster{c}
	return g
}

// clusterPlace undoes what a country and a region are written with.
func (b *reading) clusterPlace(n *node, g *Galaxy, c *Cluster) {
	about, text, ok := strings.Cut(c.Description, " | ")
	if ok {
		g.Description, c.Description = about, text
	}
	if g.Type == "country" && c.TagName == "" {
		c.Value, c.Description = strings.ToLower(c.Value), n.object.Name
	}
}

// clusterMeta moves properties back into the members of meta.
func (b *reading) clusterMeta(n *node, c *Cluster) {
	t := table().galaxies
	put := func(key string, all []string, single bool) {
		if len(all) > 0 {
			c.Meta[key] = append(c.Meta[key], all...)
			c.Single[key] = single && len(c.Meta[key]) == 1
		}
	}
	aliases := n.list("aliases")
	if strings.HasPrefix(c.Type, "mitre-") && slices.Contains([]string{"intrusion-set", "malware", "tool"}, n.kind) && !slices.Contains(aliases, n.object.Name) {
		aliases = append([]string{n.object.Name}, aliases...) // which MITRE lists among them
	}
	put("synonyms", aliases, false)
	references, _ := n.m["external_references"].([]any)
	for _, v := range references {
		m, _ := v.(map[string]any)
		id, url := textOf(m["external_id"]), textOf(m["url"])
		if c.Type == "branded-vulnerability" && id != "" {
			put("aliases", []string{id}, false)
		} else if id != "" {
			put("external_id", []string{id}, true)
		}
		if url != "" {
			put("refs", []string{url}, false)
		}
		if s := textOf(m["description"]); s != "" {
			b.lost(n.id, "external_references description", "MISP keeps the address and the number of a reference: left out "+cut(s))
		}
	}
	phases, _ := n.m["kill_chain_phases"].([]any)
	for _, v := range phases {
		m, _ := v.(map[string]any)
		put("kill_chain", []string{textOf(m["kill_chain_name"]) + ":" + textOf(m["phase_name"])}, false)
	}
	for property, form := range t.Properties[n.kind] {
		if strings.HasPrefix(c.Type, "mitre-") && property == "is_family" {
			continue // the converter adds it
		}
		put(property, n.list(property), form != "list")
	}
	if n.kind == "location" {
		put("region", n.list("region"), true)
	}
	for name, v := range n.m {
		key, ok := strings.CutPrefix(name, "x_misp_")
		if !ok || key == "galaxy" || strings.HasPrefix(key, "cluster_") {
			continue
		}
		for _, k := range t.Keys {
			if propertyName(k) == propertyName(key) {
				key = k
			}
		}
		_, many := v.([]any)
		put(key, listOf(v), !many)
	}
}

func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// relationship reads what an object of the event says of another.
func (b *reading) relationship(n, rel *node) {
	if rel.taken {
		return
	}
	rel.taken = true
	target := b.byID[rel.text("target_ref")]
	from := b.place[b.uuid(n)]
	switch {
	case rel.text("relationship_type") == "based-on" && target != nil && target.uuid == n.uuid:
		return // an indicator and its observation are one item of MISP
	case rel.text("target_ref") == "":
		b.lost(rel.id, "relationship", "leads nowhere: it has no target_ref")
		return
	case target == nil:
		b.lost(rel.id, "relationship", "leads to "+rel.text("target_ref")+", which is not among the objects")
		return
	case from == nil || from.object == 0 || from.attribute != 0:
		b.lost(rel.id, "relationship", "MISP lets only objects relate to others: "+n.id+" is none")
		return
	case b.withheld(rel, from):
		return
	case b.place[target.uuid] == nil:
		b.lost(rel.id, "relationship", "leads to "+target.id+", which is no attribute and no object of the event")
		return
	}
	o := &b.event.Objects[from.object-1]
	o.References = append(o.References, Reference{
		UUID: b.uuid(rel), Target: target.uuid, Type: cmp.Or(rel.text("x_misp_relationship_type"), rel.text("relationship_type")),
		Comment: rel.text("description"), Timestamp: rel.modified(), Deleted: rel.object.Revoked,
	})
}

// speaks reads a sighting, an opinion or a note on an object of the event, or on
// the event itself.
func (b *reading) speaks(on *node, of string) {
	about, _ := on.labels()
	_, uuid, _ := strings.Cut(of, "--")
	switch {
	case on.taken:
	case about["proposal"] != "":
		if !b.withheld(on, b.place[uuid]) {
			on.taken = true
			b.proposed(on)
		}
	case on.kind == "sighting", about["sighting"] != "", on.kind == "opinion" && strings.HasSuffix(on.text("opinion"), "disagree"):
		if b.withheld(on, b.place[uuid]) {
			return
		}
		on.taken = true
		s := Sighting{UUID: b.uuid(on), Attribute: uuid, At: cmp.Or(on.when("last_seen"), on.modified()), Source: on.text("x_misp_source"), Org: b.author(on)}
		if about["sighting"] == "expiration" {
			s.Kind = 2
		} else if on.kind == "opinion" {
			s.Kind = 1
		}
		if count := on.text("count"); count != "" && count != "1" {
			b.lost(on.id, "count", "a sighting of MISP counts one: left out "+count)
		}
		b.sighted(s, uuid)
	case on.kind == "note":
		on.taken = true
		d := on.distribution()
		if light := b.marking(on); light != stix.Unmarked {
			d = d.tighter(ForTLP(light))
		}
		if d == Unstated {
			d = Inherit
		}
		b.event.Reports = append(b.event.Reports, Report{
			UUID: b.uuid(on), Name: on.text("abstract"), Content: on.text("content"), Timestamp: on.modified(), Distribution: d, Deleted: on.object.Revoked,
		})
	}
}

func (b *reading) sighted(s Sighting, uuid string) {
	switch p := b.place[uuid]; {
	case p == nil:
		b.lost(s.UUID, "sighting", "is of what is no attribute of the event")
	case p.attribute > 0:
		a := &b.event.Attributes[p.attribute-1]
		a.Sightings = append(a.Sightings, s)
	case p.object > 0:
		o := &b.event.Objects[p.object-1]
		if len(o.Attributes) == 0 {
			b.lost(s.UUID, "sighting", "is of an object without attributes")
			return
		}
		i := max(-p.attribute-1, 0)
		s.Attribute = o.Attributes[i].UUID
		o.Attributes[i].Sightings = append(o.Attributes[i].Sightings, s)
	}
}

// proposed reads a note that says what another organisation would change.
func (b *reading) proposed(on *node) {
	m, _ := on.m["x_misp_proposal"].(map[string]any)
	inner, _ := m["attribute"].(map[string]any)
	if inner == nil {
		b.lost(on.id, "note", "is labelled as a proposal and does not say which")
		return
	}
	p := Proposal{Attribute: carriedAttribute(inner, &Object{UUID: on.uuid, Timestamp: on.modified(), Distribution: Inherit}), ToDelete: m["to_delete"] == true}
	p.Of, _ = parseUUID(textOf(m["of"]))
	p.By.UUID, _ = parseUUID(textOf(m["org_uuid"]))
	p.By.Name = textOf(m["org_name"])
	switch at := b.place[p.Of]; {
	case at != nil && at.attribute > 0:
		a := &b.event.Attributes[at.attribute-1]
		a.Proposals = append(a.Proposals, p)
		return
	case at != nil && at.attribute < 0:
		a := &b.event.Objects[at.object-1].Attributes[-at.attribute-1]
		a.Proposals = append(a.Proposals, p)
		return
	}
	b.event.Proposals = append(b.event.Proposals, p)
}
