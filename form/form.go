package form

import (
	"encoding/json"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// MaxContent bounds the octets of the content of a message that has a form. FORM-2
const MaxContent = 48 << 10

// Form is what one kind (and step) of message says. A Form is never changed
// after the package was initialised; it may be read from several goroutines.
type Form struct {
	Kind        parley.Kind
	Step        string // a word of the kind such as offer; "" where the kind has none. FORM-1
	Version     int
	Place       Place
	Title, Help agreement.Texts
	Fields      []Field    // the order is that of the members. FORM-3
	Some        [][]string // of the fields of each list at least one is given. FORM-13

	// Rule is what no condition of a field can say, asked of content that fits
	// otherwise; it is pure and linear. Nil: nothing. FORM-13
	Rule func(raw json.RawMessage) Faults
}

// Place says where in a thread a message of the form may stand.
type Place string

const (
	Opens   Place = "opens"   // it opens its thread
	Answers Place = "answers" // it names a thread, and the message that it answers
	Either  Place = "either"
)

// Type is how a field's value is written. FORM-5 to FORM-12
type Type string

const (
	Text      Type = "text"     // {"language":"en","text":"..."}: lines of free text, marked with its language
	Line      Type = "line"     // one line that no language owns: a name, a title, a number of a file
	Language  Type = "language" // the tag of a language: en, ru, zh-hans
	Word      Type = "word"     // lower-case letters and digits, dots and hyphens between them
	OneOf     Type = "choice"   // a word of Choices
	Term      Type = "term"     // a word of the agreement's list that Words names
	Time      Type = "time"     // 2027-01-31T09:00:00Z
	Date      Type = "date"     // 2027-01-31
	Number    Type = "number"   // a whole number, Min to Max
	Bool      Type = "bool"     // true or false; left out: not said
	Party     Type = "party"    // aster.example
	Body      Type = "body"     // aster.example/cert
	Message   Type = "message"  // the id of a message: 64 hex digits
	Network   Type = "network"  // an address or a prefix: 192.0.2.7, 2001:db8::/32
	ASN       Type = "asn"      // the number of an autonomous system
	Domain    Type = "domain"   // a host name in its ASCII form
	Length    Type = "length"   // a duration as agreements write them: 72 hours, 3 working days
	PlaceName Type = "place"    // the name of a place, one line
	Group     Type = "group"    // a value that has Fields of its own
	Slots     Type = "slots"    // the values of a sentence of the phrasebook; its number stands before it
)

// Field is one member of the content.
type Field struct {
	Name        string // the JSON member, the flag, the HTML name: a word
	Type        Type
	Required    bool
	List        bool // a JSON array of Type, Least to Most of them, none twice
	Least, Most int  // of a list; 0 stands for 1 and for DefaultMost
	Min, Max    int  // Max: octets of Text, Line and PlaceName; Min and Max: of a Number. 0 stands for the type's own bound
	Title, Help agreement.Texts
	Choices     []Choice
	Words       string     // Term: a name that Lists knows. Party and Body: Members, or "" for anybody. Number: Phrases
	Fields      []Field    // of a Group
	Hidden      bool       // a secret: Read says that it is there, and not what it is
	Some        [][]string // of a Group, as in Form

	// Conditions on fields beside this one. FORM-13
	NeededWhen *If      // it is owed when this holds
	OnlyWhen   *If      // it is refused unless this holds
	NotWith    []string // it is refused where one of these is given
	After      string   // a Time or Date later than that of this field, where both are given
	NotBefore  string   // as After; the same instant will do
}

// If holds where the field is given and, where Is lists words, has one of them.
type If struct {
	Field string
	Is    []string
}

// Choice is a word of a form itself.
type Choice struct {
	ID    string
	Title agreement.Texts
}

// DefaultMost is how many values a list may have whose field does not say. FORM-4
const DefaultMost = 64

// Find gives the form of a kind, step and version. FORM-1
func Find(kind parley.Kind, step string, version int) (*Form, bool) {
	f, ok := forms[key{kind, step, version}]
	return f, ok
}

// Known reports whether a kind has forms in a version. Content of such a kind
// fits the form of its step, or it is no content. JUDGE-19
func Known(kind parley.Kind, version int) bool {
	for k := range forms {
		if k.kind == kind && k.version == version {
			return true
		}
	}
	return false
}

// All lists every form, by kind in the order of the table, then in that of the kind's own file.
func All() []*Form { return slices.Clone(list) }

// Of lists the forms of one kind in a version.
func Of(kind parley.Kind, version int) []*Form {
	var some []*Form
	for _, f := range list {
		if f.Kind == kind && f.Version == version {
			some = append(some, f)
		}
	}
	return some
}

// Name is the kind and, after a dot, the step: what commands and pages call the form.
func (f *Form) Name() string {
	if f.Step == "" {
		return string(f.Kind)
	}
	return string(f.Kind) + "." + f.Step
}

// Field finds a field by its name.
func (f *Form) Field(name string) (*Field, bool) {
	i := slices.IndexFunc(f.Fields, func(x Field) bool { return x.Name == name })
	if i < 0 {
		return nil, false
	}
	return &f.Fields[i], true
}

// most and least are the bounds of a list. FORM-4
func (f *Field) most() int  { return or(f.Most, DefaultMost) }
func (f *Field) least() int { return or(f.Least, 1) }

// octets is the bound of a text by its type. FORM-5
func (f *Field) octets() int {
	switch f.Type {
	case Text:
		return or(f.Max, parley.MaxText)
	case PlaceName:
		return or(f.Max, 100)
	}
	return or(f.Max, 200)
}

// numbers are the bounds of a number. FORM-8
func (f *Field) numbers() (low, high int64) {
	if f.Type == ASN {
		return 1, 1<<32 - 1
	}
	return int64(f.Min), int64(or(f.Max, 1<<53-1))
}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
