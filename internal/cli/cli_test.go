package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/config"
	"parley.example/parley/internal/ctl"
)

// run runs one command line as the binary would.
func run(t *testing.T, args ...string) (code int, out, err string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, Streams{strings.NewReader(""), &o, &e})
	return code, o.String(), e.String()
}

func TestRun(t *testing.T) {
	for _, tc := range []struct {
		args     string
		code     int
		out, err string // what must be in them
	}{
		{"version", 0, "parley " + Version, ""},
		{"version --json", 0, `"version": "` + Version + `"`, ""},
		{"help", 0, "Usage: parley", ""},
		{"help operate", 0, "# Operating a node", ""},
		{"help intelligence", 0, "# Intelligence", ""},
		{"help config", 0, "refuse_blobs", ""},
		{"help nothing", 2, "", "hint: "},
		{"--help", 0, "Usage: parley", ""},
		{"", 2, "", "no command"},
		{"nonsense", 2, "", "parley: "},
		{"version --nonsense", 2, "", "parley: "},
	} {
		code, out, err := run(t, strings.Fields(tc.args)...)
		if code != tc.code || !strings.Contains(out, tc.out) || !strings.Contains(err, tc.err) {
			t.Errorf("parley %s: exit %d\n%s%s", tc.args, code, out, err)
		}
		if tc.code != 0 && out != "" {
			t.Errorf("parley %s: standard output is data only, got %q", tc.args, out)
		}
	}
}

func TestExitCodes(t *testing.T) {
	if len(exitCodes) != 7 {
		t.Errorf("want one exit code for each of the seven kinds, have %d", len(exitCodes))
	}
	for _, tc := range []struct {
		err  error
		code int
	}{
		{nil, 0},
		{errors.New("x"), 1},
		{parley.E(parley.NotFound, "x"), 1},
		{parley.E(parley.Untrusted, "x"), 3},
		{errors.Join(errors.New("y"), parley.E(parley.Untrusted, "x")), 3},
		{usage(parley.E(parley.Untrusted, "x")), 2},
	} {
		if got := exitCode(tc.err); got != tc.code {
			t.Errorf("%v: exit %d, want %d", tc.err, got, tc.code)
		}
	}
}

func TestPrintable(t *testing.T) {
	in := "a\x1b[2Jb\u202ec\nd\tПриве́т 你好\r"
	if got, want := printable(in), "a\ufffd[2Jb\ufffdc\ufffdd\ufffdПриве́т 你好\ufffd"; got != want {
		t.Errorf("%q", got)
	}
	if got, want := printableText(in), "a\ufffd[2Jb\ufffdc\nd\tПриве́т 你好\ufffd"; got != want {
		t.Errorf("%q", got)
	}
}

type closer struct{ closed bool }

func (c *closer) Close() error { c.closed = true; return nil }

// TestCall: the same call through the home itself and, once somebody serves it,
// through the socket.
func TestCall(t *testing.T) {
	home := t.TempDir()
	if err := os.WriteFile(filepath.Join(home, config.FileName), config.Initial("", ""), 0o600); err != nil {
		t.Fatal(err)
	}
	var opened closer
	tries := 0
	old := openTable
	t.Cleanup(func() { openTable = old })
	openTable = func(context.Context, string) (ctl.Table, io.Closer, error) {
		if tries++; tries == 1 {
			return nil, nil, parley.E(parley.Unavailable, "another command has the home open")
		}
		return ctl.Table{"x": ctl.Handle(func(context.Context, ctl.None) (string, error) { return "home", nil })}, &opened, nil
	}
	c := &Context{Context: t.Context(), Home: home}
	var got string
	if err := c.Call("x", ctl.None{}, &got); err != nil || got != "home" || !opened.closed || tries != 2 {
		t.Fatalf("%q, %v, closed %v, tries %d", got, err, opened.closed, tries)
	}
}
