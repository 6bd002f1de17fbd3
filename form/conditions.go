package form

import "strings"

// conditions holds what was read of a form or group against what its fields say
// of each other. FORM-13
func (s *scanner) conditions(fields []Field, values []value, some [][]string) {
	for i := range fields {
		f, v := &fields[i], &values[i]
		if !v.given() {
			s.missing(f, fields, values)
			continue
		}
		if f.OnlyWhen != nil && !f.OnlyWhen.holds(fields, values) {
			s.faultAt(f.Name, "does not belong here", "it left out, since it is for "+f.OnlyWhen.String()+" only")
		}
		for _, other := range f.NotWith {
			if o := find(fields, values, other); o != nil && o.given() {
				s.faultAt(f.Name, "stands together with "+other, "one of both")
			}
		}
		if o := find(fields, values, f.After); o != nil && o.given() && v.text <= o.text {
			s.faultAt(f.Name, "not after "+f.After, "a time later than "+o.text)
		}
		if o := find(fields, values, f.NotBefore); o != nil && o.given() && v.text < o.text {
			s.faultAt(f.Name, "before "+f.NotBefore, "a time not before "+o.text)
		}
	}
	for _, list := range some {
		given := false
		for _, name := range list {
			o := find(fields, values, name)
			given = given || o != nil && o.given()
		}
		if !given {
			s.faultAt(list[0], "missing", "at least one of "+strings.Join(list, ", "))
		}
	}
}

func (s *scanner) missing(f *Field, fields []Field, values []value) {
	switch {
	case f.Required:
		s.faultAt(f.Name, "missing", f.describe())
	case f.NeededWhen != nil && f.NeededWhen.holds(fields, values):
		s.faultAt(f.Name, "missing", f.describe()+", since it is required for "+f.NeededWhen.String())
	case f.Type == Slots:
		if owed := s.slotFields(values); len(owed) > 0 {
			s.faultAt(f.Name, "missing", "a value for each slot of the sentence: "+names(owed))
		}
	}
}

// noneTwice refuses a value that stands twice in a list of single values. FORM-4
func (s *scanner) noneTwice(f *Field, kids []value) {
	if f.Type == Group || f.Type == Text {
		return
	}
	seen := make(map[string]bool, len(kids))
	for i := range kids {
		if seen[kids[i].text] {
			s.fault(quote(kids[i].text)+" stands twice", "each value once")
		}
		seen[kids[i].text] = true
	}
}

func (c *If) holds(fields []Field, values []value) bool {
	v := find(fields, values, c.Field)
	if v == nil || !v.given() {
		return false
	}
	for _, word := range c.Is {
		if v.text == word {
			return true
		}
	}
	return len(c.Is) == 0
}

func (c *If) String() string {
	if len(c.Is) == 0 {
		return "a given " + c.Field
	}
	return c.Field + " " + strings.Join(c.Is, " or ")
}

func find(fields []Field, values []value, name string) *value {
	for i := range fields {
		if fields[i].Name == name {
			return &values[i]
		}
	}
	return nil
}

// Rules says what the field's conditions ask for, in English words: for the
// reference of a form. FORM-13
func (f *Field) Rules() []string {
	var list []string
	if f.NeededWhen != nil {
		list = append(list, "required for "+f.NeededWhen.String())
	}
	if f.OnlyWhen != nil {
		list = append(list, "only for "+f.OnlyWhen.String())
	}
	if len(f.NotWith) > 0 {
		list = append(list, "not with "+strings.Join(f.NotWith, ", "))
	}
	if f.After != "" {
		list = append(list, "after "+f.After)
	}
	if f.NotBefore != "" {
		list = append(list, "not before "+f.NotBefore)
	}
	return list
}

// describe says in a few words what a field takes.
func (f *Field) describe() string {
	what := map[Type]string{
		Text: "a text with its language", Line: "one line", Word: "a word", Language: "a language such as en", OneOf: "one of " + f.choices(),
		Term: "a word of the agreement's " + f.Words, Time: "an instant such as 2027-01-31T09:00:00Z", Date: "a day such as 2027-01-31",
		Number: "a whole number", Bool: "true or false", Party: "a party such as aster.example", Body: "a body such as aster.example/cert",
		Message: "the id of a message", Network: "an address or a prefix", ASN: "the number of an autonomous system",
		Domain: "a host name", Length: "a length such as 72 hours", PlaceName: "the name of a place", Group: names(f.Fields), Slots: "the values of the sentence",
	}[f.Type]
	if f.List {
		return "a list: " + what
	}
	return what
}
