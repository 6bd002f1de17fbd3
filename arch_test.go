package parley_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// floors, from the top: a package imports only packages below its floor, and on
// its own floor only those that stand after it.
var floors = [][]string{
	{"cmd/parley"},
	{"internal/cli"},
	{"internal/web", "internal/report", "internal/ctl", "internal/taxii", "internal/mispserver"},
	{"internal/node"},
	{"internal/courier", "internal/register", "internal/alert", "internal/officer", "internal/gateway", "internal/poll", "internal/intel"},
	{"internal/review", "evidence", "internal/peer", "internal/mirror", "internal/journal"},
	{"seal", "internal/contactfile", "internal/misp", "internal/csaf", "internal/valuefile", "internal/warninglist", "internal/stix"},
	{"form", "agreement", "proof", "indicator", "internal/store/sqldb", "internal/store/blobfile", "internal/constituency"},
	{"clock", "agreements", "internal/callwords", "internal/config", "internal/plain", "internal/wholefile", "parley", "docs"},
}

// beside the floors stand packages that only tests and commands of ours use.
var beside = []string{"internal/bench", "internal/parleytest", "internal/parleytest/memnet", "internal/store/storetest", "internal/vectors"}

// public packages are what an auditor imports: no I/O, no clock, no goroutine.
var public = []string{"parley", "agreement", "form", "proof", "seal", "evidence", "clock", "indicator"}

// modules that go.mod may name, and what each is for; docs/decisions/ has more.
var modules = map[string]string{
	"filippo.io/age":                  "seals messages, blobs, pouches, backups",
	"github.com/alecthomas/kong":      "parses the command line",
	"github.com/chromedp/cdproto":     "tests only: the words of the browser's protocol",
	"github.com/chromedp/chromedp":    "tests only: drives the desk in a browser",
	"github.com/cloudflare/circl":     "ML-DSA-44",
	"github.com/gaissmai/bart":        "longest match: whose is this prefix",
	"github.com/google/go-cmp":        "tests only: differences that can be read",
	"github.com/pelletier/go-toml/v2": "agreements, cards and settings, with the line of an error",
	"github.com/pressly/goose/v3":     "migrations of the database",
	"github.com/rogpeppe/go-internal": "tests only: stories and attacks as scripts",
	"github.com/wneessen/go-mail":     "alerts by e-mail",
	"golang.org/x/crypto":             "argon2id for officers' passphrases",
	"golang.org/x/mod":                "signed notes and Merkle trees",
	"golang.org/x/net":                "idna: one spelling of a domain",
	"golang.org/x/sync":               "loops that end together",
	"golang.org/x/sys":                "free space of a disk, locks",
	"golang.org/x/term":               "is this a terminal; a passphrase prompt",
	"golang.org/x/text":               "the message catalogue",
	"golang.org/x/time":               "rate limits",
	"modernc.org/sqlite":              "the database, without cgo",
}

func TestHouseFloors(t *testing.T) {
	type place struct{ floor, index int }
	places := map[string]place{}
	for i, floor := range floors {
		for j, name := range floor {
			places[name] = place{len(floors) - i, j}
		}
	}
	for _, p := range ours(t) {
		if slices.Contains(beside, p.name()) {
			continue
		}
		here, ok := places[p.name()]
		if !ok {
			t.Errorf("%s stands on no floor: give it one in arch_test.go and ARCHITECTURE.md", p.name())
			continue
		}
		for _, imported := range p.Imports {
			name := short(imported)
			if name == "" {
				continue
			}
			there, ok := places[name]
			if !ok && !slices.Contains(beside, name) {
				continue // said above
			}
			if there.floor > here.floor || there.floor == here.floor && there.index <= here.index || slices.Contains(beside, name) {
				t.Errorf("%s imports %s: imports go down only", p.name(), name)
			}
		}
	}
}

