package misp

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// galaxies gives out the clusters of galaxies and returns their identifiers.
func (c *converter) galaxies(all []Galaxy, when time.Time, l limit) []string {
	var ids []string
	for _, g := range all {
		for _, cl := range g.Clusters {
			ids = append(ids, c.cluster(g, cl, when, l))
		}
	}
	return ids
}

// cluster maps one cluster by the type of its galaxy.
func (c *converter) cluster(g Galaxy, cl Cluster, when time.Time, l limit) string {
	kind, known := table().galaxy[g.Type]
	if !known {
		kind = "x-misp-galaxy-cluster"
	}
	id := kind + "--" + cl.UUID
	c.clusters[cl.UUID] = id
	if _, done := c.seen[id]; done {
		return id
	}
	m := map[string]any{"type": kind, "spec_version": "2.1", "id": id, "created": c.created(id, when), "modified": stamp(when), "name": cl.Value}
	c.marked(m, l)
	label(m, machine("galaxy-name", g.Name))
	label(m, machine("galaxy-type", g.Type))
	if cl.TagName != "" {
		label(m, cl.TagName)
	}
	set(m, "description", cl.Description)
	rest := maps.Clone(cl.Meta)
	if known {
		c.meta(m, g, cl, rest)
	}
	for _, key := range slices.Sorted(maps.Keys(rest)) {
		c.custom1(m, cl, key, rest[key])
	}
	if _, why, ok := sound(m); !ok { // a property that its type forbids: say all of it as MISP's own
		c.change(id, "meta", false, "written as members of its own: "+why)
		m = map[string]any{"type": kind, "spec_version": "2.1", "id": id, "created": m["created"], "modified": m["modified"], "name": m["name"], "labels": m["labels"]}
		c.marked(m, l)
		required(m, kind)
		set(m, "description", cl.Description)
		for _, key := range slices.Sorted(maps.Keys(cl.Meta)) {
			c.custom1(m, cl, key, cl.Meta[key])
		}
	}
	kept(m, g, cl)
	c.emit(m)
	return id
}

// kept adds who keeps the cluster, and of which galaxy it is, for which STIX has no
// property.
func kept(m map[string]any, g Galaxy, cl Cluster) {
	set(m, "x_misp_cluster_source", cl.Source)
	set(m, "x_misp_cluster_version", cl.Version)
	if len(cl.Authors) > 0 {
		m["x_misp_cluster_authors"] = cl.Authors
	}
	of := map[string]any{}
	set(of, "uuid", g.UUID)
	set(of, "description", g.Description)
	set(of, "namespace", g.Namespace)
	set(of, "version", g.Version)
	set(of, "icon", g.Icon)
	if len(of) > 0 {
		m["x_misp_galaxy"] = of
	}
}

// clusterRelations relates the clusters that the event holds. Those to clusters that
// it does not hold are knowledge of the galaxy, which stays where the galaxy is.
func (c *converter) clusterRelations(all []Galaxy, when time.Time, l limit) {
	for _, g := range all {
		for _, cl := range g.Clusters {
			from := c.clusters[cl.UUID]
			for _, r := range cl.Relations {
				if to := c.clusters[r.Target]; from != "" && to != "" {
					c.relate(from, r.Type, to, when, l, "")
				}
			}
		}
	}
}

// required adds what STIX demands of a type and MISP does not say.
func required(m map[string]any, kind string) {
	switch kind {
	case "malware":
		if _, said := m["is_family"]; !said {
			m["is_family"] = false
		}
	case "identity":
		m["identity_class"] = "class"
	case "location":
		if m["country"] == nil && m["region"] == nil {
			m["region"] = "world"
		}
	}
}

// custom1 adds a member of meta that STIX has no property for. A name holds a to
// z, 0 to 9 and underscores: STIX 2.1 §11.1.
func (c *converter) custom1(m map[string]any, cl Cluster, key string, all []string) {
	if len(all) == 0 {
		return
	}
	name := "x_misp_" + propertyName(key)
	if m[name] != nil {
		c.change(m["id"].(string), "meta "+key, true, "another member has the same name in STIX")
		return
	}
	if cl.Single[key] && len(all) == 1 {
		m[name] = all[0]
		return
	}
	m[name] = all
}

