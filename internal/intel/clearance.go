package intel

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// Clearance is what a client may see and do. The zero Clearance sees nothing.
type Clearance struct {
	All        bool          // the people of this node: everything, whatever its marking
	TLP        stix.TLP      // the strictest traffic light that it may see; Unmarked: none
	Own        bool          // it may see our own objects
	Agreements []parley.Hash // it may see what came and went under these
	Write      bool          // it may add objects to a source of its own
}

// Operator is the clearance of the people of this node.
func Operator() Clearance { return Clearance{All: true, TLP: stix.Red, Own: true, Write: true} }

// Sees says whether the client may know that a source is there.
func (c Clearance) Sees(s Source) bool {
	if c.All {
		return true
	}
	if c.TLP == stix.Unmarked {
		return false
	}
	if s.Direction == Own {
		return c.Own
	}
	return slices.Contains(c.Agreements, s.Agreement)
}

// sees says whether the client may see what is marked so: the strictest of the
// object and of its parts decides, since a part cannot be cut out of octets that are
// kept as they came.
func (c Clearance) sees(t stix.TLP) bool { return c.All || said(t) <= c.TLP }

// said is how an object is treated that says nothing of its marking, and was brought by
// nobody who did: as TLP:AMBER.
func said(t stix.TLP) stix.TLP {
	if t == stix.Unmarked {
		return stix.Amber
	}
	return t
}
