package cli

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be `parley` for the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"parley": func() { os.Exit(Main(os.Args[1:])) },
	})
}

// TestScripts runs the stories and the attacks of testdata/script with the real
// command line, each in its own folder and process.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("HOME", e.WorkDir)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"port":       port,
			"flip":       flip,
			"eventually": eventually,
			"status":     status,
			"capture":    capture,
			"agekey":     agekey,
		},
	})
}

// port NAME... sets each name to a loopback port that was free a moment ago.
func port(ts *testscript.TestScript, neg bool, args []string) {
	for _, name := range args {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(name, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
		ts.Check(l.Close())
	}
}

// flip FILE OFFSET flips the lowest bit of one octet; an offset below zero counts
// from the end.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: flip FILE OFFSET")
	}
	path := ts.MkAbs(args[0])
	b, err := os.ReadFile(path)
	ts.Check(err)
	i, err := strconv.Atoi(args[1])
	ts.Check(err)
	if i < 0 {
		i += len(b)
	}
	b[i] ^= 1
	ts.Check(os.WriteFile(path, b, 0o600))
}

// eventually PATTERN COMMAND... runs the command until it exits 0 and its
// standard output matches, at most for a minute.
func eventually(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: eventually PATTERN COMMAND...")
	}
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	var out, voice []byte
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		if out, voice, err = process(ts, args[1:]); err == nil && pattern.Match(out) != neg {
			ts.Logf("[%s]\n%s", strings.Join(args[1:], " "), out)
			return
		}
	}
	ts.Fatalf("%s: never matched %#q: %v\n%s%s", strings.Join(args[1:], " "), args[0], err, out, voice)
}

// status CODE [~PATTERN] COMMAND... wants exactly this exit code, and the pattern on
// standard error.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status CODE [~PATTERN] COMMAND...")
	}
	pattern, said := strings.CutPrefix(args[1], "~")
	if said {
		args = slices.Delete(slices.Clone(args), 1, 2)
	}
	out, voice, err := process(ts, args[1:])
	code := 0
	if e, ok := err.(*exec.ExitError); ok {
		code = e.ExitCode()
	} else {
		ts.Check(err)
	}
	ts.Logf("[%s] exit %d\n%s%s", strings.Join(args[1:], " "), code, out, voice)
	if (strconv.Itoa(code) == args[0]) == neg {
		ts.Fatalf("exit %d, want %s", code, args[0])
	}
	if said && !regexp.MustCompile("(?m)"+pattern).Match(voice) {
		ts.Fatalf("no match for %s on standard error", pattern)
	}
}

// capture NAME PATTERN COMMAND... sets NAME to the first group of the pattern in
// the standard output, or to the whole match.
func capture(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: capture NAME PATTERN COMMAND...")
	}
	out, voice, err := process(ts, args[2:])
	if err != nil {
		ts.Fatalf("%v\n%s%s", err, out, voice)
	}
	m := regexp.MustCompile("(?m)" + args[1]).FindSubmatch(out)
	if m == nil {
		ts.Fatalf("%#q is not in\n%s", args[1], out)
	}
	ts.Setenv(args[0], string(m[len(m)-1]))
}

// agekey FILE NAME makes a hybrid age identity in FILE and sets NAME to its recipient.
func agekey(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: agekey FILE NAME")
	}
	id, err := age.GenerateHybridIdentity()
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(id.String()+"\n"), 0o600))
	ts.Setenv(args[1], id.Recipient().String())
}

// process runs a command in the script's folder and environment. The scripts are
// the only place with a real clock: here real processes wait for one another.
func process(ts *testscript.TestScript, args []string) (out, voice []byte, err error) {
	var o, v bytes.Buffer
	path, err := lookPath(ts, args[0])
	if err != nil {
		return nil, nil, err
	}
	c := exec.Command(path, args[1:]...)
	c.Dir, c.Stdout, c.Stderr = ts.MkAbs("."), &o, &v
	for _, name := range []string{"HOME", "PATH", "TMPDIR", "PARLEY_HOME", "PARLEY_DATA"} {
		if value := ts.Getenv(name); value != "" {
			c.Env = append(c.Env, name+"="+value)
		}
	}
	err = c.Run()
	return o.Bytes(), v.Bytes(), err
}

func lookPath(ts *testscript.TestScript, name string) (string, error) {
	for dir := range strings.SplitSeq(ts.Getenv("PATH"), string(os.PathListSeparator)) {
		path := dir + string(os.PathSeparator) + name
		if fi, err := os.Stat(path); err == nil && fi.Mode()&0o111 != 0 {
			return path, nil
		}
	}
	return "", exec.ErrNotFound
}
