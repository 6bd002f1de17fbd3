package taxii

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// memory is a store of objects for the tests of the protocol, where a test says
// when each object was added.
type memory struct {
	mu      sync.Mutex
	sources []intel.Source
	held    []intel.Held // in the order of addition
	now     func() time.Time
}

func (m *memory) Sources(_ context.Context, c intel.Clearance) ([]intel.Source, error) {
	return slices.DeleteFunc(slices.Clone(m.sources), func(s intel.Source) bool { return !c.Sees(s) }), nil
}

func (m *memory) SourceFor(_ context.Context, want intel.Source) (intel.Source, error) {
	for _, s := range m.sources {
		if s.Direction == want.Direction && s.Name == want.Name && s.Party == want.Party && s.Agreement == want.Agreement {
			return s, nil
		}
	}
	want.N = int64(len(m.sources) + 1)
	m.sources = append(m.sources, want)
	return want, nil
}

// put adds one object as of an instant.
func (m *memory) put(source int64, raw json.RawMessage, added time.Time) {
	var o struct {
		ID, Type, Created, Modified string
		Spec                        string `json:"spec_version"`
	}
	if json.Unmarshal(raw, &o) != nil {
		panic("not JSON")
	}
	version, _ := time.Parse(time.RFC3339Nano, cmp.Or(o.Modified, o.Created))
	m.held = append(m.held, intel.Held{Raw: raw, ID: o.ID, Type: o.Type, Version: version, Added: added, Spec: cmp.Or(o.Spec, "2.0"), Source: intel.Source{N: source}, Marking: stix.Green})
	slices.SortStableFunc(m.held, func(a, b intel.Held) int { return a.Added.Compare(b.Added) })
	for i := range m.held {
		m.held[i].N = uint64(i + 1)
	}
}

func (m *memory) Find(_ context.Context, q intel.Query) (intel.Page, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var fit []intel.Held
	newest := map[string]string{}
	for _, h := range m.held {
		if !slices.Contains(q.Sources, h.Source.N) || q.MaxTLP != 0 && h.Marking != q.MaxTLP {
			continue
		}
		if q.IDs != nil && !slices.Contains(q.IDs, h.ID) || q.Types != nil && !slices.Contains(q.Types, h.Type) || q.SpecVersions != nil && !slices.Contains(q.SpecVersions, h.Spec) {
			continue
		}
		newest[h.ID] = max(newest[h.ID], h.Spec)
		fit = append(fit, h)
	}
	wanted := func(h intel.Held) bool {
		if q.SpecVersions == nil && h.Spec != newest[h.ID] {
			return false
		}
		first, last := true, true
		for _, o := range fit {
			if o.ID == h.ID && (q.SpecVersions != nil || o.Spec == h.Spec) {
				first, last = first && !o.Version.Before(h.Version), last && !o.Version.After(h.Version)
			}
		}
		for _, v := range q.Versions {
			t, err := time.Parse(time.RFC3339Nano, v)
			if v == intel.AllVersions || v == intel.FirstVersion && first || v == intel.LastVersion && last || err == nil && t.Equal(h.Version) {
				return true
			}
		}
		return q.Versions == nil && last
	}
	var p intel.Page
	for _, h := range fit {
		if h.N <= uint64(q.After) || !h.Added.After(q.AddedAfter) || !wanted(h) {
			continue
		}
		if len(p.Objects) == q.Limit {
			p.More = true
			break
		}
		p.Objects = append(p.Objects, h)
		p.Next = intel.Cursor(h.N)
	}
	return p, nil
}

func (m *memory) Import(_ context.Context, r io.Reader, o intel.ImportOptions) (intel.Report, error) {
	var in struct{ Objects []json.RawMessage }
	if err := json.NewDecoder(r).Decode(&in); err != nil {
		return intel.Report{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	rep := intel.Report{}
	for i, raw := range in.Objects {
		var has struct{ ID, Type string }
		if json.Unmarshal(raw, &has); has.ID == "" || has.Type == "" {
			rep.Refused++
			rep.Lines = append(rep.Lines, intel.Line{ID: has.ID, What: intel.Refused, Reason: "no id or no type"})
			continue
		}
		known := slices.ContainsFunc(m.held, func(h intel.Held) bool { return h.Source.N == o.Source.N && string(h.Raw) == string(raw) })
		if known {
			rep.Known++
			continue
		}
		m.put(o.Source.N, raw, m.now().Add(time.Duration(i)*time.Millisecond))
		rep.Taken++
	}
	return rep, nil
}

func (m *memory) Delete(_ context.Context, c intel.Clearance, source int64, id string, versions []string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := len(m.held)
	m.held = slices.DeleteFunc(m.held, func(h intel.Held) bool { return h.Source.N == source && h.ID == id })
	if len(m.held) == n {
		return parley.E(parley.NotFound, "there is no such object")
	}
	return nil
}
