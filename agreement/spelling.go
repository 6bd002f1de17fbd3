package agreement

import (
	"bytes"
	"encoding/json"

	"parley.example/parley"
)

// FormatContent is the one spelling of a SwitchContent or NoteContent: without
// space and without HTML escapes. ENTRY-19
func FormatContent(content any) (json.RawMessage, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(content); err != nil {
		return nil, parley.E(parley.Internal, "content: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
