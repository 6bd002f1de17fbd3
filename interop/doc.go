// Package interop holds Parley against programs that others wrote: log auditors,
// a witness, age, the reference validator of STIX, and a mirror client that knows only the specification. It is a
// module of its own, so that what it needs never reaches Parley's own list.
package interop
