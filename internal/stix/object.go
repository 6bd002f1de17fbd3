package stix

import (
	"time"

	"parley.example/parley/indicator"
)

// Object is what an index needs of one STIX object. Raw are the octets it came
// in and is never changed; everything else is read from them.
type Object struct {
	Raw                        []byte
	Type, ID                   string
	SpecVersion                string // as it says, else what STIX 2.1 §3.2 makes of its absence: "2.1" for observables, "2.0" for all others
	Stated                     bool   // whether it says spec_version itself
	Class                      Class
	Created, Modified, Version time.Time // UTC; Version: modified, else created, else zero
	CreatedBy                  string
	Name                       string
	Labels                     []string
	Confidence                 int // 0 to 100; -1 where it says none
	Lang                       string
	Revoked                    bool
	Pattern, PatternType       string // of an indicator
	ValidFrom, ValidUntil      time.Time
	Marking                    Marking // as far as the object says itself: what it names by the well-known identifiers; see Resolve
	MarkingRefs                []string
	Granular                   []Granular
	Refs                       []Ref             // every embedded relationship: created_by_ref, source_ref, object_refs, ... at any depth
	Values                     []indicator.Value // what it can be found by: values of observables, hashes, equalities of its pattern

	pattern *indicator.Pattern // parsed, where PatternType is stix
	bad     error              // why it cannot be
}

// Ref is one property that names another object.
type Ref struct {
	Property string // the property's path without indexes: "source_ref", "object_refs", "extensions.ntfs-ext.x_ref"
	Target   string // the identifier of the other object
}

// Granular is one granular marking: a marking, or a language, of some parts.
// OASIS STIX 2.1 §7.2.3
type Granular struct {
	Ref       string // marking_ref; empty where Lang is not
	Lang      string
	Selectors []string
}

// Class is what an object is among STIX objects. OASIS STIX 2.1 §1.5
type Class int

const (
	Unknown Class = iota // a custom type whose class it does not say
	SDO                  // domain object
	SRO                  // relationship or sighting
	SCO                  // observable
	Meta                 // marking-definition, language-content, extension-definition
)

var classNames = [...]string{"unknown", "domain object", "relationship", "observable", "meta object"}

func (c Class) String() string { return classNames[c] }
