// Package ctl carries a command from the CLI to the node that holds the home:
// named calls, JSON in and JSON out, over a unix socket that only the owner of
// the home may open.
//
// It is trusted with access to everything the node may do: whoever can write to
// the socket acts as this party's operator, so the socket is 0600 inside a
// folder that is 0700, and there is no network listener. It decides nothing:
// each name leads to one use case of the node, which judges for itself.
//
// It never carries files (paths are local, and the node opens them itself),
// never logs what a call contains, and never holds more than its bounds of a
// request, a reply, or callers at once.
package ctl
