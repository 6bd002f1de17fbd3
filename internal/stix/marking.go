package stix

import (
	"fmt"
	"slices"
	"strings"
)

// TLP is a traffic light of TLP 2.0, in order of strictness.
type TLP int

const (
	Unmarked TLP = iota // says nothing: the agreement decides
	Clear               // also WHITE of TLP 1
	Green
	Amber
	AmberStrict
	Red // also what nobody knows
)

var tlpNames = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

func (t TLP) String() string { return tlpNames[t] }

// ParseTLP reads a word of TLP 1 or TLP 2.0 with or without "TLP:", in any case.
func ParseTLP(word string) (TLP, bool) {
	word = strings.ToUpper(strings.TrimSpace(word))
	word = strings.TrimPrefix(word, "TLP:")
	if word == "WHITE" {
		return Clear, true
	}
	for t := Clear; t <= Red; t++ {
		if "TLP:"+word == tlpNames[t] {
			return t, true
		}
	}
	return Unmarked, false
}

// PAP is a word of the Permissible Actions Protocol, in order of strictness.
type PAP int

const (
	NoPAP    PAP = iota
	PAPClear     // also WHITE
	PAPGreen
	PAPAmber
	PAPRed
)

var papNames = [...]string{"", "PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}

func (p PAP) String() string { return papNames[p] }

// ParsePAP reads a word of PAP with or without "PAP:", in any case.
func ParsePAP(word string) (PAP, bool) {
	word = strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(word)), "PAP:")
	if word == "WHITE" {
		return PAPClear, true
	}
	for p := PAPClear; p <= PAPRed; p++ {
		if "PAP:"+word == papNames[p] {
			return p, true
		}
	}
	return NoPAP, false
}

// Marking is how an object, or a part of it, may be used and passed on.
type Marking struct {
	TLP        TLP
	PAP        PAP
	Statements []string // the texts of statement markings
	Others     []string // identifiers of markings that nobody could look up, or of a kind nobody knows: TLP is then Red
	Parts      []Part   // granular markings that are stricter than the whole, or say something that it does not
}

// Part is what a granular marking adds to the marking of the whole.
type Part struct {
	Selectors []string
	Marking   Marking // without Parts
}

// Strictest is the tightest TLP of the whole and of all parts.
func (m Marking) Strictest() TLP {
	t := m.TLP
	for _, p := range m.Parts {
		t = max(t, p.Marking.TLP)
	}
	return t
}

// With adds what another marking says: never looser than either.
func (m Marking) With(n Marking) Marking {
	m.TLP, m.PAP = max(m.TLP, n.TLP), max(m.PAP, n.PAP)
	m.Statements = union(m.Statements, n.Statements)
	m.Others = union(m.Others, n.Others)
	m.Parts = append(slices.Clip(m.Parts), n.Parts...)
	return m
}

// within says whether n says nothing that m does not say.
func (m Marking) within(n Marking) bool {
	for _, s := range n.Statements {
		if !slices.Contains(m.Statements, s) {
			return false
		}
	}
	for _, s := range n.Others {
		if !slices.Contains(m.Others, s) {
			return false
		}
	}
	return n.TLP <= m.TLP && n.PAP <= m.PAP
}

func union(a, b []string) []string {
	for _, s := range b {
		if !slices.Contains(a, s) {
			a = append(slices.Clip(a), s)
		}
	}
	return a
}

// Resolve says how the object is marked: object_marking_refs and granular_markings,
// with the marking-definitions that lookup finds (it may be nil) besides the
// well-known ones. A marking that nobody knows counts as TLP:RED and stands in
// Others, and a granular marking whose selector finds nothing holds for the whole:
// the result is never looser than what any of them says. The error is a *Fault: a
// reference to something that is no marking-definition; the marking then is Red.
// OASIS STIX 2.1 §7.2
func Resolve(o *Object, lookup func(id string) (*Object, bool)) (Marking, error) {
	var m Marking
	var fault *Fault
	one := func(id, path string) Marking {
		if known, ok := wellKnown[id]; ok {
			return known
		}
		if lookup != nil {
			if d, ok := lookup(id); ok && d != nil {
				if d.Type != "marking-definition" {
					fault = &Fault{Rule: "reference", Path: path, Clause: "7.2", Offset: -1, Message: fmt.Sprintf("%s is no marking-definition", clip(id))}
				} else if said, ok := Meaning(d); ok {
					return said
				}
			}
		}
		return Marking{TLP: Red, Others: []string{id}}
	}
	for i, id := range o.MarkingRefs {
		m = m.With(one(id, fmt.Sprintf("object_marking_refs.[%d]", i)))
	}
	var t *tree
	for i, g := range o.Granular {
		if g.Ref == "" {
			continue // a language
		}
		part := one(g.Ref, fmt.Sprintf("granular_markings.[%d].marking_ref", i))
		if t == nil {
			s := scanner{limits: Defaults()}
			t, _ = s.whole(o.Raw)
		}
		if t == nil || len(g.Selectors) == 0 || slices.ContainsFunc(g.Selectors, func(sel string) bool { return t.sel(sel) == 0 }) {
			m = m.With(part)
			continue
		}
		m.Parts = append(m.Parts, Part{g.Selectors, part})
	}
	m.Parts = slices.DeleteFunc(m.Parts, func(p Part) bool { return m.within(p.Marking) })
	if len(m.Parts) == 0 {
		m.Parts = nil
	}
	if fault != nil {
		return m, fault
	}
	return m, nil
}

// said is the marking as far as the object says itself.
func (o *Object) said() Marking {
	var m Marking
	for _, id := range o.MarkingRefs {
		known, ok := wellKnown[id]
		if !ok {
			m, _ = Resolve(o, nil)
			return m
		}
		m.TLP, m.PAP = max(m.TLP, known.TLP), max(m.PAP, known.PAP)
	}
	if len(o.Granular) > 0 {
		m, _ = Resolve(o, nil)
	}
	return m
}

// Meaning is what a marking-definition says; false where it says nothing that is known here.
// OASIS STIX 2.1 §7.2.1
func Meaning(o *Object) (Marking, bool) {
	if m, ok := wellKnown[o.ID]; ok {
		return m, true
	}
	s := scanner{limits: Defaults()}
	t, f := s.whole(o.Raw)
	if f != nil || o.Type != "marking-definition" {
		return Marking{}, false
	}
	var m Marking
	known := false
	def := t.get(root, "definition")
	switch t.text(t.get(root, "definition_type")) {
	case "tlp":
		m.TLP, known = ParseTLP(t.text(t.get(def, "tlp")))
	case "statement":
		if st := t.text(t.get(def, "statement")); st != "" {
			m.Statements, known = []string{st}, true
		}
	}
	for key, ext := range t.members(t.get(root, "extensions")) {
		ok := false
		switch string(t.bytes(key)) {
		case tlpExtension:
			var tlp TLP
			tlp, ok = ParseTLP(t.text(t.get(ext, "tlp_2_0")))
			m.TLP = max(m.TLP, tlp)
		case papExtension:
			var pap PAP
			pap, ok = ParsePAP(t.text(t.get(ext, "pap")))
			m.PAP = max(m.PAP, pap)
		}
		if !ok {
			return Marking{}, false // it says more than can be understood here
		}
		known = true
	}
	return m, known
}