func TestHousePublic(t *testing.T) {
	forbidden := []string{
		"net/http", "os", "os/exec", "os/signal", "os/user", "io/ioutil", "path/filepath", "log", "log/slog",
		"database/sql", "syscall", "crypto/tls", "golang.org/x/sys/unix", "unsafe", "runtime", "sync/atomic",
	}
	pureNet := []string{"SplitHostPort", "JoinHostPort", "ParseIP", "ParseCIDR", "IP", "IPNet"}
	clocks := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, p := range ours(t) {
		if !slices.Contains(public, p.name()) {
			continue
		}
		for _, imported := range p.Imports {
			if strings.HasPrefix(short(imported), "internal/") || slices.Contains(forbidden, imported) {
				t.Errorf("%s is public and imports %s", p.name(), imported)
			}
		}
		for _, file := range p.GoFiles {
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, filepath.Join(p.Dir, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s/%s:%d starts a goroutine", p.name(), file, set.Position(n.Pos()).Line)
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
						t.Errorf("%s/%s:%d reads a clock: time.%s", p.name(), file, set.Position(n.Pos()).Line, n.Sel.Name)
					}
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "net" && !slices.Contains(pureNet, n.Sel.Name) {
						t.Errorf("%s/%s:%d reaches for the network: net.%s", p.name(), file, set.Position(n.Pos()).Line, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
}

func TestHouseModules(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{if and (not .Main) (not .Indirect)}}{{.Path}}{{end}}", "all").Output()
	if err != nil {
		t.Fatal(err)
	}
	for name := range strings.FieldsSeq(string(out)) {
		if modules[name] == "" {
			t.Errorf("%s is not on the list of modules: add a line that says what it is for, and a record in docs/decisions/", name)
		}
	}
	for _, p := range ours(t) {
		if p.name() != "evidence" {
			continue
		}
		out, err := exec.Command("go", "list", "-e", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./evidence").Output()
		if err != nil {
			t.Fatal(err)
		}
		names := strings.Fields(string(out))
		slices.Sort(names)
		if names = slices.Compact(names); len(names) >= 8 {
			t.Errorf("an auditor pulls in %d modules, want fewer than eight: %s", len(names), names)
		}
	}
}

func TestHouseSizes(t *testing.T) {
	for _, file := range tracked(t) {
		if ext := path.Ext(file); ext != ".go" && ext != ".js" && ext != ".css" && ext != ".sql" {
			continue
		}
		if n := strings.Count(read(t, file), "\n"); n > 800 {
			t.Errorf("%s has %d lines, more than 800: a file has one job", file, n)
		}
	}
	if n := strings.Count(read(t, "cmd/parley/main.go"), "\n"); n >= 20 {
		t.Errorf("main has %d lines, want fewer than 20", n)
	}
}

func TestHousePackages(t *testing.T) {
	drawers := []string{"util", "utils", "common", "helper", "helpers", "types", "model", "models", "manager", "service", "misc", "base", "lib", "pkg"}
	shadowed := []string{"log", "note", "tlog", "sync", "crypto", "errors"}
	for _, p := range ours(t) {
		if len(p.GoFiles) > 0 && p.Doc == "" {
			t.Errorf("%s has no package comment", p.name())
		}
		for _, part := range strings.Split(p.name(), "/") {
			if slices.Contains(drawers, part) {
				t.Errorf("%s: a package is named by its noun, not %q", p.name(), part)
			}
		}
		if slices.Contains(shadowed, path.Base(p.name())) {
			t.Errorf("%s shadows a package that everybody knows", p.name())
		}
		for _, file := range p.GoFiles {
			if slices.Contains(drawers, strings.TrimSuffix(file, ".go")) {
				t.Errorf("%s/%s: a file is named by its job", p.name(), file)
			}
		}
	}
}

// TestHouseTracked keeps what belongs to one machine out of the repository.
func TestHouseTracked(t *testing.T) {
	// Written in pieces, so that this file does not find itself.
	machine := regexp.MustCompile(`(^|[\s"'=(:` + "`" + `])/(` + strings.Join([]string{"wor" + "k/", "roo" + "t/", "hom" + "e/[a-z]", "User" + "s/"}, "|") + `)`)
	registry := regexp.MustCompile(strings.Join([]string{
		`prox` + `y\.golang\.org`, `su` + `m\.golang\.org`, `registr` + `y\.npmjs`, `pyp` + `i\.org`, `GOPROX` + `Y=`, `goprox` + `y\.`,
	}, "|"))
	for _, file := range tracked(t) {
		if !isText(file) {
			continue
		}
		for i, line := range strings.Split(read(t, file), "\n") {
			if machine.MatchString(line) {
				t.Errorf("%s:%d names a folder of somebody's machine: %.80s", file, i+1, line)
			}
			if registry.MatchString(line) {
				t.Errorf("%s:%d names a registry: %.80s", file, i+1, line)
			}
		}
	}
}
