package agreement

import (
	"encoding"
	"reflect"
	"sort"
	"strings"
)

// schema lists the keys that a type takes, by dotted path without indexes:
// "party.body.signing". A path that ends in "*" stands for any key there. It is
// made from the toml tags, so that it cannot differ from what is decoded.
type schema map[string]bool

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func schemaOf(t reflect.Type) schema {
	s := schema{}
	s.add("", t)
	return s
}

func (s schema) add(path string, t reflect.Type) {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	switch {
	case reflect.PointerTo(t).Implements(textUnmarshaler), t.Kind() != reflect.Struct && t.Kind() != reflect.Map:
	case t.Kind() == reflect.Map:
		s[join(path, "*")] = true
	default:
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("toml"); tag != "" {
				s[join(path, tag)] = true
				s.add(join(path, tag), t.Field(i).Type)
			}
		}
	}
}

// has says whether the type takes the key at a path without indexes.
func (s schema) has(path string) bool {
	parent, _, _ := cutLast(path)
	return s[path] || s[join(parent, "*")]
}

// beside lists the keys of the table that a path stands in.
func (s schema) beside(path string) []string {
	parent, _, _ := cutLast(path)
	var keys []string
	for p := range s {
		if q, key, _ := cutLast(p); q == parent && key != "*" {
			keys = append(keys, key)
		}
	}
	sort.Strings(keys)
	return keys
}

// cutLast takes the last key off a path.
func cutLast(path string) (parent, key string, found bool) {
	i := strings.LastIndexByte(path, '.')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}
