package indicator

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley.example/parley"
)

// parser is a recursive descent over the text: one token ahead, no list of them.
type parser struct {
	text  string
	v20   bool
	pos   int
	tok   token
	why   string // of a bad token
	nodes int
	fault error
}

func (p *parser) wrong(at int, format string, args ...any) error {
	return &SyntaxError{at, fmt.Sprintf(format, args...)}
}

// want is the error for a token that is something else than it should be.
func (p *parser) want(what string) error {
	if p.tok.kind == badToken && p.why != "" {
		return p.wrong(p.tok.start, "%s", p.why)
	}
	found := p.said()
	switch {
	case p.tok.kind == endToken:
		return p.wrong(p.tok.start, "the pattern ends here: want %s", what)
	case strings.HasPrefix(p.text[p.tok.start:], "/*"):
		return p.wrong(p.tok.start, "a comment opens here and does not end: want */")
	case p.tok.kind == nameToken && keywords[strings.ToUpper(found)]:
		return p.wrong(p.tok.start, "found %q: want %s; keywords are written in capitals, %s", found, what, strings.ToUpper(found))
	case p.tok.kind == keyword:
		return p.wrong(p.tok.start, "found the keyword %s: want %s", found, what)
	}
	return p.wrong(p.tok.start, "found %q: want %s", cut(found), what)
}

func (p *parser) said() string { return p.text[p.tok.start:p.tok.end] }

// is says whether the token is this keyword.
func (p *parser) is(word string) bool { return p.tok.kind == keyword && p.said() == word }

// take passes a token of this kind.
func (p *parser) take(kind tokenKind, what string) error {
	if p.tok.kind != kind {
		return p.want(what)
	}
	p.scan()
	return nil
}

func (p *parser) takeWord(word string) error {
	if !p.is(word) {
		return p.want(word)
	}
	p.scan()
	return nil
}

// grow counts a node, and a level.
func (p *parser) grow(depth int) error {
	p.nodes++
	if p.nodes > maxNodes {
		return p.wrong(p.tok.start, "more than %d comparisons and constants: split the pattern", maxNodes)
	}
	if depth > maxDepth {
		return p.wrong(p.tok.start, "more than %d levels of parentheses and qualifiers: write it flatter", maxDepth)
	}
	return nil
}

func (p *parser) pattern() (observed, error) {
	if !utf8.ValidString(p.text) {
		return observed{}, p.wrong(0, "the pattern is not UTF-8")
	}
	p.scan()
	o, _, err := p.followed(0)
	if err != nil {
		return o, err
	}
	if p.tok.kind != endToken {
		if p.tok.kind == closeBracket || p.tok.kind == closeParen {
			return o, p.wrong(p.tok.start, "%s closes nothing: take it out", p.said())
		}
		return o, p.want("AND, OR, FOLLOWEDBY, a qualifier, or the end")
	}
	return o, nil
}

// followed, alternatives and conjunction are the three levels of observation
// operators, the loosest first; each also returns how deep its tree is.
func (p *parser) followed(depth int) (observed, int, error) {
	return p.chain(depth, ordered, "FOLLOWEDBY", p.alternatives)
}

func (p *parser) alternatives(depth int) (observed, int, error) {
	return p.chain(depth, either, "OR", p.conjunction)
}

func (p *parser) conjunction(depth int) (observed, int, error) {
	return p.chain(depth, both, "AND", p.qualified)
}

func (p *parser) chain(depth int, op observedOp, word string, next func(int) (observed, int, error)) (observed, int, error) {
	first, deep, err := next(depth)
	if err != nil || !p.is(word) {
		return first, deep, err
	}
	o := observed{op: op, kids: []observed{first}}
	for p.is(word) {
		p.scan()
		kid, d, err := next(depth)
		if err != nil {
			return o, deep, err
		}
		o.kids, deep = append(o.kids, kid), max(deep, d)
	}
	return o, deep + 1, p.grow(0)
}

