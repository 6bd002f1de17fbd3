package indicator

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"parley.example/parley"
)

// Observation is what was seen at one time: an observed-data object with the
// objects it names. STIX 2.1 §4.14
type Observation struct {
	First, Last time.Time      // UTC; Last is not before First
	Count       int            // how often, 1 where it is 0
	Objects     map[string]any // by id, or by the key of STIX 2.0: each a JSON object as encoding/json decodes it
}

// maxCount is the largest number_observed. STIX 2.1 §4.14
const maxCount = 999_999_999

// ReadObservations reads observed-data of STIX 2.1 (with the objects that
// object_refs names) and 2.0 (with its objects inside): one object, a bundle, or
// an array of them. Objects of all bundles are found by all. Errors are Invalid.
func ReadObservations(raw []byte) ([]Observation, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var top any
	if err := d.Decode(&top); err != nil {
		return nil, parley.E(parley.Invalid, "observations must be JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, parley.E(parley.Invalid, "there is more behind the JSON of the observations: want one value")
	}
	var all []map[string]any
	unbundle(top, &all, 0)
	byID := map[string]any{}
	for _, o := range all {
		if id, ok := o["id"].(string); ok && !isObservation(o) {
			byID[id] = o
		}
	}
	var seen []Observation
	for _, o := range all {
		if !isObservation(o) {
			continue
		}
		one, err := observation(o, byID)
		if err != nil {
			return nil, err
		}
		seen = append(seen, one)
	}
	return seen, nil
}

// isObservation goes by what it holds too: early tools gave the type another name.
func isObservation(o map[string]any) bool {
	_, ok := o["first_observed"]
	return ok || o["type"] == "observed-data"
}

// unbundle lists the objects of arrays and bundles.
func unbundle(v any, all *[]map[string]any, depth int) {
	if depth > 4 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			unbundle(e, all, depth+1)
		}
	case map[string]any:
		if inner, ok := v["objects"].([]any); ok && v["type"] != "observed-data" {
			unbundle(inner, all, depth+1)
			return
		}
		*all = append(*all, v)
	}
}

func observation(o map[string]any, byID map[string]any) (Observation, error) {
	var seen Observation
	for _, at := range []struct {
		key string
		t   *time.Time
	}{{"first_observed", &seen.First}, {"last_observed", &seen.Last}} {
		text, _ := o[at.key].(string)
		t, ok := parseTime(text)
		if !ok {
			return seen, parley.E(parley.Invalid, "observed-data with %s %q: want a timestamp such as 2026-01-31T12:00:00Z", at.key, cut(text))
		}
		*at.t = t
	}
	n, _ := o["number_observed"].(json.Number)
	count, err := n.Int64()
	if err != nil || count < 1 || count > maxCount {
		return seen, parley.E(parley.Invalid, "observed-data with number_observed %q: want 1 to %d", cut(n.String()), maxCount)
	}
	seen.Count = int(count)
	if refs, ok := o["object_refs"].([]any); ok {
		seen.Objects = make(map[string]any, len(refs))
		for _, ref := range refs {
			if id, ok := ref.(string); ok && byID[id] != nil {
				seen.Objects[id] = byID[id]
			}
		}
		return seen, nil
	}
	inside, ok := o["objects"].(map[string]any)
	if !ok {
		return seen, parley.E(parley.Invalid, "observed-data without objects: want object_refs, or objects as STIX 2.0 has them")
	}
	seen.Objects = inside
	return seen, nil
}
