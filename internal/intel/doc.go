// Package intel keeps what parties and tools say of threats: STIX 2.1 objects,
// byte for byte as they came, with who sent each, in which entry, proven how, and
// how it is marked. It imports files of every format, finds, exports, and keeps
// what it could not take where people can look at it. Every face (the command
// line, the desk, TAXII, MISP) goes through it.
//
// It is trusted with originator control: Find is the one place where a Clearance
// is applied, and what a client may not see does not leave it, nor is it counted.
// A marking is only ever tightened.
//
// It never speaks to a counterpart and signs nothing (that is internal/node), never
// changes the octets of an object, and never resolves or connects to a name in one.
package intel
