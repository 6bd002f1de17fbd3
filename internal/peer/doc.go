// Package peer is the wire between nodes: one interface of what a counterpart's
// node can be asked (Node), a Client that asks it over HTTP/2 and TLS 1.3, and a
// Server that answers from small contracts it declares itself. The bytes are
// those of c2sp.org/tlog-mirror, tlog-witness and tlog-tiles; what Parley adds
// and where it differs stands in spec/wire.md.
//
// It is trusted with telling who asks, by the pinned key of the TLS certificate
// and by nothing else, and with what an answer may cost us. Whoever controls the
// network can at most delay us; whoever holds a pinned key can at most use what
// his agreement's limits allow. It parses and bounds bytes, it verifies no log:
// what comes in is checked by package mirror, what comes back by package courier.
//
// It never follows a redirect, trusts a certificate authority, decompresses
// without a bound, allocates what a length field says before the bytes have
// come, or says more than "404" to a stranger.
package peer
