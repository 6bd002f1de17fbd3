package misp

import "sync"

// categories says which category MISP gives each type by itself; what no line names is
// Payload delivery. An instance drops an attribute whose category does not go with its type.
var categories = sync.OnceValue(func() map[string]string {
	var lines map[string][]string
	load("categories", &lines)
	all := map[string]string{}
	for category, types := range lines {
		for _, t := range types {
			all[t] = category
		}
	}
	return all
})

// CategoryOf is the category that MISP gives a type of attributes.
func CategoryOf(kind string) string {
	if c := categories()[kind]; c != "" {
		return c
	}
	return "Payload delivery"
}
