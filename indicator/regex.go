package indicator

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// expression is a compiled regular expression. Its engine (RE2) needs time in the
// product of the expression's size and the text's length, never more: what makes
// other engines exponential, back-references and look-around, it does not have.
type expression struct {
	text   *regexp.Regexp
	octets bool // all its characters are below 256: it may be asked about binary
	size   int  // about how many instructions
}

const (
	maxExpression = 4096   // octets of an expression
	maxProgram    = 20_000 // instructions, after its counted repetitions are written out
)

// compile makes an expression of a constant of MATCHES, in normal form C.
// STIX 2.1 §9.5.1
func compile(source string) (*expression, error) {
	source = norm.NFC.String(source)
	if len(source) > maxExpression {
		return nil, fmt.Errorf("a regular expression of %d octets: at most %d", len(source), maxExpression)
	}
	tree, err := syntax.Parse(source, syntax.Perl)
	if err != nil {
		return nil, explain(source, err)
	}
	size := program(tree)
	if size > maxProgram {
		return nil, fmt.Errorf("the regular expression %q repeats too much: %d instructions, at most %d", cut(source), size, maxProgram)
	}
	re, err := regexp.Compile(source)
	if err != nil {
		return nil, explain(source, err)
	}
	e := &expression{text: re, octets: true, size: size}
	for _, r := range source {
		e.octets = e.octets && r < 256
	}
	return e, nil
}

// program estimates the instructions of a tree, counted repetitions written out.
func program(re *syntax.Regexp) int {
	n := 1 + len(re.Rune)
	if re.Op == syntax.OpCharClass {
		n = 1
	}
	for _, sub := range re.Sub {
		n += program(sub)
	}
	if re.Op == syntax.OpRepeat {
		n *= max(1, re.Min, re.Max)
	}
	return min(n, 1<<30)
}

// explain says in the words of who wrote the expression what our engine lacks.
func explain(source string, err error) error {
	for _, lacking := range []struct{ written, name string }{
		{"(?=", "look-ahead"}, {"(?!", "look-ahead"}, {"(?<=", "look-behind"}, {"(?<!", "look-behind"}, {"(?>", "an atomic group"},
		{"(?(", "a condition"}, {"(?R", "recursion"}, {"(?#", "a comment"}, {"++", "a possessive repetition"}, {"*+", "a possessive repetition"},
		{"?+", "a possessive repetition"}, {`\K`, `\K`}, {`\G`, `\G`}, {`\R`, `\R`}, {`\h`, `\h`}, {`\X`, `\X`}, {`\Z`, `\Z`},
	} {
		if strings.Contains(source, lacking.written) {
			return fmt.Errorf("the regular expression %q has %s, which a safe engine (RE2) does not have: write it without", cut(source), lacking.name)
		}
	}
	var e *syntax.Error
	if errors.As(err, &e) {
		if e.Code == syntax.ErrInvalidEscape && len(e.Expr) > 1 && isDigit(e.Expr[1]) {
			return fmt.Errorf("the regular expression %q has the back-reference %s, which a safe engine (RE2) does not have: write it without", cut(source), e.Expr)
		}
		return fmt.Errorf("the regular expression %q is wrong: %s: %q", cut(source), e.Code, cut(e.Expr))
	}
	return fmt.Errorf("the regular expression %q is wrong: %w", cut(source), err)
}

func errNoPrefix(text string) error {
	return fmt.Errorf("%q is no network: want one such as '192.0.2.0/24' or '2001:db8::/32'", cut(text))
}
