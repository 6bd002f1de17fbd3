package misp

import (
	"embed"
	"encoding/json"
	"strings"
	"sync"
)

//go:embed table/*.json
var tables embed.FS

// attributeRow says what one type of attribute is in STIX. Templates hold what
// stands in the place of a value: see fill. Where a type has several rows, the
// first that can be filled is written, and all are read.
type attributeRow struct {
	Type    string           `json:"type"`
	Prefix  string           `json:"prefix"` // what MISP writes before the value
	IP      int              `json:"ip"`     // the part that is an address
	Hive    bool             `json:"hive"`   // the value is a registry key, whose hive STIX spells out
	Domain  bool             `json:"domain"` // only for values that are a bare domain
	Objects []map[string]any `json:"objects"`
	Pattern [][2]string      `json:"pattern"` // path and value, all of which must hold
	SDO     map[string]any   `json:"sdo"`
	Rule    string           `json:"rule"` // pattern_type: the value itself is the pattern
}

// objectRow says what one template of objects is in STIX.
type objectRow struct {
	Name     string `json:"name"`
	Meta     string `json:"meta"`
	Template string `json:"template"`
	Version  string `json:"version"`
	Objects  []struct {
		Each   string         `json:"each"` // one for each attribute of this relation
		Addr   bool           `json:"addr"` // its type follows from the address
		Object map[string]any `json:"object"`
	} `json:"objects"`
	Pattern [][2]string       `json:"pattern"`
	Types   map[string]string `json:"types"` // of attributes, where it is not the relation's name
	SDO     map[string]any    `json:"sdo"`
	Rule    string            `json:"rule"`
	Of      string            `json:"of"` // the relation that holds the rule
}

type galaxyTable struct {
	Types       map[string][]string          `json:"types"` // STIX type to galaxies
	Aliases     []string                     `json:"aliases"`
	KillChain   []string                     `json:"kill-chain"`
	Properties  map[string]map[string]string `json:"properties"`
	Labels      map[string]string            `json:"labels"`
	Sources     map[string]string            `json:"sources"`
	Keys        []string                     `json:"keys"` // members of meta whose spelling a STIX property cannot have
	Icons       map[string]string            `json:"icons"`
	Collections []string                     `json:"collections"` // UUIDs of whole collections, that older events give to each of their clusters
}

type mapping struct {
	attributes map[string][]attributeRow
	objects    map[string]*objectRow
	galaxies   galaxyTable
	galaxy     map[string]string // galaxy to STIX type
	hashes     map[string]string // type to key
}

// table is the mapping; it is part of the program, and a test reads all of it.
var table = sync.OnceValue(func() *mapping {
	m := &mapping{attributes: map[string][]attributeRow{}, objects: map[string]*objectRow{}, galaxy: map[string]string{}}
	var attributes struct {
		Hashes map[string]string `json:"hashes"`
		Read   map[string]string `json:"read-hashes"`
		Rows   []json.RawMessage `json:"rows"`
	}
	var objects []*objectRow
	load("attributes", &attributes)
	load("objects", &objects)
	load("galaxies", &m.galaxies)
	m.hashes = attributes.Hashes
	for _, raw := range attributes.Rows {
		if !strings.Contains(string(raw), "{hash}") {
			m.add(string(raw))
			continue
		}
		for _, hashes := range []map[string]string{attributes.Hashes, attributes.Read} {
			for name, key := range hashes {
				m.add(strings.NewReplacer("{hash}", name, "{key}", key, "{path}", step(key)).Replace(string(raw)))
			}
		}
	}
	for _, o := range objects {
		m.objects[o.Name] = o
	}
	for kind, galaxies := range m.galaxies.Types {
		for _, g := range galaxies {
			m.galaxy[g] = kind
		}
	}
	return m
})

func load(name string, into any) {
	raw, err := tables.ReadFile("table/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		panic("misp: table " + name + ": " + err.Error()) // a fault of the program: a test reads every table
	}
}

func (m *mapping) add(raw string) {
	var row attributeRow
	if err := json.Unmarshal([]byte(raw), &row); err != nil {
		panic("misp: row " + raw + ": " + err.Error())
	}
	m.attributes[row.Type] = append(m.attributes[row.Type], row)
}

// step is a dictionary's key as a step of an object path.
func step(key string) string {
	if strings.ContainsAny(key, "-") {
		return "'" + key + "'"
	}
	return key
}
