// Package warninglist reads MISP's lists of what must not be blocked (public
// resolvers, search engines, addresses of clouds) and tells which of them name a
// value.
//
// It is trusted with finding every list that names a value in a time that does
// not grow with the lists. A hit is a warning to people, never a verdict: who
// wrote a list can at most make us warn too often, or too rarely.
//
// It fetches no list and changes no value.
package warninglist
