package web

import (
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"text/template/parse"
	"time"
)

// pages is every template that is a page, with the struct that it is given.
var pages = map[string]any{
	"login": LoginPage{}, "again": AgainPage{}, "error": ErrorPage{},
	"inbox": InboxPage{}, "hotline": HotlinePage{}, "message": MessagePage{}, "thread": ThreadPage{}, "compose": ComposePage{},
	"lines": LinesPage{}, "alarms": AlarmsPage{}, "watch": WatchPage{}, "doctor": DoctorPage{},
	"incidents": IncidentsPage{}, "incident": IncidentPage{}, "notices": NoticesPage{}, "notice": NoticePage{},
	"vulnerabilities": VulnerabilitiesPage{}, "vulnerability": VulnerabilityPage{},
	"contacts": ContactsPage{}, "contact": ContactPage{}, "whose": WhosePage{}, "publish": PublishPage{},
	"requests": RequestsPage{}, "request": RequestPage{}, "ask": AskPage{},
	"forms": FormsPage{}, "form": FormPage{},
	"calls": CallsPage{}, "words": WordsPage{}, "checks": ChecksPage{},
	"review": ReviewPage{},
	"intels": IntelsPage{}, "intel": IntelPage{}, "quarantine": QuarantinePage{},
}

func loadViews(t *testing.T) *views {
	t.Helper()
	catalogues, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	assets, err := loadAssets()
	if err != nil {
		t.Fatal(err)
	}
	v, err := parseViews(catalogues["en"], time.UTC, assets)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestTemplatesFitTheirStructs walks every branch of every template and asks
// for each field whether the struct has it: also in branches that no test runs.
func TestTemplatesFitTheirStructs(t *testing.T) {
	v := loadViews(t)
	for name := range v.pages {
		if _, ok := pages[name]; !ok {
			t.Errorf("template %s has no page struct in this test", name)
		}
	}
	for name, page := range pages {
		tmpl, ok := v.pages[name]
		if !ok {
			t.Errorf("page %s has no template", name)
			continue
		}
		w := &walker{t: t, page: name, tmpl: tmpl, funcs: funcs(v.catalogue, time.UTC, assets{}), seen: map[string]bool{}}
		w.call("frame.html", reflect.TypeOf(page))
	}
}

// unknown is the type of what the walker cannot know, such as what dict holds.
var unknown = reflect.TypeFor[any]()

type walker struct {
	t     *testing.T
	page  string
	tmpl  *template.Template
	funcs template.FuncMap
	seen  map[string]bool // template and type that were walked
}

// scope is dot, $ and the variables at a place.
type scope struct {
	dot  reflect.Type
	vars map[string]reflect.Type
}

func (s scope) with(dot reflect.Type) scope {
	vars := map[string]reflect.Type{}
	for k, v := range s.vars {
		vars[k] = v
	}
	return scope{dot, vars}
}

func (w *walker) call(name string, dot reflect.Type) {
	key := name + " " + dot.String()
	if w.seen[key] {
		return
	}
	w.seen[key] = true
	tmpl := w.tmpl.Lookup(name)
	if tmpl == nil || tmpl.Tree == nil {
		w.t.Errorf("%s: no template %q", w.page, name)
		return
	}
	w.list(name, tmpl.Tree.Root, scope{dot, map[string]reflect.Type{"$": dot}})
}

func (w *walker) list(where string, l *parse.ListNode, s scope) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			w.pipe(where, n.Pipe, s)
		case *parse.IfNode:
			w.pipe(where, n.Pipe, s)
			w.list(where, n.List, s.with(s.dot))
			w.list(where, n.ElseList, s.with(s.dot))
		case *parse.WithNode:
			typ := w.pipe(where, n.Pipe, s)
			w.list(where, n.List, s.with(typ))
			w.list(where, n.ElseList, s.with(s.dot))
		case *parse.RangeNode:
			inner := s.with(s.dot)
			inner.dot = w.each(where, n, inner)
			w.list(where, n.List, inner)
			w.list(where, n.ElseList, s.with(s.dot))
		case *parse.TemplateNode:
			w.call(n.Name, w.pipe(where, n.Pipe, s))
		case *parse.TextNode, *parse.CommentNode:
		default:
			w.t.Fatalf("%s: the walker does not know %T", where, n)
		}
	}
}

