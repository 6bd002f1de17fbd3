package stix

import (
	"bytes"
	"cmp"
)

// Compare orders versions of one object: by Version, then a revoked one last.
// Observables, which have no versions, are equal.
// OASIS STIX 2.1 §3.6
func Compare(a, b *Object) int {
	if c := a.Version.Compare(b.Version); c != 0 {
		return c
	}
	rank := func(o *Object) int {
		if o.Revoked {
			return 1
		}
		return 0
	}
	return cmp.Compare(rank(a), rank(b))
}

// Equivocation says whether a and b claim to be the same version of the same
// object and say different things: the same id and Version, and canonical forms
// (RFC 8785) that differ. Octets alone that differ (spaces, the order of keys) are
// none: what an object says counts. An observable, which has no version, may say
// more in one place than in another and is never one.
func Equivocation(a, b *Object) bool {
	if a.ID != b.ID || !a.Version.Equal(b.Version) || a.Version.IsZero() || bytes.Equal(a.Raw, b.Raw) {
		return false
	}
	x, errX := Canonical(a.Raw)
	y, errY := Canonical(b.Raw)
	return errX != nil || errY != nil || !bytes.Equal(x, y)
}
