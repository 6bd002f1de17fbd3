package constituency

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"github.com/gaissmai/bart"
)

// Holder is who claims: a contact point of a body, or a row of the address book.
// Two holders with the same Party never conflict.
type Holder struct {
	Party string // "aster.example"; an organisation's name where nothing is signed
	Body  string // "aster.example/cert"; may be empty
	Point string
	Note  any // the caller's, for what it shows
}

// Claim is one holder's claim, as it was written.
type Claim struct {
	Holder int    // index into the holders of the Builder
	Value  string // the prefix, AS or domain that is claimed
}

// Index finds holders. It is never changed after Build, and safe for concurrent use.
type Index struct {
	holders  []Holder
	networks bart.Table[uint32] // to sets
	asns     map[uint32]uint32
	names    map[string]uint32
	sets     []set
	open     []Conflict
	more     bool
	size     int
}

// set is who claims one value: holders of the value itself, and of other parties
// whose claim covers it.
type set struct {
	own    []int32
	outer  []int32 // holders of all claims around it, the nearest first
	fought bool    // own has holders of two parties
	inside bool    // outer has a holder of another party than all of own
}

// Hit is what a look-up found. Its zero value is nobody.
type Hit struct{ set *set }

// Found says whether anybody claims the value.
func (h Hit) Found() bool { return h.set != nil }

// Holders are those of the longest match; the caller must not change the list.
func (h Hit) Holders() []int32 {
	if h.set == nil {
		return nil
	}
	return h.set.own
}

// Contested says that more than one party claims the value: with the same claim
// (fought), or one inside the other's. CONTACT-14
func (h Hit) Contested() (fought, inside bool) {
	if h.set == nil {
		return false, false
	}
	return h.set.fought, h.set.inside
}

// Holder is the holder with an index.
func (x *Index) Holder(i int) *Holder { return &x.holders[i] }

// Size is how many different values are claimed.
func (x *Index) Size() int { return x.size }

// Conflicts are claims on the same value by two parties, and claims inside those
// of another party, at most maxConflicts; more says that there are others.
func (x *Index) Conflicts() (list []Conflict, more bool) { return x.open, x.more }

// Conflict is a value that two parties claim.
type Conflict struct {
	Value  string  // the narrower claim
	Fought bool    // both claim exactly this
	Claims []Claim // the narrower first; of at least two parties
}

// maxConflicts bounds the conflicts that are listed: a page's worth.
const maxConflicts = 200

// Addr finds the longest prefix that covers an address. Constant cost.
func (x *Index) Addr(a netip.Addr) Hit {
	if a.Is4In6() {
		a = a.Unmap()
	}
	s, ok := x.networks.Lookup(a)
	return x.hit(s, ok)
}

func (x *Index) hit(s uint32, ok bool) Hit {
	if !ok {
		return Hit{}
	}
	return Hit{&x.sets[s]}
}

// Find finds the longest match of a value: the prefix that covers it whole, the
// system, the domain or the nearest domain above it. CONTACT-13
func (x *Index) Find(v Value) Hit {
	switch v.Sort {
	case Address:
		return x.Addr(v.Prefix.Addr())
	case Prefix:
		s, ok := x.networks.LookupPrefix(v.Prefix)
		return x.hit(s, ok)
	case ASN:
		s, ok := x.asns[v.ASN]
		return x.hit(s, ok)
	}
	_, h := x.domain(v.Name)
	return h
}

// domain walks up from a name to its nearest claimed suffix.
func (x *Index) domain(name string) (string, Hit) {
	for {
		if s, ok := x.names[name]; ok {
			return name, x.hit(s, true)
		}
		_, rest, ok := strings.Cut(name, ".")
		if !ok {
			return "", Hit{}
		}
		name = rest
	}
}

// maxInside bounds the claims inside a prefix that one answer names.
const maxInside = 20

// Claims are all claims that cover a value, the longest first, holder by holder.
func (x *Index) Claims(v Value) []Claim {
	var list []Claim
	switch v.Sort {
	case Address, Prefix:
		for p, s := range x.networks.Supernets(v.Prefix) {
			list = x.claim(list, s, p.String())
		}
	case ASN:
		if s, ok := x.asns[v.ASN]; ok {
			list = x.claim(list, s, v.String())
		}
	case Domain:
		for name := v.Name; ; {
			at, h := x.domain(name)
			if !h.Found() {
				break
			}
			list = x.claim(list, x.names[at], at)
			_, rest, ok := strings.Cut(at, ".")
			if !ok {
				break
			}
			name = rest
		}
	}
	return list
}

// Inside are claims on parts of a prefix, at most maxInside: who asks about a
// wide prefix has to ask again about its parts.
func (x *Index) Inside(v Value) (list []Claim, more bool) {
	if v.Sort != Prefix {
		return nil, false
	}
	for p, s := range x.networks.Subnets(v.Prefix) {
		if p == v.Prefix {
			continue
		}
		if len(list) >= maxInside {
			return list[:maxInside], true
		}
		list = x.claim(list, s, p.String())
	}
	return list, false
}

