package mispserver

import "parley.example/parley/internal/misp"

// categorise gives attributes that say none the category that MISP gives their type.
func categorise(e *misp.Event) {
	one := func(a *misp.Attribute) {
		if a.Category == "" {
			a.Category = misp.CategoryOf(a.Type)
		}
	}
	for i := range e.Attributes {
		one(&e.Attributes[i])
	}
	for i := range e.Objects {
		for j := range e.Objects[i].Attributes {
			one(&e.Objects[i].Attributes[j])
		}
	}
}
