package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"parley.example/parley/agreement"
)

// Fill spells content from what a person gave: flags, fields of a page, or a JSON
// file. Strings are read by the type of their field; a free text without a
// language is in the first working language of the agreement, or in English. What
// Fill returns passes Check with the same agreement. Errors are parley.Invalid
// and wrap Faults, one for each field that does not fit.
func (f *Form) Fill(values map[string]any, a *agreement.Agreement) (json.RawMessage, error) {
	return f.FillIn("", values, a)
}

// FillIn is Fill where free text without a language is in the one given.
func (f *Form) FillIn(language string, values map[string]any, a *agreement.Agreement) (json.RawMessage, error) {
	if language == "" {
		language = firstLanguage(a)
	}
	w := &writer{a: a, language: language}
	if !w.object(f.Fields, values) {
		w.b.WriteString("{}")
	}
	raw := json.RawMessage(w.b.Bytes())
	_, faults := f.read(raw, a)
	for _, x := range faults { // what could not be written is missing, too: say the first only
		if len(w.faults) < MaxFaults && len(w.faults.Of(x.Field)) == 0 {
			w.faults = append(w.faults, x)
		}
	}
	if err := w.faults.err(f.Name()); err != nil {
		return nil, err
	}
	return slices.Clone(raw), nil
}

func firstLanguage(a *agreement.Agreement) string {
	switch {
	case a == nil:
		return "en"
	case len(a.Language.Working) > 0:
		return a.Language.Working[0]
	}
	return a.Language.Authentic[0]
}

// writer spells values in the order of the form.
type writer struct {
	b        bytes.Buffer
	a        *agreement.Agreement
	language string
	path     []string
	faults   Faults
}

func (w *writer) fault(what, want string) {
	if len(w.faults) < MaxFaults {
		w.faults = append(w.faults, Fault{strings.Join(w.path, "."), what, want})
	}
}

// object writes the members that have a value; false and nothing where none has.
func (w *writer) object(fields []Field, values map[string]any) bool {
	start, n := w.b.Len(), 0
	w.b.WriteByte('{')
	for i := range fields {
		f := &fields[i]
		before := w.b.Len()
		if n > 0 {
			w.b.WriteByte(',')
		}
		fmt.Fprintf(&w.b, "%q:", f.Name)
		w.path = append(w.path, f.Name)
		var slots []Field
		if f.Type == Slots {
			slots = w.slotFields(fields, values)
		}
		if w.member(f, values[f.Name], slots) {
			n++
		} else {
			w.b.Truncate(before)
		}
		w.path = w.path[:len(w.path)-1]
	}
	var unknown []string
	for name := range values {
		if !slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name }) {
			unknown = append(unknown, name)
		}
	}
	sort.Strings(unknown)
	for _, name := range unknown {
		w.path = append(w.path, name)
		w.fault("no field of this form", "one of "+names(fields))
		w.path = w.path[:len(w.path)-1]
	}
	if n == 0 {
		w.b.Truncate(start)
		return false
	}
	w.b.WriteByte('}')
	return true
}

// member writes a field's value or values, or says that there is none.
func (w *writer) member(f *Field, given any, slots []Field) bool {
	if isNothing(given) {
		return false
	}
	if !f.List {
		if list, ok := asList(given); ok {
			if len(list) != 1 {
				w.fault(strconv.Itoa(len(list))+" values", "one: this field is no list")
				return false
			}
			given = list[0]
		}
		return w.one(f, given, slots)
	}
	start, n := w.b.Len(), 0
	w.b.WriteByte('[')
	for i, v := range f.values(given) {
		if isNothing(v) {
			continue
		}
		before := w.b.Len()
		if n > 0 {
			w.b.WriteByte(',')
		}
		w.path = append(w.path, strconv.Itoa(i))
		if w.one(f, v, nil) {
			n++
		} else {
			w.b.Truncate(before)
		}
		w.path = w.path[:len(w.path)-1]
	}
	if n == 0 {
		w.b.Truncate(start)
		return false
	}
	w.b.WriteByte(']')
	return true
}

func (w *writer) one(f *Field, given any, slots []Field) bool {
	switch f.Type {
	case Group, Slots:
		m, ok := given.(map[string]any)
		if !ok {
			w.fault("no group of fields", "fields such as "+strings.Join(w.path, ".")+"."+firstName(f.Fields, slots))
			return false
		}
		if f.Type == Slots {
			return w.object(slots, m)
		}
		return w.object(f.Fields, m)
	case Text:
		return w.text(given)
	}
	s, err := scalar(given)
	if err == nil {
		s, err = f.normal(s)
	}
	if err != nil {
		w.fault(err.Error(), f.describe())
		return false
	}
	switch {
	case s == "":
		return false
	case f.Type == Number, f.Type == ASN, f.Type == Bool:
		w.b.WriteString(s)
	default:
		w.string(s)
	}
	return true
}

// text writes a free text, from an object or from the text alone.
func (w *writer) text(given any) bool {
	language := w.language
	if m, ok := given.(map[string]any); ok {
		if l, ok := m["language"]; ok && !isNothing(l) {
			language, _ = scalar(l)
		}
		for name := range m {
			if name != "language" && name != "text" {
				w.fault(quote(name)+" is no member of a text", "language and text")
			}
		}
		given = m["text"]
	}
	if isNothing(given) {
		return false
	}
	s, err := scalar(given)
	if err != nil {
		w.fault(err.Error(), "a text")
		return false
	}
	s = strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n ")
	if s == "" {
		return false
	}
	w.b.WriteString(`{"language":`)
	w.string(language)
	w.b.WriteString(`,"text":`)
	w.string(s)
	w.b.WriteByte('}')
	return true
}

// string writes s as encoding/json does without HTML escapes. Octets that are no
// UTF-8 come out as they are, for Check to refuse: nothing is replaced silently.
func (w *writer) string(s string) {
	if strings.ToValidUTF8(s, "") != s {
		w.b.WriteString(`"` + s + `"`)
		return
	}
	e := json.NewEncoder(&w.b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string and a buffer
	}
	w.b.Truncate(w.b.Len() - 1) // the newline
}

// slotFields are those of the sentence that the values name by its number.
func (w *writer) slotFields(fields []Field, values map[string]any) []Field {
	if w.a == nil {
		return nil
	}
	for i := range fields {
		if fields[i].Words == Phrases {
			s, _ := scalar(values[fields[i].Name])
			if n, err := strconv.Atoi(s); err == nil {
				if p := phraseOf(w.a, n); p != nil {
					return SlotFields(p)
				}
			}
		}
	}
	return nil
}

func firstName(lists ...[]Field) string {
	for _, fields := range lists {
		if len(fields) > 0 {
			return fields[0].Name
		}
	}
	return "name"
}

// scalar is a string, number or bool as text.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case int64:
		return strconv.FormatInt(v, 10), nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return strconv.FormatInt(int64(v), 10), nil
		}
		return "", errors.New(strconv.FormatFloat(v, 'g', -1, 64) + " is no whole number")
	case fmt.Stringer:
		return v.String(), nil
	}
	return "", errors.New("no single value")
}

// isNothing: an empty value is none. FORM-3
func isNothing(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	case []string:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
