package stix

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Check says which MUSTs of STIX 2.1 the object does not keep, nothing where it
// keeps all. It looks at the one object alone: whether what it names exists, and is
// what the name says, is not for it. SHOULDs are no faults. STIX 2.0 is a fault:
// see Upgrade.
func Check(o *Object) []Fault {
	s := scanner{limits: Limits{Object: len(o.Raw) + 1}.withDefaults()}
	t, f := s.whole(o.Raw)
	if f != nil {
		return []Fault{*f}
	}
	return check(o, t)
}

// checker gathers the faults of one object.
type checker struct {
	t      *tree
	o      *Object
	faults []Fault
}

// tooMany faults of one object help nobody.
const tooMany = 100

func (c *checker) fault(n uint32, rule, clause, format string, args ...any) {
	if len(c.faults) < tooMany {
		c.faults = append(c.faults, Fault{Rule: rule, Path: c.t.path(n), Clause: clause, Offset: int64(c.t.nodes[n].start),
			Message: fmt.Sprintf(format, args...)})
	}
}

func check(o *Object, t *tree) []Fault {
	c := &checker{t: t, o: o}
	switch {
	case o.SpecVersion == "2.0" && o.Stated:
		c.fault(c.at("spec_version"), "spec-version", "3.2", "the object is STIX 2.0: it must be upgraded before it is checked")
	case o.SpecVersion == "2.0":
		c.fault(root, "spec-version", "3.2", "the object has no spec_version, which makes it STIX 2.0: it must say 2.1, or be upgraded before it is checked")
	case o.SpecVersion != "2.1":
		c.fault(c.at("spec_version"), "spec-version", "3.2", "spec_version %q is not known here: 2.1 is", clip(o.SpecVersion))
	}
	if len(c.faults) > 0 {
		return c.faults
	}
	c.types()
	c.identifier()
	own, base := c.shapes()
	if own != nil {
		c.shape(root, own, base)
	} else {
		c.shape(root, base, nil)
	}
	c.extensions(own)
	c.custom(own, base)
	return c.faults
}

// at is the value of a property, the whole where it is not there.
func (c *checker) at(name string) uint32 {
	if n := c.t.get(root, name); n != none {
		return n
	}
	return root
}

func (c *checker) shapes() (own, base *shape) {
	switch {
	case c.o.Class == SCO, c.o.Class == Unknown && c.t.get(root, "created") == none && c.t.get(root, "modified") == none:
		// A custom type that does not say what it is: an observable has neither time.
		return observables[c.o.Type], common[SCO]
	case c.o.Type == "marking-definition":
		return meta[c.o.Type], &shape{clause: "7.2.1", props: marked}
	case c.o.Class == Meta:
		return meta[c.o.Type], common[SDO]
	}
	return domain[c.o.Type], common[SDO]
}

// types keeps the form of the name of a type.
func (c *checker) types() {
	n := c.at("type")
	if why := typeName(c.o.Type); why != "" {
		c.fault(n, "type", "3.1", "the type %q %s", clip(c.o.Type), why)
	} else if c.o.Type == "action" || c.o.Type == "bundle" {
		c.fault(n, "type", "3.1", "the type %q is not for an object", c.o.Type)
	}
}

func typeName(s string) string {
	switch {
	case len(s) < 3 || len(s) > 250:
		return "must have 3 to 250 characters"
	case s[0]-'a' >= 26:
		return "must begin with a letter a to z"
	case strings.Contains(s, "--"):
		return "must not have two hyphens in a row"
	case strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' }) >= 0:
		return "must be of a to z, 0 to 9 and hyphens"
	}
	return ""
}

// identifier: type--UUID. OASIS STIX 2.1 §2.9
func (c *checker) identifier() {
	n := c.at("id")
	typ, uuid, ok := cutID(c.o.ID)
	switch {
	case !ok:
		c.fault(n, "identifier", "2.9", "%q is no identifier: %s-- and a UUID of RFC 4122 are", clip(c.o.ID), c.o.Type)
	case typ != c.o.Type:
		c.fault(n, "identifier", "2.9", "the identifier begins with %s--, but the type is %s", clip(typ), clip(c.o.Type))
	case c.o.Class == SCO && uuid[14] != '4' && observables[typ] != nil && !contributes(c.t, typ):
		c.fault(n, "identifier", "2.9", "no property that contributes to an identifier stands there: it must be a UUID of version 4")
	}
}

// cutID splits an identifier; false where it is none. A UUID has the variant and
// one of the versions of RFC 4122.
func cutID(id string) (typ, uuid string, ok bool) {
	if len(id) < 39 || id[len(id)-38:len(id)-36] != "--" {
		return "", "", false
	}
	typ, uuid = id[:len(id)-38], id[len(id)-36:]
	return typ, uuid, typeName(typ) == "" && isUUID(uuid) && uuid[14] >= '1' && uuid[14] <= '5' && strings.IndexByte("89abAB", uuid[19]) >= 0
}

// shape checks the properties of object n by s, and by base where it is not nil.
func (c *checker) shape(n uint32, s, base *shape) {
	if c.t.kind(n) != object {
		c.fault(n, "type", s.clause, "%s stands where an object should", c.t.kind(n))
		return
	}
	for key, v := range c.t.members(n) {
		name := string(c.t.bytes(key))
		p, ok := s.props[name]
		clause := s.clause
		if !ok && base != nil {
			p, ok = base.props[name]
			clause = base.clause
		}
		if ok {
			c.prop(v, p, clause)
		}
	}
	for _, s := range []*shape{base, s} {
		if s == nil {
			continue
		}
		for _, name := range s.required() {
			if c.t.get(n, name) == none {
				c.fault(n, "required", s.clause, "the property %s is required", name)
				c.inside(name)
			}
		}
		c.someOf(n, s)
		for _, p := range s.times {
			c.order(n, p, s.clause)
		}
		if s.rule != nil {
			s.rule(c, n)
		}
	}
}

