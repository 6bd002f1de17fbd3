package indicator

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// anyTest and allTests are the two levels of operators within one observation.
func (p *parser) anyTest(depth int) (compared, error) { return p.tests(depth, anyOf, "OR", p.allTests) }

func (p *parser) allTests(depth int) (compared, error) {
	return p.tests(depth, allOf, "AND", p.oneTest)
}

func (p *parser) tests(depth int, op comparedOp, word string, next func(int) (compared, error)) (compared, error) {
	first, err := next(depth)
	if err != nil || !p.is(word) {
		return first, err
	}
	c := compared{op: op, kids: []compared{first}}
	for p.is(word) {
		p.scan()
		kid, err := next(depth)
		if err != nil {
			return c, err
		}
		c.kids = append(c.kids, kid)
	}
	return c, p.grow(0)
}

// oneTest is a comparison, EXISTS with a path, or parentheses. STIX 2.1 §9.5
func (p *parser) oneTest(depth int) (compared, error) {
	if err := p.grow(depth); err != nil {
		return compared{}, err
	}
	if p.tok.kind == openParen {
		p.scan()
		c, err := p.anyTest(depth + 1)
		if err != nil {
			return c, err
		}
		return c, p.take(closeParen, "AND, OR, or )")
	}
	t := &test{}
	if !p.v20 && (p.is("EXISTS") || p.is("NOT")) {
		if t.not = p.is("NOT"); t.not {
			p.scan()
		}
		t.verb = exists
		if !p.is("EXISTS") {
			return compared{}, p.want("EXISTS; NOT otherwise stands behind the path, as in [file:name NOT = 'a']")
		}
		p.scan()
		var err error
		t.path, err = p.path()
		return compared{test: t}, err
	}
	var err error
	if t.path, err = p.path(); err != nil {
		return compared{}, err
	}
	if t.not = p.is("NOT"); t.not {
		p.scan()
	}
	return compared{test: t}, p.verb(t)
}

var signs = map[tokenKind]verb{
	equal: is, notEqual: isNot, less: isLess, lessEqual: isLessEqual, greater: isGreater, greaterEqual: isGreaterEqual,
}

var words = map[string]verb{"IN": isIn, "LIKE": isLike, "MATCHES": matches, "ISSUBSET": isSubset, "ISSUPERSET": isSuperset}

// verb reads an operator and what stands behind it.
func (p *parser) verb(t *test) error {
	v, ok := signs[p.tok.kind]
	if !ok && p.tok.kind == keyword {
		v, ok = words[p.said()]
	}
	if !ok {
		if p.tok.kind == hyphenName || p.text[p.tok.start:p.tok.end] == "-" {
			return p.want("an operator; a property with a hyphen stands in quotes, as in file:hashes.'SHA-256'")
		}
		return p.want("one of = != < <= > >= IN LIKE MATCHES ISSUBSET ISSUPERSET")
	}
	t.verb = v
	p.scan()
	at := p.tok.start
	switch v {
	case isIn:
		return p.set(t)
	case isLike, matches, isSubset, isSuperset:
		if p.tok.kind != stringToken {
			return p.want("a string in single quotes")
		}
		t.value.kind, t.value.text = textLiteral, unquote(p.said())
		p.scan()
		return p.prepare(t, at)
	}
	l, err := p.literal()
	if err != nil {
		return err
	}
	if l.kind == boolLiteral && v != is && v != isNot {
		return p.wrong(at, "true and false have no order: want a number, a string, binary or a timestamp")
	}
	t.value = l
	if v == is || v == isNot {
		return p.hash(t, l, at)
	}
	return nil
}

// prepare makes of a string what its operator needs.
func (p *parser) prepare(t *test, at int) error {
	switch t.verb {
	case isLike:
		t.like = []rune(norm.NFC.String(t.value.text))
	case matches:
		var err error
		if t.regex, err = compile(t.value.text); err != nil {
			p.unmatchable(at, err)
		}
	case isSubset, isSuperset:
		if _, err := prefix(t.value.text); err != nil {
			p.unmatchable(at, errNoPrefix(t.value.text))
		}
	}
	return nil
}

func (p *parser) literal() (literal, error) {
	l, ok := constant(p.tok.kind, p.said())
	if !ok {
		return l, p.want("a constant: 'text' in single quotes, a number, true, false, h'01', b'AQ==' or t'2026-01-31T12:00:00Z'")
	}
	p.scan()
	return l, nil
}

