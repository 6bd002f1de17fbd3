package stix

import (
	"bytes"
	"fmt"
	"strconv"
	"time"
)

// Octets are those of several objects.
func Octets(list []*Object) [][]byte {
	raws := make([][]byte, len(list))
	for i, o := range list {
		raws[i] = o.Raw
	}
	return raws
}

// Parse reads one object. The error is a *Fault: JSON that is not I-JSON (RFC
// 7493: strict JSON of RFC 8259 without duplicate keys, bad UTF-8 and lone
// surrogates), bounds, or no type and id to index it by. It does not check the
// rest of the MUSTs: see Check. The Object keeps raw; the caller does not change it.
func Parse(raw []byte, l Limits) (*Object, error) {
	s := scanner{limits: l.withDefaults()}
	t, f := s.whole(raw)
	if f != nil {
		return nil, f
	}
	o, f := s.index(t, raw)
	if f != nil {
		return nil, f
	}
	return o, nil
}

// whole scans raw as one value with nothing but spaces around it.
func (s *scanner) whole(raw []byte) (*tree, *Fault) {
	if len(raw) > s.limits.Object {
		return nil, tooLarge(s.limits)
	}
	s.b = raw
	end, f := s.scan(raw, s.space(0))
	if f == nil {
		if end = s.space(end); end < len(raw) {
			f = s.wrong(end, "the end of the object")
		}
	}
	if f != nil {
		return nil, s.placed(f)
	}
	return &tree{raw, s.nodes}, nil
}

func tooLarge(l Limits) *Fault {
	return &Fault{Rule: "size", Message: fmt.Sprintf("the object has more than %d octets: split it, or put the content into an artifact's url", l.Object)}
}

// placed adds to a fault of a scan that stopped where in the object it stopped.
func (s *scanner) placed(f *Fault) *Fault {
	c := *f
	if f == short {
		c.Offset = int64(len(s.b))
	}
	if f.Rule != "size" && len(s.nodes) > int(root) && (s.nodes[root].kind == object || s.nodes[root].kind == array) {
		// What was open stays open to the end of what was read.
		for i := range s.nodes {
			if s.nodes[i].next == 0 {
				s.nodes[i].next = uint32(len(s.nodes))
			}
		}
		t := tree{s.b, s.nodes}
		c.Path = t.path(uint32(len(s.nodes) - 1))
	}
	return &c
}

// index makes an Object of the value that was scanned last.
func (s *scanner) index(t *tree, raw []byte) (*Object, *Fault) {
	if t.kind(root) != object {
		return nil, &Fault{Rule: "object", Message: fmt.Sprintf("%s stands where a STIX object should", t.kind(root))}
	}
	o := &Object{Raw: raw, Confidence: -1}
	var ext uint32
	for key, end := root+1, t.nodes[root].next; key < end; key = t.nodes[key+1].next {
		v := key + 1
		switch string(t.bytes(key)) {
		case "type":
			o.Type = s.knownText(t, v)
		case "id":
			o.ID = t.text(v)
		case "spec_version":
			o.SpecVersion, o.Stated = s.knownText(t, v), true
		case "created":
			o.Created = t.time(v)
		case "modified":
			o.Modified = t.time(v)
		case "created_by_ref":
			o.CreatedBy = s.knownText(t, v)
		case "name":
			o.Name = t.text(v)
		case "labels":
			o.Labels = s.knownTexts(t, v)
		case "confidence":
			if n, err := strconv.Atoi(string(t.octets(v))); err == nil && n >= 0 && n <= 100 {
				o.Confidence = n
			}
		case "lang":
			o.Lang = s.knownText(t, v)
		case "revoked":
			o.Revoked = t.kind(v) == boolTrue
		case "pattern":
			o.Pattern = t.text(v)
		case "pattern_type":
			o.PatternType = s.knownText(t, v)
		case "valid_from":
			o.ValidFrom = t.time(v)
		case "valid_until":
			o.ValidUntil = t.time(v)
		case "object_marking_refs":
			o.MarkingRefs = s.knownTexts(t, v)
		case "granular_markings":
			o.Granular = t.granular(v)
		case "extensions":
			ext = v
		}
	}
	for _, p := range [...]struct{ name, text string }{{"type", o.Type}, {"id", o.ID}} {
		if p.text == "" {
			return nil, &Fault{Rule: "required", Path: p.name, Clause: "3.2", Message: fmt.Sprintf("the object has no %s, a string, so that nothing can find it", p.name)}
		}
		if len(p.text) > 512 {
			return nil, &Fault{Rule: "size", Path: p.name, Message: fmt.Sprintf("the %s has %d octets: no %s is that long", p.name, len(p.text), p.name)}
		}
	}
	o.Class = class(o.Type, t, ext)
	if !o.Stated {
		o.SpecVersion = "2.0"
		if o.Class == SCO || o.Class == Unknown && o.Created.IsZero() {
			o.SpecVersion = "2.1"
		}
	}
	if o.Version = o.Modified; o.Version.IsZero() {
		o.Version = o.Created
	}
	if len(s.refs) > 0 {
		o.Refs = make([]Ref, 0, len(s.refs))
	}
	for _, r := range s.refs {
		s.references(o, t, r)
	}
	o.Values = values(o, t)
	o.Marking = o.said()
	return o, nil
}

