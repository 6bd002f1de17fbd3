package web

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"parley.example/parley"
	kindform "parley.example/parley/form"
)

// fieldPrefix marks the fields of a form among those of sending.
const fieldPrefix = "f."

// readFormDraft reads the fields of a page's form up to the first file. What was
// read stays in d also where there is an error, so that the page can show it again.
func readFormDraft(r *http.Request, d *FormDraft) error {
	d.Fields = map[string]any{}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return parley.E(parley.Invalid, "the form is not one of this desk")
	}
	flat := map[string][]string{}
	parts := &formParts{Reader: multipart.NewReader(r.Body, params["boundary"])}
	for total := 0; ; {
		part, err := parts.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		name := part.FormName()
		if name == "file" {
			d.Files = parts.files(part)
			break
		}
		raw, err := io.ReadAll(io.LimitReader(part, kindform.MaxContent+1))
		if err != nil {
			return parts.broken(err)
		}
		if total += len(raw); total > 2*kindform.MaxContent || !utf8.Valid(raw) {
			return parley.E(parley.Invalid, "%.40s: want UTF-8 text, all fields together at most %d bytes", name, 2*kindform.MaxContent).WithHint("send a longer text as a file")
		}
		if field, ok := strings.CutPrefix(name, fieldPrefix); ok {
			if value := strings.ReplaceAll(string(raw), "\r\n", "\n"); strings.TrimSpace(value) != "" {
				flat[field] = append(flat[field], d.inUTC(field, value))
			}
			continue
		}
		if _, ok := d.Beside[name]; ok {
			d.Beside[name] = strings.TrimSpace(string(raw))
			continue
		}
		switch name {
		case "step":
			d.Step = string(raw)
			continue
		case "more":
			d.More = true
			continue
		}
		if err := d.setField(name, string(raw)); err != nil {
			return err
		}
	}
	d.Fields = kindform.Nest(flat)
	if d.Nonce.IsZero() {
		return parley.E(parley.Invalid, "the form is not one of this desk")
	}
	if f, ok := kindform.Find(d.Kind, d.Step, 1); ok {
		for name := range d.Fields {
			if !slices.ContainsFunc(f.Fields, func(x kindform.Field) bool { return x.Name == name }) {
				return parley.E(parley.Invalid, "the form has no field %.40q", name)
			}
		}
	}
	return nil
}

// inUTC gives an instant that a browser's own control wrote, which has no zone, that
// of the label beside it.
func (d *FormDraft) inUTC(field, value string) string {
	if f, ok := kindform.Find(d.Kind, d.Step, 1); ok {
		at, ok := f.At(field)
		slot := d.Kind == parley.KindPhrase && strings.HasPrefix(field, "values.")
		if _, err := time.Parse("2006-01-02T15:04", value); err == nil && (slot || ok && at.Type == kindform.Time && !at.List) {
			return value + "Z"
		}
	}
	return value
}
