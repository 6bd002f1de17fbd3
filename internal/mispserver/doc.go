// Package mispserver is what an unchanged MISP 2.5, and the tools that speak to one
// through PyMISP, find at this organisation's gateway: a feed, a peer to pull from
// and push to, and searches.
//
// It is trusted with nothing of its own: who asks is told by internal/gateway, and
// internal/intel decides by that client's clearance what leaves the store. What it
// sends on never reaches further than its marking allows: where MISP has no word for
// a marking, it takes a tighter one.
//
// It keeps no copy, no index and no correlation of what it serves: an event is made
// of its objects when it is asked for, one at a time. It never speaks to a
// counterpart, never loosens a marking, and never fetches or resolves what an event
// names.
//
// The calls, and what each is for, stand in calls.go; docs/misp.md tells how to
// connect.
package mispserver