// references notes what a property ending in _ref or _refs names; the keys of STIX
// 2.0's inner objects, which are no identifiers, are left out.
func (s *scanner) references(o *Object, t *tree, r named) {
	v, path := r.key+1, r.path
	if path == "" {
		path = s.known(t.bytes(r.key))
	}
	add := func(n uint32) {
		if t.kind(n) != text {
			return
		}
		b := t.bytes(n)
		if !bytes.Contains(b, []byte("--")) {
			return
		}
		if path == "created_by_ref" || path == "object_marking_refs" { // the same few again and again
			o.Refs = append(o.Refs, Ref{path, s.known(b)})
			return
		}
		o.Refs = append(o.Refs, Ref{path, string(b)})
	}
	switch t.kind(v) {
	case text:
		add(v)
	case array:
		for _, item := range t.items(v) {
			add(item)
		}
	}
}

// Strings that come again and again in a stream are kept once, up to so many of so
// many octets.
const (
	maxKnown = 4096
	maxWord  = 80
)

func (s *scanner) known(b []byte) string {
	if len(b) > maxWord {
		return string(b)
	}
	if w, ok := s.often[string(b)]; ok {
		return w
	}
	w := string(b)
	if s.often != nil && len(s.often) < maxKnown {
		s.often[w] = w
	}
	return w
}

func (s *scanner) knownText(t *tree, n uint32) string {
	if t.kind(n) != text {
		return ""
	}
	return s.known(t.bytes(n))
}

func (s *scanner) knownTexts(t *tree, n uint32) []string {
	if t.kind(n) != array {
		return nil
	}
	out := make([]string, 0, t.count(n))
	for _, item := range t.items(n) {
		if t.kind(item) == text {
			out = append(out, s.known(t.bytes(item)))
		}
	}
	return out
}

func (t *tree) granular(n uint32) []Granular {
	var out []Granular
	for _, item := range t.items(n) {
		var g Granular
		for key, v := range t.members(item) {
			switch string(t.bytes(key)) {
			case "marking_ref":
				g.Ref = t.text(v)
			case "lang":
				g.Lang = t.text(v)
			case "selectors":
				g.Selectors = t.texts(v)
			}
		}
		out = append(out, g)
	}
	return out
}

func (t *tree) time(n uint32) time.Time {
	if t.kind(n) != text {
		return time.Time{}
	}
	at, _ := ParseTime(t.bytes(n))
	return at
}

// class is what a type is; of a custom type, what its extensions say it is.
func class(typ string, t *tree, ext uint32) Class {
	if c, ok := classes[typ]; ok {
		return c
	}
	if ext == 0 {
		return Unknown
	}
	for _, v := range t.members(ext) {
		switch t.text(t.get(v, "extension_type")) {
		case "new-sdo":
			return SDO
		case "new-sro":
			return SRO
		case "new-sco":
			return SCO
		}
	}
	return Unknown
}

var classes = map[string]Class{
	"attack-pattern": SDO, "campaign": SDO, "course-of-action": SDO, "grouping": SDO, "identity": SDO, "incident": SDO,
	"indicator": SDO, "infrastructure": SDO, "intrusion-set": SDO, "location": SDO, "malware": SDO, "malware-analysis": SDO,
	"note": SDO, "observed-data": SDO, "opinion": SDO, "report": SDO, "threat-actor": SDO, "tool": SDO, "vulnerability": SDO,
	"relationship": SRO, "sighting": SRO,
	"artifact": SCO, "autonomous-system": SCO, "directory": SCO, "domain-name": SCO, "email-addr": SCO, "email-message": SCO,
	"file": SCO, "ipv4-addr": SCO, "ipv6-addr": SCO, "mac-addr": SCO, "mutex": SCO, "network-traffic": SCO, "process": SCO,
	"software": SCO, "url": SCO, "user-account": SCO, "windows-registry-key": SCO, "x509-certificate": SCO,
	"marking-definition": Meta, "language-content": Meta, "extension-definition": Meta,
}
