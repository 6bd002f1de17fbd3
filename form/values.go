package form

import (
	"bytes"
	"encoding/json"
	"io"

	"parley.example/parley"
)

// Values reads what a person wrote as JSON into what Fill takes: any order of
// members and any spelling, but no member twice in one object. Errors are parley.Invalid.
func Values(raw []byte) (map[string]any, error) {
	if len(raw) > 4*MaxContent {
		return nil, parley.E(parley.Invalid, "%d octets: want at most %d", len(raw), 4*MaxContent)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	v, err := readValue(d, 0)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = parley.E(parley.Invalid, "more follows after the object")
		}
	}
	if err != nil {
		return nil, parley.E(parley.Invalid, "not a JSON object of fields: %w", err).WithHint("`parley form fill KIND` makes one to begin with")
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, parley.E(parley.Invalid, "no JSON object: want the fields of a form in braces")
	}
	return m, nil
}

func readValue(d *json.Decoder, depth int) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := token.(json.Delim)
	switch {
	case !ok:
		return token, nil
	case depth == 8:
		return nil, parley.E(parley.Invalid, "nested too deep")
	case delim == '[':
		list := []any{}
		for d.More() {
			v, err := readValue(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	m := map[string]any{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		s, _ := name.(string)
		if _, twice := m[s]; twice {
			return nil, parley.E(parley.Invalid, "the member %s stands twice", quote(s))
		}
		if m[s], err = readValue(d, depth+1); err != nil {
			return nil, err
		}
	}
	_, err = d.Token()
	return m, err
}

// Blank is an empty form to be filled in: every field in its order, one element
// in each list, nothing in any. Fill takes what is left empty as not given.
func (f *Form) Blank(language string) json.RawMessage {
	var b bytes.Buffer
	blank(&b, f.Fields, language, "")
	b.WriteByte('\n')
	return b.Bytes()
}

func blank(b *bytes.Buffer, fields []Field, language, indent string) {
	b.WriteString("{")
	for i := range fields {
		f := &fields[i]
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("\n" + indent + "  \"" + f.Name + "\": ")
		if f.List {
			b.WriteByte('[')
		}
		switch f.Type {
		case Text:
			b.WriteString(`{"language": "` + language + `", "text": ""}`)
		case Group:
			blank(b, f.Fields, language, indent+"  ")
		case Slots:
			b.WriteString("{}")
		case Number, ASN, Bool:
			b.WriteString("null")
		default:
			b.WriteString(`""`)
		}
		if f.List {
			b.WriteByte(']')
		}
	}
	b.WriteString("\n" + indent + "}")
}
