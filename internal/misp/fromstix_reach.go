package misp

import "parley.example/parley/internal/stix"

// reach is the light that everybody is cleared for whom an item of the event reaches; nil
// stands for the event itself.
func (b *reading) reach(p *place) stix.TLP {
	l := limit{tlp: max(stix.Clear, b.light)}
	if b.light == stix.Unmarked {
		l.tlp = max(stix.Clear, b.options.Unmarked.tight())
	}
	switch {
	case p == nil:
	case p.object > 0:
		o := &b.event.Objects[p.object-1]
		l = l.limited(o.Tags, o.Distribution, nil)
	case p.attribute > 0:
		a := &b.event.Attributes[p.attribute-1]
		l = l.limited(a.Tags, a.Distribution, nil)
	}
	return l.tlp
}

// withheld leaves out what is marked more strictly than what it would stand with, where
// MISP has no marking for it alone: a cluster, a sighting, a proposal, a reference.
func (b *reading) withheld(n *node, p *place) bool {
	light := b.marking(n)
	if light <= b.reach(p) {
		return false
	}
	n.taken = true
	b.lost(n.id, n.kind, "is "+light.String()+", stricter than what it would stand with, and MISP has no marking for it alone")
	return true
}