func (x *Index) claim(list []Claim, s uint32, value string) []Claim {
	for _, h := range x.sets[s].own {
		list = append(list, Claim{int(h), value})
	}
	return list
}

// Builder collects claims. Not safe for concurrent use.
type Builder struct {
	holders  []Holder
	networks map[netip.Prefix][]int32
	asns     map[uint32][]int32
	names    map[string][]int32
}

// Holder adds a holder and returns its index.
func (b *Builder) Holder(h Holder) int {
	b.holders = append(b.holders, h)
	return len(b.holders) - 1
}

// Add adds a holder's claim; a repeated one changes nothing.
func (b *Builder) Add(holder int, v Value) {
	h := int32(holder)
	switch v.Sort {
	case Address, Prefix:
		b.networks = add(b.networks, v.Prefix, h)
	case ASN:
		b.asns = add(b.asns, v.ASN, h)
	default:
		b.names = add(b.names, v.Name, h)
	}
}

func add[K comparable](m map[K][]int32, k K, h int32) map[K][]int32 {
	if m == nil {
		m = map[K][]int32{}
	}
	list := m[k]
	if at, found := slices.BinarySearch(list, h); !found {
		m[k] = slices.Insert(list, at, h)
	}
	return m
}

// interned keeps each different set once: a million prefixes have few holders.
type interned struct {
	*Index
	byKey map[string]uint32
}

func (n *interned) intern(own, outer []int32) uint32 {
	key := make([]byte, 0, 4*(len(own)+len(outer)+1))
	for _, h := range own {
		key = binary.BigEndian.AppendUint32(key, uint32(h))
	}
	key = binary.BigEndian.AppendUint32(key, ^uint32(0))
	for _, h := range outer {
		key = binary.BigEndian.AppendUint32(key, uint32(h))
	}
	if s, ok := n.byKey[string(key)]; ok {
		return s
	}
	s := set{own: own, outer: outer}
	for _, h := range own {
		s.fought = s.fought || n.holders[h].Party != n.holders[own[0]].Party
	}
	for _, h := range outer {
		s.inside = s.inside || !slices.ContainsFunc(own, func(o int32) bool { return n.holders[o].Party == n.holders[h].Party })
	}
	n.sets = append(n.sets, s)
	n.byKey[string(key)] = uint32(len(n.sets) - 1)
	return uint32(len(n.sets) - 1)
}

// Build makes the index. It takes the Builder's lists; do not use it again.
func (b *Builder) Build() *Index {
	x := &Index{holders: b.holders, asns: make(map[uint32]uint32, len(b.asns)), names: make(map[string]uint32, len(b.names)),
		size: len(b.networks) + len(b.asns) + len(b.names)}
	n := &interned{x, map[string]uint32{}}
	prefixes := make([]netip.Prefix, 0, len(b.networks))
	for p := range b.networks {
		prefixes = append(prefixes, p)
	}
	slices.SortFunc(prefixes, func(a, c netip.Prefix) int { // the wide ones first, so that what covers a prefix is there
		if a.Bits() != c.Bits() {
			return a.Bits() - c.Bits()
		}
		return a.Addr().Compare(c.Addr())
	})
	for _, p := range prefixes {
		var outer []int32
		if s, ok := x.networks.LookupPrefix(p); ok {
			outer = n.around(s)
		}
		s := n.intern(b.networks[p], outer)
		x.networks.Insert(p, s)
		n.note(s, Value{Sort: Prefix, Prefix: p})
	}
	for _, a := range sorted(b.asns) {
		s := n.intern(b.asns[a], nil)
		x.asns[a] = s
		n.note(s, Value{Sort: ASN, ASN: a})
	}
	names := sorted(b.names)
	slices.SortStableFunc(names, func(a, c string) int { return strings.Count(a, ".") - strings.Count(c, ".") })
	for _, name := range names {
		var outer []int32
		if _, rest, ok := strings.Cut(name, "."); ok {
			if _, h := x.domain(rest); h.Found() {
				outer = merge(h.set.own, h.set.outer)
			}
		}
		s := n.intern(b.names[name], outer)
		x.names[name] = s
		n.note(s, Value{Sort: Domain, Name: name})
	}
	return x
}

// around are all holders of a set and of what is around it, the nearest first.
func (n *interned) around(s uint32) []int32 { return merge(n.sets[s].own, n.sets[s].outer) }

// merge keeps a holder's nearest place only, so that a deep nest stays small.
func merge(near, far []int32) []int32 {
	list := slices.Clone(near)
	for _, h := range far {
		if !slices.Contains(near, h) {
			list = append(list, h)
		}
	}
	return list
}

// note keeps a conflict for the list.
func (n *interned) note(s uint32, v Value) {
	set := &n.sets[s]
	if !set.fought && !set.inside {
		return
	}
	if len(n.open) == maxConflicts {
		n.more = true
		return
	}
	n.open = append(n.open, Conflict{Value: v.String(), Fought: set.fought, Claims: n.Claims(v)})
}

func sorted[K uint32 | string](m map[K][]int32) []K {
	keys := make([]K, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