func propertyName(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '_'
	}, s)
}

// meta moves what STIX has a property for from rest to the object.
func (c *converter) meta(m map[string]any, g Galaxy, cl Cluster, rest map[string][]string) {
	t := table().galaxies
	kind := m["type"].(string)
	take := func(key string) []string {
		all := rest[key]
		delete(rest, key)
		return all
	}
	name := cl.Value
	var references []any
	for _, id := range take("external_id") {
		name = strings.TrimSuffix(name, " - "+id)
		references = append(references, map[string]any{"source_name": sourceOf(id), "external_id": id})
	}
	m["name"] = name
	if kind == "vulnerability" {
		for _, id := range take("aliases") {
			references = append(references, map[string]any{"source_name": "cve", "external_id": id})
		}
	}
	for _, url := range take("refs") {
		if url != "" {
			references = append(references, map[string]any{"source_name": "url", "url": url})
		}
	}
	if len(references) > 0 {
		m["external_references"] = references
	}
	if slices.Contains(t.Aliases, kind) {
		aliases := slices.DeleteFunc(take("synonyms"), func(s string) bool { return s == name || s == "" })
		if len(aliases) > 0 {
			m["aliases"] = aliases
		}
	}
	if slices.Contains(t.KillChain, kind) {
		var phases []any
		for _, s := range take("kill_chain") {
			if i := strings.LastIndexByte(s, ':'); i > 0 && i < len(s)-1 {
				phases = append(phases, map[string]any{"kill_chain_name": strings.TrimSuffix(s[:i], ":"), "phase_name": s[i+1:]})
			} else {
				rest["kill_chain"] = append(rest["kill_chain"], s)
			}
		}
		if len(phases) > 0 {
			m["kill_chain_phases"] = phases
		}
	}
	if property := t.Labels[kind]; property != "" {
		if all := take("labels"); len(all) > 0 {
			m[property] = all
		}
	}
	for property, form := range t.Properties[kind] {
		if all := rest[property]; len(all) > 0 {
			if v, ok := formed(form, all); ok {
				m[property] = v
				delete(rest, property)
			}
		}
	}
	c.place(m, g, cl, rest)
	required(m, kind)
}

// formed is a member of meta in the form that its property has.
func formed(form string, all []string) (any, bool) {
	switch form {
	case "list":
		return all, true
	case "time":
		t, ok := parseTime(all[0])
		return t.Format("2006-01-02T15:04:05Z"), ok && len(all) == 1
	case "bool":
		return strings.EqualFold(all[0], "true"), len(all) == 1
	}
	return all[0], len(all) == 1
}

// place says where a country or a region is.
func (c *converter) place(m map[string]any, g Galaxy, cl Cluster, rest map[string][]string) {
	switch g.Type {
	case "country":
		m["name"] = title(cl.Value)
		if iso := rest["ISO"]; len(iso) == 1 {
			m["country"] = iso[0]
		}
	case "region":
		number, name, ok := strings.Cut(cl.Value, " - ")
		if !ok {
			name = number
		}
		m["name"], m["region"] = name, strings.ReplaceAll(strings.ToLower(name), " ", "-")
	default:
		if r := rest["region"]; m["type"] == "location" && len(r) == 1 {
			m["region"] = r[0]
			delete(rest, "region")
		}
		return
	}
	if g.Description != "" && cl.Description != "" {
		m["description"] = g.Description + " | " + cl.Description
	}
	if g.Type == "country" {
		m["description"] = g.Description + " | " + cl.Value
	}
}

func title(s string) string {
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = strings.ToUpper(w[:1]) + w[1:]
	}
	return strings.Join(words, " ")
}

// sourceOf is the catalogue that an identifier is of.
func sourceOf(id string) string {
	for prefix, source := range table().galaxies.Sources {
		if strings.HasPrefix(id, prefix) {
			return source
		}
	}
	return "mitre-attack"
}
