package stix

// Parse reads one object. The error is a *Fault: JSON that is not strict JSON
// (RFC 8259: duplicate keys, bad UTF-8, lone surrogates and trailing commas are
// refused too), bounds, or no type and id to index it by. It does not check the
// rest of the MUSTs: see Check. The Object keeps raw; the caller does not change it.
func Parse(raw []byte, l Limits) (*Object, error) {
	return nil, &Fault{Rule: "json", Message: "not yet"}
}

// Check says which MUSTs of STIX 2.1 the object does not keep, nothing where it keeps all.
func Check(o *Object) []Fault { return nil }
