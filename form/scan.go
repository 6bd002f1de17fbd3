package form

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley.example/parley/agreement"
)

// value is one member as it was read.
type value struct {
	field    *Field
	text     string  // of everything but lists and groups; a number and a bool as they are written
	language string  // of a Text
	kids     []value // of a List: its values; of a Group and of Slots: one for each field, not given where its field is nil
}

func (v *value) given() bool { return v.field != nil }

// scanner reads content from left to right, led by the form, and accepts only
// the one spelling that encoding/json gives, without space and HTML escapes:
// members in the order of the form, each once, no null, nothing empty. FORM-3
type scanner struct {
	b      []byte
	i      int
	a      *agreement.Agreement // nil: words are not checked
	path   []string
	faults Faults
}

// stop ends a scan: after it nothing can be said about what follows.
type stop struct{}

// read scans the whole content. The values are of use only where no fault was found.
func (f *Form) read(raw []byte, a *agreement.Agreement) (values []value, faults Faults) {
	s := &scanner{b: raw, a: a}
	if len(raw) > MaxContent { // FORM-2
		s.fault(strconv.Itoa(len(raw))+" octets", "at most "+strconv.Itoa(MaxContent)+"; what is longer goes as an attachment")
		return nil, s.faults
	}
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(stop); !ok {
				panic(r)
			}
			values, faults = nil, s.faults
		}
	}()
	values = s.object(f.Fields, f.Some)
	if s.i != len(raw) {
		s.halt("more follows after the end", "one JSON object and nothing else")
	}
	if f.Rule != nil && len(s.faults) == 0 {
		s.faults = f.Rule(raw)
	}
	return values, s.faults
}

func (s *scanner) fault(what, want string) {
	if len(s.faults) < MaxFaults {
		s.faults = append(s.faults, Fault{strings.Join(s.path, "."), what, want})
	}
}

// faultAt is a fault of a field beside or below the one that is read.
func (s *scanner) faultAt(name, what, want string) {
	s.path = append(s.path, name)
	s.fault(what, want)
	s.path = s.path[:len(s.path)-1]
}

func (s *scanner) halt(what, want string) {
	s.fault(what, want)
	panic(stop{})
}

// syntax halts at an octet that cannot stand where it does.
func (s *scanner) syntax(want string) {
	s.halt("not in its one spelling, at octet "+strconv.Itoa(s.i), want)
}

func (s *scanner) peek() byte {
	if s.i < len(s.b) {
		return s.b[s.i]
	}
	return 0
}

func (s *scanner) take(c byte, want string) {
	if s.peek() != c {
		s.syntax(want)
	}
	s.i++
}

// object reads a form's or a group's members.
func (s *scanner) object(fields []Field, some [][]string) []value {
	values := make([]value, len(fields))
	s.take('{', "an object in braces, without spaces")
	next := 0
	for first := true; s.peek() != '}'; first = false {
		if !first {
			s.take(',', "a comma and the next member, or a brace that closes")
		}
		name := s.name()
		at := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
		s.path = append(s.path, name)
		switch {
		case at < 0:
			s.path[len(s.path)-1] = strings.Trim(quote(name), `"`)
			s.halt("no field of this form", "one of "+names(fields))
		case at < next && values[at].given():
			s.halt("given twice", "each field once")
		case at < next:
			s.halt("out of its place", "the fields in the order of the form: "+names(fields))
		}
		s.take(':', "a colon and a value")
		s.member(&fields[at], values, at)
		s.path = s.path[:len(s.path)-1]
		next = at + 1
	}
	s.i++
	s.conditions(fields, values, some)
	return values
}

// name reads a member's name, which has no escapes.
func (s *scanner) name() string {
	s.take('"', "the name of a member in quotation marks")
	start := s.i
	for s.i < len(s.b) && s.b[s.i] != '"' && s.i-start <= 80 {
		s.i++
	}
	name := string(s.b[start:s.i])
	s.take('"', "the name of a field")
	return name
}

// member reads a field's value or values.
func (s *scanner) member(f *Field, beside []value, at int) {
	v := &beside[at]
	v.field = f
	if !f.List {
		s.one(f, v, beside)
		return
	}
	s.take('[', "a list in brackets, without spaces")
	for first := true; s.peek() != ']'; first = false {
		if !first {
			s.take(',', "a comma and the next value, or a bracket that closes")
		}
		s.path = append(s.path, strconv.Itoa(len(v.kids)))
		if len(v.kids) == f.most() { // FORM-4
			s.path = s.path[:len(s.path)-1]
			s.halt("too many values", "at most "+strconv.Itoa(f.most()))
		}
		v.kids = append(v.kids, value{field: f})
		s.one(f, &v.kids[len(v.kids)-1], nil)
		s.path = s.path[:len(s.path)-1]
	}
	s.i++
	if len(v.kids) < f.least() {
		s.fault(strconv.Itoa(len(v.kids))+" values", "at least "+strconv.Itoa(f.least())+", or leave the field out")
	}
	s.noneTwice(f, v.kids)
}

