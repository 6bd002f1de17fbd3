package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"parley.example/parley"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed static/*
var staticFiles embed.FS

// views are the parsed templates of one language. Read-only after parsing.
type views struct {
	catalogue *Catalogue
	pages     map[string]*template.Template // by file name without .html
}

// shared are the files that every page can use.
var shared = []string{"frame.html", "parts.html", "fields.html", "matter.html"}

func parseViews(c *Catalogue, zone *time.Location, assets assets) (*views, error) {
	base := template.New("").Funcs(funcs(c, zone, assets))
	for _, name := range shared {
		if err := addTemplate(base, name); err != nil {
			return nil, err
		}
	}
	names, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil {
		return nil, err
	}
	v := &views{catalogue: c, pages: map[string]*template.Template{}}
	for _, name := range names {
		name = path.Base(name)
		if slices.Contains(shared, name) {
			continue
		}
		page, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if err := addTemplate(page, name); err != nil {
			return nil, err
		}
		v.pages[strings.TrimSuffix(name, ".html")] = page
	}
	return v, nil
}

func addTemplate(t *template.Template, name string) error {
	raw, err := templateFiles.ReadFile("templates/" + name)
	if err != nil {
		return err
	}
	if _, err := t.New(name).Parse(string(raw)); err != nil {
		return fmt.Errorf("template %s: %w", name, err)
	}
	return nil
}

// render writes a whole page or, where the template fails, nothing of it.
func (v *views) render(w http.ResponseWriter, status int, name string, page any) error {
	t, ok := v.pages[name]
	if !ok {
		return parley.E(parley.Internal, "no template %s", name)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "frame.html", page); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(b.Len()))
	w.WriteHeader(status)
	_, err := w.Write(b.Bytes())
	return err
}

// funcs is what templates may call. All text comes from the catalogue.
func funcs(c *Catalogue, zone *time.Location, assets assets) template.FuncMap {
	return template.FuncMap{
		"t":       c.Text,
		"label":   c.label,
		"has":     c.Has,
		"moment":  func(t time.Time) Moment { return newMoment(t, zone) },
		"zone":    func(t time.Time) int { _, s := t.In(zone).Zone(); return s / 60 },
		"size":    func(n int64) string { return sizeText(c, n) },
		"span":    func(d time.Duration) string { return spanText(c, d) },
		"until":   func(from, to time.Time) time.Duration { return to.Sub(from) },
		"asset":   assets.path,
		"path":    url.PathEscape, // an id may be a reference with a slash in it
		"inc":     func(n int) int { return n + 1 },
		"dict":    dict,
		"contact": contactPath,
	}
}

// dict passes several values to a shared part: name, value, name, value.
func dict(pairs ...any) (map[string]any, error) {
	m := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: name %v", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// Moment is an instant as people read it: in the desk's zone and in UTC.
type Moment struct {
	Zero    bool
	Machine string // RFC 3339, UTC
	Date    string // in the desk's zone
	Time    string // in the desk's zone
	Zone    string // its offset, such as UTC+1; empty where the zone is UTC
	UTC     string // time, and the date where it differs
}

func newMoment(t time.Time, zone *time.Location) Moment {
	if t.IsZero() {
		return Moment{Zero: true}
	}
	t = t.UTC()
	local := t.In(zone)
	m := Moment{Machine: t.Format(time.RFC3339), Date: local.Format("2006-01-02"), Time: local.Format("15:04:05"), UTC: t.Format("15:04:05")}
	if _, offset := local.Zone(); offset != 0 {
		m.Zone = fmt.Sprintf("UTC%+d", offset/3600)
		if rest := offset % 3600 / 60; rest != 0 {
			m.Zone += fmt.Sprintf(":%02d", max(rest, -rest))
		}
	}
	if d := t.Format("2006-01-02"); d != m.Date {
		m.UTC = d + " " + m.UTC
	}
	return m
}

func sizeText(c *Catalogue, n int64) string {
	switch {
	case n < 0:
		return ""
	case n < 1<<10:
		return c.Text("unit.b", n)
	case n < 1<<20:
		return c.Text("unit.kib", tenths(n, 1<<10))
	case n < 1<<30:
		return c.Text("unit.mib", tenths(n, 1<<20))
	}
	return c.Text("unit.gib", tenths(n, 1<<30))
}

func tenths(n, unit int64) string {
	return strings.TrimSuffix(strconv.FormatFloat(float64(n)/float64(unit), 'f', 1, 64), ".0")
}

// spanText is a duration in its two largest units; the sign is kept.
func spanText(c *Catalogue, d time.Duration) string {
	sign := ""
	if d < 0 && d > -time.Millisecond {
		d = 0
	}
	if d < 0 {
		sign, d = "−", -d
	}
	switch {
	case d < time.Second:
		return sign + c.Text("span.ms", d.Milliseconds())
	case d < time.Minute:
		return sign + c.Text("span.s", int(d.Seconds()))
	case d < time.Hour:
		return sign + c.Text("span.min", int(d.Minutes()))
	case d < 48*time.Hour:
		return sign + c.Text("span.h", int(d.Hours()), int(d.Minutes())%60)
	}
	return sign + c.Text("span.d", int(d.Hours())/24, int(d.Hours())%24)
}

// assets are the static files under names that change with their content, so
// that a browser may keep them for ever.
type assets struct {
	byName map[string]string // desk.css -> /static/<hash>/desk.css
	byPath map[string][]byte
}

func loadAssets() (assets, error) {
	a := assets{map[string]string{}, map[string][]byte{}}
	files, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		return a, err
	}
	for _, f := range files {
		raw, err := staticFiles.ReadFile("static/" + f.Name())
		if err != nil {
			return a, err
		}
		sum := sha256.Sum256(raw)
		p := "/static/" + hex.EncodeToString(sum[:8]) + "/" + f.Name()
		a.byName[f.Name()], a.byPath[p] = p, raw
	}
	return a, nil
}

func (a assets) path(name string) (string, error) {
	p, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no static file %s", name)
	}
	return p, nil
}

var assetTypes = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml"}

func (a assets) serve(w http.ResponseWriter, r *http.Request) error {
	raw, ok := a.byPath[r.URL.Path]
	if !ok {
		return parley.E(parley.NotFound, "no such file")
	}
	w.Header().Set("Content-Type", assetTypes[path.Ext(r.URL.Path)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, err := w.Write(raw)
	return err
}

// fileName makes what a browser or a counterpart calls a file fit for a header
// and a disk: the last part of a path, without control characters, at most 255 octets.
func fileName(s string) string {
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return -1 // controls, and those that turn text around
		}
		return r
	}, s)
	for len(s) > 255 {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	if s == "" || s == "." || s == ".." {
		return "file"
	}
	return s
}