// qualified is [ ... ] or ( ... ) with the qualifiers behind it, which hold for
// that alone. STIX 2.1 §9.4.2
func (p *parser) qualified(depth int) (o observed, deep int, err error) {
	if err = p.grow(depth); err != nil {
		return
	}
	opened := p.tok
	switch p.tok.kind {
	case openBracket:
		p.scan()
		o.op = seen
		if o.test, err = p.anyTest(depth + 1); err != nil {
			return
		}
		if p.tok.kind == openBracket {
			return o, 0, p.wrong(p.tok.start, "an observation within an observation: want AND, OR, or ]")
		}
		err = p.take(closeBracket, "AND, OR, or the ] that ends the observation")
	case openParen:
		p.scan()
		if o, deep, err = p.followed(depth + 1); err == nil {
			err = p.take(closeParen, "AND, OR, FOLLOWEDBY, a qualifier, or )")
		}
	default:
		err = p.want("an observation such as [domain-name:value = 'www.aster.example'], or (")
	}
	if err != nil {
		return
	}
	used := ""
	for p.is("REPEATS") || p.is("WITHIN") || p.is("START") {
		at, word := p.tok.start, p.said()
		if !p.v20 && opened.kind == openBracket && strings.Contains(used, word) {
			return o, deep, p.wrong(at, "%s stands twice behind one observation: keep one, or put parentheses around the first", word)
		}
		used += word + " "
		q := observed{}
		if q, err = p.qualifier(word); err != nil {
			return
		}
		q.kids = []observed{o}
		o, deep = q, deep+1
		if err = p.grow(depth + deep); err != nil {
			return
		}
	}
	return
}

// qualifier reads REPEATS n TIMES, WITHIN n SECONDS or START t STOP t.
func (p *parser) qualifier(word string) (observed, error) {
	p.scan()
	at, text := p.tok.start, p.said()
	switch word {
	case "REPEATS":
		if p.tok.kind != intToken {
			return observed{}, p.want("how often, a whole number of 1 or more")
		}
		n, err := strconv.ParseInt(strings.TrimPrefix(text, "+"), 10, 64)
		if err != nil && !strings.HasPrefix(text, "-") {
			n = math.MaxInt64
		}
		if n < 1 {
			return observed{}, p.wrong(at, "REPEATS %s: want a whole number of 1 or more", cut(text))
		}
		p.scan()
		return observed{op: repeats, times: n}, p.takeWord("TIMES")
	case "WITHIN":
		if p.tok.kind != intToken && p.tok.kind != floatToken {
			return observed{}, p.want("a number of seconds, more than 0")
		}
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f <= 0 {
			return observed{}, p.wrong(at, "WITHIN %s: want a number of seconds, more than 0", cut(text))
		}
		d := time.Duration(math.MaxInt64) // 292 years: longer ones hold everything
		if f < float64(d)/1e9 {
			d = time.Duration(f * 1e9)
		}
		p.scan()
		return observed{op: within, within: d}, p.takeWord("SECONDS")
	}
	start, err := p.timestamp()
	if err != nil {
		return observed{}, err
	}
	if err := p.takeWord("STOP"); err != nil {
		return observed{}, err
	}
	stop, err := p.timestamp()
	return observed{op: between, start: start, stop: stop}, err
}

func (p *parser) timestamp() (time.Time, error) {
	if p.tok.kind != timeToken {
		return time.Time{}, p.want("a timestamp such as t'2026-01-31T12:00:00Z'")
	}
	l, _ := constant(timeToken, p.said())
	p.scan()
	return l.t, nil
}

// unmatchable keeps the first reason why the pattern cannot be matched.
func (p *parser) unmatchable(at int, err error) {
	if p.fault == nil {
		p.fault = parley.E(parley.Invalid, "this pattern cannot be matched here: at octet %d: %w", at, err)
	}
}