// set reads ( constants ) of one kind. The empty set is allowed and holds nothing.
func (p *parser) set(t *test) error {
	if err := p.take(openParen, "( and the constants of the set"); err != nil {
		return err
	}
	for p.tok.kind != closeParen || len(t.set) > 0 {
		at := p.tok.start
		l, err := p.literal()
		if err != nil {
			return err
		}
		if err := p.grow(0); err != nil {
			return err
		}
		if first := l; len(t.set) > 0 {
			first = t.set[0]
			if first.kind != l.kind && !(first.number() && l.number()) {
				return p.wrong(at, "a set of %s and %s: want constants of one kind", literalWords[first.kind], literalWords[l.kind])
			}
		}
		if err := p.hash(t, l, at); err != nil {
			return err
		}
		t.set = append(t.set, l)
		if p.tok.kind != comma {
			break
		}
		p.scan()
	}
	if len(t.set) > 8 && t.set[0].kind == textLiteral {
		t.texts = make(map[string]bool, len(t.set))
		for _, l := range t.set {
			t.texts[l.text] = true
		}
	}
	return p.take(closeParen, ", or ) behind the constants of the set")
}

// path reads type:property.property[0]. STIX 2.1 §9.7
func (p *parser) path() (path, error) {
	if p.tok.kind != nameToken && p.tok.kind != hyphenName {
		return path{}, p.want("an object path such as file:name")
	}
	o := path{object: p.said()}
	p.scan()
	if err := p.take(colon, "a colon between type and property, as in file:size"); err != nil {
		return o, err
	}
	steps := make([]step, 0, 3)
	key, err := p.key()
	if err != nil {
		return o, err
	}
	steps = append(steps, key)
	for p.tok.kind == dot || p.tok.kind == openBracket {
		s := step{}
		bracket := p.tok.kind == openBracket
		p.scan()
		switch {
		case !bracket:
			if s, err = p.key(); err != nil {
				return o, err
			}
		case p.tok.kind == star:
			s.all = true
			p.scan()
		case p.tok.kind == intToken && p.text[p.tok.start] != '-':
			if s.index, err = strconv.Atoi(p.said()); err != nil {
				s.index = -1 // beyond every list
			}
			p.scan()
		default:
			return o, p.want("the index of a list, 0 or more, or *")
		}
		if bracket {
			if err := p.take(closeBracket, "] behind the index"); err != nil {
				return o, err
			}
		}
		if steps = append(steps, s); len(steps) > maxSteps {
			return o, p.wrong(p.tok.start, "a path of more than %d steps", maxSteps)
		}
	}
	o.steps = steps
	return o, nil
}

func (p *parser) key() (step, error) {
	s := step{isKey: true}
	switch p.tok.kind {
	case nameToken:
		s.key = p.said()
	case stringToken:
		s.key = unquote(p.said())
	case hyphenName:
		return s, p.wrong(p.tok.start, "the property %s has a hyphen: put it in quotes, '%s'", cut(p.said()), cut(p.said()))
	default:
		return s, p.want("the name of a property, in quotes if it is more than letters, digits and _")
	}
	p.scan()
	return s, nil
}

// hash refuses a constant that no hash of the path's algorithm looks like, as the
// reference validator does.
func (p *parser) hash(t *test, l literal, at int) error {
	n := len(t.path.steps)
	if n < 2 {
		return nil
	}
	last := t.path.steps[n-1]
	hashed := false
	for _, s := range t.path.steps[:n-1] {
		hashed = hashed || s.key == "hashes"
	}
	if !hashed || !last.isKey {
		return nil
	}
	name := algorithm(last.key)
	text := l.text
	if l.kind != textLiteral {
		text = "?" // no hash is a number
	}
	if name == "SSDEEP" {
		if text == "" || len(text) > 128 || strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/+:.") != "" {
			return p.wrong(at, "%q is no ssdeep: want one such as '96:abcdefgh:ijkl'", cut(text))
		}
		return nil
	}
	digits, ok := hashDigits[name]
	if !ok {
		return nil
	}
	if isHex(strings.ToLower(text)) {
		for _, n := range digits {
			if len(text) == n {
				return nil
			}
		}
	}
	return p.wrong(at, "%q is no %s: want %d hexadecimal digits", cut(text), last.key, digits[0])
}

// algorithm spells a hash algorithm in one way: SHA-256, sha256 and 'SHA-256' are SHA256.
func algorithm(key string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(key, "-", ""), "_", ""))
}

var hashDigits = map[string][]int{
	"MD5": {32}, "MD6": {32, 40, 56, 64, 96, 128}, "RIPEMD160": {40}, "SHA1": {40}, "SHA224": {56}, "SHA256": {64}, "SHA384": {96}, "SHA512": {128},
	"SHA3224": {56}, "SHA3256": {64}, "SHA3384": {96}, "SHA3512": {128}, "WHIRLPOOL": {128},
}
