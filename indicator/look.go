package indicator

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"parley.example/parley"
)

// looker asks whether one object of an observation makes a comparison expression
// true. An expression is true of an observation if it is true of one object in
// it, from which all its paths start. STIX 2.1 §9.5
type looker struct {
	spend   *steps
	err     error
	objects map[string]any
	been    map[place]bool // where a path through references found nothing
	deref   bool           // the test's path passes lists more than once
}

type place struct {
	id   string
	step int
}

// sees says whether an observation makes an expression true.
func (l *looker) sees(c *compared, objects map[string]any) bool {
	l.objects = objects
	for _, o := range objects {
		object, ok := o.(map[string]any)
		if !ok {
			continue
		}
		kind, _ := object["type"].(string)
		if l.holds(c, object, kind) {
			return l.err == nil
		}
		if l.err != nil {
			return false
		}
	}
	return false
}

func (l *looker) holds(c *compared, object map[string]any, kind string) bool {
	if l.err == nil {
		l.err = l.spend.take(1)
	}
	if l.err != nil {
		return false
	}
	switch c.op {
	case allOf:
		for i := range c.kids {
			if !l.holds(&c.kids[i], object, kind) {
				return false
			}
		}
		return true
	case anyOf:
		for i := range c.kids {
			if l.holds(&c.kids[i], object, kind) {
				return true
			}
		}
		return false
	}
	t := c.test
	if t.path.object != kind {
		return false
	}
	lists := 0
	for _, s := range t.path.steps {
		if s.all {
			lists++
		}
	}
	l.deref = lists > 1
	if l.deref {
		l.been = map[place]bool{}
	}
	found := l.walk(t, object, 0, "")
	if t.verb == exists {
		return found != t.not && l.err == nil
	}
	return found
}

// walk follows the steps of a path from i on, and says whether one of the values
// at its ends passes the test. A reference is followed where a step goes on
// behind it. STIX 2.1 §9.7
func (l *looker) walk(t *test, v any, i int, key string) bool {
	if l.err = l.spend.take(1); l.err != nil {
		return false
	}
	if i == len(t.path.steps) {
		return t.verb == exists || l.passes(t, v, key)
	}
	s := &t.path.steps[i]
	if !s.isKey {
		list, ok := v.([]any)
		if !ok {
			return false
		}
		if !s.all {
			return s.index >= 0 && s.index < len(list) && l.walk(t, list[s.index], i+1, key)
		}
		for _, e := range list {
			if l.walk(t, e, i+1, key) {
				return true
			}
			if l.err != nil {
				return false
			}
		}
		return false
	}
	object, ok := v.(map[string]any)
	if !ok {
		id, isText := v.(string)
		if !isText || !strings.HasSuffix(key, "_ref") && !strings.HasSuffix(key, "_refs") {
			return false
		}
		if object, ok = l.objects[id].(map[string]any); !ok {
			return false
		}
		if l.deref {
			here := place{id, i}
			if l.been[here] {
				return false
			}
			l.been[here] = true
		}
	}
	inner, ok := object[s.key]
	return ok && l.walk(t, inner, i+1, s.key)
}

// passes says whether one value passes a test.
func (l *looker) passes(t *test, v any, key string) bool {
	got := valueOf(v, key)
	switch t.verb {
	case is, isNot:
		if l.timestamp(&got, t.value.kind); l.err != nil {
			return false
		}
		return got.equal(t.value) != (t.verb == isNot) != t.not
	case isLess, isLessEqual, isGreater, isGreaterEqual:
		if l.timestamp(&got, t.value.kind); l.err != nil {
			return false
		}
		order, ok := got.compare(t.value)
		if !ok || got.kind == boolLiteral {
			return false // what has no order is neither less nor not less
		}
		return t.verb.holds(order) != t.not
	case isIn:
		if len(t.set) > 0 {
			if l.timestamp(&got, t.set[0].kind); l.err != nil {
				return false
			}
		}
		return l.in(t, got) != t.not
	case isLike:
		return l.alike(t, got) != t.not
	case matches:
		return l.matches(t, got) != t.not
	case isSubset, isSuperset:
		return contained(t, got) != t.not
	}
	return false
}

func (v verb) holds(order int) bool {
	switch v {
	case isLess:
		return order < 0
	case isLessEqual:
		return order <= 0
	case isGreater:
		return order > 0
	}
	return order >= 0
}

