package node

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
)

// Caller implements peer.Directory: a TLS key belongs to at most one party or
// archive, and that party sees the journals of the agreements it is in. WIRE-2
func (n *Node) Caller(pin parley.Hash) (peer.Caller, bool) {
	c := &caller{}
	for _, l := range n.Lines() {
		name, ok := l.nameOfPin(pin)
		if !ok || c.name != "" && c.name != name {
			continue // the agreements are isolated: one name per key
		}
		c.name = name
		c.lines = append(c.lines, l)
		l.back(name)
	}
	return c, c.name != ""
}

// nameOfPin finds the party or archive that a TLS key belongs to now.
func (l *Line) nameOfPin(pin parley.Hash) (string, bool) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, p := range l.chain.Parties() {
		if p != l.us && slices.Contains(l.chain.TLSPins(p), pin) && l.takesPart(p) {
			return string(p), true
		}
	}
	for _, a := range l.terms(l.lead()) {
		for i := range a.Eyes.Archives {
			if e := &a.Eyes.Archives[i]; e.Name != string(l.us) && slices.Contains(e.TLS, pin) {
				return e.Name, true
			}
		}
	}
	return "", false
}

// caller is one counterpart (or archive) in the agreements that we share with it.
type caller struct {
	name  string
	lines []*Line
}

// Limits are the largest of the agreements that we share: each journal's own
// limits are kept by its mirror.
func (c *caller) Limits() peer.Limits {
	var most peer.Limits
	for _, l := range c.lines {
		a, err := l.text()
		if err != nil {
			continue
		}
		// Requests carry framing and repeats beside what the agreement counts.
		most.BytesPerDay += 2 * int64(min(a.Traffic.Limits.BytesPerDay, 1<<40))
	}
	return most
}

// Room finds a journal by its origin hash among those that the caller may see.
func (c *caller) Room(originHash string) (peer.Room, bool) {
	for _, l := range c.lines {
		l.mu.RLock()
		origins := l.chain.Origins()
		l.mu.RUnlock()
		for _, o := range origins {
			if o.PathHash() == originHash {
				return l.roomOf(o, c.name), true
			}
		}
	}
	return peer.Room{}, false
}

// roomOf is one journal as one caller may use it.
func (l *Line) roomOf(o parley.Origin, name string) peer.Room {
	r := peer.Room{Origin: o, Reads: &reader{line: l, origin: o, name: name}}
	l.mu.RLock()
	defer l.mu.RUnlock()
	author, _ := l.chain.PartyOf(o)
	if m, ok := l.mirrors[o]; ok && string(author) == name {
		r.Writes, r.Ends = &writer{line: l, mirror: m, origin: o}, &ender{line: l, party: author}
		r.Returns = &reminder{line: l, mirror: m}
	}
	if author == l.us && l.journal() != nil {
		r.Returns = &returner{line: l, origin: o, name: name}
	}
	if l.role == sqldb.Ours {
		r.Blobs = &blobRoom{line: l, origin: o, name: name, author: author}
	}
	return r
}
