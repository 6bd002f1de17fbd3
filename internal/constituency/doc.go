// Package constituency answers "whose is this?": it holds who claims which
// prefixes, autonomous systems and domains, and finds the claim that fits an
// address or a name best, the longest first.
//
// It is trusted with naming a holder only where a claim says so, and with showing
// every other party's claim on the same value: who claims another party's prefix
// gets a conflict, not the prefix. Whoever writes claims can at most add claims
// of their own, bounded by what the caller puts in.
//
// It never resolves a name, asks a network, or decides which claim is right.
package constituency