// one reads one value of a field, whether or not the field is a list.
func (s *scanner) one(f *Field, v *value, beside []value) {
	switch f.Type {
	case Group:
		v.kids = s.object(f.Fields, f.Some)
		if !slices.ContainsFunc(v.kids, func(k value) bool { return k.given() }) {
			s.fault("empty", "at least one of "+names(f.Fields)+", or leave the field out")
		}
	case Slots:
		s.slots(f, v, beside)
	case Text:
		s.text(f, v)
	case Number, ASN:
		s.number(f, v)
	case Bool:
		v.text = s.truth()
	default:
		v.text = s.str()
		if what, want := f.fits(v.text, s.a); what != "" {
			s.fault(what, want)
		}
	}
}

// text reads a free text with its language. FORM-5
func (s *scanner) text(f *Field, v *value) {
	const want = `an object such as {"language":"en","text":"..."}`
	s.take('{', want)
	if s.name() != "language" {
		s.halt("no language", want)
	}
	s.take(':', want)
	v.language = s.str()
	s.take(',', want)
	if s.name() != "text" {
		s.halt("no text", want)
	}
	s.take(':', want)
	v.text = s.str()
	s.take('}', want)
	if !IsLanguage(v.language) {
		s.fault("the language "+quote(v.language)+" is no tag", "a tag in lower case such as en, ru or zh-hans")
	}
	if what, want := f.fits(v.text, s.a); what != "" {
		s.fault(what, want)
	}
}

// number reads a whole number without sign of plus, leading zeros or exponent. FORM-8
func (s *scanner) number(f *Field, v *value) {
	start := s.i
	for s.i < len(s.b) && (s.b[s.i] >= '0' && s.b[s.i] <= '9' || s.b[s.i] == '-') && s.i-start < 20 {
		s.i++
	}
	v.text = string(s.b[start:s.i])
	n, err := strconv.ParseInt(v.text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != v.text {
		s.i = start
		s.syntax("a whole number without quotation marks")
	}
	low, high := f.numbers()
	if n < low || n > high {
		s.fault(v.text+" is out of bounds", strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
	} else if f.Words == Phrases && s.a != nil && phraseOf(s.a, int(n)) == nil {
		s.fault("the agreement has no sentence "+v.text, "the number of one of its phrasebook: "+phraseNumbers(s.a))
	}
}

func (s *scanner) truth() string {
	for _, word := range []string{"true", "false"} {
		if strings.HasPrefix(string(s.b[s.i:min(len(s.b), s.i+5)]), word) {
			s.i += len(word)
			return word
		}
	}
	s.syntax("true or false, without quotation marks")
	return ""
}

// str reads a string and halts where encoding/json would spell it otherwise.
func (s *scanner) str() string {
	s.take('"', "a string in quotation marks")
	start := s.i
	var decoded []byte // nil as long as nothing was escaped
	for {
		if s.i == len(s.b) {
			s.syntax("a quotation mark that closes the string")
		}
		c := s.b[s.i]
		switch {
		case c == '"':
			out := string(s.b[start:s.i])
			if decoded != nil {
				out = string(append(decoded, out...))
			}
			s.i++
			if !utf8.ValidString(out) {
				s.syntax("UTF-8")
			}
			return out
		case c == '\\':
			decoded = append(decoded, s.b[start:s.i]...)
			r, n := escaped(s.b[s.i:])
			if n == 0 {
				s.syntax(`no escape but \" \\ \n and \t, and no control character`)
			}
			decoded = utf8.AppendRune(decoded, r)
			s.i += n
			start = s.i
		case c < 0x20:
			s.syntax("no control character in a string")
		case c == 0xe2 && s.i+2 < len(s.b) && s.b[s.i+1] == 0x80 && s.b[s.i+2]&^1 == 0xa8:
			s.syntax(`the separators of lines and paragraphs escaped, as \u2028 and \u2029`)
		default:
			s.i++
		}
	}
}

// escaped reads one of the escapes that encoding/json writes, without HTML ones;
// those of control characters are left out, since no field takes any.
func escaped(b []byte) (r rune, n int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\':
		return rune(b[1]), 2
	case 'n':
		return '\n', 2
	case 't':
		return '\t', 2
	case 'u':
		if len(b) >= 6 {
			switch string(b[2:6]) {
			case "2028":
				return '\u2028', 6
			case "2029":
				return '\u2029', 6
			}
		}
	}
	return 0, 0
}

func names(fields []Field) string {
	list := make([]string, len(fields))
	for i := range fields {
		list[i] = fields[i].Name
	}
	return strings.Join(list, ", ")
}

// Check holds content against the form: strictly, in one spelling, bounded. With
// an agreement the words of the agreement are checked too; both sides check with
// the text in force at the message's place. Errors are parley.Invalid and wrap
// Faults. FORM-3
func (f *Form) Check(raw json.RawMessage, a *agreement.Agreement) error {
	_, faults := f.read(raw, a)
	return faults.err(f.Name())
}