// each declares a range's variables and gives the type of its elements.
func (w *walker) each(where string, n *parse.RangeNode, s scope) reflect.Type {
	decl := n.Pipe.Decl
	n.Pipe.Decl = nil
	typ := deref(w.pipe(where, n.Pipe, s))
	n.Pipe.Decl = decl
	elem := unknown
	if typ.Kind() == reflect.Slice {
		elem = typ.Elem()
	} else if typ != unknown {
		w.t.Errorf("%s %s: range over %v", w.page, where, typ)
	}
	for i, v := range decl {
		s.vars[v.Ident[0]] = elem
		if len(decl) == 2 && i == 0 {
			s.vars[v.Ident[0]] = reflect.TypeFor[int]()
		}
	}
	return elem
}

func (w *walker) pipe(where string, p *parse.PipeNode, s scope) reflect.Type {
	if p == nil {
		return unknown
	}
	var typ reflect.Type
	for _, cmd := range p.Cmds {
		typ = w.command(where, cmd, s)
	}
	for _, v := range p.Decl {
		s.vars[v.Ident[0]] = typ
	}
	return typ
}

func (w *walker) command(where string, cmd *parse.CommandNode, s scope) reflect.Type {
	var args []reflect.Type
	for _, a := range cmd.Args[1:] {
		args = append(args, w.value(where, a, s))
	}
	id, ok := cmd.Args[0].(*parse.IdentifierNode)
	if !ok {
		return w.value(where, cmd.Args[0], s)
	}
	switch id.Ident {
	case "or", "and":
		return args[0]
	case "len":
		return reflect.TypeFor[int]()
	case "eq", "ne", "gt", "not":
		return reflect.TypeFor[bool]()
	case "print":
		return reflect.TypeFor[string]()
	}
	f, ok := w.funcs[id.Ident]
	if !ok {
		if strings.HasPrefix(id.Ident, "_html_template_") {
			return reflect.TypeFor[string]()
		}
		w.t.Errorf("%s %s: no function %s", w.page, where, id.Ident)
		return unknown
	}
	ft := reflect.TypeOf(f)
	for i, a := range args {
		want := ft.In(min(i, ft.NumIn()-1))
		if ft.IsVariadic() && i >= ft.NumIn()-1 {
			want = ft.In(ft.NumIn() - 1).Elem()
		}
		if a != unknown && !a.AssignableTo(want) {
			w.t.Errorf("%s %s: %s: argument %d is %v, want %v", w.page, where, cmd, i+1, a, want)
		}
	}
	return ft.Out(0)
}

func (w *walker) value(where string, n parse.Node, s scope) reflect.Type {
	switch n := n.(type) {
	case *parse.DotNode:
		return s.dot
	case *parse.FieldNode:
		return w.fields(where, s.dot, n.Ident)
	case *parse.VariableNode:
		typ, ok := s.vars[n.Ident[0]]
		if !ok {
			w.t.Errorf("%s %s: no variable %s", w.page, where, n.Ident[0])
			return unknown
		}
		return w.fields(where, typ, n.Ident[1:])
	case *parse.ChainNode:
		return w.fields(where, w.value(where, n.Node, s), n.Field)
	case *parse.PipeNode:
		return w.pipe(where, n, s)
	case *parse.IdentifierNode:
		return w.command(where, &parse.CommandNode{Args: []parse.Node{n}}, s)
	case *parse.StringNode:
		return reflect.TypeFor[string]()
	case *parse.NumberNode:
		return reflect.TypeFor[int]()
	case *parse.BoolNode:
		return reflect.TypeFor[bool]()
	}
	w.t.Fatalf("%s: the walker does not know %T", where, n)
	return unknown
}

