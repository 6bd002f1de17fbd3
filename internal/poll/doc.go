// Package poll goes out for intelligence and brings it in: it polls collections of
// TAXII 2.1 servers, feeds of MISP and files of web servers, and pushes to collections
// of others.
//
// It is trusted with the credentials of feeds, which it reads from files and sends
// only to the server that the feed names, over TLS or on this machine, and with not
// pushing what a feed's clearance does not allow: internal/intel applies it. A server
// that lies can give us wrong objects, which stand under its feed's name, and can
// waste our time within bounds.
//
// It never follows an address that an object names, never sleeps (what a server wants
// later is due later), and never loses its place: where a poll ended is durable
// before the next page is asked for.
package poll
