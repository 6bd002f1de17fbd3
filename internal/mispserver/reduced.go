package mispserver

import (
	"encoding/json"
	"slices"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// reduced is an object as the mapping to MISP shall read it: marked with the traffic
// light that the store holds it by and with nothing else, so that what brought the
// object counts, and a marking that MISP has no word for is the light that it was
// resolved to; and with the named list emptied. ok is false where it is no object.
func reduced(h intel.Held, o *stix.Object, empty string) (raw []byte, ok bool) {
	if empty == "" && marksItself(h, o) {
		return h.Raw, true
	}
	m := map[string]json.RawMessage{}
	if json.Unmarshal(h.Raw, &m) != nil {
		return nil, false
	}
	delete(m, "granular_markings")
	m["object_marking_refs"], _ = json.Marshal([]string{stix.MarkingID(h.Marking)})
	if empty != "" {
		m[empty] = json.RawMessage("[]")
	}
	raw, err := json.Marshal(m)
	return raw, err == nil
}

// marksItself says whether all that an object says of its marking is the light that
// the store holds it by.
func marksItself(h intel.Held, o *stix.Object) bool {
	return len(o.Granular) == 0 && slices.Equal(o.MarkingRefs, []string{stix.MarkingID(h.Marking)})
}

// unmarked is an object without its markings, for an event that says of the whole how
// it is marked.
func unmarked(h intel.Held, o *stix.Object) (raw []byte, ok bool) {
	if len(o.MarkingRefs)+len(o.Granular) == 0 {
		return h.Raw, true
	}
	m := map[string]json.RawMessage{}
	if json.Unmarshal(h.Raw, &m) != nil {
		return nil, false
	}
	delete(m, "granular_markings")
	delete(m, "object_marking_refs")
	raw, err := json.Marshal(m)
	return raw, err == nil
}

// listing is a report that refers to the members which were found, and to nothing else.
func listing(head *member, members map[string]bool) (raw []byte, ok bool) {
	raw, ok = reduced(head.Held, head.object, "object_refs")
	if !ok {
		return nil, false
	}
	m := map[string]json.RawMessage{}
	if json.Unmarshal(raw, &m) != nil {
		return nil, false
	}
	refs := []string{}
	for _, r := range head.object.Refs {
		if r.Property == "object_refs" && members[r.Target] {
			refs = append(refs, r.Target)
		}
	}
	m["object_refs"], _ = json.Marshal(refs)
	raw, err := json.Marshal(m)
	return raw, err == nil
}
