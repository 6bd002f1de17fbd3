package misp

import (
	"encoding/json"
	"iter"
	"slices"
	"strconv"
	"strings"
)

func at(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// galaxy reads one galaxy with the clusters that are attached.
func (b *builder) galaxy(path string, raw []byte) *Galaxy {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	g := &Galaxy{
		Type: f.text("type"), Name: f.text("name"), Description: f.text("description"),
		Namespace: f.text("namespace"), Version: f.text("version"), Icon: f.text("icon"),
	}
	g.UUID, _ = parseUUID(f.text("uuid"))
	for i, raw := range f.list("GalaxyCluster") {
		if c := b.cluster(at(path+".GalaxyCluster", i), raw, g); c != nil {
			g.Clusters = append(g.Clusters, *c)
		}
	}
	if g.Type == "" {
		b.fault(path, g.UUID, true, "the galaxy has no type: want one such as threat-actor")
		return nil
	}
	return g
}

func (b *builder) cluster(path string, raw []byte, g *Galaxy) *Cluster {
	f := b.parse(path, raw)
	if f == nil {
		return nil
	}
	c := &Cluster{
		Type: f.text("type"), Value: f.text("value"), TagName: f.text("tag_name"), Description: f.text("description"),
		Source: f.text("source"), Version: f.text("version"), Local: f.flag("local"), Meta: map[string][]string{}, Single: map[string]bool{},
	}
	if c.Type == "" {
		c.Type = g.Type
	}
	if c.Value == "" {
		b.fault(path, "", true, "the cluster has no value")
		return nil
	}
	for _, raw := range f.list("authors") {
		if s, ok := scalar(raw); ok {
			c.Authors = append(c.Authors, s)
		}
	}
	uuid := f.text("uuid")
	if u, ok := parseUUID(uuid); ok && u != g.UUID && !collection(u) {
		c.UUID = u
	} else if ok {
		c.UUID = made(c.Type, c.Value)
		b.fault(path, c.UUID, false, "the cluster's UUID %s is that of its collection: one was made of its type and value", u)
	} else {
		c.UUID = made(c.Type, c.Value)
		b.fault(path, c.UUID, false, "the cluster's UUID is %.60q: one was made of its type and value", uuid)
	}
	b.meta(path+".meta", c, f.take("meta"))
	for i, raw := range f.list("GalaxyClusterRelation") {
		r := b.parse(at(path+".GalaxyClusterRelation", i), raw)
		if r == nil {
			continue
		}
		if target, ok := parseUUID(r.text("referenced_galaxy_cluster_uuid")); ok {
			c.Relations = append(c.Relations, ClusterRelation{target, r.text("referenced_galaxy_cluster_type")})
		}
	}
	for i, raw := range f.list("GalaxyElement") {
		e := b.parse(at(path+".GalaxyElement", i), raw)
		if e == nil {
			continue
		}
		key, value := e.text("key"), e.text("value")
		if _, known := c.Meta[key]; key != "" && (!known || !has(c.Meta[key], value)) {
			c.Meta[key] = append(c.Meta[key], value)
		}
	}
	return c
}

// collection reports whether a UUID is that of a whole collection of clusters: MISP
// once gave it to each of them. Collections of that time have UUIDs of version 1,
// which clusters do not.
func collection(uuid string) bool {
	return uuid[14] == '1' || slices.Contains(table().galaxies.Collections, uuid)
}

// shared gives clusters of an event that share a UUID and are not the same each one
// of its own, made as for those of a known collection.
func (b *builder) shared() {
	values := map[string]string{}
	twice := map[string]bool{}
	for c := range b.event.clusters() {
		if had, ok := values[c.UUID]; ok && had != c.Type+c.Value {
			twice[c.UUID] = true
		}
		values[c.UUID] = c.Type + c.Value
	}
	for c := range b.event.clusters() {
		if twice[c.UUID] {
			b.fault("GalaxyCluster", c.UUID, false, "several clusters have the UUID %s: one was made of the type and value of %.60q", c.UUID, c.Value)
			c.UUID = made(c.Type, c.Value)
		}
	}
}

// clusters gives all clusters of the event, wherever they are attached.
func (e *Event) clusters() iter.Seq[*Cluster] {
	return func(yield func(*Cluster) bool) {
		each := func(all []Galaxy) bool {
			for i := range all {
				for j := range all[i].Clusters {
					if !yield(&all[i].Clusters[j]) {
						return false
					}
				}
			}
			return true
		}
		if !each(e.Galaxies) {
			return
		}
		for i := range e.Attributes {
			if !each(e.Attributes[i].Galaxies) {
				return
			}
		}
		for i := range e.Objects {
			for j := range e.Objects[i].Attributes {
				if !each(e.Objects[i].Attributes[j].Galaxies) {
					return
				}
			}
		}
	}
}

func has(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// meta reads the members of a cluster's meta: text, or lists of text.
func (b *builder) meta(path string, c *Cluster, raw []byte) {
	if len(raw) == 0 || string(raw) == "[]" {
		return
	}
	f := b.parse(path, raw)
	if f == nil {
		return
	}
	for key, raw := range f.members {
		if s, ok := scalar(raw); ok {
			if string(raw) != "null" {
				c.Meta[key], c.Single[key] = []string{s}, true
			}
			continue
		}
		var all []json.RawMessage
		if json.Unmarshal(raw, &all) != nil {
			b.fault(path+"."+key, c.UUID, true, "is neither text nor a list of text")
			continue
		}
		for _, raw := range all {
			if s, ok := scalar(raw); ok {
				c.Meta[key] = append(c.Meta[key], strings.ToValidUTF8(s, "�"))
			}
		}
	}
}
