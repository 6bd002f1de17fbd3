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
	case o.SpecVersion == "" && t.kind(c.at("spec_version")) != text:
		c.fault(c.at("spec_version"), "spec-version", "3.2", "spec_version is %s: want the string \"2.1\"", t.kind(c.at("spec_version")))
	case o.SpecVersion != "2.1":
		c.fault(c.at("spec_version"), "spec-version", "3.2", "spec_version %q is not known here: 2.1 is", clip(o.SpecVersion))
	}
	if len(c.faults) > 0 {
		return c.faults
	}
	c.types()
	c.identifier()
	tb := c.table()
	c.properties(tb)
	c.extensions(tb.own)
	return c.faults
}

// at is the value of a property, the whole where it is not there.
func (c *checker) at(name string) uint32 {
	if n := c.t.get(root, name); n != none {
		return n
	}
	return root
}

// table is what an object of this type consists of.
func (c *checker) table() *table {
	if t, ok := tables[c.o.Type]; ok {
		return t
	}
	if c.o.Class == SCO || c.o.Class == Unknown && c.t.get(root, "created") == none && c.t.get(root, "modified") == none {
		// A custom type that does not say what it is: an observable has neither time.
		return customSCO
	}
	return customSDO
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

func typeName[T string | []byte](s T) string {
	switch {
	case len(s) < 3 || len(s) > 250:
		return "must have 3 to 250 characters"
	case s[0]-'a' >= 26:
		return "must begin with a letter a to z"
	}
	for i := range len(s) {
		switch ch := s[i]; {
		case ch == '-' && s[i-1] == '-':
			return "must not have two hyphens in a row"
		case ch-'a' > 25 && ch-'0' > 9 && ch != '-':
			return "must be of a to z, 0 to 9 and hyphens"
		}
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
	if _, ok = typeOf(id); !ok {
		return "", "", false
	}
	return id[:len(id)-38], id[len(id)-36:], true
}

// typeOf is the type of an identifier; false where it is none.
func typeOf[T string | []byte](id T) (typ T, ok bool) {
	cut := len(id) - 38
	if cut < 1 || id[cut] != '-' || id[cut+1] != '-' || typeName(id[:cut]) != "" || !isUUID(id[cut+2:]) {
		return typ, false
	}
	version, variant := id[cut+16], id[cut+21]|0x20
	return id[:cut], version >= '1' && version <= '5' && (variant == '8' || variant == '9' || variant == 'a' || variant == 'b')
}

func contains(list []string, b []byte) bool {
	for _, s := range list {
		if s == string(b) {
			return true
		}
	}
	return false
}

// properties checks those of the whole.
func (c *checker) properties(tb *table) {
	musts := 0
	for key, v := range c.t.members(root) {
		p, ok := tb.props[string(c.t.bytes(key))]
		if !ok {
			c.custom(v, string(c.t.bytes(key)))
			continue
		}
		if p.must {
			musts++
		}
		c.prop(v, p.prop, p.clause)
	}
	if musts < len(tb.musts) {
		for _, name := range tb.musts {
			c.needs(root, name, tb.props[name].clause)
		}
	}
	c.rest(root, tb.base)
	if tb.own != nil {
		c.rest(root, tb.own)
	}
}

// shape checks the properties of an object within an object.
func (c *checker) shape(n uint32, s *shape) {
	if c.t.kind(n) != object {
		c.fault(n, "type", s.clause, "%s stands where an object should", c.t.kind(n))
		return
	}
	for key, v := range c.t.members(n) {
		if p, ok := s.props[string(c.t.bytes(key))]; ok {
			c.prop(v, p, s.clause)
		}
	}
	for name, p := range s.props {
		if p.must {
			c.needs(n, name, s.clause)
		}
	}
	c.rest(n, s)
}

func (c *checker) needs(n uint32, name, clause string) {
	if c.t.get(n, name) == none {
		c.fault(n, "required", clause, "the property %s is required", name)
		c.inside(name)
	}
}

// rest checks what properties say of each other.
func (c *checker) rest(n uint32, s *shape) {
	c.someOf(n, s)
	for _, p := range s.times {
		c.order(n, p, s.clause)
	}
	if s.rule != nil {
		s.rule(c, n)
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
		c.shape(n, p.of)
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
	typ, ok := typeOf(c.t.bytes(n))
	if !ok {
		c.fault(n, "identifier", "2.9", "%q is no identifier: a type, two hyphens and a UUID of RFC 4122 are", clip(c.t.text(n)))
		return
	}
	class, known := classes[string(typ)]
	switch {
	case len(p.to) > 0 && !contains(p.to, typ):
		c.fault(n, "reference", clause, "it names %s, but must name %s", typ, strings.Join(p.to, ", "))
	case contains(p.not, typ):
		c.fault(n, "reference", clause, "it must not name %s", typ)
	case len(p.class) > 0 && (string(typ) == "bundle" || known && !slices.Contains(p.class, class)):
		c.fault(n, "reference", clause, "it names %s, but must name %s", typ, joinClasses(p.class))
	}
}

func joinClasses(cs []Class) string {
	names := make([]string, len(cs))
	for i, c := range cs {
		names[i] = "a " + c.String()
		if strings.ContainsAny(c.String()[:1], "aeiou") {
			names[i] = "an " + c.String()
		}
	}
	return strings.Join(names, " or ")
}
