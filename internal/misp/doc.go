// Package misp reads and writes the events of MISP, its feeds, and what of them
// STIX 2.1 can say.
//
// It is trusted with telling an event as its file tells it, with naming every
// attribute that it could not take and everything that the other format cannot
// say, and with never loosening a marking on the way. Whoever wrote a file can at
// most fill the events that they wrote: an item is bounded, one bad attribute
// costs no other, and nothing of it is signed or believed here.
//
// It never fetches anything, follows no link of an event, and opens no sample.
// What maps to what stands in the tables under table/ and in docs/intel-mapping.md.
package misp
