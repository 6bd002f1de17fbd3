package form

import (
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// At is the field at a path such as impact.users or routes.1.address. FORM-17
func (f *Form) At(path string) (*Field, bool) {
	fields := f.Fields
	var at *Field
	for part := range strings.SplitSeq(path, ".") {
		if at != nil && at.List {
			if n, err := strconv.Atoi(part); err == nil && n >= 0 && n < at.most() && strconv.Itoa(n) == part {
				continue
			}
		}
		i := -1
		for j := range fields {
			if fields[j].Name == part {
				i = j
			}
		}
		if i < 0 {
			return nil, false
		}
		at = &fields[i]
		fields = at.Fields
	}
	return at, at != nil
}

// Takes holds one value, as a correction writes it, against the field at a path.
// Errors are parley.Invalid and say what would be right. FORM-17
func (f *Form) Takes(path, value string, a *agreement.Agreement) error {
	at, ok := f.At(path)
	if !ok {
		return parley.E(parley.Invalid, "%s has no field %s", f.Name(), quote(path)).WithHint("`parley form show %s` lists its fields", f.Name())
	}
	what, want := "", ""
	switch at.Type {
	case Group, Slots:
		what, want = "a group of fields", "the path of one of "+names(at.Fields)
	case Number, ASN:
		low, high := at.numbers()
		if n, err := strconv.ParseInt(value, 10, 64); err != nil || strconv.FormatInt(n, 10) != value || n < low || n > high {
			what, want = quote(value)+" does not fit", "a whole number, "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10)
		}
	case Bool:
		if value != "true" && value != "false" {
			what, want = quote(value)+" does not fit", "true or false"
		}
	default:
		what, want = at.fits(value, a)
	}
	if what != "" {
		return parley.E(parley.Invalid, "%s: %s: want %s", path, what, want)
	}
	return nil
}

// Gist is what content says in a few words, for lists: the sentence of a phrase,
// else its first free text, else the title of its form.
func (f *Form) Gist(raw []byte, a *agreement.Agreement, languages ...string) string {
	if f.Kind == parley.KindPhrase {
		if s, _, ok := Say(raw, a, languages...); ok {
			return s
		}
	}
	values, faults := f.read(raw, a)
	if len(faults) == 0 {
		if s := firstText(values); s != "" {
			return s
		}
	}
	return Pick(f.Title, languages...)
}

func firstText(values []value) string {
	for i := range values {
		v := &values[i]
		switch {
		case !v.given():
		case v.field.Type == Text && !v.field.List:
			return v.text
		default:
			if s := firstText(v.kids); s != "" {
				return s
			}
		}
	}
	return ""
}
