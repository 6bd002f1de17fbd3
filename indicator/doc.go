// Package indicator reads what indicators say: single values (an address, a
// domain, a hash), written in any of the ways that people defang them, and
// patterns of the STIX patterning language, which it parses, matches against
// observations, and turns into values that an index can hold.
//
// It is trusted with one spelling for each value, with calling a pattern matched
// only where the language says so, and with an end: text, regular expressions and
// matching are bounded, and whoever writes a hostile pattern gets an error.
//
// It never resolves or connects to anything, reads no clock and keeps no state.
// Beside the standard library it uses two tables that the Go authors keep: how a
// domain is spelled (x/net/idna) and how Unicode is normalised (x/text).
package indicator
