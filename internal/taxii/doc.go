// Package taxii is a server of TAXII 2.1: the tools of this organisation read what
// parties sent and what went to them, and write objects of their own, with the
// clients that they have.
//
// It is trusted with nothing of its own: who asks is told by internal/gateway, and
// internal/intel decides by that client's clearance what leaves the store. Whoever
// holds a page's token learns nothing from it and gains nothing by it.
//
// It never re-encodes an object: the octets that were stored are the octets that
// are served. It never speaks to a counterpart.
//
// The clauses cited are those of OASIS TAXII 2.1, of 10 June 2021; what the
// specification has no number for is cited by the title of its section.
package taxii
