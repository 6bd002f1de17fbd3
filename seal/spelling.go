package seal

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"parley.example/parley"
)

// encode is the one spelling of v: no space, no HTML escapes, no newline at the end. ENTRY-19
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// decode reads b into v and accepts only the one spelling: what v encodes to
// must be b again. That refuses duplicate, unknown and mis-cased members, null,
// space, other number forms, other escapes and bad UTF-8 at once. ENTRY-19
func decode(b []byte, v any, what string) error {
	if !utf8.Valid(b) {
		return parley.E(parley.Invalid, "%s: not UTF-8", what)
	}
	if err := json.Unmarshal(b, v); err != nil {
		return parley.E(parley.Invalid, "%s: not the JSON that ENTRY-19 describes: %w", what, err)
	}
	if n, ok := v.(interface{ normal() }); ok {
		n.normal()
	}
	again, err := encode(v)
	if err != nil {
		return parley.E(parley.Invalid, "%s: %w", what, err)
	}
	if !bytes.Equal(again, b) {
		i := 0
		for i < len(b) && i < len(again) && b[i] == again[i] {
			i++
		}
		return parley.E(parley.Invalid, "%s: not in its one spelling, from octet %d on", what, i)
	}
	return nil
}
