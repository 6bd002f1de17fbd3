package misp

import (
	"strings"

	"parley.example/parley/internal/stix"
)

// tight is the traffic light that says no more than a distribution allows. The
// light of an event's tag and that of its distribution both hold: the stricter
// wins. docs/intel-mapping.md has the table and the reasons.
func (d Distribution) tight() stix.TLP {
	switch d {
	case Organisation, Group:
		return stix.AmberStrict
	case Community:
		return stix.Amber
	case Connected:
		return stix.Green
	}
	return stix.Unmarked
}

// ForTLP is the widest distribution that a traffic light allows.
func ForTLP(t stix.TLP) Distribution {
	switch t {
	case stix.Clear:
		return All
	case stix.Green:
		return Connected
	case stix.Amber:
		return Community
	}
	return Organisation // red, amber+strict, and what says nothing: see FromOptions.Unmarked
}

// Downgraded is the distribution that a thing has on the next instance: MISP
// takes one step off with each that it passes. ok is false where it may not go.
func (d Distribution) Downgraded() (Distribution, bool) {
	switch d {
	case Connected:
		return Community, true
	case Community:
		return Organisation, true
	case All, Inherit:
		return d, true
	}
	return Organisation, false
}

// tighter is the one that reaches fewer; a group reaches no more than its members.
func (d Distribution) tighter(other Distribution) Distribution {
	rank := func(d Distribution) int {
		switch d {
		case Organisation:
			return 0
		case Group:
			return 1
		case Community, Connected, All:
			return int(d) + 1
		}
		return 5 // says nothing
	}
	if rank(other) < rank(d) {
		return other
	}
	return d
}

// light reads a TLP tag. A word of the namespace that nobody knows counts as red.
func light(tag string) (stix.TLP, bool) {
	word, ok := cutFold(tag, "tlp:")
	if !ok {
		return stix.Unmarked, false
	}
	if t, ok := stix.ParseTLP(strings.Trim(word, `"`)); ok {
		return t, true
	}
	return stix.Red, true
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// limit is how a thing may be passed on: the traffic light and the sharing group.
type limit struct {
	tlp   stix.TLP
	group *SharingGroup
}

// limited is the stricter of what holds for the whole and what a part says.
func (l limit) limited(tags []Tag, d Distribution, g *SharingGroup) limit {
	l.tlp = max(l.tlp, d.tight())
	for _, t := range tags {
		if tlp, ok := light(t.Name); ok {
			l.tlp = max(l.tlp, tlp)
		}
	}
	if d == Group && g != nil {
		l.group = g
	}
	return l
}

// refs are the marking-definitions that say so; those that STIX does not define
// itself are given out.
func (c *converter) refs(l limit) []string {
	var refs []string
	if l.tlp != stix.Unmarked {
		id := stix.MarkingID(l.tlp)
		if _, done := c.seen[id]; !done {
			o, _ := stix.Parse(stix.MarkingObject(l.tlp), stix.Limits{}) // a constant
			c.put(o)
		}
		refs = append(refs, id)
	}
	if g := l.group; g != nil {
		id := "marking-definition--" + made("sharing-group", g.UUID, g.Name)
		if _, done := c.seen[id]; !done {
			c.emit(map[string]any{
				"type": "marking-definition", "spec_version": "2.1", "id": id, "created": epoch, "definition_type": "statement",
				"definition": map[string]any{"statement": strings.TrimSpace("MISP sharing group " + g.Name + " (" + g.UUID + "). " + g.Releasability)},
			})
		}
		refs = append(refs, id)
	}
	return refs
}

// epoch is the time of making of what MISP does not date and what must be the
// same object in every event.
const epoch = "1970-01-01T00:00:00.000Z"
