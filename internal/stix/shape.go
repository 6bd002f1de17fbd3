package stix

// form is the type of a property's value, of OASIS STIX 2.1 §2.
type form uint8

const (
	anything   form = iota
	str             // §2.14
	when            // §2.15
	milli           // a timestamp with milliseconds at least, as versions need: §3.2
	integer         // §2.10
	float           // §2.5
	yes             // a boolean, §2.2
	hexa            // §2.7
	base64ed        // §2.1
	hashed          // §2.6
	dictionary      // §2.3
	reference       // an identifier, §2.9
	language        // RFC 5646
	uri             // RFC 3986
	charset         // IANA's registry
	record          // an object with properties of its own
	texts           // a dictionary of strings
	lists           // a dictionary of lists of strings
	numbers         // a dictionary of integers
	scalars         // a dictionary of strings and integers
)

// prop is what a property may be.
type prop struct {
	form     form
	must     bool     // it is required
	list     bool     // of at least one
	to       []string // a reference: types that it may name, all where there are none
	not      []string // a reference: types that it must not name
	class    []Class  // a reference: classes that it may name, besides custom types
	words    []string // a string: a closed vocabulary
	min, max int64    // a number; no bounds where both are 0
	of       *shape   // a record
}

// shape is what one type of objects, extensions or parts of objects consists of.
type shape struct {
	clause string
	props  map[string]prop
	some   []string                   // at least one of these stands there; "*" is any of props
	times  [][3]string                // {a, b, "<"}: where both stand there, a is before b; "<=" not after
	rule   func(c *checker, n uint32) // what the rest cannot say
	ext    map[string]*shape          // predefined extensions
}

type props = map[string]prop

func must(p prop) prop               { p.must = true; return p }
func list(p prop) prop               { p.list = true; return p }
func is(s form) prop                 { return prop{form: s} }
func within(s form, a, b int64) prop { return prop{form: s, min: a, max: b} }
func oneOf(words ...string) prop     { return prop{form: str, words: words} }
func ref(to ...string) prop          { return prop{form: reference, to: to} }
func refs(to ...string) prop         { return list(ref(to...)) }
func refNot(types ...string) prop    { return prop{form: reference, not: types} }
func refClass(c ...Class) prop       { return prop{form: reference, class: c} }
func part(s *shape) prop             { return prop{form: record, of: s} }

const most = 1<<53 - 1 // of an integer, §2.10

// The properties that all objects of a class have. OASIS STIX 2.1 §3.2
var (
	versioned = &shape{clause: "3.2", times: [][3]string{{"created", "modified", "<="}}, props: props{
		"type": must(is(str)), "spec_version": must(is(str)), "id": must(is(str)), "created_by_ref": is(reference),
		"created": must(is(milli)), "modified": must(is(milli)), "revoked": is(yes), "labels": list(is(str)),
		"confidence": within(integer, 0, 100), "lang": is(language), "external_references": list(part(externalReference)),
		"object_marking_refs": refs("marking-definition"), "granular_markings": list(part(granularMarking)), "extensions": is(anything),
	}}
	observable = &shape{clause: "3.2", props: props{
		"type": must(is(str)), "id": must(is(str)), "spec_version": is(str), "object_marking_refs": refs("marking-definition"),
		"granular_markings": list(part(granularMarking)), "extensions": is(anything), "defanged": is(yes),
	}}
	marked = &shape{clause: "7.2.1", props: props{
		"type": must(is(str)), "spec_version": must(is(str)), "id": must(is(str)), "created_by_ref": is(reference),
		"created": must(is(when)), "external_references": list(part(externalReference)),
		"object_marking_refs": refs("marking-definition"), "granular_markings": list(part(granularMarking)), "extensions": is(anything),
	}}
)

var (
	externalReference = &shape{clause: "2.5", props: props{
		"source_name": must(is(str)), "description": is(str), "url": is(uri), "hashes": is(hashed), "external_id": is(str),
	}, some: []string{"description", "url", "external_id"}, rule: externalIDs}
	killChainPhase  = &shape{clause: "2.11", props: props{"kill_chain_name": must(is(str)), "phase_name": must(is(str))}}
	granularMarking = &shape{clause: "7.2.3", props: props{
		"lang": is(language), "marking_ref": ref("marking-definition"), "selectors": must(list(is(str))),
	}, rule: granularRule}
)
