package stix

import "slices"

// table is what a type consists of, its own properties and the common ones.
type table struct {
	props     map[string]entry
	musts     []string // names of those that are required, sorted
	own, base *shape   // own is nil for a custom type
}

type entry struct {
	prop
	clause string
}

func tableOf(own, base *shape) *table {
	t := &table{props: map[string]entry{}, own: own, base: base}
	for _, s := range []*shape{base, own} {
		if s == nil {
			continue
		}
		for name, p := range s.props {
			t.props[name] = entry{p, s.clause}
		}
	}
	for name, p := range t.props {
		if p.must {
			t.musts = append(t.musts, name)
		}
	}
	slices.Sort(t.musts)
	return t
}

var (
	customSDO = tableOf(nil, versioned)
	customSCO = tableOf(nil, observable)
	tables    = allTables()
)

func allTables() map[string]*table {
	out := map[string]*table{}
	add := func(types map[string]*shape, base *shape) {
		for name, s := range types {
			out[name] = tableOf(s, base)
		}
	}
	add(domain, versioned)
	add(meta, versioned)
	add(observables, observable)
	out["marking-definition"] = tableOf(meta["marking-definition"], marked)
	return out
}
