package stix

import (
	"maps"
	"slices"
	"time"
)

// Translation is what a language-content says of another object. OASIS STIX 2.1 §7.1
type Translation struct {
	Of        string                       // identifier of the object
	Version   time.Time                    // the one version that it is for; zero: any
	Languages []string                     // codes of RFC 5646, sorted
	Texts     map[string]map[string]string // language, then property; lists and records, whose places count, are left out
}

// Translated reads a language-content; false where o is none.
func Translated(o *Object) (Translation, bool) {
	if o.Type != "language-content" {
		return Translation{}, false
	}
	s := scanner{limits: Limits{Object: len(o.Raw) + 1}.withDefaults()}
	t, f := s.whole(o.Raw)
	if f != nil {
		return Translation{}, false
	}
	tr := Translation{Of: t.text(t.get(root, "object_ref")), Version: t.time(t.get(root, "object_modified")), Texts: map[string]map[string]string{}}
	for key, v := range t.members(t.get(root, "contents")) {
		texts := map[string]string{}
		for name, value := range t.members(v) {
			if t.kind(value) == text {
				texts[string(t.bytes(name))] = t.text(value)
			}
		}
		tr.Texts[string(t.bytes(key))] = texts
	}
	tr.Languages = slices.Sorted(maps.Keys(tr.Texts))
	return tr, tr.Of != ""
}