// inside makes the last fault's path name a property that is not there.
func (c *checker) inside(name string) {
	f := &c.faults[len(c.faults)-1]
	if f.Path != "" {
		f.Path += "."
	}
	f.Path += name
}

func (s *shape) required() []string {
	var out []string
	for name, p := range s.props {
		if p.must {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func (c *checker) someOf(n uint32, s *shape) {
	if len(s.some) == 0 {
		return
	}
	for key := range c.t.members(n) {
		name := string(c.t.bytes(key))
		if _, ok := s.props[name]; ok && s.some[0] == "*" || slices.Contains(s.some, name) {
			return
		}
	}
	if s.some[0] == "*" {
		c.fault(n, "required", s.clause, "at least one of its own properties must stand there")
		return
	}
	c.fault(n, "required", s.clause, "at least one of %s must stand there", strings.Join(s.some, ", "))
}

func (c *checker) order(n uint32, p [3]string, clause string) {
	a, b := c.t.get(n, p[0]), c.t.get(n, p[1])
	if a == none || b == none {
		return
	}
	x, y := c.t.time(a), c.t.time(b)
	switch {
	case x.IsZero() || y.IsZero(): // said elsewhere
	case y.Before(x):
		c.fault(b, "order", clause, "%s is before %s", p[1], p[0])
	case p[2] == "<" && !y.After(x):
		c.fault(b, "order", clause, "%s must be later than %s", p[1], p[0])
	}
}

// prop checks one value.
func (c *checker) prop(n uint32, p prop, clause string) {
	if !p.list {
		c.value(n, p, clause)
		return
	}
	if c.t.kind(n) != array {
		c.fault(n, "type", "2.12", "%s stands where a list should", c.t.kind(n))
		return
	}
	empty := true
	for _, item := range c.t.items(n) {
		empty = false
		c.value(item, p, clause)
	}
	if empty {
		c.fault(n, "empty", "2.12", "an empty list: leave the property out")
	}
}

func (c *checker) value(n uint32, p prop, clause string) {
	k := c.t.kind(n)
	want := text
	switch p.form {
	case anything:
		return
	case integer, float:
		want = number
	case yes:
		if k != boolTrue && k != boolFalse {
			c.fault(n, "type", "2.2", "%s stands where true or false should", k)
		}
		return
	case hashed, dictionary, record, texts, lists, numbers, scalars:
		want = object
	}
	if k != want {
		c.fault(n, "type", clause, "%s stands where %s should", k, want)
		return
	}
	switch p.form {
	case integer, float:
		c.number(n, p)
	case record:
		c.shape(n, p.of, nil)
	case hashed:
		c.hashes(n)
	case dictionary, texts, lists, numbers, scalars:
		c.dictionary(n, p.form)
	case reference:
		c.reference(n, p, clause)
	case str:
		if len(p.words) > 0 && !slices.Contains(p.words, c.t.text(n)) {
			c.fault(n, "vocabulary", clause, "%q is not one of %s", clip(c.t.text(n)), strings.Join(p.words, ", "))
		}
	default:
		c.text(n, p.form, clause)
	}
}

// number: §2.5, §2.10
func (c *checker) number(n uint32, p prop) {
	s := string(c.t.octets(n))
	if p.form == integer && c.t.nodes[n].flags&isInteger == 0 {
		c.fault(n, "type", "2.10", "%s is no integer", clip(s))
		return
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		c.fault(n, "number", "2.5", "%s is no number that a double holds", clip(s))
		return
	}
	if p.form == integer {
		if i, ok := new(big.Int).SetString(s, 10); !ok || i.CmpAbs(big.NewInt(most)) > 0 {
			c.fault(n, "number", "2.10", "%s is beyond the integers of STIX: -(2^53)+1 to (2^53)-1", clip(s))
			return
		}
	}
	if (p.min != 0 || p.max != 0) && (v < float64(p.min) || v > float64(p.max)) {
		c.fault(n, "bounds", "", "%s is not from %d to %d", clip(s), p.min, p.max)
	}
}

// reference: §2.9 and what the property may name.
func (c *checker) reference(n uint32, p prop, clause string) {
	id := c.t.text(n)
	typ, _, ok := cutID(id)
	if !ok {
		c.fault(n, "identifier", "2.9", "%q is no identifier: a type, two hyphens and a UUID of RFC 4122 are", clip(id))
		return
	}
	class, known := classes[typ]
	switch {
	case len(p.to) > 0 && !slices.Contains(p.to, typ):
		c.fault(n, "reference", clause, "it names a %s, but must name a %s", typ, strings.Join(p.to, ", a "))
	case slices.Contains(p.not, typ):
		c.fault(n, "reference", clause, "it must not name a %s", typ)
	case len(p.class) > 0 && (typ == "bundle" || known && !slices.Contains(p.class, class)):
		c.fault(n, "reference", clause, "it names a %s, but must name a %s", typ, joinClasses(p.class))
	}
}

func joinClasses(cs []Class) string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = c.String()
	}
	return strings.Join(names, " or a ")
}
