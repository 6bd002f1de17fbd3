package indicator

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// token is one word of a pattern: what it is and where it stands.
type token struct {
	kind       tokenKind
	start, end int
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	nameToken
	hyphenName // a name with a hyphen: an object type, never a property
	stringToken
	intToken
	floatToken
	hexToken
	binaryToken
	timeToken
	openBracket
	closeBracket
	openParen
	closeParen
	comma
	colon
	dot
	star
	equal
	notEqual
	less
	lessEqual
	greater
	greaterEqual
	keyword // one of keywords, in capitals; true and false
	badToken
)

// keywords are words that are no name of a property. STIX 2.1 §9.3
var keywords = map[string]bool{
	"AND": true, "OR": true, "NOT": true, "FOLLOWEDBY": true, "LIKE": true, "MATCHES": true, "ISSUPERSET": true, "ISSUBSET": true,
	"EXISTS": true, "LAST": true, "IN": true, "START": true, "STOP": true, "SECONDS": true, "true": true, "false": true,
	"WITHIN": true, "REPEATS": true, "TIMES": true,
}

// scan reads the next token into p.tok.
func (p *parser) scan() {
	p.skip()
	s := p.text[p.pos:]
	if s == "" {
		p.tok = token{endToken, p.pos, p.pos}
		return
	}
	kind, n := badToken, 1
	switch c := s[0]; {
	case isLetter(c):
		kind, n = p.word(s)
	case isDigit(c) || (c == '.' || c == '+' || c == '-') && len(s) > 1 && (isDigit(s[1]) || s[1] == '.'):
		kind, n = number(s)
		if kind == badToken && c == '.' {
			kind, n = dot, 1
		}
	case c == '\'':
		if n = quoted(s); n > 0 {
			kind = stringToken
		} else {
			n = 1
			p.why = "a string must end with ', and within it only \\' and \\\\ are written with a backslash"
		}
	default:
		kind, n = sign(s)
		if kind == badToken {
			_, n = utf8.DecodeRuneInString(s)
		}
	}
	p.tok = token{kind, p.pos, p.pos + n}
	p.pos += n
}

// word is a keyword, a name, or a constant that opens with h', b' or t'.
func (p *parser) word(s string) (tokenKind, int) {
	n, kind := 1, nameToken
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '-') {
		if s[n] == '-' {
			kind = hyphenName
		}
		n++
	}
	if n == 1 && len(s) > 1 && s[1] == '\'' {
		if end := strings.IndexByte(s[2:], '\''); end >= 0 {
			inner := s[2 : 2+end]
			switch s[0] {
			case 'h':
				if len(inner)%2 == 0 && isHex(strings.ToLower(inner)) {
					return hexToken, end + 3
				}
				p.why = "a hexadecimal constant is written h'0102', with an even number of digits"
				return badToken, end + 3
			case 'b':
				if isBase64(inner) {
					return binaryToken, end + 3
				}
				p.why = "a binary constant is base64 in whole groups of four, such as b'AQIDBA=='"
				return badToken, end + 3
			case 't':
				if _, ok := parseTime(inner); ok {
					return timeToken, end + 3
				}
				p.why = "a timestamp is written t'2026-01-31T12:00:00.000Z', in UTC, with capital T and Z"
				return badToken, end + 3
			}
		}
	}
	if keywords[s[:n]] && !(p.v20 && s[:n] == "EXISTS") {
		kind = keyword
	}
	return kind, n
}

// number is [+-]? with an integer without leading zeros, or with a fraction.
func number(s string) (tokenKind, int) {
	i := 0
	if s[0] == '+' || s[0] == '-' {
		i++
	}
	first := i
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	if i+1 < len(s) && s[i] == '.' && isDigit(s[i+1]) {
		for i++; i < len(s) && isDigit(s[i]); i++ {
		}
		return floatToken, i
	}
	if i == first {
		return badToken, 1
	}
	if s[first] == '0' {
		i = first + 1
	}
	return intToken, i
}

// quoted is the length of a string constant with its quotes, 0 where it does not end.
func quoted(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\'':
			return i + 1
		case '\\':
			i++
			if i >= len(s) || s[i] != '\'' && s[i] != '\\' {
				return 0
			}
		}
	}
	return 0
}

func sign(s string) (tokenKind, int) {
	two := s[:min(2, len(s))]
	switch two {
	case "==":
		return equal, 2
	case "!=", "<>":
		return notEqual, 2
	case "<=":
		return lessEqual, 2
	case ">=":
		return greaterEqual, 2
	}
	switch s[0] {
	case '[':
		return openBracket, 1
	case ']':
		return closeBracket, 1
	case '(':
		return openParen, 1
	case ')':
		return closeParen, 1
	case ',':
		return comma, 1
	case ':':
		return colon, 1
	case '.':
		return dot, 1
	case '*':
		return star, 1
	case '=':
		return equal, 1
	case '<':
		return less, 1
	case '>':
		return greater, 1
	}
	return badToken, 1
}

// skip passes white space and comments.
func (p *parser) skip() {
	for p.pos < len(p.text) {
		switch c := p.text[p.pos]; {
		case c == ' ' || c >= '\t' && c <= '\r':
			p.pos++
		case c == '/' && strings.HasPrefix(p.text[p.pos:], "//"):
			if n := strings.IndexAny(p.text[p.pos:], "\r\n"); n >= 0 {
				p.pos += n
			} else {
				p.pos = len(p.text)
			}
		case c == '/' && strings.HasPrefix(p.text[p.pos:], "/*"):
			n := strings.Index(p.text[p.pos+2:], "*/")
			if n < 0 {
				return
			}
			p.pos += n + 4
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRuneInString(p.text[p.pos:])
			if !unicode.Is(unicode.Zs, r) && r != '\u0085' && r != '\u2028' && r != '\u2029' {
				return
			}
			p.pos += n
		default:
			return
		}
	}
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

// isBase64 says that a text is base64 in whole groups, padded at the end only.
func isBase64(s string) bool {
	if len(s)%4 != 0 {
		return false
	}
	body := strings.TrimRight(s, "=")
	if len(s)-len(body) > 2 {
		return false
	}
	for i := range len(body) {
		if c := body[i]; !isDigit(c) && (c|0x20 < 'a' || c|0x20 > 'z') && c != '+' && c != '/' {
			return false
		}
	}
	return true
}
