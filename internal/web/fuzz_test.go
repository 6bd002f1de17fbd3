package web

import (
	"bytes"
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzReadDraft: whatever comes in as a compose form gives a draft or an error,
// and a file's name is never a path.
func FuzzReadDraft(f *testing.F) {
	body, kind := browserForm(nonce, map[string]string{"../../x": "content"}, good...)
	f.Add(body.Bytes())
	f.Add(bytes.ReplaceAll(body.Bytes(), []byte("text"), []byte("to")))
	f.Add([]byte("--" + boundary + "--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		r := httptest.NewRequest("POST", "/compose", bytes.NewReader(raw))
		r.Header.Set("Content-Type", kind)
		d, err := readDraft(r)
		if err != nil {
			if message, _ := told(err); message == "" {
				t.Errorf("an error that cannot be told: %v", err)
			}
			return
		}
		if d.Nonce.IsZero() || len(d.To) == 0 || !utf8.ValidString(d.Text) {
			t.Errorf("draft %+v", d)
		}
		if d.Files == nil {
			return
		}
		for u, err := range d.Files {
			if err != nil {
				return
			}
			if strings.ContainsAny(u.Name, "/\\\x00\n") || u.Name == "" || u.Name == ".." || len(u.Name) > 255 {
				t.Errorf("file name %q", u.Name)
			}
			if _, err := io.Copy(io.Discard, u.Content); err != nil {
				return
			}
		}
	})
}
