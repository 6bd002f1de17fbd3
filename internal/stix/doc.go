// Package stix reads, judges and writes STIX 2.1 objects (OASIS STIX 2.1): it
// cuts objects out of streams of any size and keeps the bytes of each as they
// came, finds in one pass what an index needs of them, checks every MUST of the
// specification, computes the deterministic identifiers of observables, says how
// an object is marked, and makes STIX 2.1 of STIX 2.0.
//
// It is trusted with what an object says and how it is marked: whoever feeds it
// hostile bytes gets a Fault that names rule, path and what would be right, within
// the bounds of Limits. It never changes the bytes of an object, never resolves or
// connects to a name in one, does no I/O but on the readers and writers it is
// given, reads no clock and starts no goroutine.
package stix
