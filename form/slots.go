package form

import (
	"strconv"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// slotText bounds the octets of a text in a sentence. FORM-12
const slotText = 1000

// slots reads the values of a sentence: one member for each of its slots, in the
// order in which the agreement lists them. Without an agreement nothing says
// which slots there are: then any object of strings, numbers and texts passes. FORM-12
func (s *scanner) slots(f *Field, v *value, beside []value) {
	if s.a == nil {
		s.anything()
		return
	}
	owed := s.slotFields(beside)
	if len(owed) == 0 {
		s.halt("no sentence that has slots", "no values, or the number of a sentence that takes them")
	}
	v.kids = s.object(owed, nil)
}

// slotFields are the fields of the sentence whose number was read; none where
// there is no agreement, no such sentence or no slot.
func (s *scanner) slotFields(beside []value) []Field {
	if s.a == nil {
		return nil
	}
	for i := range beside {
		if beside[i].given() && beside[i].field.Words == Phrases {
			n, err := strconv.Atoi(beside[i].text)
			if p := phraseOf(s.a, n); err == nil && p != nil {
				return SlotFields(p)
			}
		}
	}
	return nil
}

// SlotFields are the fields that a sentence's slots stand for. FORM-12
func SlotFields(p *agreement.Phrase) []Field {
	fields := make([]Field, len(p.Slots))
	for i, slot := range p.Slots {
		f := Field{Name: slot.Name, Type: Type(slot.Kind), Required: true, Title: agreement.Texts{"en": slot.Name}}
		if f.Type == Text {
			f.Max = slotText
		}
		fields[i] = f
	}
	return fields
}

// anything reads an object of strings, numbers and texts with their language.
func (s *scanner) anything() {
	s.take('{', "an object in braces")
	seen := map[string]bool{}
	for first := true; s.peek() != '}'; first = false {
		if !first {
			s.take(',', "a comma and the next member, or a brace that closes")
		}
		name := s.name()
		if !isWord(name) || seen[name] {
			s.halt(quote(name)+" is no word, or stands twice", "the names of the sentence's slots")
		}
		seen[name] = true
		s.take(':', "a colon and a value")
		var v value
		switch c := s.peek(); {
		case c == '{':
			s.text(&Field{Type: Text, Max: slotText}, &v)
		case c == '"':
			if !parley.IsLine(s.str(), MaxContent) {
				s.fault("the value of "+name+" does not fit", "one line without control characters")
			}
		default:
			s.number(&Field{Type: Number}, &v)
		}
	}
	s.i++
	if len(seen) == 0 {
		s.fault("empty", "the values of the sentence, or leave the field out")
	}
}

// WithSlots are a phrase's fields with those of the sentence that the values name
// in the place of its values: what a command or a page has to ask for. Where the
// agreement has no such sentence they are the form's own.
func WithSlots(f *Form, values map[string]any, a *agreement.Agreement) []Field {
	w := &writer{a: a}
	slots := w.slotFields(f.Fields, values)
	fields := make([]Field, len(f.Fields))
	for i, x := range f.Fields {
		if x.Type == Slots && len(slots) > 0 {
			x.Type, x.Fields = Group, slots
		}
		fields[i] = x
	}
	return fields
}