func (l *looker) in(t *test, got literal) bool {
	if t.texts != nil && got.kind == textLiteral {
		return t.texts[got.text]
	}
	for _, want := range t.set {
		if l.err = l.spend.take(1); l.err != nil {
			return false
		}
		if got.equal(want) {
			return true
		}
	}
	return false
}

// alike is LIKE: on normal form C, over the whole value. STIX 2.1 §9.5.1
func (l *looker) alike(t *test, got literal) bool {
	text, ok := written(got)
	if !ok {
		return false
	}
	value := []rune(norm.NFC.String(text))
	if l.err = l.spend.take(1 + len(value)*len(t.like)/16); l.err != nil {
		return false
	}
	return like(value, t.like)
}

func (l *looker) matches(t *test, got literal) bool {
	text, ok := written(got)
	if !ok || got.kind == binaryLiteral && !t.regex.octets {
		return false
	}
	if got.kind == textLiteral {
		text = norm.NFC.String(text)
	}
	if l.err = l.spend.take(1 + len(text)*t.regex.size/16); l.err != nil {
		return false
	}
	return t.regex.text.MatchString(text)
}

// written is the text of a string, or of binary with a character for each octet.
func written(got literal) (string, bool) {
	switch got.kind {
	case textLiteral:
		return got.text, true
	case binaryLiteral:
		return characters(got.text), true
	}
	return "", false
}

// like matches % with any text and _ with one character. It goes back to the
// last % only, so that its cost is the product of both lengths at most.
func like(s, pattern []rune) bool {
	i, j, back, from := 0, 0, -1, 0
	for i < len(s) {
		switch {
		case j < len(pattern) && pattern[j] == '%':
			back, from = j, i
			j++
		case j < len(pattern) && (pattern[j] == '_' || pattern[j] == s[i]):
			i, j = i+1, j+1
		case back >= 0:
			from++
			i, j = from, back+1
		default:
			return false
		}
	}
	for j < len(pattern) && pattern[j] == '%' {
		j++
	}
	return j == len(pattern)
}

// contained is ISSUBSET and ISSUPERSET: of the same family, and not larger.
func contained(t *test, got literal) bool {
	if got.kind != textLiteral {
		return false
	}
	value, err := prefix(got.text)
	if err != nil {
		return false
	}
	constant, err := prefix(t.value.text)
	if err != nil {
		return false
	}
	inner, outer := value, constant
	if t.verb == isSuperset {
		inner, outer = constant, value
	}
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

// timestamp reads a string as a timestamp where it is compared with one.
func (l *looker) timestamp(got *literal, with literalKind) {
	if with != timeLiteral || got.kind != textLiteral {
		return
	}
	t, ok := parseTime(got.text)
	if !ok {
		l.err = parley.E(parley.Invalid, "the observation has %q where the pattern compares a timestamp: want one such as 2026-01-31T12:00:00Z", cut(got.text))
		return
	}
	got.kind, got.t = timeLiteral, t
}

// valueOf makes a literal of a JSON value; the ends _hex and _bin of a property
// say that its string is binary. STIX 2.1 §9.5
func valueOf(v any, key string) literal {
	switch v := v.(type) {
	case string:
		if strings.HasSuffix(key, "_hex") {
			if b, err := hex.DecodeString(v); err == nil {
				return literal{kind: binaryLiteral, text: string(b)}
			}
		}
		if strings.HasSuffix(key, "_bin") {
			if b, err := base64.StdEncoding.DecodeString(v); err == nil {
				return literal{kind: binaryLiteral, text: string(b)}
			}
		}
		return literal{kind: textLiteral, text: v}
	case bool:
		if v {
			return literal{kind: boolLiteral, n: 1}
		}
		return literal{kind: boolLiteral}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return literal{kind: integerLiteral, n: n}
		}
		if f, err := v.Float64(); err == nil {
			return literal{kind: floatLiteral, f: f}
		}
	case float64:
		return literal{kind: floatLiteral, f: v}
	case int:
		return literal{kind: integerLiteral, n: int64(v)}
	case int64:
		return literal{kind: integerLiteral, n: v}
	case []byte:
		return literal{kind: binaryLiteral, text: string(v)}
	case time.Time:
		return literal{kind: timeLiteral, t: v}
	}
	return literal{}
}
