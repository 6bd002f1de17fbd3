package warninglist

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/gaissmai/bart"

	"parley.example/parley/indicator"
)

// Set is lists that are ready to be asked. It is not changed once it is made: any
// number of goroutines may ask.
type Set struct {
	lists    []*List
	walked   map[indicator.Kind][]int  // lists of patterns that are about a kind
	about    map[indicator.Kind][]bool // by list
	exact    map[string][]ref
	hosts    map[string][]ref
	networks bart.Table[[]ref]
	parts    map[string][]part // by their first octets, gram of them at most
	patterns [][]pattern       // by list
}

// ref is one entry of one list.
type ref struct{ list, entry int32 }

// gram is how many octets of a part its place in the index is: a list of eight
// thousand parts costs a text one look for each of its octets.
const gram = 4

type part struct {
	text string
	ref  ref
}

type pattern struct {
	expr *regexp.Regexp
	ref  ref
}

// NewSet makes a set. An entry that its list's type cannot be made of is left out
// and named.
func NewSet(lists ...*List) (*Set, []Fault) {
	s := &Set{lists: lists, exact: map[string][]ref{}, hosts: map[string][]ref{}, parts: map[string][]part{}, patterns: make([][]pattern, len(lists))}
	s.walked, s.about = map[indicator.Kind][]int{}, map[indicator.Kind][]bool{}
	for _, k := range indicator.Kinds() {
		s.about[k] = make([]bool, len(lists))
		for i, l := range lists {
			s.about[k][i] = l.about(k)
			if l.about(k) && l.Type == "regex" {
				s.walked[k] = append(s.walked[k], i)
			}
		}
	}
	var faults []Fault
	for i, l := range lists {
		for j, entry := range l.Entries {
			if reason := s.add(l.Type, entry, ref{int32(i), int32(j)}); reason != "" {
				faults = append(faults, Fault{l.Name, j, entry, reason})
			}
		}
	}
	return s, faults
}

// Lists are the set's lists, in the order in which they were given.
func (s *Set) Lists() []*List { return s.lists }

func (s *Set) add(kind, entry string, r ref) (reason string) {
	switch kind {
	case "string":
		key := strings.ToLower(entry)
		s.exact[key] = append(s.exact[key], r)
	case "hostname":
		host := strings.Trim(strings.ToLower(hostOf(entry)), ".")
		if host == "" {
			return "is no host name"
		}
		s.hosts[host] = append(s.hosts[host], r)
	case "cidr":
		p, ok := prefix(entry)
		if !ok {
			return "is no address and no network"
		}
		had, _ := s.networks.Get(p)
		s.networks.Insert(p, append(had, r))
	case "substring":
		text := strings.ToLower(entry)
		key := text[:min(gram, len(text))]
		s.parts[key] = append(s.parts[key], part{text, r})
	case "regex":
		expr, err := compile(entry)
		if err != nil {
			return "is no expression that is understood here: " + err.Error()
		}
		s.patterns[r.list] = append(s.patterns[r.list], pattern{expr, r})
	}
	return ""
}

// prefix reads a network, or an address as the network of itself alone.
func prefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// compile reads an expression with or without the signs that PHP puts around it.
// The engine's time grows with the value alone (RE2), so a list cannot stall us.
func compile(s string) (*regexp.Regexp, error) {
	flags := "i"
	if len(s) > 2 && strings.IndexByte("/#~@", s[0]) >= 0 {
		if end := strings.LastIndexByte(s, s[0]); end > 0 && strings.Trim(s[end+1:], "gimsuxD") == "" {
			for _, f := range s[end+1:] {
				if strings.ContainsRune("ms", f) && !strings.ContainsRune(flags, f) {
					flags += string(f)
				}
			}
			s = strings.ReplaceAll(s[1:end], `\/`, "/")
		}
	}
	expr, err := regexp.Compile("(?" + flags + ")" + s)
	if err != nil {
		return nil, fmt.Errorf("%w", err)
	}
	return expr, nil
}

// hostOf is the host of a URL, or what is given.
func hostOf(s string) string {
	if _, rest, ok := strings.Cut(s, "://"); ok {
		s = rest
		if i := strings.IndexAny(s, "/?#"); i >= 0 {
			s = s[:i]
		}
		if i := strings.LastIndexByte(s, '@'); i >= 0 {
			s = s[i+1:]
		}
		if strings.HasPrefix(s, "[") {
			s, _, _ = strings.Cut(s[1:], "]")
			return s
		}
		s, _, _ = strings.Cut(s, ":")
	}
	return s
}

// sorted puts the hits of the first lists first, and keeps one of each entry.
func sorted(refs []ref) []ref {
	slices.SortFunc(refs, func(a, b ref) int {
		if a.list != b.list {
			return int(a.list - b.list)
		}
		return int(a.entry - b.entry)
	})
	return slices.Compact(refs)
}
