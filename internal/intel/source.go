package intel

import (
	"time"

	"parley.example/parley"
)

// Direction says which way the objects of a source went.
type Direction string

// Directions.
const (
	Own Direction = "own" // what our own tools and people gave us; belongs to no agreement
	In  Direction = "in"  // what a party sent us under an agreement
	Out Direction = "out" // what we sent to a party under an agreement
)

// Source is one stream of objects in the store. Its objects are in the order in
// which they were added, and no two were added in the same millisecond.
type Source struct {
	N         int64        `json:"source"` // its number in this store, from 1
	Agreement parley.Hash  `json:"-"`      // zero for Own
	Party     parley.Party `json:"party,omitempty"`
	Direction Direction    `json:"direction"`
	Name      string       `json:"name,omitempty"` // Own: "" is what was imported here, else the feed or the client that wrote it
	Objects   int64        `json:"objects"`        // how many were added, all versions
	Added     time.Time    `json:"added,omitzero"` // when the last of them was
	Withdrawn int64        `json:"-"`              // how many were recalled or taken out: who keeps a list of them makes it anew where this grows
}
