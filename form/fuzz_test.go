package form_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"parley.example/parley/form"
	"parley.example/parley/internal/vectors"
)

// FuzzCheck: what passes is what encoding/json spells, member by member; what a
// person would read of it can be filled in again and gives the same octets.
func FuzzCheck(f *testing.F) {
	a := law(f)
	for _, seed := range []string{full, least, `{"number":1}`, phrase2, `{"into":"ru","machine":false,"texts":[{"field":"text","text":{"language":"ru","text":"x"}}]}`, `{"changes":[{"field":"began","value":"2027-01-31T09:00:00Z"}]}`} {
		for i := range len(form.All()) + 1 {
			f.Add(i, []byte(seed))
		}
	}
	list, err := vectors.Read(vectorDir)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		for i, x := range form.All() {
			if v.Get("of") == string(x.Kind) && v.Get("step") == x.Step {
				f.Add(i, v.Body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which int, raw []byte) {
		x := every
		if all := form.All(); which >= 0 && which < len(all) {
			x = all[which]
		}
		if x.Check(raw, a) != nil {
			return
		}
		if x.Check(raw, nil) != nil {
			t.Fatalf("%s: an agreement makes right what is wrong without one: %s", x.Name(), raw)
		}
		var again bytes.Buffer
		respell(t, json.NewDecoder(bytes.NewReader(raw)), &again)
		if !bytes.Equal(again.Bytes(), raw) {
			t.Fatalf("two spellings:\n%s\n%s", raw, again.Bytes())
		}
		if x.Read(raw, a, "ru") == nil {
			t.Fatal("what passes cannot be read")
		}
		var values map[string]any
		if err := json.Unmarshal(raw, &values); err != nil {
			t.Fatal(err)
		}
		if filled, err := x.Fill(values, a); err == nil && !bytes.Equal(filled, raw) && !spaced(values) {
			t.Fatalf("filled in again:\n%s\n%s", raw, filled)
		}
	})
}

// respell writes tokens as encoding/json spells them, in the order in which they came.
func respell(t *testing.T, d *json.Decoder, b *bytes.Buffer) {
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		t.Fatal(err)
	}
	delim, ok := token.(json.Delim)
	if !ok {
		e := json.NewEncoder(b)
		e.SetEscapeHTML(false)
		if err := e.Encode(token); err != nil {
			t.Fatal(err)
		}
		b.Truncate(b.Len() - 1)
		return
	}
	b.WriteString(delim.String())
	for n := 0; d.More(); n++ {
		if n > 0 {
			b.WriteByte(',')
		}
		if delim == '{' {
			respell(t, d, b)
			b.WriteByte(':')
		}
		respell(t, d, b)
	}
	if token, err = d.Token(); err != nil {
		t.Fatal(err)
	}
	b.WriteString(token.(json.Delim).String())
}

// spaced reports whether some value would be trimmed: filling in is for people.
func spaced(v any) bool {
	switch v := v.(type) {
	case string:
		return string(bytes.TrimRight([]byte(v), "\n ")) != v || len(bytes.TrimSpace([]byte(v))) == 0
	case map[string]any:
		for _, x := range v {
			if spaced(x) {
				return true
			}
		}
	case []any:
		for _, x := range v {
			if spaced(x) {
				return true
			}
		}
	}
	return false
}