func deref(t reflect.Type) reflect.Type {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

func (w *walker) fields(where string, typ reflect.Type, names []string) reflect.Type {
	for _, name := range names {
		if m, ok := typ.MethodByName(name); ok && typ.Kind() != reflect.Interface {
			typ = m.Type.Out(0)
			continue
		}
		typ = deref(typ)
		if typ == unknown || typ.Kind() == reflect.Map {
			return unknown
		}
		if typ.Kind() != reflect.Struct {
			w.t.Errorf("%s %s: .%s of %v", w.page, where, name, typ)
			return unknown
		}
		f, ok := typ.FieldByName(name)
		if !ok || !f.IsExported() {
			w.t.Errorf("%s %s: %v has no field %s", w.page, where, typ, name)
			return unknown
		}
		typ = f.Type
	}
	return typ
}

// TestCatalogue: every used key exists, every existing key is used, and every
// language has the same keys with the same arguments.
func TestCatalogue(t *testing.T) {
	used := map[string]bool{}
	for family, list := range families {
		for _, w := range list {
			used[family+"."+w] = true
		}
	}
	sources, _ := filepath.Glob("*.go")
	templates, _ := filepath.Glob("templates/*.html")
	key := regexp.MustCompile(`(?:\bt|\btext|\.Text)[ (]"([a-z][a-z.-]+\.[a-z.-]+)"`)
	for _, name := range append(sources, templates...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(raw), -1) {
			used[m[1]] = true
		}
		for _, m := range regexp.MustCompile(`label "([a-z]+)"`).FindAllStringSubmatch(string(raw), -1) {
			if families[m[1]] == nil {
				t.Errorf("%s: no family %s", name, m[1])
			}
		}
	}
	catalogues, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	english := catalogues["en"]
	for tag, c := range catalogues {
		for k := range used {
			if !c.Has(k) {
				t.Errorf("%s lacks %s", tag, k)
			}
		}
		for _, k := range c.Keys() {
			if !used[k] {
				t.Errorf("%s has %s, which nothing uses", tag, k)
			}
			for form, text := range c.texts[k] {
				if text == "" || !slices.Equal(arguments(text), arguments(english.texts[k]["other"])) && form == "other" {
					t.Errorf("%s %s (%s): %q has other arguments than in English", tag, k, form, text)
				}
			}
		}
	}
}

func arguments(s string) []string {
	out := regexp.MustCompile(`\{\d\}`).FindAllString(s, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

func TestCatalogueText(t *testing.T) {
	c, err := loadCatalogues()
	if err != nil {
		t.Fatal(err)
	}
	for got, want := range map[string]string{
		c["en"].Text("row.files", 1):               "1 file",
		c["en"].Text("row.files", 3):               "3 files",
		c["en"].Text("lines.of", uint64(3), 4):     "3 of 4 entries of ours",
		c["en"].Text("no.such"):                    "[no.such]",
		c["en"].label("state", StateNew):           "New",
		c["en"].label("how", "handed over"):        "handed over",
		c["en"].label("kind", "an unknown one"):    "an-unknown-one",
		spanText(c["en"], -90*time.Second):         "−1 min",
		spanText(c["en"], 25*time.Hour):            "25 h 0 min",
		sizeText(c["en"], 1536):                    "1.5 KiB",
		fmt.Sprint(newMoment(time.Time{}, nil)):    "{true     }",
		fileName(`C:\temp\..\r` + "\u202egnp.exe"): "rgnp.exe",
		fileName("../../etc/passwd"):               "passwd",
		fileName(".."):                             "file",
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestMoment(t *testing.T) {
	at := time.Date(2026, 11, 22, 23, 30, 5, 0, time.UTC)
	for zone, want := range map[*time.Location]Moment{
		time.UTC:                      {Machine: "2026-11-22T23:30:05Z", Date: "2026-11-22", Time: "23:30:05", UTC: "23:30:05"},
		time.FixedZone("", 3600):      {Machine: "2026-11-22T23:30:05Z", Date: "2026-11-23", Time: "00:30:05", Zone: "UTC+1", UTC: "2026-11-22 23:30:05"},
		time.FixedZone("", -3600*7/2): {Machine: "2026-11-22T23:30:05Z", Date: "2026-11-22", Time: "20:00:05", Zone: "UTC-3:30", UTC: "23:30:05"},
		time.FixedZone("", 3600*11/2): {Machine: "2026-11-22T23:30:05Z", Date: "2026-11-23", Time: "05:00:05", Zone: "UTC+5:30", UTC: "2026-11-22 23:30:05"},
	} {
		if got := newMoment(at, zone); got != want {
			t.Errorf("%v: %+v, want %+v", zone, got, want)
		}
	}
}
