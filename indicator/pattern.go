package indicator

import (
	"fmt"
	"time"

	"parley.example/parley"
)

// What bounds a pattern. Parsing costs time in its length, whatever it holds.
const (
	MaxPattern = 1 << 20 // octets
	maxDepth   = 64      // parentheses and qualifiers within each other
	maxNodes   = 200_000 // comparisons, constants and operators
	maxSteps   = 64      // of one object path
)

// Pattern is a parsed pattern. It is never changed, and safe for concurrent use.
type Pattern struct {
	text  string
	root  observed
	fault error // why it cannot be matched although it is well written
}

// String is the pattern as it was written.
func (p *Pattern) String() string { return p.text }

// observed is an observation expression. STIX 2.1 §9.4
type observed struct {
	op          observedOp
	kids        []observed
	test        compared      // seen
	times       int64         // repeats
	within      time.Duration // within
	start, stop time.Time     // between
}

type observedOp uint8

const (
	seen    observedOp = iota // [ ... ]
	both                      // AND of all kids
	either                    // OR of all kids
	ordered                   // FOLLOWEDBY: each kid after all before it
	repeats                   // REPEATS times TIMES
	within                    // WITHIN n SECONDS
	between                   // START t STOP t
)

// compared is a comparison expression: one test, or kids. STIX 2.1 §9.5
type compared struct {
	op   comparedOp
	test *test
	kids []compared
}

type comparedOp uint8

const (
	tested comparedOp = iota
	allOf
	anyOf
)

// test is one comparison: a path, a verb and what it is compared with.
type test struct {
	path  path
	not   bool
	verb  verb
	value literal         // of all verbs but in and exists
	set   []literal       // in
	texts map[string]bool // in, where the set is large and all strings
	like  []rune
	regex *expression
}

type verb uint8

const (
	is verb = iota
	isNot
	isLess
	isLessEqual
	isGreater
	isGreaterEqual
	isIn
	isLike
	matches
	isSubset
	isSuperset
	exists
)

// path is an object path: a type, and steps into its properties. STIX 2.1 §9.7
type path struct {
	object string
	steps  []step
}

// step is a property, an element of a list, or all elements.
type step struct {
	key   string
	index int // of a list, where key is empty
	all   bool
	isKey bool
}

// SyntaxError says where a pattern is wrong, and what would be right there.
type SyntaxError struct {
	Offset  int // octets before the place
	Message string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("at octet %d: %s", e.Offset, e.Message) }

// ParsePattern reads a pattern of STIX 2.1. The error is Invalid, holds a
// *SyntaxError, and says what would be right. OASIS STIX 2.1 §9
func ParsePattern(text string) (*Pattern, error) { return parsePattern(text, false) }

// ParsePattern20 reads a pattern of STIX 2.0, which has no EXISTS and lets a
// qualifier stand twice. OASIS STIX 2.0 Part 5
func ParsePattern20(text string) (*Pattern, error) { return parsePattern(text, true) }

func parsePattern(text string, v20 bool) (*Pattern, error) {
	if len(text) > MaxPattern {
		return nil, parley.E(parley.Invalid, "a pattern of %d octets: at most %d", len(text), MaxPattern)
	}
	p := parser{text: text, v20: v20}
	root, err := p.pattern()
	if err != nil {
		return nil, parley.E(parley.Invalid, "not a STIX pattern, %w", err)
	}
	return &Pattern{text: text, root: root, fault: p.fault}, nil
}
