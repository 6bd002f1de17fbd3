package taxii

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// Bounds of a query, in octets and objects.
const (
	maxQuery    = 32 << 10 // what stands behind the question mark
	maxFilter   = 8 << 10  // the filters in their shortest writing
	defaultPage = 1000
	maxPage     = 5000
)

// filter is what a query of a client asks for. OASIS TAXII 2.1 §3.4
type filter struct {
	ids, types, versions, specs []string // sorted, without doubles; nil: not said
	after                       time.Time
	limit                       int // 0: not said
}

// parseFilter reads the parameters of a request. A parameter that it does not know
// is not looked at: §3.4 has servers ignore what they do not support.
func parseFilter(v url.Values) (filter, error) {
	var f filter
	var err error
	f.ids, f.types, f.specs = list(v, "match[id]"), list(v, "match[type]"), list(v, "match[spec_version]")
	if f.versions, err = versions(list(v, "match[version]")); err != nil {
		return f, err
	}
	for _, s := range f.specs {
		if len(s) > 8 || strings.Trim(s, "0123456789.") != "" {
			return f, parley.E(parley.Invalid, "match[spec_version] %.20q: want a version such as 2.1", s)
		}
	}
	if s := v.Get("added_after"); s != "" {
		if f.after, err = parseInstant(s); err != nil {
			return f, parley.E(parley.Invalid, "added_after %s", err)
		}
	}
	if v.Has("limit") { // OASIS TAXII 2.1 §3.4: a positive integer
		n, err := strconv.ParseUint(v.Get("limit"), 10, 63)
		if err != nil || n == 0 {
			return f, parley.E(parley.Invalid, "limit %.20q: want a whole number from 1", v.Get("limit"))
		}
		f.limit = int(min(n, maxPage))
	}
	return f, nil
}

// list reads a comma list, which may be said more than once.
func list(v url.Values, name string) []string {
	var out []string
	for _, s := range v[name] {
		for word := range strings.SplitSeq(s, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out = append(out, word)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// versions takes first, last, all, and times. OASIS TAXII 2.1 §3.4.1
func versions(words []string) ([]string, error) {
	for i, w := range words {
		switch w {
		case intel.FirstVersion, intel.LastVersion:
		case intel.AllVersions:
			return []string{w}, nil // all is more than what else is said
		default:
			t, err := parseInstant(w)
			if err != nil {
				return nil, parley.E(parley.Invalid, "match[version] %.60q: want first, last, all, or a time", w)
			}
			words[i] = t.Format(time.RFC3339Nano)
		}
	}
	slices.Sort(words)
	return slices.Compact(words), nil
}

// encode writes a filter in its one shortest way, for a page's token.
func (f filter) encode() string {
	v := url.Values{}
	for name, words := range map[string][]string{"i": f.ids, "t": f.types, "v": f.versions, "s": f.specs} {
		if words != nil {
			v.Set(name, strings.Join(words, ","))
		}
	}
	if !f.after.IsZero() {
		v.Set("a", f.after.Format(time.RFC3339Nano))
	}
	if f.limit > 0 {
		v.Set("l", strconv.Itoa(f.limit))
	}
	return v.Encode()
}

// decodeFilter reads what encode wrote.
func decodeFilter(s string) (filter, error) {
	v, err := url.ParseQuery(s)
	if err != nil {
		return filter{}, err
	}
	long := url.Values{}
	for name, to := range map[string]string{"i": "match[id]", "t": "match[type]", "v": "match[version]", "s": "match[spec_version]", "a": "added_after", "l": "limit"} {
		if v.Has(name) {
			long.Set(to, v.Get(name))
		}
	}
	return parseFilter(long)
}

// goesOn is the filter of the page after: a client may drop what it asked at first,
// and send a newer added_after or another limit, but what it says again it must say
// alike. OASIS TAXII 2.1 §3.5
func (f filter) goesOn(now filter) (filter, error) {
	for _, pair := range []struct {
		name        string
		first, said []string
	}{
		{"match[id]", f.ids, now.ids}, {"match[type]", f.types, now.types},
		{"match[version]", f.versions, now.versions}, {"match[spec_version]", f.specs, now.specs},
	} {
		if pair.said != nil && !slices.Equal(pair.first, pair.said) {
			return f, parley.E(parley.Invalid, "%s is not what the page before was asked with", pair.name).WithHint("want the same filters with next, or none")
		}
	}
	if now.limit > 0 {
		f.limit = now.limit
	}
	return f, nil
}

// on makes the store's query of a filter.
func (f filter) on(c Collection, who intel.Clearance, after intel.Cursor) intel.Query {
	limit := f.limit
	if limit == 0 {
		limit = defaultPage
	}
	return intel.Query{
		Clearance: who, Sources: []int64{c.Source.N}, MinTLP: c.TLP, MaxTLP: c.TLP,
		IDs: f.ids, Types: f.types, Versions: f.versions, SpecVersions: f.specs,
		AddedAfter: f.after, After: after, Limit: limit, WithRevoked: true,
	}
}
